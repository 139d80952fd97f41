package exchange

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// vicsStop is why parsing could not go on.
type vicsStop uint8

const (
	stopNone   vicsStop = iota
	stopCut             // what was read ends here; the document may go on
	stopSyntax          // no JSON, and no quirk explains it
	stopDeep            // nested too deep
	stopCase            // the object is no Media but a case
)

// vicsReader reads a document through a window that slides over it. A record is parsed where it lies; when the window
// ends within it, the window moves on (and grows if it must) and the record is parsed again from its beginning, which
// costs one record a window.
type vicsReader struct {
	in     io.Reader
	eof    bool
	window []byte // what was allocated
	b      []byte // what of it is filled
	i      int    // where parsing stands in b
	from   int    // what lies before may go
	base   int64  // offset of b[0] in the document

	sink    *Sink
	stop    vicsStop
	level   int // lists of Media around the record: within a case, "Media" is no case again
	layout  vicsLayoutKind
	sources []string // of the case
	media   int64    // records of the case
	once    uint32   // notes that are made once a document

	vicsRecord
}

func newVICSReader(r io.Reader, s *Sink) *vicsReader { return &vicsReader{in: r, sink: s} }

// errWindowFull says that no more of the document can be held at once.
var errWindowFull = fmt.Errorf("%w: a value of more than %d MiB", hashmatch.ErrLimit, vicsMaxRecord>>20)

// more reads on, keeping what lies from p.from, and moves p.i back to it.
func (p *vicsReader) more() error {
	kept := len(p.b) - p.from
	if kept >= vicsMaxRecord {
		return errWindowFull
	}
	want := min(max(vicsFirstWindow, min(2*len(p.window), vicsWindow), 2*kept), vicsMaxRecord)
	if want > len(p.window) {
		grown := make([]byte, want)
		copy(grown, p.b[p.from:])
		p.window = grown
	} else {
		copy(p.window, p.b[p.from:])
	}
	p.base += int64(p.from)
	p.from, p.i = 0, 0
	n, err := io.ReadFull(p.in, p.window[kept:want])
	p.b = p.window[:kept+n]
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		p.eof = true
	case err != nil:
		return err
	}
	return nil
}

// try parses with f, from where p stands, until the window holds all that f needs.
func (p *vicsReader) try(f func() bool) error {
	p.from = p.i
	for {
		p.stop = stopNone
		if f() {
			return nil
		}
		if p.stop != stopCut || p.eof {
			return p.fault()
		}
		if err := p.more(); err != nil {
			return fmt.Errorf("offset %d: %w", p.base, err)
		}
	}
}

// fault turns why parsing stopped into an error.
func (p *vicsReader) fault() error {
	at := p.base + int64(min(p.i, len(p.b)))
	switch p.stop {
	case stopCut:
		return fmt.Errorf("offset %d: %w: the document breaks off", p.base+int64(len(p.b)), hashmatch.ErrIncomplete)
	case stopDeep:
		return fmt.Errorf("offset %d: %w: nested more than %d deep", at, hashmatch.ErrLimit, vicsMaxDepth)
	}
	return fmt.Errorf("offset %d: %w: not JSON", at, hashmatch.ErrFormat)
}

// halt notes why parsing stops and returns false. What stands at the very end of the window may only be cut.
func (p *vicsReader) halt(why vicsStop) bool {
	if p.stop == stopNone {
		p.stop = why
	}
	return false
}

func (p *vicsReader) skipSpace() {
	for p.i < len(p.b) && isSpace(p.b[p.i]) {
		p.i++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// next goes to the next byte that is no space and returns it.
func (p *vicsReader) next() (byte, error) {
	for {
		p.skipSpace()
		if p.i < len(p.b) {
			return p.b[p.i], nil
		}
		p.from = p.i
		p.stop = stopCut
		if p.eof {
			return 0, p.fault()
		}
		if err := p.more(); err != nil {
			return 0, fmt.Errorf("offset %d: %w", p.base, err)
		}
	}
}

// syntax is the error of a byte that no quirk explains.
func (p *vicsReader) syntax(what string) error {
	return fmt.Errorf("offset %d: %w: %s", p.base+int64(p.i), hashmatch.ErrFormat, what)
}

func (p *vicsReader) place() Place { return Place{Offset: p.base + int64(p.from)} }

// document reads the whole document.
func (p *vicsReader) document() error {
	if err := p.more(); err != nil {
		return err
	}
	if len(p.b) >= len(bom) && string(p.b[:len(bom)]) == bom {
		p.i = len(bom)
	}
	c, err := p.next()
	if err != nil {
		return err
	}
	if c != '{' {
		return p.syntax("the document is no JSON object")
	}
	lists := 0
	err = p.members(func(name string) error {
		switch {
		case isVICSContext(name):
			return p.context()
		case strings.EqualFold(name, "value") && p.b[p.i] == '[':
			lists++
			return p.list(p.element)
		}
		p.noteOnce(noteRootMember)
		return p.try(p.skipValue)
	})
	if err != nil {
		return err
	}
	if lists == 0 {
		return p.syntax(`the root holds no list "value"`)
	}
	return p.end()
}

// end makes sure that nothing follows the root.
func (p *vicsReader) end() error {
	_, err := p.next()
	switch {
	case err == nil:
		return p.syntax("more follows the document's end")
	case p.eof && p.i == len(p.b):
		return nil
	}
	return err
}

// context reads what the document says it holds.
func (p *vicsReader) context() error {
	var text string
	if err := p.try(func() (ok bool) { text, ok = p.textOf(); return ok }); err != nil {
		return err
	}
	if p.layout = vicsLayout(text); p.layout == layoutUnknown {
		p.noteOnce(noteContext)
	}
	return nil
}

// members goes through the members of an object that stands outside of records. each is called at the value and reads it.
func (p *vicsReader) members(each func(name string) error) error {
	p.i++
	c, err := p.next()
	if err != nil {
		return err
	}
	if c == '}' {
		p.i++
		return nil
	}
	for {
		if c != '"' {
			return p.syntax("a member's name is missing")
		}
		var name string
		err := p.try(func() (ok bool) {
			name, ok = p.plainText()
			return ok && p.colon()
		})
		if err != nil {
			return err
		}
		if _, err := p.next(); err != nil {
			return err
		}
		if err := each(name); err != nil {
			return err
		}
		more, err := p.another('}')
		if !more || err != nil {
			return err
		}
		if c, err = p.next(); err != nil {
			return err
		}
	}
}

// another reports whether a comma follows, rather than the end of the object or list.
func (p *vicsReader) another(end byte) (bool, error) {
	c, err := p.next()
	if err != nil {
		return false, err
	}
	if c != ',' && c != end {
		return false, p.syntax("neither a comma nor the end of what holds the value")
	}
	p.i++
	return c == ',', nil
}

// list goes through a list that stands outside of records.
func (p *vicsReader) list(each func() error) error {
	p.i++
	c, err := p.next()
	if err != nil {
		return err
	}
	if c == ']' {
		p.i++
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		more, err := p.another(']')
		if !more || err != nil {
			return err
		}
		if _, err := p.next(); err != nil {
			return err
		}
	}
}

// element reads a Media, or a case.
func (p *vicsReader) element() error {
	if p.b[p.i] != '{' {
		at := Place{Offset: p.base + int64(p.i)}
		if err := p.try(p.skipValue); err != nil {
			return err
		}
		p.media++
		p.sink.Refuse(at, "not an object")
		return nil
	}
	for p.from = p.i; ; {
		p.stop = stopNone
		if p.record() {
			p.media++
			return p.finishRecord()
		}
		switch {
		case p.stop == stopCase:
			p.i = p.from
			return p.readCase()
		case p.stop == stopDeep:
			return p.refuseWhole(fmt.Sprintf("nested more than %d deep", vicsMaxDepth))
		case p.stop != stopCut || p.eof:
			return p.fault()
		}
		switch err := p.more(); {
		case errors.Is(err, errWindowFull):
			return p.refuseWhole(fmt.Sprintf("a record of more than %d MiB", vicsMaxRecord>>20))
		case err != nil:
			return fmt.Errorf("offset %d: %w", p.base, err)
		}
	}
}

// refuseWhole passes over a record that cannot be parsed.
func (p *vicsReader) refuseWhole(reason string) error {
	at := p.place()
	p.i = p.from
	if err := p.skipObject(); err != nil {
		return err
	}
	p.media++
	p.sink.Refuse(at, reason)
	return nil
}

// skipObject goes behind an object of any length and depth, of which it only counts the brackets.
func (p *vicsReader) skipObject() error {
	depth, inText := 0, false
	for {
		for p.i < len(p.b) {
			c := p.b[p.i]
			p.i++
			switch {
			case inText && c == '\\':
				p.i++ // may lie behind the window: it is made good below
			case c == '"':
				inText = !inText
			case inText:
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth--; depth == 0 {
					return nil
				}
			}
		}
		behind := p.i - len(p.b)
		p.from = len(p.b)
		if p.eof {
			p.stop = stopCut
			return p.fault()
		}
		if err := p.more(); err != nil {
			return fmt.Errorf("offset %d: %w", p.base, err)
		}
		p.i = behind
	}
}

// vicsCase is what is taken of a case's own members.
type vicsCase struct {
	organisation, number, total string
	lists                       int
}

// source is who gave the media of the case.
func (c *vicsCase) source() []string {
	switch {
	case c.organisation != "" && c.number != "":
		return []string{c.organisation + ": " + c.number}
	case c.organisation+c.number != "":
		return []string{c.organisation + c.number}
	}
	return nil
}

// readCase reads a case, of which the Media are taken.
func (p *vicsReader) readCase() error {
	at := p.place()
	var c vicsCase
	p.media, p.sources = 0, nil
	p.level++
	defer func() { p.level--; p.sources = nil }()
	if err := p.members(func(name string) error { return p.caseMember(&c, name) }); err != nil {
		return err
	}
	if c.lists == 0 {
		p.sink.Note(at, "a case that holds no Media")
	}
	if c.total != "" && c.total != strconv.FormatInt(p.media, 10) {
		p.sink.Note(at, "TotalMediaFiles is not the number of Media: it is not relied upon")
	}
	p.noteOnce(noteCase)
	return nil
}

func (p *vicsReader) caseMember(c *vicsCase, name string) error {
	var text string
	switch strings.ToLower(name) {
	default:
		return p.try(p.skipValue)
	case "media":
		if p.b[p.i] != '[' {
			return p.try(p.skipValue)
		}
		c.lists++
		p.sources = c.source()
		return p.list(p.element)
	case "contactorganization", "casenumber", "totalmediafiles":
		if err := p.try(func() (ok bool) { text, ok = p.textOf(); return ok }); err != nil {
			return err
		}
	}
	switch strings.ToLower(name) {
	case "contactorganization":
		c.organisation = text
	case "casenumber":
		c.number = text
	default:
		c.total = text
		return nil
	}
	if c.lists > 0 {
		p.noteOnce(noteCaseLate)
	}
	return nil
}
