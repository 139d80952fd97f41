package exchange

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// dfxml is Digital Forensics XML, as hashdeep -d and fiwalk write it. Of each fileobject that counts which stands directly
// in it: the digests in its byte runs are those of pieces, and those of an original_fileobject are another file's.
var dfxml = Format{
	Name:  "dfxml",
	About: "Digital Forensics XML, as hashdeep -d and fiwalk write it",
	Sniff: func(head []byte) int {
		head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte(bom)))
		if bytes.HasPrefix(head, []byte("<")) && (bytes.Contains(head, []byte("<dfxml")) || bytes.Contains(head, []byte("<fiwalk"))) {
			return Certain
		}
		return 0
	},
	Read: func(r io.Reader, _ Options, s *Sink) error {
		b := bufio.NewReader(r)
		if err := passMark(b); err != nil {
			return err
		}
		return takeAllRows(dfxmlRows(b), s, func(row *Row) {
			if _, deleted := row.Cell("original_fileobject"); deleted {
				s.Note(row.At, "the object tells of two states of a file: the present one was taken")
			}
		})
	},
}

// The limits of what is read of an XML document. A leash bounds each tag and text.
const (
	xmlDepth  = 64
	maxFields = 1000 // of a fileobject
)

// objects reads the fileobjects of a document. Entities beyond XML's own five are an error, so that none can grow.
type objects struct {
	l      *leash
	d      *xml.Decoder
	depth  int
	rooted bool
	object int    // depth of the fileobject that is open; 0 none
	row    *Row   // what is known of it
	size   int    // bytes of text in it
	field  string // name of the element directly in it that is open
	text   []byte
	nested bool // the field holds elements, and so no value
}

func dfxmlRows(b *bufio.Reader) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		o := &objects{l: newLeash(newXMLBytes(b))}
		o.d = xml.NewDecoder(o.l)
		for {
			row, err := o.step()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(nil, err)
				return
			case row != nil && !yield(row, nil):
				return
			}
		}
	}
}

// step reads on by one token; it returns a row when that ends a fileobject.
func (o *objects) step() (*Row, error) {
	o.l.loosen()
	token, err := o.d.Token()
	if errors.Is(err, io.EOF) && o.rooted {
		return nil, io.EOF // Token itself sees to it that all elements are closed
	}
	if err != nil {
		return nil, o.fault(err)
	}
	switch t := token.(type) {
	case xml.StartElement:
		return nil, o.start(&t)
	case xml.EndElement:
		return o.end(), nil
	case xml.CharData:
		return nil, o.chars(t)
	}
	return nil, nil
}

// fault places an error of the decoder, whose own words may repeat what stands in the document.
func (o *objects) fault(err error) error {
	line, _ := o.d.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.As(err, &syntax) && syntax.Msg == "unexpected EOF":
		err = fmt.Errorf("%w: the document breaks off", hashmatch.ErrIncomplete)
	case syntax != nil:
		err = fmt.Errorf("%w: no well-formed XML", hashmatch.ErrFormat)
	case strings.HasPrefix(err.Error(), "xml: encoding"):
		err = fmt.Errorf("%w: the document says that it is not UTF-8", hashmatch.ErrUnsupported)
	}
	return fmt.Errorf("line %d: %w", line, err)
}

func (o *objects) start(t *xml.StartElement) error {
	name := t.Name.Local
	line, _ := o.d.InputPos()
	switch o.depth++; {
	case o.depth > xmlDepth:
		return fmt.Errorf("line %d: %w: elements more than %d deep", line, hashmatch.ErrLimit, xmlDepth)
	case o.depth == 1 && (o.rooted || name != "dfxml" && name != "fiwalk"):
		return fmt.Errorf("line %d: %w: the document is one element dfxml", line, hashmatch.ErrFormat)
	case o.object == 0 && name == "fileobject":
		o.object, o.row, o.size = o.depth, &Row{At: Place{Line: int64(line)}}, 0
	case o.object > 0 && o.depth == o.object+1:
		o.field, o.text, o.nested = dfxmlField(t), o.text[:0], false
	case o.object > 0:
		o.nested = true
	}
	o.rooted = true
	return nil
}

// dfxmlField returns the name of a fileobject's part; of a digest, that of its kind: hashdeep writes MD5, others SHA-1.
func dfxmlField(t *xml.StartElement) string {
	if t.Name.Local != "hashdigest" {
		return t.Name.Local
	}
	kind, coding := "", "base16"
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "type":
			kind = strings.ToLower(strings.ReplaceAll(a.Value, "-", ""))
		case "coding":
			coding = a.Value
		}
	}
	if coding != "base16" {
		return "hashdigest" // in a coding that is not read
	}
	return kind
}

func (o *objects) chars(text []byte) error {
	if o.depth == 0 && len(bytes.TrimSpace(text)) > 0 {
		line, _ := o.d.InputPos()
		return fmt.Errorf("line %d: %w: text outside the document's element", line, hashmatch.ErrFormat)
	}
	if o.object == 0 || o.depth != o.object+1 || o.row.Fault != "" {
		return nil
	}
	if o.size += len(text); o.size > maxLine {
		o.row.Fault = "more than 1 MiB of text"
		return nil
	}
	o.text = append(o.text, text...)
	return nil
}

// end closes an element, and returns the row of a fileobject that is complete.
func (o *objects) end() *Row {
	o.depth--
	switch {
	case o.object > 0 && o.depth == o.object:
		if len(o.row.cells) == maxFields {
			o.row.Fault = "more than " + strconv.Itoa(maxFields) + " fields"
		} else if !o.nested || o.field == "original_fileobject" {
			o.row.columns = append(o.row.columns, o.field)
			o.row.cells = append(o.row.cells, rawName(string(o.text)))
		}
	case o.object > 0 && o.depth == o.object-1:
		row := o.row
		o.object, o.row = 0, nil
		return row
	}
	return nil
}
