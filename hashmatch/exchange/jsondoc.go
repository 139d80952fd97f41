package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// maxDepth is how deep the parts of a document that are passed over may be nested.
const maxDepth = 32

// jsonDocument goes through a JSON document and holds one record of it at a time.
type jsonDocument struct {
	in  *bounded
	dec *json.Decoder
	raw json.RawMessage // the record that was read last
}

func newJSON(r io.Reader) *jsonDocument {
	in := newBounded(r)
	return &jsonDocument{in: in, dec: json.NewDecoder(in)}
}

func (d *jsonDocument) place() Place { return d.in.place(d.dec.InputOffset()) }

// fault says where the document is broken. What stands there is not repeated.
func (d *jsonDocument) fault(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return brokenOff(d.place())
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: %w: what follows is no JSON", d.place(), hashmatch.ErrFormat)
	}
	return fmt.Errorf("%s: %w", d.place(), err)
}

func (d *jsonDocument) token() (json.Token, error) {
	d.in.mark(d.dec.InputOffset())
	t, err := d.dec.Token()
	if err != nil {
		return nil, d.fault(err)
	}
	return t, nil
}

// values calls visit for each value of the document, which may hold one behind the other, with its first token.
func (d *jsonDocument) values(visit func(first json.Token) error) error {
	for {
		d.in.mark(d.dec.InputOffset())
		t, err := d.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return d.fault(err)
		}
		if err := visit(t); err != nil {
			return err
		}
	}
}

// fields goes through the members of the object whose brace was read; visit must read the value of each.
func (d *jsonDocument) fields(visit func(name string) error) error {
	for {
		t, err := d.token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok { // a closing brace: the decoder allows nothing else
			return nil
		}
		if err := visit(name); err != nil {
			return err
		}
	}
}

// list goes through the elements of the array that comes next; null is an array of none. What is given to visit is good
// until it returns.
func (d *jsonDocument) list(visit func(at Place, raw []byte) error) error {
	t, err := d.token()
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('[') {
		return fmt.Errorf("%s: %w: the records should stand in an array", d.place(), hashmatch.ErrFormat)
	}
	return d.elements(visit)
}

// elements goes through the elements of the array whose bracket was read.
func (d *jsonDocument) elements(visit func(at Place, raw []byte) error) error {
	for {
		d.in.mark(d.dec.InputOffset())
		if !d.dec.More() {
			_, err := d.token()
			return err
		}
		if err := d.dec.Decode(&d.raw); err != nil {
			return d.fault(err)
		}
		at := d.in.place(d.dec.InputOffset() - int64(len(d.raw)))
		if err := visit(at, d.raw); err != nil {
			return err
		}
	}
}

// value reads a small value, as far as it is of v's type: that of a field which only says something about the document.
func (d *jsonDocument) value(v any) error {
	d.in.mark(d.dec.InputOffset())
	if err := d.dec.Decode(&d.raw); err != nil {
		return d.fault(err)
	}
	_ = json.Unmarshal(d.raw, v) // left as it was
	return nil
}

// skip passes over a value of any size.
func (d *jsonDocument) skip() error {
	for depth := 0; ; {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxDepth {
				return fmt.Errorf("%s: %w: nested more than %d deep", d.place(), hashmatch.ErrLimit, maxDepth)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// decodeRecord reads a record into v. Its error names no value.
func decodeRecord(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("the value of %q is of the wrong type", wrong.Field)
	case errors.As(err, &wrong):
		return errors.New("the record is no JSON object")
	}
	return errors.New("the record cannot be read")
}

// given reports whether a field stands in a record and is not null.
func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// looksJSON reports whether a document begins as a JSON object or array does.
func looksJSON(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte(bom)), " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[')
}

// hasField reports whether a JSON text has a field of that name somewhere.
func hasField(head []byte, name string) bool {
	name = `"` + name + `"`
	for {
		i := bytes.Index(head, []byte(name))
		if i < 0 {
			return false
		}
		head = head[i+len(name):]
		if rest := bytes.TrimLeft(head, " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
			return true
		}
	}
}

// notObject is the error of a document that should hold JSON objects and holds something else.
func notObject(d *jsonDocument) error {
	return fmt.Errorf("%s: %w: a JSON object should stand here", d.place(), hashmatch.ErrFormat)
}

// jsonText returns a text or number as text, "" for anything else. Numbers of ids are beyond 2^53 and stay exact.
func jsonText(raw json.RawMessage) (text string) {
	if len(raw) > 0 && strings.IndexByte("-0123456789", raw[0]) >= 0 {
		return string(raw)
	}
	if json.Unmarshal(raw, &text) != nil || strings.TrimSpace(text) == "" {
		return ""
	}
	return strings.TrimSpace(text)
}
