package exchange

import (
	"bytes"
	"encoding/base64"
	"math"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// mediaValue reads the value of a member of a Media for what it means, and says how it is spelt. What the form needs of
// it beyond that goes to the form's payload. For speltOddly the caller reads the value again.
func (p *vicsReader) mediaValue(n vicsName) (how spelling, ok bool) {
	switch p.b[p.i] {
	case 'n':
		return speltNull, p.literal("null")
	case '"':
		if p.i+1 == len(p.b) {
			return 0, p.halt(stopCut)
		}
		if p.b[p.i+1] == '"' {
			p.i += 2
			if n >= nameMD5 && n <= nameSHA256 {
				p.note(noteEmptyDigest)
			}
			return speltEmpty, true
		}
	}
	p.within = n
	switch n {
	case nameMediaID:
		how, ok = p.codeValue(&p.entry.ID)
	case nameCategory:
		how, ok = p.codeValue(&p.entry.Category)
	case nameMD5, nameSHA1, nameSHA256:
		how, ok = p.digestValue(n)
	case nameMediaSize:
		how, ok = p.sizeValue()
	case nameVictimIdentified, nameOffenderIdentified, nameIsDistributed, nameIsSuspected, nameSelfGenerated, nameIsPrecategorized:
		how, ok = p.flagValue(n)
	case nameSeries:
		how, ok = p.seriesValue()
	case nameTags:
		how, ok = p.tagsValue()
	case nameComments:
		how, ok = p.commentsValue()
	case namePhotoDNA:
		how, ok = p.photoDNAValue()
	default:
		how, ok = speltPlain, p.value(n, 1)
	}
	if how != speltOddly && how != speltNull {
		p.said |= 1 << n
	}
	return how, ok
}

// oddly reads a value that is of no use to the entry.
func (p *vicsReader) oddly(why vicsNote) (spelling, bool) {
	p.note(why)
	return speltOddly, p.value(nameUnknown, 1)
}

// codeValue reads an identifier, whose digits are kept as they stand: they may be beyond any number type.
func (p *vicsReader) codeValue(into *string) (spelling, bool) {
	switch c := p.b[p.i]; {
	case c == '"':
		text, ok := p.bytesOf()
		*into = p.code(text)
		if isNumber(*into) {
			p.note(noteQuoted)
		}
		return speltQuoted, ok
	case c == '-' || isDigit(c):
		raw, ok := p.number()
		*into = p.code(raw)
		return speltPlain, ok
	}
	return p.oddly(noteType)
}

func isDigit(c byte) bool { return c-'0' < 10 }

// codes are the shortest codes, which most categories have.
const codes = "0123456789"

func (p *vicsReader) code(text []byte) string {
	if len(text) == 1 && isDigit(text[0]) {
		d := text[0] - '0'
		return codes[d : d+1]
	}
	return p.arena.text(text)
}

var digestKinds = [...]hashmatch.Kind{nameMD5: hashmatch.MD5, nameSHA1: hashmatch.SHA1, nameSHA256: hashmatch.SHA256}

func (p *vicsReader) digestValue(n vicsName) (spelling, bool) {
	if p.b[p.i] != '"' {
		if n == nameMD5 {
			p.refuse("MD5 is not 32 hex digits")
		}
		return p.oddly(noteDigest)
	}
	var room [32]byte
	kind := digestKinds[n]
	raw := room[:kind.Size()]
	letters, digits, ok := p.hexOf(raw)
	if !ok {
		return 0, false
	}
	if letters == notHex {
		if n == nameMD5 {
			p.refuse("MD5 is not 32 hex digits")
		}
		p.note(noteDigest)
		return speltOddly, true
	}
	h, err := hashmatch.NewHash(kind, raw)
	if err != nil || !p.addHash(h) {
		p.refuse("two different digests of one kind")
	}
	if letters == mixedHex {
		return speltOddly, true
	}
	if n == nameMD5 {
		copy(p.md5Text[:], digits)
		p.md5Letters = letters
	}
	if letters == lowerHex {
		return speltLower, true
	}
	return speltPlain, true
}

// hexOf reads a text of hex digits. Where the closing quote stands as far away as they are long, nothing need be searched.
func (p *vicsReader) hexOf(raw []byte) (letters hexCase, digits []byte, ok bool) {
	if digits = p.quoted(2 * len(raw)); digits != nil {
		if letters = decodeHex(raw, digits); letters != notHex {
			p.i += len(digits) + 2
			return letters, digits, true
		}
	}
	digits, ok = p.bytesOf()
	return decodeHex(raw, digits), digits, ok
}

// quoted returns what stands between the quote at p.b[p.i] and another that follows behind n bytes; nil if none does. It
// may be no text: another quote or an escape may stand within.
func (p *vicsReader) quoted(n int) []byte {
	if end := p.i + 1 + n; end < len(p.b) && p.b[end] == '"' {
		return p.b[p.i+1 : end]
	}
	return nil
}

func (p *vicsReader) sizeValue() (spelling, bool) {
	how := speltPlain
	var text []byte
	var ok bool
	switch c := p.b[p.i]; {
	case c == '"':
		if text, ok = p.bytesOf(); !ok {
			return 0, false
		}
		how = speltQuoted
		p.note(noteQuoted)
	case c == '-' || isDigit(c):
		if text, ok = p.number(); !ok {
			return 0, false
		}
	default:
		return p.oddly(noteSize)
	}
	size, ok := parseSize(text)
	if !ok {
		p.note(noteSize)
		return speltOddly, true
	}
	p.entry.Size, p.entry.HasSize = size, true
	if len(text) > 1 && text[0] == '0' || text[len(text)-1] == '0' && bytes.IndexByte(text, '.') > 0 {
		how = speltOddly
		p.said |= 1 << nameMediaSize
	}
	return how, true
}

// parseSize reads decimal digits, also with zeros behind a point, as programs that hold sizes in floating point write.
func parseSize(text []byte) (int64, bool) {
	whole, fraction, point := bytes.Cut(text, []byte("."))
	if len(whole) == 0 || len(whole) > 19 || point && (len(fraction) == 0 || len(bytes.Trim(fraction, "0")) > 0) {
		return 0, false
	}
	var n uint64
	for _, c := range whole {
		if !isDigit(c) {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return int64(n), n <= math.MaxInt64
}

// flagOf returns the flag of an entry that a member tells of.
func flagOf(f *hashmatch.Flags, n vicsName) *hashmatch.Flag {
	return [...]*hashmatch.Flag{&f.VictimIdentified, &f.OffenderIdentified, &f.Distributed, &f.Suspected, &f.SelfGenerated,
		&f.Precategorized}[n-nameVictimIdentified]
}

func (p *vicsReader) flagValue(n vicsName) (spelling, bool) {
	switch p.b[p.i] {
	case 't':
		*flagOf(&p.entry.Flags, n) = hashmatch.Yes
		return speltPlain, p.literal("true")
	case 'f':
		*flagOf(&p.entry.Flags, n) = hashmatch.No
		return speltPlain, p.literal("false")
	case '"':
	default:
		return p.oddly(noteFlag)
	}
	text, ok := p.bytesOf()
	if !ok {
		return 0, false
	}
	value, how := hashmatch.Unsaid, speltQuoted
	switch lower := strings.ToLower(string(text)); lower {
	case "true", "false":
		value = hashmatch.No
		if lower == "true" {
			value = hashmatch.Yes
		}
		if lower != string(text) {
			how = speltOddly
			p.said |= 1 << n
		}
	default:
		p.note(noteFlag)
		return speltOddly, true
	}
	p.note(noteFlagText)
	*flagOf(&p.entry.Flags, n) = value
	return how, p.surplusQuote()
}

// surplusQuote goes over the quote too many that one exporter wrote behind flags.
func (p *vicsReader) surplusQuote() bool {
	if p.i == len(p.b) {
		return p.eof || p.halt(stopCut)
	}
	if p.b[p.i] == '"' {
		p.note(noteQuote)
		p.i++
	}
	return true
}

// seriesValue reads a text, or an object that holds one as its Name.
func (p *vicsReader) seriesValue() (spelling, bool) {
	switch p.b[p.i] {
	case '"':
		text, ok := p.bytesOf()
		p.entry.Series = p.arena.seriesNamed(text)
		return speltPlain, ok
	case '{':
		return p.seriesObject()
	}
	return p.oddly(noteType)
}

// seriesObject reads a series that is an object. Only one that holds nothing but its name is of a usual form.
func (p *vicsReader) seriesObject() (how spelling, ok bool) {
	p.i++
	how = speltQuoted
	named := false
	for prev := nameNone; ; {
		m, ok := p.turn(contextOther, prev)
		switch {
		case !ok:
			return 0, false
		case m.name != nameNone:
		case !named:
			p.note(noteType)
			return speltOddly, true
		default:
			p.said |= 1 << nameSeries
			return how, true
		}
		prev = m.name
		if m.name != nameName || p.b[p.i] != '"' || named {
			how = speltOddly
			if !p.value(nameUnknown, 2) {
				return 0, false
			}
			continue
		}
		if m.fits&asUsual == 0 {
			how = speltOddly
		}
		text, ok := p.bytesOf()
		if !ok {
			return 0, false
		}
		p.entry.Series = p.arena.seriesNamed(text)
		named = len(text) > 0
	}
}

// tagsValue reads a text, or a list of texts. A text is one tag: whether it holds several, and what parts them, is not said.
func (p *vicsReader) tagsValue() (spelling, bool) {
	switch p.b[p.i] {
	case '"':
		return speltPlain, p.tag()
	case '[':
	default:
		return p.oddly(noteType)
	}
	mark := p.mark()
	p.i++
	for first := true; ; first = false {
		if !p.ready() {
			return 0, false
		}
		switch c := p.b[p.i]; {
		case c == ']':
			if first { // an empty list stands for itself
				p.rewind(mark)
				return speltOddly, p.value(nameUnknown, 1)
			}
			p.i++
			p.form.payload = append(p.form.payload, tagEnd)
			return speltQuoted, true
		case !first && c != ',':
			return 0, p.halt(stopSyntax)
		case !first:
			p.i++
			if !p.ready() {
				return 0, false
			}
		}
		if p.b[p.i] != '"' {
			p.rewind(mark)
			p.tags = p.tags[:0]
			return p.oddly(noteType)
		}
		if !p.tag() {
			return 0, false
		}
	}
}

func (p *vicsReader) tag() bool {
	text, ok := p.bytesOf()
	if !ok {
		return false
	}
	p.putRef(&p.tags, text, tagOfTags)
	return true
}

// commentsValue reads the comments. They go to the entry alone; the form says how long they are.
func (p *vicsReader) commentsValue() (spelling, bool) {
	if p.b[p.i] != '"' || len(p.comments) > 0 {
		return speltOddly, p.value(nameUnknown, 1)
	}
	text, ok := p.bytesOf()
	p.addComment(text)
	p.form.payload = appendUvarint(p.form.payload, len(text))
	return speltPlain, ok
}

func (p *vicsReader) photoDNAValue() (spelling, bool) {
	if p.b[p.i] != '"' {
		mark := p.mark()
		ok := p.value(nameUnknown, 1)
		p.forget(mark)
		p.note(notePhotoDNA)
		return speltNull, ok
	}
	how := speltOddly
	var value [photoDNASize]byte
	if text := p.quoted(4 * photoDNASize / 3); text != nil {
		if value, how = decodePhotoDNA(text); how != speltOddly {
			p.i += len(text) + 2
		}
	}
	if how == speltOddly {
		text, ok := p.bytesOf()
		if !ok {
			return 0, false
		}
		if value, how = decodePhotoDNA(text); how == speltOddly {
			p.note(notePhotoDNA)
			return speltNull, true
		}
	}
	p.putPhotoDNA(&value)
	return how, true
}

// putPhotoDNA adds a value and refers to it.
func (p *vicsReader) putPhotoDNA(value *[photoDNASize]byte) {
	p.addPhotoDNA(value)
	c := check(value[:])
	p.form.payload = append(p.form.payload, byte(c), byte(c>>8))
}

// decodePhotoDNA reads a PhotoDNA value in base64 (plain) or in hex (quoted, or quoted and lower).
func decodePhotoDNA(text []byte) (value [photoDNASize]byte, how spelling) {
	switch len(text) {
	case 4 * photoDNASize / 3:
		if n, err := base64.StdEncoding.Decode(value[:], text); err == nil && n == photoDNASize {
			return value, speltPlain
		}
	case 2 * photoDNASize:
		switch decodeHex(value[:], text) {
		case upperHex:
			return value, speltQuoted
		case lowerHex:
			return value, speltQuoted | speltLower
		}
	}
	return value, speltOddly
}
