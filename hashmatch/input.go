package hashmatch

import (
	"cmp"
	"fmt"
	"strings"
)

// Input is a document that entries of a set came from.
type Input struct {
	Name    string `json:"name"`
	Digest  string `json:"digest,omitempty"` // hex SHA-256 of the document's bytes; "" unknown
	Format  string `json:"format,omitempty"` // in which it was read
	Read    int    `json:"read"`             // records found
	Kept    int    `json:"kept"`             // records that became entries
	Removed int    `json:"removed,omitempty"`
	Refused int    `json:"refused,omitempty"`
	Date    string `json:"date,omitempty"` // from when it is, as the maker of the set says
}

// cleaned returns the input with texts that can be shown.
func (in Input) cleaned() Input {
	for _, s := range []*string{&in.Name, &in.Digest, &in.Format, &in.Date} {
		*s = strings.Map(func(r rune) rune {
			if drives(r) {
				return '\ufffd'
			}
			return r
		}, strings.ToValidUTF8(*s, "\ufffd"))
	}
	return in
}

func (in *Input) check() error {
	if in.Digest != "" && (len(in.Digest) != 2*SHA256.Size() || strings.Trim(in.Digest, "0123456789abcdef") != "") {
		return fmt.Errorf("hashmatch: %w: an input's digest is not 64 lower-case hex digits", ErrFormat)
	}
	if min(in.Read, in.Kept, in.Removed, in.Refused) < 0 {
		return fmt.Errorf("hashmatch: %w: an input of less than no records", ErrFormat)
	}
	return nil
}

// compareInputs is the order in which a set lists its inputs, since its bytes must not depend on that of reading.
func compareInputs(a, b Input) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Format, b.Format),
		cmp.Compare(a.Read, b.Read), cmp.Compare(a.Kept, b.Kept), cmp.Compare(a.Removed, b.Removed),
		cmp.Compare(a.Refused, b.Refused), cmp.Compare(a.Date, b.Date))
}
