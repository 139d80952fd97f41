package exchange

import "unicode/utf8"

// number reads a JSON number and returns its text.
func (p *vicsReader) number() ([]byte, bool) {
	end := scanNumber(p.b, p.i)
	switch {
	case end < 0:
		return nil, p.halt(stopSyntax)
	case end == len(p.b):
		return nil, p.halt(stopCut)
	}
	raw := p.b[p.i:end]
	p.i = end
	return raw, true
}

// literal goes over true, false or null.
func (p *vicsReader) literal(word string) bool {
	have := p.b[p.i:min(p.i+len(word), len(p.b))]
	switch {
	case string(have) == word:
		p.i += len(word)
		return true
	case len(have) < len(word) && string(have) == word[:len(have)]:
		return p.halt(stopCut)
	}
	return p.halt(stopSyntax)
}

// bytesOf reads a text. What it returns is valid until the next text is read.
func (p *vicsReader) bytesOf() ([]byte, bool) {
	raw, holds, ok := p.rawText()
	if !ok || holds&hasEscape == 0 {
		return raw, ok
	}
	if p.scratch, ok = unescape(p.scratch[:0], raw); !ok {
		return nil, p.halt(stopSyntax)
	}
	return p.scratch, true
}

// checkText judges a text that holds more than plain ASCII.
func (p *vicsReader) checkText(raw []byte, holds uint8) bool {
	switch {
	case holds&hasBad != 0:
		return p.halt(stopSyntax)
	case holds&hasControl != 0:
		p.note(noteControl)
	}
	if holds&hasHigh != 0 && !utf8.Valid(raw) {
		p.note(noteUTF8)
	}
	return true
}

// plainText reads a text that stands outside of records.
func (p *vicsReader) plainText() (string, bool) {
	text, ok := p.bytesOf()
	return string(text), ok
}

// textOf reads a text or a number outside of records; "" for any other value.
func (p *vicsReader) textOf() (string, bool) {
	switch c := p.b[p.i]; {
	case c == '"':
		return p.plainText()
	case c == '-' || isDigit(c):
		raw, ok := p.number()
		return string(raw), ok
	}
	return "", p.skipValue()
}

// skipValue goes behind a value.
func (p *vicsReader) skipValue() bool {
	mark := p.mark()
	p.within = nameUnknown
	ok := p.value(nameUnknown, 1)
	p.forget(mark)
	return ok
}

// appendUvarint appends a number that is not negative.
func appendUvarint(dst []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		dst = append(dst, byte(n)|0x80)
	}
	return append(dst, byte(n))
}
