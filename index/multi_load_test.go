package index

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Bytes that contradict themselves are refused even with a checksum that is right: an answer would be wrong.
func TestLoadRefusesContradictions(t *testing.T) {
	rnd := testkit.Rand(t)
	refused := 0
	refuse := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
		refused++
	}
	codes := clustered[[4]uint64](rnd, 500)
	for _, change := range []struct {
		what string
		of   func(m *multi, t *multiTable)
	}{
		{"fingerprints", func(_ *multi, t *multiTable) { t.planes[7] ^= 4 }},
		{"second fingerprints", func(_ *multi, t *multiTable) { t.seconds[0] ^= 1 }},
		{"positions", func(_ *multi, t *multiTable) { copy(t.packed, t.packed[3:6]) }},
		{"codes", func(m *multi, _ *multiTable) { m.codes[9][2] ^= 1 << 40 }},
		{"buckets", func(_ *multi, t *multiTable) {
			t.offsets[1] = t.offsets[len(t.offsets)-1]
			for i := range t.offsets[1:] {
				t.offsets[i+1] = t.offsets[1]
			}
		}},
	} {
		m := NewMulti(codes, nil)
		change.of(m.m, &m.m.tables[2])
		b, _ := m.AppendBinary(nil)
		_, err := LoadMulti[[4]uint64](b)
		refuse(change.what, err)
	}
	small := NewMulti(clustered[uint64](rnd, 300), nil)
	small.m.tables[1].rest[4] ^= 0x80
	b, _ := small.AppendBinary(nil)
	_, err := LoadMulti[uint64](b)
	refuse("rests", err)

	tree := newBKTree(codes, nil, 10)
	tree.nodes[1].near, tree.nodes[1].far = 256, 256
	b, _ = tree.AppendBinary(nil)
	_, err = LoadBKTree[[4]uint64](b)
	refuse("distances of a tree", err)
	tree = newBKTree(codes, nil, 10)
	tree.codes[77][3] ^= 1
	b, _ = tree.AppendBinary(nil)
	_, err = LoadBKTree[[4]uint64](b)
	refuse("codes of a tree", err)
	testkit.AtLeast(t, 8, refused, "contradictions")
}

// A multi-index that was written and loaded is the same, is used where it lies, and answers as before.
func TestLoadMulti(t *testing.T) {
	t.Run("64", testLoadMulti[uint64])
	t.Run("256", testLoadMulti[[4]uint64])
}

func testLoadMulti[C Code](t *testing.T) {
	loaded := 0
	for _, d := range append(datasets[C](testkit.Rand(t), 1500), dataset[C]{name: "no"}) {
		built := NewMulti(d.codes, d.ids)
		b, err := built.AppendBinary([]byte("before, "))
		if err != nil || string(b[:8]) != "before, " {
			t.Fatal(err)
		}
		b = slices.Clone(b[8:])
		for _, opts := range [][]LoadOption{nil, {Trusted()}} {
			m, err := LoadMulti[C](b, opts...)
			if err != nil {
				t.Fatalf("%s codes: %v", d.name, err)
			}
			x, err := LoadIndex[C](b, opts...)
			if err != nil {
				t.Fatalf("%s codes as an index: %v", d.name, err)
			}
			if again, _ := m.AppendBinary(nil); !slices.Equal(again, b) {
				t.Errorf("%s codes: the loaded index writes other bytes", d.name)
			}
			for _, q := range d.qs {
				for _, radius := range []int{0, 7, 31} {
					want := fingerprint(compareAll(d.codes, d.ids, q, radius))
					if fingerprint(m.Within(nil, q, radius)) != want || fingerprint(x.Within(nil, q, radius)) != want {
						t.Errorf("%s codes, radius %d, query %x: other hits", d.name, radius, q)
					}
				}
			}
			loaded++
		}
		if allocated := testing.AllocsPerRun(1, func() { LoadMulti[C](b) }); allocated > 200 {
			t.Errorf("%s codes: loading allocates %v times", d.name, allocated)
		}
	}
	testkit.AtLeast(t, 18, loaded, "indexes")
}

// An index of codes of another width, or another engine, is refused.
func TestLoadRefusesOthers(t *testing.T) {
	b, _ := NewMulti(make([]uint64, 3), nil).AppendBinary(nil)
	if _, err := LoadMulti[[4]uint64](b); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another width: %v", err)
	}
	if _, err := LoadFlat[uint64](b); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another engine: %v", err)
	}
	if _, err := LoadIndex[[4]uint64](b); !errors.Is(err, ErrCorrupt) {
		t.Errorf("an index of another width: %v", err)
	}
	for _, e := range []interface{ AppendBinary([]byte) ([]byte, error) }{NewFlat[uint64](nil, nil), NewBKTree[uint64](nil, nil), NewMulti[uint64](nil, nil)} {
		b, _ := e.AppendBinary(nil)
		if x, err := LoadIndex[uint64](b); err != nil || x.Len() != 0 || len(x.Within(nil, 1, 64)) != 0 || len(x.Nearest(nil, 1, 2)) != 0 {
			t.Errorf("an index without codes: %v", err)
		}
	}
	if _, err := LoadIndex[uint64](nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("no bytes: %v", err)
	}
}

// Every changed byte is noticed. Where the checksum was made right again, or is not looked at, the index is refused or
// answers something, and nothing worse.
func TestDamagedMulti(t *testing.T) {
	if testkit.Race {
		t.Skip("it starts no goroutine that others do not, and would take minutes")
	}
	t.Run("64", testDamagedMulti[uint64])
	t.Run("256", testDamagedMulti[[4]uint64])
}

func testDamagedMulti[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	codes := append(clustered[C](rnd, 60), duplicates[C](rnd, 60)...)
	good, _ := NewMulti(codes, nil).AppendBinary(nil)
	refused, answered := 0, 0
	step := 1 + len(good)/3000*raceSlowdown
	for at := 0; at < len(good); at += step {
		b := slices.Clone(good)
		b[at] ^= 1 << rnd.IntN(8)
		if at < 1024 && rnd.IntN(2) == 0 {
			b[at] = byte(rnd.Uint32())
		}
		if _, err := LoadMulti[C](b); !errors.Is(err, ErrCorrupt) && !slices.Equal(b, good) {
			t.Errorf("byte %d changed: %v", at, err)
		}
		m, err := LoadMulti[C](repair(b), Trusted())
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Error(err)
			}
			refused++
			continue
		}
		askAll(m, codes[:20])
		answered++
	}
	testkit.AtLeast(t, 20, refused, "indexes that were refused")
	testkit.AtLeast(t, 500/raceSlowdown, answered, "indexes that answered")
}

// askAll uses a loaded index in every way.
func askAll[C Code](m *Multi[C], qs []C) {
	for _, radius := range []int{0, 9, 31, m.m.bits} {
		m.WithinBatch(qs, radius, func(int, []Hit) bool { return true })
		m.Within(nil, qs[0], radius)
	}
	p := m.m.newPlan(9)
	p.sliced, p.scanBlock = 0, false
	m.m.plans[9].Store(p)
	m.WithinBatch(qs, 9, func(int, []Hit) bool { return true })
	m.Nearest(nil, qs[0], 3)
	m.Nearest(nil, qs[0], m.Len()+1)
}

// FuzzLoadMulti finds bytes, with a checksum that is right, that hurt.
func FuzzLoadMulti(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	small, _ := NewMulti(clustered[uint64](rnd, 20), nil).AppendBinary(nil)
	f.Add(small)
	wide, _ := NewMulti(duplicates[[4]uint64](rnd, 20), nil).AppendBinary(nil)
	f.Add(wide)
	qs64, qs256 := uniform[uint64](rnd, 3), uniform[[4]uint64](rnd, 3)
	f.Fuzz(func(t *testing.T, b []byte) {
		b = repair(slices.Clone(b))
		if m, err := LoadMulti[uint64](b); err == nil {
			askAll(m, qs64)
		}
		if m, err := LoadMulti[[4]uint64](b); err == nil {
			askAll(m, qs256)
		}
	})
}
