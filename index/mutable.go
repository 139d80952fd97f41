package index

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// Mutable is a searcher that takes inserts and deletes while it is being searched. All its methods may be called
// concurrently, but for Close, which comes after the last change.
//
// Readers never wait: no search takes a lock. A search sees every change that had returned before it began, none that
// began after it ended, and of those between it sees all up to one moment and none after. Writers wait for each other, and
// for a merge when they are so much faster that the memory set aside for new entries is full.
//
// New entries go into a delta, a multi-index that can grow, and deletes into a set of the dead; the rest is an Index. When
// the delta has grown to a sixteenth of the Index (16 thousand to 262 thousand entries), or a fifth of all entries are
// dead, a goroutine makes a new Index of what lives. Meanwhile everything goes on. When nothing changes any more there is no
// goroutine.
//
// An entry is a code with an ID. As in every engine, codes, IDs and whole entries may be there several times.
type Mutable[C Code] struct {
	state      atomic.Pointer[state[C]]
	mergeAfter int // entries of the delta; 0: by the size of the rest

	mu      sync.Mutex // of writers
	changed sync.Cond  // a merge ended
	merging bool
	closed  bool
	stop    atomic.Bool // what closed says, for the merge
	changes uint64      // so far
	merged  uint64      // so many of them are in the sealed part
}

// state is what is there between two changes other than inserts. Inserts are in the delta's count alone.
type state[C Code] struct {
	sealed    *sealed[C]
	dead      *deadSet // of sealed
	delta     *delta[C]
	deltaDead *deadSet
	// end is the number of entries of the delta in this state's last moment, and the greatest number until then. It is
	// set before the next state's first insert, so that no reader joins this state's dead with a later state's inserts.
	end atomic.Uint32
}

// A MutableOption changes how a Mutable works.
type MutableOption func(*mutableOptions)

type mutableOptions struct{ mergeAfter int }

// MergeAfter makes a Mutable begin to merge after so many inserts, instead of when they are a sixteenth of
// the rest. The more, the less often everything is built anew, and the longer searches take.
func MergeAfter(inserts int) MutableOption {
	return func(o *mutableOptions) { o.mergeAfter = min(max(1, inserts), mostDelta/2) }
}

// NewMutable makes a mutable searcher of entries, in which codes[i] has the ID ids[i], or i when ids is nil. The slices
// may be kept and must not be changed afterwards. It panics when their lengths differ, or when there are more codes than
// an ID can number.
//
// Beside the Index it takes 4 bytes of memory for each entry, the code itself, and room for new entries of about an eighth of
// all that, at least a few megabytes. While merging there are two of everything.
func NewMutable[C Code](codes []C, ids []uint32, opts ...MutableOption) *Mutable[C] {
	checkIDs("codes", len(codes), ids)
	var o mutableOptions
	for _, opt := range opts {
		opt(&o)
	}
	m := &Mutable[C]{mergeAfter: o.mergeAfter}
	m.changed.L = &m.mu
	sealed := newSealed(codes, ids)
	m.publish(&state[C]{sealed: sealed, delta: newDelta[C](2 * m.mergeSize(len(sealed.codes)))})
	return m
}

// mergeSize is the size of the delta at which it is merged with so many entries. The delta has room for twice as many,
// so that a merge has as much time as the delta had.
//
// The smaller the delta is beside the rest, the less it adds to what a search takes, and the oftener all is built anew: at
// a sixteenth, each entry is built into an Index eleven times while the number of entries doubles.
func (m *Mutable[C]) mergeSize(entries int) int {
	if m.mergeAfter > 0 {
		return m.mergeAfter
	}
	return min(max(entries/16, leastMerge), mostMerge)
}

const (
	leastMerge = 1 << 14
	mostMerge  = 1 << 18 // with more, a search of the delta waits for memory too often
)

// publish makes st the state. Readers of the old one see its delta no further than now.
func (m *Mutable[C]) publish(st *state[C]) {
	st.end.Store(math.MaxUint32)
	if old := m.state.Load(); old != nil {
		old.end.Store(old.delta.count.Load())
	}
	m.state.Store(st)
}

// Insert adds an entry. It panics when m is closed, or when there are more entries than 32 bits can number.
func (m *Mutable[C]) Insert(code C, id uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.room()
	n := d.count.Load()
	d.add(n, code, id)
	d.count.Store(n + 1)
	m.changes++
}

// InsertBatch adds entries, in which codes[i] has the ID ids[i]. It is faster than as many calls of Insert. Searches may
// see the first of the entries before the others. It panics as Insert does, and when the lengths differ.
func (m *Mutable[C]) InsertBatch(codes []C, ids []uint32) {
	if len(codes) != len(ids) {
		panic(fmt.Sprintf("index: %d codes but %d ids", len(codes), len(ids)))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(codes) > 0 {
		d := m.room()
		n := d.count.Load()
		now := min(len(codes), len(d.codes)-int(n))
		for i := range now {
			if ahead := i + expectAhead; ahead < now {
				w := words(&codes[ahead])
				d.tables.expect(&w)
			}
			d.add(n+uint32(i), codes[i], ids[i])
		}
		d.count.Store(n + uint32(now))
		m.changes += uint64(now)
		codes, ids = codes[now:], ids[now:]
	}
	m.mergeIfDue()
}

// expectAhead is how many entries before its turn an entry of a batch is expected in the tables: so many that memory has
// answered by then, and no more than the processor asks for at once.
const expectAhead = 4

// room returns the delta once it has room for an entry.
func (m *Mutable[C]) room() *delta[C] {
	for {
		m.mustBeOpen()
		m.mergeIfDue()
		st := m.state.Load()
		n := st.delta.count.Load()
		if uint64(len(st.sealed.codes))+uint64(n) >= math.MaxUint32 {
			panic("index: an insert would make more entries than 32 bits can number")
		}
		if int(n) < len(st.delta.codes) {
			return st.delta
		}
		m.changed.Wait()
	}
}

func (m *Mutable[C]) mustBeOpen() {
	if m.closed {
		panic("index: a closed Mutable was changed")
	}
}

// Delete takes away every entry of this code and ID, and tells whether there was one. They are gone for all searches at
// the same moment. It panics when m is closed.
func (m *Mutable[C]) Delete(code C, id uint32) bool {
	return m.kill(func(st *state[C]) (sealed, delta []uint32) {
		from, to := st.sealed.withPair(id, &code)
		return living(from, to, st.dead), st.delta.withPair(nil, id, code, st.deltaDead)
	}) > 0
}

// DeleteID takes away every entry of this ID, whatever its code, and returns how many there were. They are gone for all
// searches at the same moment. It panics when m is closed.
func (m *Mutable[C]) DeleteID(id uint32) int {
	return m.kill(func(st *state[C]) (sealed, delta []uint32) {
		from, to := st.sealed.withID(id)
		return living(from, to, st.dead), st.delta.withID(nil, id, st.deltaDead)
	})
}

// kill publishes a state in which the positions that find returns are dead, and returns how many they are.
func (m *Mutable[C]) kill(find func(*state[C]) (sealed, delta []uint32)) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mustBeOpen()
	st := m.state.Load()
	sealed, delta := find(st)
	if len(sealed)+len(delta) == 0 {
		return 0
	}
	m.publish(&state[C]{
		sealed: st.sealed, dead: st.dead.with(sealed...),
		delta: st.delta, deltaDead: st.deltaDead.with(delta...),
	})
	m.changes++
	m.mergeIfDue()
	return len(sealed) + len(delta)
}

// living are the positions from from to to that are not dead.
func living(from, to int, dead *deadSet) (positions []uint32) {
	for p := from; p < to; p++ {
		if !dead.has(uint32(p)) {
			positions = append(positions, uint32(p))
		}
	}
	return positions
}

// Snapshot is what is there now. It takes no time and no memory of its own, but what it holds stays in memory as long as
// the snapshot is in use.
func (m *Mutable[C]) Snapshot() *Snapshot[C] {
	s := m.now()
	return &s
}

// now is Snapshot without an allocation.
func (m *Mutable[C]) now() Snapshot[C] { return m.state.Load().now() }

// now is st with the inserts up to one moment of it. If the count was read before end was set, no insert of a later state
// had begun then. If end was set before, that many were the entries in the last moment of st, which was after the caller
// found st to be the state.
func (st *state[C]) now() Snapshot[C] {
	n := st.delta.count.Load()
	return Snapshot[C]{st, min(n, st.end.Load())}
}

// Len is the number of entries.
func (m *Mutable[C]) Len() int {
	s := m.now()
	return s.Len()
}

// Within implements Searcher.
func (m *Mutable[C]) Within(dst []Hit, q C, radius int) []Hit {
	s := m.now()
	return s.Within(dst, q, radius)
}

// WithinBatch implements Searcher. All its answers are from one moment.
func (m *Mutable[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	m.Snapshot().WithinBatch(qs, radius, yield)
}

// Nearest implements Searcher.
func (m *Mutable[C]) Nearest(dst []Hit, q C, k int) []Hit {
	s := m.now()
	return s.Nearest(dst, q, k)
}

// WithinLimit implements Limiter.
func (m *Mutable[C]) WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	return m.Snapshot().WithinLimit(dst, q, radius, limit)
}

// WithinBatchLimit implements Limiter. All its answers are from one moment.
func (m *Mutable[C]) WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	m.Snapshot().WithinBatchLimit(qs, radius, limit, yield)
}
