package hashmatch

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/atomicfile"
)

// Builder collects entries and writes them as a set file. It is not safe for concurrent use.
type Builder struct {
	info    Info
	entries []*Entry // normalised, and never changed
	built   *built   // of the entries so far; nil after an Add
}

// built is what a Builder's entries come to.
type built struct {
	sections []setfile.Section
	counts   Counts
}

// Counts says what became of the entries that were added: Added = Entries + Merged.
type Counts struct {
	Added   int `json:"added"`   // entries given to Add and taken
	Entries int `json:"entries"` // entries of the set
	Merged  int `json:"merged"`  // entries that told of an item already there and were joined with it
	Apart   int `json:"apart"`   // entries that share a digest with one before them but contradict it, and so stand on their own
}

// NewBuilder begins a set. info's Name and Disposition are needed; writing fails without them.
func NewBuilder(info Info) *Builder { return &Builder{info: info} }

// Add takes an entry. It refuses, with an error that wraps ErrFormat, one without a hash, with two digests of one kind,
// with a quality on a digest, with two different extras of one name, or with a negative size. The entry's slices are not kept.
func (b *Builder) Add(e Entry) error {
	n, err := normalised(e)
	if err != nil {
		return err
	}
	if len(b.entries) == math.MaxInt32 {
		return fmt.Errorf("hashmatch: %w: a set holds at most %d entries", ErrLimit, math.MaxInt32)
	}
	b.entries = append(b.entries, &n)
	b.built = nil
	return nil
}

// normalised returns a copy of e in the one form that equal entries share.
func normalised(e Entry) (Entry, error) {
	if len(e.Hashes) == 0 {
		return Entry{}, fmt.Errorf("hashmatch: %w: an entry needs a hash", ErrFormat)
	}
	if e.Size < 0 {
		return Entry{}, fmt.Errorf("hashmatch: %w: size %d", ErrFormat, e.Size)
	}
	for _, h := range e.Hashes {
		switch k := h.Hash.Kind(); {
		case !k.Valid():
			return Entry{}, fmt.Errorf("hashmatch: %w: an entry holds a hash of no kind", ErrFormat)
		case h.Quality > QualityOf(100), k.Digest() && h.Quality != 0:
			return Entry{}, fmt.Errorf("hashmatch: %w: an entry's %s has a quality it cannot have", ErrFormat, k)
		}
	}
	e.Hashes = normalHashes(e.Hashes)
	for i := 1; i < len(e.Hashes); i++ {
		if k := e.Hashes[i].Hash.Kind(); k.Digest() && k == e.Hashes[i-1].Hash.Kind() {
			return Entry{}, fmt.Errorf("hashmatch: %w: an entry has two different %s digests", ErrFormat, k)
		}
	}
	e.Tags, e.Names, e.Sources = normalStrings(e.Tags), normalStrings(e.Names), normalStrings(e.Sources)
	e.Extras = slices.Clone(e.Extras)
	for i := range e.Extras {
		e.Extras[i].Data = bytes.Clone(e.Extras[i].Data)
	}
	e.Extras = normalExtras(e.Extras)
	for i := 1; i < len(e.Extras); i++ {
		if e.Extras[i].Name == e.Extras[i-1].Name {
			return Entry{}, fmt.Errorf("hashmatch: %w: an entry has two different extras of one name", ErrFormat)
		}
	}
	if !e.HasSize {
		e.Size = 0
	}
	return e, nil
}

func normalExtras(list []Extra) []Extra {
	order := func(a, b Extra) int { return cmp.Or(cmp.Compare(a.Name, b.Name), bytes.Compare(a.Data, b.Data)) }
	slices.SortFunc(list, order)
	return slices.CompactFunc(list, func(a, b Extra) bool { return order(a, b) == 0 })
}

// normalHashes sorts hashes by value and quality, holds each once, and drops an unknown quality where another source knew
// it.
func normalHashes(hashes []EntryHash) []EntryHash {
	hashes = slices.Clone(hashes)
	slices.SortFunc(hashes, func(a, b EntryHash) int {
		return cmp.Or(compareHashes(a.Hash, b.Hash), cmp.Compare(a.Quality, b.Quality))
	})
	kept := hashes[:0]
	for i, h := range hashes {
		// The unknown quality is zero and so comes first; what makes it needless follows at once.
		needless := i+1 < len(hashes) && hashes[i+1].Hash == h.Hash && (h.Quality == 0 || hashes[i+1].Quality == h.Quality)
		if !needless {
			kept = append(kept, h)
		}
	}
	return kept
}

func normalStrings(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

// build joins and orders the entries and encodes them; it works once until the next Add.
func (b *Builder) build() (*built, error) {
	if b.built != nil {
		return b.built, nil
	}
	if err := b.info.check(); err != nil {
		return nil, err
	}
	entries, apart := mergeEntries(slices.Clone(b.entries))
	sections, err := encodeSections(b.info, entries)
	if err != nil {
		return nil, err
	}
	b.built = &built{sections: sections, counts: Counts{
		Added: len(b.entries), Entries: len(entries), Merged: len(b.entries) - len(entries), Apart: apart,
	}}
	return b.built, nil
}

// Counts says what became of the entries added so far.
func (b *Builder) Counts() (Counts, error) {
	t, err := b.build()
	if err != nil {
		return Counts{}, err
	}
	return t.counts, nil
}

// WriteTo writes the set file to w. Its bytes depend on the entries and the info alone: not on the order of Add, the
// time or the machine.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	t, err := b.build()
	if err != nil {
		return 0, err
	}
	return setfile.Write(w, t.sections)
}

// WriteFile writes the set file under path, which shows either what it held before or the whole new set, even when the
// program or the machine stops half-way. The file is read back and verified before it gets its name.
func (b *Builder) WriteFile(path string) error {
	t, err := b.build()
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("hashmatch: %w", err)
	}
	defer f.Discard()
	if _, err := setfile.Write(f, t.sections); err != nil {
		return fmt.Errorf("hashmatch: %w", err)
	}
	err = f.Commit(func(r io.ReadSeeker) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		s, err := OpenBytes(data)
		if err != nil {
			return err
		}
		if s.Len() != t.counts.Entries {
			return errors.New("the file holds another number of entries than were written")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("hashmatch: %w", err)
	}
	return nil
}
