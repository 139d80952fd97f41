package hashmatch

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Disposition says what it means to be in a set. It is always said by the person who makes the set, never guessed from
// a file's layout. The zero Disposition is none and is refused.
type Disposition uint8

// The dispositions.
const (
	KnownBad  Disposition = 1
	KnownGood Disposition = 2
	Other     Disposition = 3
)

var dispositions = []string{KnownBad: "known-bad", KnownGood: "known-good", Other: "other"}

// String returns "known-bad", "known-good" or "other".
func (d Disposition) String() string {
	if d < KnownBad || d > Other {
		return fmt.Sprintf("Disposition(%d)", uint8(d))
	}
	return dispositions[d]
}

// ParseDisposition is the inverse of String.
func ParseDisposition(name string) (Disposition, error) {
	if i := slices.Index(dispositions, name); i > 0 {
		return Disposition(i), nil
	}
	return 0, fmt.Errorf("hashmatch: %w: disposition %q (known-bad, known-good or other)", ErrFormat, name)
}

// MarshalText returns the name.
func (d Disposition) MarshalText() ([]byte, error) {
	if d < KnownBad || d > Other {
		return nil, fmt.Errorf("hashmatch: %w: disposition number %d", ErrFormat, uint8(d))
	}
	return []byte(dispositions[d]), nil
}

// UnmarshalText is the inverse of MarshalText.
func (d *Disposition) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDisposition(string(text))
	return err
}

// Flag is a statement that a source may leave unsaid.
type Flag uint8

// The states of a Flag.
const (
	Unsaid Flag = 0
	No     Flag = 1
	Yes    Flag = 2
)

// Flags are the statements that exchange formats make about an entry.
type Flags struct {
	VictimIdentified, OffenderIdentified, Distributed, Suspected, SelfGenerated, Precategorized Flag
}

// EntryHash is one hash of a known item.
type EntryHash struct {
	Hash    Hash
	Quality Quality // perceptual kinds only; unknown where the source does not say
}

// Extra is opaque data that a source gave and that must come out again as it came in, such as a PhotoDNA value.
type Extra struct {
	Name string
	Data []byte
}

// Entry is one known item. Only Hashes is needed. Category is a code of the set's scheme ("" is unsaid, "0" is a
// recorded value); it is never invented.
type Entry struct {
	ID       string // what the source calls the item
	Hashes   []EntryHash
	Size     int64 // bytes of the file; HasSize tells 0 from unsaid
	HasSize  bool
	Category string
	Series   string
	Tags     []string
	Names    []string // file names the sources gave
	Sources  []string // who gave the item
	Comments string
	Flags    Flags
	Extras   []Extra
}

// Digest returns the entry's digest of kind k; the zero Hash when it has none.
func (e *Entry) Digest(k Kind) Hash {
	for _, h := range e.Hashes {
		if h.Hash.Kind() == k && k.Digest() {
			return h.Hash
		}
	}
	return Hash{}
}

// Info describes a set.
type Info struct {
	Name        string      `json:"name"`        // what matches call the set; needed
	Disposition Disposition `json:"disposition"` // needed
	Description string      `json:"description,omitempty"`
	Scheme      *Scheme     `json:"scheme,omitempty"` // what the entries' category codes mean
	Inputs      []Input     `json:"inputs,omitempty"` // where the entries came from; Builder.AddInput adds to them
	// PrivateLeftOut says that entries had PhotoDNA values or comments which are not in the set.
	PrivateLeftOut bool `json:"private_left_out,omitempty"`
}

// Scheme is a category scheme. Codes conflict between countries and tools, so a scheme is data that travels with a set.
type Scheme struct {
	Name       string     `json:"name"`
	Categories []Category `json:"categories"`
}

// Category is one code of a scheme.
type Category struct {
	Code     string `json:"code"`
	Label    string `json:"label"`
	Severity int    `json:"severity"` // higher is graver; only comparable within the scheme
}

// drives reports whether a character does something to a terminal or to the order of text, instead of showing.
func drives(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == '\u2028' || r == '\u2029'
}

// check tells what keeps an Info from naming a set.
func (in *Info) check() error {
	if in.Name == "" {
		return fmt.Errorf("hashmatch: %w: a set needs a name", ErrFormat)
	}
	texts := []string{in.Name, in.Description}
	if in.Scheme != nil {
		texts = append(texts, in.Scheme.Name)
		for _, c := range in.Scheme.Categories {
			texts = append(texts, c.Code, c.Label)
		}
	}
	for i := range in.Inputs {
		if err := in.Inputs[i].check(); err != nil {
			return err
		}
		texts = append(texts, in.Inputs[i].Name, in.Inputs[i].Format, in.Inputs[i].Date)
	}
	if !slices.IsSortedFunc(in.Inputs, compareInputs) {
		return fmt.Errorf("hashmatch: %w: a set's inputs are not in order", ErrFormat)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, drives) {
			return fmt.Errorf("hashmatch: %w: what a set is called must be UTF-8, without control characters and those that reorder text", ErrFormat)
		}
	}
	if _, err := in.Disposition.MarshalText(); err != nil {
		return fmt.Errorf("hashmatch: %w: a set needs a disposition: known-bad, known-good or other", ErrFormat)
	}
	return nil
}
