package index

import (
	"slices"
	"testing"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

// panics tells whether f panics.
func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

// A closed Mutable answers and takes no change, also while it was merging and while a writer waited for room.
func TestMutableClose(t *testing.T) {
	rnd := testkit.Rand(t)
	codes := uniform[uint64](rnd, 3000)
	m := NewMutable[uint64](nil, nil, MergeAfter(1000))
	m.InsertBatch(codes[:1500], make([]uint32, 1500)) // begins to merge
	m.Delete(codes[7], 0)
	before := m.Snapshot()
	m.Close()
	m.Close()
	m.Flush()
	for what, f := range map[string]func(){
		"Insert":      func() { m.Insert(1, 1) },
		"InsertBatch": func() { m.InsertBatch(codes, make([]uint32, len(codes))) },
		"Delete":      func() { m.Delete(codes[0], 0) },
		"DeleteID":    func() { m.DeleteID(0) },
	} {
		if !panics(f) {
			t.Errorf("%s of a closed Mutable does not panic", what)
		}
	}
	for _, s := range []Searcher[uint64]{m, before} {
		if s.Len() != 1499 || len(s.Within(nil, codes[8], 0)) != 1 || len(s.Within(nil, codes[7], 0)) != 0 {
			t.Errorf("a closed Mutable has %d entries", s.Len())
		}
	}
}

// A writer that waits for room when it is closed learns of it.
func TestMutableCloseWhileWaiting(t *testing.T) {
	m := NewMutable[uint64](nil, nil, MergeAfter(10))
	m.mu.Lock()
	m.merging = true // that never ends
	m.mu.Unlock()
	done := make(chan bool)
	go func() { done <- panics(func() { m.InsertBatch(make([]uint64, 21), make([]uint32, 21)) }) }()
	for m.Len() < 20 {
	}
	closed := make(chan bool)
	go func() { m.Close(); closed <- true }()
	if !<-done {
		t.Error("the writer does not panic")
	}
	m.mu.Lock()
	m.merging = false
	m.changed.Broadcast()
	m.mu.Unlock()
	<-closed
	if m.Len() != 20 {
		t.Errorf("%d entries, want those 20 for which there was room", m.Len())
	}
}

func TestMutableMisuse(t *testing.T) {
	m := NewMutable[uint64](nil, nil)
	defer m.Close()
	if !panics(func() { m.InsertBatch(make([]uint64, 2), nil) }) || !panics(func() { NewMutable(make([]uint64, 2), make([]uint32, 1)) }) {
		t.Error("lengths that differ do not panic")
	}
	if m.Delete(1, 2) || m.DeleteID(3) != 0 || m.Len() != 0 {
		t.Error("an empty Mutable has entries")
	}
}

// A reader that is held up between two loads does not join the entries of one state with the dead of another.
func TestMutableSlowReader(t *testing.T) {
	m := NewMutable([]uint64{1, 2}, nil)
	defer m.Close()
	m.Insert(3, 3)
	st := m.state.Load()
	m.Delete(1, 0)
	m.Insert(4, 4) // in the same delta
	s := st.now()
	if ids := s.Nearest(nil, 0, 9); s.Len() != 3 || len(ids) != 3 || len(s.Within(nil, 4, 0)) != 0 || len(s.Within(nil, 1, 0)) != 1 {
		t.Errorf("the reader sees %v, want what was there before the delete", ids)
	}
	if now := m.now(); now.Len() != 3 || len(now.Within(nil, 4, 0)) != 1 || len(now.Within(nil, 1, 0)) != 0 {
		t.Error("a reader of now sees something else than what is there")
	}
}

// Insert and delete by turns cost the same at any time, whatever hangs in the chains of the dead.
func TestMutableToggle(t *testing.T) {
	m := NewMutable[[4]uint64](nil, nil, MergeAfter(1<<20))
	defer m.Close()
	n := 200_000 / raceSlowdown // with chains that only grow, hours
	for range n {
		m.Insert([4]uint64{1}, 5)
		if !m.Delete([4]uint64{1}, 5) {
			t.Fatal("an entry is gone")
		}
	}
	for range 3 {
		m.Insert([4]uint64{1}, 5)
	}
	if got := m.DeleteID(5); got != 3 || m.Len() != 0 {
		t.Errorf("%d entries were deleted, %d are left", got, m.Len())
	}
}

// A merge of what was all deleted leaves nothing, and starts by itself when much is dead.
func TestMutableMergesTheDead(t *testing.T) {
	n := 10_000
	m := NewMutable(uniform[uint64](testkit.Rand(t), n), nil, MergeAfter(100))
	defer m.Close()
	for id := range n {
		m.DeleteID(uint32(id))
	}
	m.Flush()
	if s := m.Snapshot(); s.Len() != 0 || len(s.sealed.codes) != 0 || s.dead.len() != 0 {
		t.Errorf("%d entries are left, %d of them dead", len(s.sealed.codes), s.dead.len())
	}
}

// A search allocates nothing when dst has room.
func TestMutableAllocatesNothing(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	rnd := testkit.Rand(t)
	codes := uniform[[4]uint64](rnd, 900) // an Index of so many is a scan; what it allocates is not asked for here
	m := NewMutable(codes, nil)
	defer m.Close()
	m.InsertBatch(uniform[[4]uint64](rnd, 10_000), make([]uint32, 10_000))
	m.Delete(codes[0], 0)
	dst := make([]Hit, 0, 20_000)
	for _, radius := range []int{0, 31, 200} {
		if n := testing.AllocsPerRun(100, func() { m.Within(dst, codes[1], radius) }); n != 0 {
			t.Errorf("radius %d: %v allocations", radius, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { m.Nearest(dst, codes[1], 3) }); n != 0 {
		t.Errorf("nearest: %v allocations", n)
	}
}

// The set of the dead is what a map is, and earlier sets stay what they were.
func TestDeadSet(t *testing.T) {
	rnd := testkit.Rand(t)
	type version struct {
		set  *deadSet
		want map[uint32]bool
	}
	versions := []version{{nil, map[uint32]bool{}}}
	checked := 0
	for range 60 {
		from := versions[rnd.IntN(len(versions))]
		next := version{want: map[uint32]bool{}}
		for p := range from.want {
			next.want[p] = true
		}
		var positions []uint32
		for range rnd.IntN(200) {
			p := rnd.Uint32N(1 << (4 + rnd.IntN(18)))
			positions = append(positions, p)
			next.want[p] = true
		}
		next.set = from.set.with(positions...)
		var since []uint32
		for p := range next.want {
			if !from.want[p] {
				since = append(since, p)
			}
		}
		slices.Sort(since)
		if got := slices.Collect(next.set.since(from.set)); !slices.Equal(got, since) {
			t.Fatalf("since the version before are %v, want %v", got, since)
		}
		versions = append(versions, next)
		for _, v := range versions {
			if v.set.len() != len(v.want) {
				t.Fatalf("length %d, want %d", v.set.len(), len(v.want))
			}
			for range 100 {
				p := rnd.Uint32N(1 << (4 + rnd.IntN(19)))
				if v.set.has(p) != v.want[p] {
					t.Fatalf("position %d is %v", p, v.set.has(p))
				}
				checked++
			}
			for p := range v.want {
				if !v.set.has(p) {
					t.Fatalf("position %d is missing", p)
				}
				checked++
			}
		}
	}
	testkit.AtLeast(t, 100_000, checked, "positions")
}

// The delta's tables find at every radius for which they have a plan what a scan finds, on all instructions and data,
// with buckets of any length, and no entry that came after the snapshot.
func TestDeltaPlans(t *testing.T) {
	for p := cpu.Go; p <= cpu.Best(); p++ {
		if cpu.Has(p) {
			t.Run(p.String(), func(t *testing.T) {
				defer hamming.Use(p)()
				t.Run("64", testDeltaPlans[uint64])
				t.Run("256", testDeltaPlans[[4]uint64])
			})
		}
	}
}

func testDeltaPlans[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	plans, hits := 0, 0
	for _, room := range []int{1200 / raceSlowdown, 12_000 / raceSlowdown} { // of two widths of keys
		for _, d := range datasets[C](rnd, 1200/raceSlowdown) {
			delta := newDelta[C](room)
			for i, c := range d.codes {
				delta.add(uint32(i), c, uint32(i))
			}
			n := len(d.codes) * 9 / 10
			for _, q := range d.qs[3:9] {
				o := newOracle(d.codes[:n], nil, q)
				for radius := range width[C]() {
					p, ok := delta.tables.newPlan(radius)
					if !ok || p.probes > 3000 {
						break
					}
					got := delta.probe(nil, uint32(n), q, radius, &p)
					if s := o.check(o.within(radius), got); s != "" {
						t.Fatalf("%s codes, room %d, radius %d: %s", d.name, room, radius, s)
					}
					plans++
					hits += len(got)
				}
			}
		}
	}
	testkit.AtLeast(t, 1000, plans, "searches")
	testkit.AtLeast(t, 20_000/raceSlowdown, hits, "hits")
}

// Entries come out in the order of (ID, code), whatever order they had.
func TestInOrder(t *testing.T) {
	rnd := testkit.Rand(t)
	for n := range 200 {
		codes, ids := uniform[uint64](rnd, n), randomIDs(rnd, n, uint32(1+rnd.IntN(n+1)))
		want := make([]entry[uint64], n)
		for i := range want {
			codes[i] %= 16
			want[i] = entry[uint64]{codes[i], ids[i]}
		}
		slices.SortFunc(want, func(a, b entry[uint64]) int { return compareEntries(a.id, &a.code, b.id, &b.code) })
		codes, ids = inOrder(codes, ids)
		for i := range want {
			if want[i] != (entry[uint64]{codes[i], ids[i]}) {
				t.Fatalf("%d entries: entry %d is %v", n, i, codes[i])
			}
		}
	}
}
