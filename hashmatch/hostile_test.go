package hashmatch

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/testkit"
)

// openUnchecked reads sections as a set of which no more than the counts was checked, and goes through all that can be
// asked of it. It must not panic; what it cannot read is the zero Entry and a fault.
func openUnchecked(t testing.TB, sections []setfile.Section) (opened, faulty bool) {
	s := &Set{}
	if s.decodeSections(&setfile.File{Sections: sections}) != nil {
		return false, false
	}
	for i, e := range s.Entries() {
		if len(e.Hashes) == 0 && s.Fault() == nil {
			t.Fatalf("entry %d has no hash, and there is no fault", i)
		}
	}
	if err := s.Fault(); err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		if s.check() == nil {
			t.Fatalf("the check passes what cannot be read: %v", err)
		}
	}
	faulty = s.Fault() != nil
	s.Entry(uint32(s.Len()))
	if s.Fault() == nil {
		t.Fatal("an entry behind the last gives no fault")
	}
	return true, faulty
}

// Every byte of every section changed, with all checksums made right again, is an error or a set that is what its entries
// make; and unchecked it is never a panic.
func TestEveryHostileByte(t *testing.T) {
	f, err := setfile.Parse(smallSet(t))
	if err != nil {
		t.Fatal(err)
	}
	n, opened, faulty := 0, 0, 0
	for i := range f.Sections {
		for at := range f.Sections[i].Data {
			for _, change := range []byte{0x01, 0x80, 0xff, 0x05} {
				sections := slices.Clone(f.Sections)
				sections[i].Data = bytes.Clone(sections[i].Data)
				sections[i].Data[at] ^= change
				openHostile(t, sections)
				o, bad := openUnchecked(t, sections)
				if n++; o {
					opened++
				}
				if bad {
					faulty++
				}
			}
		}
	}
	testkit.AtLeast(t, 4000, n, "changed bytes")
	testkit.AtLeast(t, 1000, opened, "sets of which only the counts are right")
	testkit.AtLeast(t, 100, faulty, "sets with entries that cannot be read")
}

// Every section cut anywhere, or left out, is an error.
func TestEveryHostileCut(t *testing.T) {
	f, err := setfile.Parse(smallSet(t))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range f.Sections {
		for at := range f.Sections[i].Data {
			sections := slices.Clone(f.Sections)
			sections[i].Data = sections[i].Data[:at]
			if openHostile(t, sections) {
				t.Errorf("section %#x cut to %d bytes opens", sections[i].ID, at)
			}
			openUnchecked(t, sections)
			n++
		}
		if sections := slices.Delete(slices.Clone(f.Sections), i, i+1); f.Sections[i].ID != sectionPrivate && openHostile(t, sections) {
			t.Errorf("a set without section %#x opens", f.Sections[i].ID)
		}
	}
	testkit.AtLeast(t, 1000, n, "cuts")
}

// A set that is whole answers without a fault, also when it was not checked.
func TestAWholeSetHasNoFault(t *testing.T) {
	f, err := setfile.Parse(smallSet(t))
	if err != nil {
		t.Fatal(err)
	}
	if opened, faulty := openUnchecked(t, f.Sections); !opened || faulty {
		t.Errorf("opened %v, faulty %v", opened, faulty)
	}
	s := mustOpen(t, smallSet(t))
	for range s.Entries() {
	}
	if err := s.Fault(); err != nil {
		t.Error(err)
	}
}

// Opening allocates no more for a set of many entries than for one of few, but for some bytes a block.
func TestCheckAllocatesNextToNothing(t *testing.T) {
	r := testkit.Rand(t)
	b := NewBuilder(testInfo)
	n := checkBlock / 2
	for i := range n {
		if err := b.Add(syntheticEntry(r, i)); err != nil {
			t.Fatal(err)
		}
	}
	s := &Set{}
	built, err := b.build()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.decodeSections(&setfile.File{Sections: built.sections}); err != nil {
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(3, func() {
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 200 {
		t.Errorf("%v allocations for %d entries", allocs, n)
	}
}
