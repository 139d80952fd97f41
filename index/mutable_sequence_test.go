package index

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// entry is one entry of the slice that a Mutable is held to.
type entry[C Code] struct {
	code C
	id   uint32
}

// sequence is a Mutable and what it should hold.
type sequence[C Code] struct {
	t       *testing.T
	m       *Mutable[C]
	entries []entry[C]
	held    []heldSnapshot[C]
	bytes   []byte
	checked int
}

type heldSnapshot[C Code] struct {
	*Snapshot[C]
	entries []entry[C]
}

// next is the next byte, 0 after the last.
func (s *sequence[C]) next() (b byte) {
	if len(s.bytes) > 0 {
		b, s.bytes = s.bytes[0], s.bytes[1:]
	}
	return b
}

// code is one of few codes, so that equal ones are frequent: a run of ones somewhere.
func (s *sequence[C]) code() (c C) {
	b := int(s.next())
	for i := range b % 4 * 3 {
		flip(&c, (b/4*11+i)%width[C]())
	}
	return c
}

func (s *sequence[C]) id() uint32 { return uint32(s.next() % 8) }

// run does what the bytes say.
func (s *sequence[C]) run() {
	for len(s.bytes) > 0 {
		switch s.next() % 16 {
		default:
			e := entry[C]{s.code(), s.id()}
			s.m.Insert(e.code, e.id)
			s.entries = append(s.entries, e)
		case 8:
			n := int(s.next() % 64)
			codes, ids := make([]C, n), make([]uint32, n)
			for i := range codes {
				codes[i], ids[i] = s.code(), s.id()
				s.entries = append(s.entries, entry[C]{codes[i], ids[i]})
			}
			s.m.InsertBatch(codes, ids)
		case 9:
			e := entry[C]{s.code(), s.id()}
			if len(s.entries) > 0 && s.next()%2 == 0 {
				e = s.entries[int(s.next())%len(s.entries)]
			}
			n := len(s.entries)
			s.entries = slices.DeleteFunc(s.entries, func(x entry[C]) bool { return x == e })
			if got := s.m.Delete(e.code, e.id); got != (len(s.entries) < n) {
				s.t.Errorf("Delete returns %v, there were %d", got, n-len(s.entries))
			}
		case 10:
			id := s.id()
			n := len(s.entries)
			s.entries = slices.DeleteFunc(s.entries, func(x entry[C]) bool { return x.id == id })
			if got := s.m.DeleteID(id); got != n-len(s.entries) {
				s.t.Errorf("DeleteID returns %d, there were %d", got, n-len(s.entries))
			}
		case 11:
			s.m.Flush()
		case 12:
			s.held = append(s.held, heldSnapshot[C]{s.m.Snapshot(), slices.Clone(s.entries)})
		case 13, 14, 15:
			s.check("now", s.m, s.entries, s.code())
		}
	}
	q := s.code()
	s.check("in the end", s.m, s.entries, q)
	for _, h := range s.held {
		s.check("in a snapshot", h, h.entries, q)
	}
	s.m.Flush()
	s.check("after a merge", s.m, s.entries, q)
	s.m.Close()
	s.check("when closed", s.m, s.entries, q)
}

// check compares the answers to one query.
func (s *sequence[C]) check(when string, m interface {
	Searcher[C]
	Limiter[C]
}, entries []entry[C], q C) {
	s.t.Helper()
	s.checked++
	codes, ids := make([]C, len(entries)), make([]uint32, len(entries))
	for i, e := range entries {
		codes[i], ids[i] = e.code, e.id
	}
	if m.Len() != len(entries) {
		s.t.Fatalf("%s: length %d, want %d", when, m.Len(), len(entries))
	}
	o := newOracle(codes, ids, q)
	radius, k := int(s.next())%12, int(s.next())%12
	if d := o.check(o.within(radius), m.Within(nil, q, radius)); d != "" {
		s.t.Fatalf("%s, radius %d of %x: %s", when, radius, q, d)
	}
	if got := m.Nearest(nil, q, k); !slices.Equal(got, o.nearest(k)) {
		s.t.Fatalf("%s, %d nearest of %x: %v, want %v", when, k, q, got, o.nearest(k))
	}
	hits, more := m.WithinLimit(nil, q, radius, k)
	if want := o.sorted[:min(k, o.within(radius))]; !slices.Equal(hits, want) || more != o.within(radius)-len(want) {
		s.t.Fatalf("%s, radius %d, limit %d of %x: %v and %d more, want %v", when, radius, k, q, hits, more, want)
	}
}

func runSequence[C Code](t *testing.T, bytes []byte, mergeAfter int) (checked int) {
	s := &sequence[C]{t: t, bytes: bytes}
	n := int(s.next() % 32)
	codes, ids := make([]C, n), make([]uint32, n)
	for i := range codes {
		codes[i], ids[i] = s.code(), s.id()
		s.entries = append(s.entries, entry[C]{codes[i], ids[i]})
	}
	s.m = NewMutable(codes, ids, MergeAfter(mergeAfter))
	defer s.m.Close()
	s.run()
	return s.checked
}

// Any sequence of changes leaves what it leaves of a slice, with merges at any moment of it.
func TestMutableSequences(t *testing.T) {
	t.Run("64", testMutableSequences[uint64])
	t.Run("256", testMutableSequences[[4]uint64])
}

func testMutableSequences[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	n := 80 / raceSlowdown
	if testing.Short() {
		n /= 4
	}
	checked := 0
	for range n {
		checked += runSequence[C](t, randomBytes(rnd, rnd.IntN(3000)), 1+rnd.IntN(rnd.IntN(300)+1))
	}
	testkit.AtLeast(t, 20*n, checked, "comparisons with a slice")
}

func randomBytes(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// FuzzMutable makes a sequence of changes and queries of bytes.
func FuzzMutable(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add([]byte{0, 1, 2, 3, 9, 0, 1, 2, 11, 13, 4, 4}, uint8(1))
	f.Add(randomBytes(rand.New(rand.NewPCG(1, 1)), 500), uint8(20))
	f.Fuzz(func(t *testing.T, bytes []byte, mergeAfter uint8) {
		bytes = bytes[:min(len(bytes), 1<<11)]
		runSequence[uint64](t, bytes, int(mergeAfter))
		runSequence[[4]uint64](t, bytes, int(mergeAfter))
	})
}
