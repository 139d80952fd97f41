package exchange

import "bytes"

// vicsMember is a member's name as the document has it.
type vicsMember struct {
	name  vicsName
	fits  lettering
	noise bool
	text  []byte
}

// Where an object stands: what follows a member there is told apart.
const (
	contextMedia = iota
	contextFiles
	contextExifs
	contextAlternatives
	contextOther
	vicsContexts
)

// nestedContext is where the objects of the value that is being read stand.
func (p *vicsReader) nestedContext() int {
	switch p.within {
	case nameMediaFiles:
		return contextFiles
	case nameExifs:
		return contextExifs
	case nameAlternativeHashes:
		return contextAlternatives
	}
	return contextOther
}

// vicsTurn is what followed a member's value before: everything up to the next value (the comma, line ends, the next name,
// the colon), or to the object's end. Records of one document resemble each other, so that one comparison mostly does for
// reading all of it.
type vicsTurn struct {
	text   []byte
	member vicsMember
}

// vicsTurns are the last different ones that followed one member: of members that not all records have, each may follow.
type vicsTurns struct {
	known []vicsTurn // at most mostTurns
	next  int        // which is forgotten next
}

const mostTurns = 8

// maxTurn is how many bytes between two values are remembered.
const maxTurn = 160

// turn goes from behind the value of the member prev to the next value, whose member it returns; nameNone is the object's
// end, and, as prev, its beginning. What it returns is valid until the next member in the same context is read.
func (p *vicsReader) turn(context int, prev vicsName) (*vicsMember, bool) {
	turns := &p.turns[context][prev]
	for i := range turns.known {
		t := &turns.known[i]
		if n := len(t.text); bytes.HasPrefix(p.b[p.i:], t.text) {
			p.i += n
			if t.member.name == nameNone {
				return &t.member, true
			}
			return &t.member, p.ready() // more space may follow than before
		}
	}
	from := p.i
	m, at, ok := p.readTurn(prev)
	if !ok {
		return nil, false
	}
	if text := p.b[from:p.i]; len(text) <= maxTurn && (m.text == nil || at > 0) {
		if len(turns.known) < mostTurns {
			turns.known = append(turns.known, vicsTurn{})
			turns.next = len(turns.known) - 1
		}
		t := &turns.known[turns.next]
		turns.next = (turns.next + 1) % mostTurns
		t.text = append(t.text[:0], text...)
		if m.text != nil {
			m.text = t.text[at-from:][:len(m.text)]
		}
		t.member = m
		return &t.member, true
	}
	return &m, true
}

// readTurn reads what turn has not met before. It returns where the name stands, 0 when it is written with escapes.
func (p *vicsReader) readTurn(prev vicsName) (m vicsMember, at int, ok bool) {
	if !p.ready() {
		return m, 0, false
	}
	if p.b[p.i] == '}' {
		p.i++
		return m, 0, true
	}
	if prev != nameNone {
		if p.b[p.i] != ',' {
			return m, 0, p.halt(stopSyntax)
		}
		p.i++
		if !p.ready() {
			return m, 0, false
		}
	}
	if p.b[p.i] != '"' {
		return m, 0, p.halt(stopSyntax)
	}
	at = p.i + 1
	raw, holds, ok := p.rawText()
	if !ok {
		return m, 0, false
	}
	if holds&hasEscape != 0 {
		at = 0
		if raw, ok = unescape(nil, raw); !ok {
			return m, 0, p.halt(stopSyntax)
		}
	}
	m.text = raw
	m.name, m.fits = nameOf(raw)
	m.noise = m.name == nameUnknown && isNoise(raw)
	return m, at, p.colon()
}

// ready goes to the next byte that is no space.
func (p *vicsReader) ready() bool {
	p.skipSpace()
	return p.i < len(p.b) || p.halt(stopCut)
}

// colon goes over a colon to the value behind it.
func (p *vicsReader) colon() bool {
	if !p.ready() {
		return false
	}
	if p.b[p.i] != ':' {
		return p.halt(stopSyntax)
	}
	p.i++
	return p.ready()
}

// rawText reads a text, of which p.b[p.i] is the first quote, as it is spelt.
func (p *vicsReader) rawText() (raw []byte, holds uint8, ok bool) {
	end, holds := scanText(p.b, p.i+1)
	if end < 0 {
		return nil, 0, p.halt(stopCut)
	}
	if holds != 0 && !p.checkText(p.b[p.i+1:end], holds) {
		return nil, 0, false
	}
	raw = p.b[p.i+1 : end]
	p.i = end + 1
	return raw, holds, true
}
