package hashmatch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/atomicfile"
)

// Builder collects entries and writes them as a set file. It is not safe for concurrent use.
//
// What entries say lies in columns and takes about as much memory as it will in the file. The first call of Counts,
// WriteTo or WriteFile joins and orders the entries, on all cores; after it no more can be added.
type Builder struct {
	Generation uint64 // of the set: a later one replaces an earlier one; 0 if the maker counts none

	info           Info
	withoutPrivate bool
	columns        *columns // nil once they were built
	normal         normal
	built          *built
	err            error // why there is none
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

// A BuilderOption changes how a set is built.
type BuilderOption func(*Builder)

// WithoutPrivate leaves out what says more of a picture or a person than it takes to find a file again: PhotoDNA values
// and comments. The set's Info tells if anything was left out.
func WithoutPrivate() BuilderOption { return func(b *Builder) { b.withoutPrivate = true } }

// NewBuilder begins a set. info's Name and Disposition are needed; writing fails without them.
func NewBuilder(info Info, opts ...BuilderOption) *Builder {
	info.Inputs = slices.Clone(info.Inputs)
	b := &Builder{info: info, columns: &columns{}}
	for _, option := range opts {
		option(b)
	}
	return b
}

// maxSaid is how many bytes an entry's private or public part may take when it is added. Joined ones have no limit.
const maxSaid = 16 << 20

// Add takes an entry. It refuses, with an error that wraps ErrFormat, one without a hash, with two digests of one kind,
// with a quality on a digest, with a negative size, or that says more than 16 MiB. The entry's slices are not kept.
func (b *Builder) Add(e Entry) error {
	if b.columns == nil {
		return errors.New("hashmatch: an entry was added to a set that is built")
	}
	if err := b.normal.take(&e); err != nil {
		return err
	}
	if b.columns.entries == math.MaxInt32 {
		return fmt.Errorf("hashmatch: %w: a set holds at most %d entries", ErrLimit, math.MaxInt32)
	}
	public, private := b.normal.said()
	if max(len(public), len(private)) > maxSaid {
		return fmt.Errorf("hashmatch: %w: an entry says more than %d bytes", ErrFormat, maxSaid)
	}
	if b.withoutPrivate && len(private) > 0 {
		b.info.PrivateLeftOut = true
		private = nil
	}
	b.columns.add(b.normal.entry.Hashes, public, private)
	return nil
}

// AddInput notes where entries came from. In its texts, what is no UTF-8 and characters that would do something to a
// terminal become U+FFFD. It refuses, with an error that wraps ErrFormat, a digest that is none and negative counts.
func (b *Builder) AddInput(in Input) error {
	if b.columns == nil {
		return errors.New("hashmatch: an input was added to a set that is built")
	}
	if err := in.check(); err != nil {
		return err
	}
	b.info.Inputs = append(b.info.Inputs, in.cleaned())
	return nil
}

// columns holds the entries of a set that is being built, in the order in which they came.
type columns struct {
	entries   int
	kinds     [kindEnd]*hashColumn
	addresses addresses
	arena     arena
}

// add takes an entry of hashes in their normal form.
func (c *columns) add(hashes []EntryHash, public, private []byte) {
	number := uint32(c.entries) | firstHash
	for i := range hashes {
		h := &hashes[i].Hash
		if c.kinds[h.kind] == nil {
			c.kinds[h.kind] = newHashColumn(h.kind)
		}
		c.kinds[h.kind].add(h, number, hashes[i].Quality)
		number &^= firstHash
	}
	c.addresses.add(c.arena.add(public, private))
	c.entries++
}

// build joins, orders and encodes the entries, once.
func (b *Builder) build() (*built, error) {
	if b.columns == nil {
		return b.built, b.err
	}
	slices.SortFunc(b.info.Inputs, compareInputs)
	if err := b.info.check(); err != nil {
		return nil, err
	}
	c := b.columns
	b.columns = nil
	b.built, b.err = c.build(b.info)
	return b.built, b.err
}

// build is Builder's, without the builder. It uses the columns up.
func (c *columns) build(info Info) (*built, error) {
	c.sort()
	o := newOrdering(c)
	o.merge()
	o.enumerate()
	o.renumber()
	sections, err := newEncoding(c, o).sections(info)
	if err != nil {
		return nil, err
	}
	return &built{sections: sections, counts: o.counts}, nil
}

// Counts says what became of the entries.
func (b *Builder) Counts() (Counts, error) {
	t, err := b.build()
	if err != nil {
		return Counts{}, err
	}
	return t.counts, nil
}

// WriteTo writes the set file to w. Its bytes depend on the entries, the info and the options alone: not on the order of
// Add, the time or the machine.
func (b *Builder) WriteTo(w io.Writer) (int64, error) {
	t, err := b.build()
	if err != nil {
		return 0, err
	}
	return setfile.Write(w, setfile.Header{Generation: b.Generation}, t.sections)
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
	n, err := setfile.Write(f, setfile.Header{Generation: b.Generation}, t.sections)
	if err != nil {
		return fmt.Errorf("hashmatch: %w", err)
	}
	err = f.Commit(func(r io.ReadSeeker) error { return t.verify(r, n) })
	if err != nil {
		return fmt.Errorf("hashmatch: %w", err)
	}
	return nil
}

// verify reads a file of n bytes that was written, and checks all of it.
func (t *built) verify(r io.Reader, n int64) error {
	data := bytes.NewBuffer(make([]byte, 0, n+bytes.MinRead)) // room for the read that meets the end
	if _, err := data.ReadFrom(r); err != nil {
		return err
	}
	s, err := OpenBytes(data.Bytes())
	if err != nil {
		return err
	}
	if s.Len() != t.counts.Entries {
		return errors.New("the file holds another number of entries than were written")
	}
	return nil
}
