package exchange

import (
	"bufio"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// jsonRows reads one JSON object a line. A last line that is no object and has no end is a document that breaks off.
func jsonRows(b *bufio.Reader) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		for line, err := range lines(b) {
			if err != nil {
				yield(nil, fmt.Errorf("line %d: %w", line.number, err))
				return
			}
			if !line.tooLong && strings.TrimSpace(line.text) == "" {
				continue
			}
			row := &Row{At: line.place()}
			switch {
			case line.tooLong:
				row.Fault = reasonTooLong
			case json.Unmarshal([]byte(line.text), &row.object) == nil && row.object != nil:
			case line.cut:
				yield(nil, fmt.Errorf("line %d: %w: the document breaks off", line.number, hashmatch.ErrIncomplete))
				return
			default:
				row.Fault = "not a JSON object"
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// jsonCell returns a member of an object; where none is called so, and the name has dots, that of an object within.
func jsonCell(object map[string]json.RawMessage, column string) (Cell, bool) {
	raw, ok := member(object, column)
	if !ok {
		outer, inner, dotted := strings.Cut(column, ".")
		var within map[string]json.RawMessage
		if raw, ok = member(object, outer); !dotted || !ok || json.Unmarshal(raw, &within) != nil {
			return Cell{}, false
		}
		return jsonCell(within, inner)
	}
	if string(raw) == "null" {
		return Cell{}, false
	}
	c := Cell{JSON: raw}
	if json.Unmarshal(raw, &c.Text) != nil {
		c.Text = string(raw)
	}
	return c, true
}

// member finds a member by its name, or by its name in another case if only one is called so.
func member(object map[string]json.RawMessage, name string) (json.RawMessage, bool) {
	if raw, ok := object[name]; ok {
		return raw, true
	}
	var found json.RawMessage
	n := 0
	for key, raw := range object {
		if strings.EqualFold(key, name) {
			found, n = raw, n+1
		}
	}
	return found, n == 1
}
