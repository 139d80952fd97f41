package index

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
	"github.com/hashmatch/engine/internal/testkit"
)

const (
	raceWriters = 3
	raceReaders = 3
	raceIDs     = 1 << 20 // IDs of a writer
)

// history is what one writer did, told by what its entries summed up to after each of its changes. No two of the sums are
// equal, as each entry has an ID of its own, and one is deleted only after a later one came that stays for good: a
// reader's sum tells how many changes it saw, or that it saw half a change.
type history struct {
	started, finished atomic.Int64
	sum               uint64
	after             map[uint64]int64 // by sum
}

func (h *history) log(change int64, delta uint64) {
	h.sum += delta
	h.after[h.sum] = change
}

// look is what a reader saw: of each writer the sum, and how many changes had ended before and begun after.
type look struct {
	sums, finished, started [raceWriters]uint64
	changes                 [raceWriters]int64
	begin, end              int64 // of a clock that all looks share
}

// Readers, writers and merges at once: what each reader sees is what there was at one moment between its begin and end, and
// the moments of all readers are in one order.
func TestMutableIsLinearisable(t *testing.T) {
	for p := cpu.Go; p <= cpu.Best(); p++ {
		if cpu.Has(p) {
			t.Run(p.String(), func(t *testing.T) { // the race detector sees the loads of the Go path alone
				defer hamming.Use(p)()
				t.Run("64", testMutableIsLinearisable[uint64])
				t.Run("256", testMutableIsLinearisable[[4]uint64])
			})
		}
	}
}

func testMutableIsLinearisable[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	changes, looks := 6000, 300
	if testing.Short() || testkit.Race {
		changes, looks = 1500, 80
	}
	centre := randomCode[C](rnd)
	m := NewMutable[C](nil, nil, MergeAfter(400))
	histories := make([]history, raceWriters)
	var writers, readers sync.WaitGroup
	for w := range histories {
		h := &histories[w]
		h.after = map[uint64]int64{0: 0}
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), 1))
		writers.Go(func() { writeHistory(m, h, rnd, centre, uint32(w), changes) })
	}
	all := make([][]look, raceReaders)
	var clock atomic.Int64
	for r := range all {
		rnd := rand.New(rand.NewPCG(rnd.Uint64(), 2))
		readers.Go(func() {
			for range looks {
				all[r] = append(all[r], lookAt(t, m, histories, rnd, centre, &clock)...)
			}
		})
	}
	writers.Wait()
	readers.Wait()
	m.Flush()
	m.Close()
	all = append(all, lookAt(t, m, histories, rnd, centre, &clock))
	checkLooks(t, histories, slices.Concat(all...))
	testkit.AtLeast(t, raceReaders*looks, len(slices.Concat(all...)), "looks")
	if n := m.Snapshot().n; n != 0 {
		t.Errorf("%d entries are not merged after Flush", n)
	}
}

// writeHistory changes m and logs it. All codes are at most 2 bits from the centre.
func writeHistory[C Code](m *Mutable[C], h *history, rnd *rand.Rand, centre C, writer uint32, changes int) {
	var mortal, young []entry[C] // that may be deleted; that may be when the next has come that stays
	id := writer * raceIDs
	fresh := func() entry[C] {
		e := entry[C]{near(rnd, centre, rnd.IntN(3)), id}
		if id++; id%4 == 0 {
			mortal, young = append(mortal, young...), nil
		} else {
			young = append(young, e)
		}
		return e
	}
	for change := int64(1); change <= int64(changes); {
		n := int64(1)
		switch k := rnd.IntN(10); {
		case k == 0: // a batch is a change for each entry
			n = 1 + rnd.Int64N(100)
			var codes []C
			var ids []uint32
			for i := range n {
				e := fresh()
				codes, ids = append(codes, e.code), append(ids, e.id)
				h.log(change+i, printOf(e.id))
			}
			h.started.Add(n)
			m.InsertBatch(codes, ids)
		case k < 4 && len(mortal) > 0:
			i := rnd.IntN(len(mortal))
			e := mortal[i]
			mortal[i] = mortal[len(mortal)-1]
			mortal = mortal[:len(mortal)-1]
			h.log(change, -printOf(e.id))
			h.started.Add(1)
			if k == 1 {
				m.DeleteID(e.id)
			} else {
				m.Delete(e.code, e.id)
			}
		default:
			e := fresh()
			h.log(change, printOf(e.id))
			h.started.Add(1)
			m.Insert(e.code, e.id)
		}
		h.finished.Add(n)
		change += n
		if rnd.IntN(16) == 0 {
			runtime.Gosched()
		}
	}
}

func printOf(id uint32) uint64 { return fingerprint([]Hit{{ID: id}})[1] }

// lookAt asks m for all there is in one of several ways.
func lookAt[C Code](t *testing.T, m *Mutable[C], histories []history, rnd *rand.Rand, centre C, clock *atomic.Int64) (looks []look) {
	l := look{begin: clock.Add(1)}
	for w := range histories {
		l.finished[w] = uint64(histories[w].finished.Load())
	}
	var answers [][]Hit
	switch rnd.IntN(5) {
	case 0:
		answers = append(answers, m.Within(nil, centre, 4))
	case 1:
		answers = append(answers, m.Within(nil, centre, width[C]()))
	case 2:
		answers = append(answers, m.Nearest(nil, centre, 1<<30))
	case 3:
		m.WithinBatch([]C{centre, near(rnd, centre, 1), centre}, 5, func(_ int, hits []Hit) bool {
			answers = append(answers, slices.Clone(hits))
			return true
		})
	case 4:
		s := m.Snapshot()
		answers = append(answers, s.Within(nil, centre, 3))
		hits, _ := s.WithinLimit(nil, centre, 3, 1<<30)
		answers = append(answers, hits)
		if s.Len() != len(hits) {
			t.Errorf("a snapshot of length %d has %d hits", s.Len(), len(hits))
		}
	}
	for w := range histories {
		l.started[w] = uint64(histories[w].started.Load())
	}
	l.end = clock.Add(1)
	for i, hits := range answers {
		l.sums = [raceWriters]uint64{}
		for _, h := range hits {
			l.sums[h.ID/raceIDs] += printOf(h.ID)
		}
		if i > 0 && l.sums != looks[0].sums {
			t.Errorf("answer %d of a batch or snapshot is of another moment than the first", i)
		}
		looks = append(looks, l)
	}
	return looks
}

// checkLooks finds the changes that each look saw and whether these make sense.
func checkLooks(t *testing.T, histories []history, looks []look) {
	t.Helper()
	for i := range looks {
		l := &looks[i]
		for w := range histories {
			k, ok := histories[w].after[l.sums[w]]
			if !ok {
				t.Fatalf("a reader saw what writer %d never had", w)
			}
			if uint64(k) < l.finished[w] || uint64(k) > l.started[w] {
				t.Fatalf("a reader saw %d changes of writer %d; %d had ended when it began and %d had begun when it ended",
					k, w, l.finished[w], l.started[w])
			}
			l.changes[w] = k
		}
	}
	slices.SortFunc(looks, func(a, b look) int { return slices.Compare(a.changes[:], b.changes[:]) })
	latest := int64(0) // begin of the looks that saw less
	for i := range looks {
		for w := range histories {
			if i > 0 && looks[i].changes[w] < looks[i-1].changes[w] {
				t.Fatalf("two readers saw the changes of writers in two orders: %v and %v", looks[i-1].changes, looks[i].changes)
			}
		}
		if looks[i].end < latest && looks[i].changes != looks[i-1].changes {
			t.Errorf("a reader saw %v and one that began after its end saw less", looks[i].changes)
		}
		latest = max(latest, looks[i].begin)
	}
}
