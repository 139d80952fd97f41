package exchange

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// xmlDocument goes through an XML document and holds one record of it at a time.
type xmlDocument struct {
	in    *bounded
	raw   *xml.Decoder // of the bytes
	dec   *xml.Decoder // of raw's tokens, after they were checked
	depth int
}

func newXML(r io.Reader) *xmlDocument {
	in := newBounded(r)
	d := &xmlDocument{in: in, raw: xml.NewDecoder(in)}
	d.raw.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errCharset }
	d.dec = xml.NewTokenDecoder(d)
	return d
}

var (
	errCharset = fmt.Errorf("%w: the document is not in UTF-8", hashmatch.ErrUnsupported)
	errDTD     = fmt.Errorf("%w: a document type declaration", hashmatch.ErrUnsupported)
	errDeep    = fmt.Errorf("%w: nested more than %d deep", hashmatch.ErrLimit, maxDepth)
)

// Token gives d.dec its tokens. The depth is bounded here, since dec reads whole records by itself.
func (d *xmlDocument) Token() (xml.Token, error) {
	t, err := d.raw.RawToken()
	switch t.(type) {
	case xml.StartElement:
		if d.depth++; d.depth > maxDepth {
			return nil, errDeep
		}
	case xml.EndElement:
		d.depth--
	case xml.Directive:
		return nil, errDTD
	}
	return t, err
}

func (d *xmlDocument) place() Place { return d.in.place(d.raw.InputOffset()) }

// fault says where the document is broken. What stands there is not repeated.
func (d *xmlDocument) fault(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return brokenOff(d.place())
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: %w: this is no XML", d.place(), hashmatch.ErrFormat)
	case errors.Is(err, errCharset): // the error around it repeats what the document says
		err = errCharset
	}
	return fmt.Errorf("%s: %w", d.place(), err)
}

// next returns the next element that begins, or nil when the one around it, or the document, ends.
func (d *xmlDocument) next() (*xml.StartElement, error) {
	for {
		d.in.mark(d.raw.InputOffset())
		t, err := d.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil // dec gives it at the outermost level only
		}
		if err != nil {
			return nil, d.fault(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			t = t.Copy()
			return &t, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

// children calls visit for each element within the one that began; visit must read it to its end.
func (d *xmlDocument) children(visit func(e *xml.StartElement) error) error {
	for {
		e, err := d.next()
		if err != nil || e == nil {
			return err
		}
		if err := visit(e); err != nil {
			return err
		}
	}
}

// record reads an element to its end into v.
func (d *xmlDocument) record(e *xml.StartElement, v any) error {
	if err := d.dec.DecodeElement(v, e); err != nil {
		return d.fault(err)
	}
	return nil
}

// skip passes over an element of any size.
func (d *xmlDocument) skip(*xml.StartElement) error {
	return d.children(d.skip)
}

func attribute(e *xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
