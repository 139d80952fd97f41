package exchange

import (
	"bytes"
	"hash/crc32"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// textValue puts a text into the payload, in as few bytes as may be.
func (p *vicsReader) textValue(n vicsName) bool {
	text, ok := p.bytesOf()
	if !ok {
		return false
	}
	switch {
	case n == nameFileName && p.within == nameMediaFiles:
		p.putRef(&p.names, text, tagOfNames)
		if len(text) > 0 {
			p.fileName = p.names[len(p.names)-1]
		}
	case n == nameFilePath && p.within == nameMediaFiles && p.fileName != "" && bytes.HasSuffix(text, []byte(p.fileName)):
		folder := text[:len(text)-len(p.fileName)]
		p.form.payload = append(p.form.payload, tagPath)
		p.form.payload = appendUvarint(p.form.payload, len(folder))
		p.form.payload = append(p.form.payload, folder...)
	case n == nameHashValue && p.within == nameAlternativeHashes:
		p.alternative(text)
		p.putText(text)
	case n == nameMimeType:
		p.putWord(text)
	default:
		p.putText(text)
	}
	return true
}

// vicsWords are texts that most records have one of. Forms hold their numbers: new ones are added at the end.
var vicsWords = [...]string{"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp", "image/heic", "video/mp4",
	"video/quicktime", "video/x-msvideo", "video/x-ms-wmv", "video/mpeg", "video/3gpp", "video/webm", "video/x-matroska", "video/x-flv"}

func (p *vicsReader) putWord(text []byte) {
	for i, w := range vicsWords {
		if string(text) == w {
			p.form.payload = append(p.form.payload, tagWord, byte(i))
			return
		}
	}
	p.putText(text)
}

// putText puts a text into the payload.
func (p *vicsReader) putText(text []byte) {
	if n := len(text); (n == 32 || n == 40 || n == 64) && p.putHex(text) {
		return
	}
	if len(text) >= 8 && isDigit(text[0]) && p.putTime(text) {
		return
	}
	p.form.payload = appendText(p.form.payload, text)
}

func appendText(dst, text []byte) []byte {
	if len(text) < 0x80 {
		dst = append(dst, tagShort+byte(len(text)))
	} else {
		dst = append(dst, tagText)
		dst = appendUvarint(dst, len(text))
	}
	return append(dst, text...)
}

// putHex puts a text of hex digits into half as many bytes, or into one if it is the record's MD5.
func (p *vicsReader) putHex(text []byte) bool {
	f := &p.form
	if p.md5Letters != notHex && string(p.md5Text[:]) == string(text) {
		tag := tagMD5Upper
		if p.md5Letters == lowerHex {
			tag = tagMD5Lower
		}
		f.payload = append(f.payload, tag)
		return true
	}
	var room [32]byte
	raw := room[:len(text)/2]
	tag := tagHexUpper
	switch decodeHex(raw, text) {
	case upperHex:
	case lowerHex:
		tag = tagHexLower
	default:
		return false
	}
	f.payload = append(f.payload, tag, byte(len(raw)))
	f.payload = append(f.payload, raw...)
	return true
}

// timeLetters are the characters of times: sixteen, so that two fit a byte.
const timeLetters = "0123456789-:TZ.+"

var timeNibble = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte(timeLetters) {
		t[c] = byte(i)
	}
	return t
}()

// putTime puts a text that is made of timeLetters into half as many bytes.
func (p *vicsReader) putTime(text []byte) bool {
	if len(text) > 0x7f {
		return false
	}
	f := &p.form
	if bytes.Equal(text, p.lastTime) {
		f.payload = append(f.payload, tagSameTime)
		return true
	}
	mark := len(f.payload)
	f.payload = append(f.payload, tagTime, byte(len(text)))
	var all byte
	rest := text
	for ; len(rest) >= 2; rest = rest[2:] {
		high, low := timeNibble[rest[0]], timeNibble[rest[1]]
		all |= high | low
		f.payload = append(f.payload, high<<4|low&15)
	}
	if len(rest) == 1 {
		all |= timeNibble[rest[0]]
		f.payload = append(f.payload, timeNibble[rest[0]]<<4)
	}
	if all > 15 {
		f.payload = f.payload[:mark]
		return false
	}
	p.lastTime = append(p.lastTime[:0], text...)
	return true
}

// shortestRef is the least length of a text of which a check takes less room than the text.
const shortestRef = 6

// putRef adds a text to a list of the entry and refers to it.
func (p *vicsReader) putRef(list *[]string, text []byte, tag byte) {
	f := &p.form
	if len(text) == 0 {
		f.payload = append(f.payload, tagShort)
		return
	}
	s := p.arena.text(text)
	*list = append(*list, s)
	if len(text) < shortestRef || p.spelt {
		f.payload = appendText(f.payload, text)
		return
	}
	c := check(text)
	p.refs = append(p.refs, checked{s, c})
	f.payload = append(f.payload, tag, byte(c), byte(c>>8), byte(c>>16), byte(c>>24))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// check is by what a form finds a text among those of its entry.
func check(text []byte) uint32 { return crc32.Checksum(text, castagnoli) }

// alternative takes an alternative hash where its name says exactly which it is. A "phash" is one of several.
func (p *vicsReader) alternative(text []byte) {
	name := strings.ToLower(p.altName)
	kind := hashmatch.Kind(0)
	if ours, ok := strings.CutPrefix(name, alternativePrefix); ok {
		kind, _ = hashmatch.ParseKind(ours)
	} else {
		switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(name) {
		case "md5":
			kind = hashmatch.MD5
		case "sha1":
			kind = hashmatch.SHA1
		case "sha256":
			kind = hashmatch.SHA256
		case "pdq":
			kind = hashmatch.PDQ
		}
	}
	if kind == 0 {
		return
	}
	h, err := hashmatch.ParseHex(kind, string(text))
	if err != nil || !p.addHash(h) {
		p.note(noteAlternative)
	}
}

// alternativePrefix begins the names of hashes that are said exactly by the names of our kinds.
const alternativePrefix = "hashmatch:"
