package exchange

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch"
)

func (s *vicsSpeller) byte() (byte, bool) {
	if len(s.form) == 0 {
		return 0, false
	}
	c := s.form[0]
	s.form = s.form[1:]
	return c, true
}

// uvarint reads a number below 2^28: no length or mask is longer.
func (s *vicsSpeller) uvarint() (n int, ok bool) {
	for shift := 0; shift < 28; shift += 7 {
		c, ok := s.byte()
		if !ok {
			return 0, false
		}
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			return n, true
		}
	}
	return 0, false
}

// bytes reads n bytes.
func (s *vicsSpeller) bytes(n int) ([]byte, bool) {
	if n > len(s.form) {
		return nil, false
	}
	b := s.form[:n]
	s.form = s.form[n:]
	return b, true
}

// counted reads a length and as many bytes.
func (s *vicsSpeller) counted() ([]byte, bool) {
	n, ok := s.uvarint()
	if !ok {
		return nil, false
	}
	return s.bytes(n)
}

// name spells the name of a single member, and the colon.
func (s *vicsSpeller) name() (vicsName, bool) {
	c, ok := s.byte()
	n := vicsName(c)
	switch {
	case !ok || n == nameNone:
		return 0, false
	case n < vicsNames:
		s.comma()
		s.out = append(s.out, '"')
		s.out = append(s.out, vicsSpelling[n]...)
		s.out = append(s.out, '"', ':')
		return n, true
	case n != nameUnknown:
		return 0, false
	}
	text, ok := s.counted()
	if !ok {
		return 0, false
	}
	s.comma()
	s.text(string(text))
	s.out = append(s.out, ':')
	n, _ = nameOf(text)
	return n, true
}

// value spells a value of the form.
func (s *vicsSpeller) value(n vicsName, depth int) bool {
	tag, ok := s.byte()
	if !ok {
		return false
	}
	switch {
	case tag >= tagShort:
		return s.packedText(n, tag)
	case tag >= tagSmall:
		s.out = strconv.AppendInt(s.out, int64(tag-tagSmall), 10)
		return true
	}
	switch tag {
	case tagNull:
		s.out = append(s.out, "null"...)
	case tagFalse:
		s.out = append(s.out, "false"...)
	case tagTrue:
		s.out = append(s.out, "true"...)
	case tagNumber:
		text, ok := s.counted()
		if !ok || !isNumber(string(text)) {
			return false
		}
		s.out = append(s.out, text...)
	case tagList:
		return depth <= vicsMaxDepth && s.list(n, depth)
	case tagObject:
		return depth <= vicsMaxDepth && s.object(depth)
	case tagPhotoDNA, tagPhotoDNAU, tagPhotoDNAL:
		return s.photoDNA(tag)
	case tagComment, tagCommentJSON:
		from, ok := s.uvarint()
		length, ok2 := s.uvarint()
		s.comment(from, length, tag == tagCommentJSON)
		s.told.members |= 1 << nameComments
		return ok && ok2
	default:
		return s.packedText(n, tag)
	}
	return true
}

// packedText spells a text, whose tag has been read.
func (s *vicsSpeller) packedText(n vicsName, tag byte) bool {
	text, state := s.unpack(tag)
	switch {
	case state == textBroken:
		return false
	case state == textMissing:
		s.null()
		text = ""
	default:
		s.text(text)
	}
	switch {
	case n == nameFileName && s.within == nameMediaFiles:
		s.fileName = text
		put(&s.told.names, text)
	case n == nameTags:
		put(&s.told.tags, text)
	case n == nameHashValue && s.within == nameAlternativeHashes:
		put(&s.told.hashes, strings.ToLower(text))
	}
	return true
}

type textState uint8

const (
	textFound   textState = iota
	textMissing           // the entry does not hold it any more
	textBroken            // the form does not follow its rules
)

// unpack returns the text that a tag stands for.
func (s *vicsSpeller) unpack(tag byte) (string, textState) {
	var b []byte
	ok := true
	switch {
	case tag >= tagShort:
		b, ok = s.bytes(int(tag - tagShort))
		return string(b), stateOf(ok)
	case tag == tagText:
		b, ok = s.counted()
	case tag == tagOfNames:
		return s.ref(s.entry.Names, &s.names)
	case tag == tagOfTags:
		return s.ref(s.entry.Tags, &s.tags)
	case tag == tagPath:
		b, ok = s.counted()
		return string(b) + s.fileName, stateOf(ok)
	case tag == tagMD5Upper, tag == tagMD5Lower:
		h := s.entry.Digest(hashmatch.MD5)
		if h.IsZero() {
			return "", textMissing
		}
		b = appendHex(nil, h.Bytes(), hexCaseOf(tag == tagMD5Lower))
	case tag == tagHexUpper, tag == tagHexLower:
		var length byte
		if length, ok = s.byte(); ok {
			b, ok = s.bytes(int(length))
		}
		b = appendHex(nil, b, hexCaseOf(tag == tagHexLower))
	case tag == tagTime:
		ok = s.time()
		b = s.lastTime
	case tag == tagSameTime:
		b = s.lastTime
	case tag == tagWord:
		var i byte
		if i, ok = s.byte(); !ok || int(i) >= len(vicsWords) {
			return "", textBroken
		}
		return vicsWords[i], textFound
	default:
		ok = false
	}
	return string(b), stateOf(ok)
}

func stateOf(ok bool) textState {
	if !ok {
		return textBroken
	}
	return textFound
}

func hexCaseOf(lower bool) hexCase {
	if lower {
		return lowerHex
	}
	return upperHex
}

// time unpacks a time.
func (s *vicsSpeller) time() bool {
	length, ok := s.byte()
	if !ok {
		return false
	}
	packed, ok := s.bytes((int(length) + 1) / 2)
	if !ok {
		return false
	}
	s.lastTime = s.lastTime[:0]
	for i := range int(length) {
		nibble := packed[i/2] >> 4
		if i&1 == 1 {
			nibble = packed[i/2] & 15
		}
		s.lastTime = append(s.lastTime, timeLetters[nibble])
	}
	return true
}

func (s *vicsSpeller) list(n vicsName, depth int) bool {
	s.out = append(s.out, '[')
	for {
		switch {
		case len(s.form) == 0 || len(s.out)-s.from > maxSpelt:
			return false
		case s.form[0] == tagEnd:
			s.form = s.form[1:]
			if depth == 1 {
				s.restOfList(n)
			}
			s.out = append(s.out, ']')
			return true
		}
		s.comma()
		if !s.value(n, depth+1) {
			return false
		}
	}
}

func (s *vicsSpeller) object(depth int) bool {
	s.out = append(s.out, '{')
	s.fileName = ""
	for {
		switch {
		case len(s.form) == 0 || len(s.out)-s.from > maxSpelt:
			return false
		case s.form[0] == byte(nameNone):
			s.form = s.form[1:]
			s.out = append(s.out, '}')
			return true
		}
		n, ok := s.name()
		if !ok || !s.value(n, depth+1) {
			return false
		}
	}
}

// addRest spells, behind what the form has, what is left of the rest.
func (s *vicsSpeller) addRest() {
	for n := nameMediaID; n <= lastOfMedia; n++ {
		from := len(s.out)
		s.comma()
		s.out = append(s.out, '"')
		s.out = append(s.out, vicsSpelling[n]...)
		s.out = append(s.out, '"', ':')
		if !s.fill(n) {
			s.out = s.out[:from]
		}
	}
}

// fill spells what the rest holds of a member, which then is no rest any more, and reports whether it holds something.
func (s *vicsSpeller) fill(n vicsName) bool {
	if n == nameMediaFiles && len(s.rest.names) > 0 || n == nameAlternativeHashes && len(s.rest.hashes) > 0 {
		s.out = append(s.out, '[')
		s.restOfList(n)
		s.out = append(s.out, ']')
		return true
	}
	if s.rest.members>>n&1 == 0 {
		return false
	}
	s.rest.members &^= 1 << n
	e := s.entry
	switch n {
	case nameMediaID:
		return s.fillCode(e.ID)
	case nameCategory:
		return s.fillCode(e.Category)
	case nameTags:
		s.text(strings.Join(e.Tags, ","))
	case nameComments:
		s.text(e.Comments)
	case namePhotoDNA:
		s.fillPhotoDNA()
	default:
		s.saidValue(n, speltPlain)
	}
	s.tell(n)
	return true
}

// fillCode spells a code of another source, which must be a whole number.
func (s *vicsSpeller) fillCode(c string) bool {
	if _, err := strconv.ParseInt(c, 10, 64); err != nil || !isNumber(c) {
		s.counts.LeftOut++
		return false
	}
	s.out = append(s.out, c...)
	return true
}

func (s *vicsSpeller) fillPhotoDNA() {
	for _, x := range s.entry.Extras {
		if x.Name == PhotoDNAExtra && len(x.Data) == photoDNASize {
			s.out = append(s.out, '"')
			s.out = base64.StdEncoding.AppendEncode(s.out, x.Data)
			s.out = append(s.out, '"')
			return
		}
	}
}

// restOfList adds to the list of files, or of alternative hashes, what other sources know.
func (s *vicsSpeller) restOfList(n vicsName) {
	switch n {
	case nameMediaFiles:
		for _, name := range s.rest.names {
			s.comma()
			s.out = append(s.out, `{"MD5":`...)
			s.digest(hashmatch.MD5, false)
			s.out = append(s.out, `,"FileName":`...)
			s.text(name[strings.LastIndexAny(name, `/\`)+1:])
			s.out = append(s.out, `,"FilePath":`...)
			s.text(name)
			s.out = append(s.out, '}')
		}
		s.rest.names = nil
	case nameAlternativeHashes:
		for _, h := range s.rest.hashes {
			s.comma()
			s.out = append(s.out, `{"MD5":`...)
			s.digest(hashmatch.MD5, false)
			s.out = append(s.out, `,"HashName":"`...)
			s.out = append(s.out, alternativeName(h.Kind())...)
			s.out = append(s.out, `","HashValue":"`...)
			s.out = append(s.out, h.Hex()...)
			s.out = append(s.out, `"}`...)
		}
		s.rest.hashes = nil
	}
}

// appendJSONText appends a text in quotes. A lone surrogate, in the three bytes that unescape gives it, becomes an escape
// again; other bytes that are not UTF-8 become U+FFFD, and repaired is true.
func appendJSONText(dst []byte, t string) (_ []byte, repaired bool) {
	dst = append(dst, '"')
	for i := 0; i < len(t); {
		c := t[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = appendEscape(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(t[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			dst = append(dst, t[i:i+n]...)
		case c == 0xed && len(t)-i >= 3 && t[i+1]>>5 == 0xa0>>5 && t[i+2]>>6 == 0x80>>6:
			dst = append(dst, `\u`...)
			dst = appendHex(dst, []byte{0xd0 | t[i+1]>>2&15, t[i+1]<<6 | t[i+2]&0x3f}, lowerHex)
			n = 3
		default:
			dst = append(dst, "\ufffd"...)
			repaired = true
		}
		i += n
	}
	return append(dst, '"'), repaired
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return appendHex(append(dst, `\u00`...), []byte{c}, lowerHex)
}
