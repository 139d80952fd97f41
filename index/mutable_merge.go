package index

// mergeIfDue starts a merge when there is enough to merge. The caller holds the lock.
func (m *Mutable[C]) mergeIfDue() {
	st := m.state.Load()
	n, size := int(st.delta.count.Load()), m.mergeSize(len(st.sealed.codes))
	dead := st.dead.len() + st.deltaDead.len()
	if n >= size || dead >= max(size, (len(st.sealed.codes)+n)/5) {
		m.startMerge()
	}
}

// startMerge starts a merge unless there is one. The caller holds the lock.
func (m *Mutable[C]) startMerge() {
	if m.merging || m.closed {
		return
	}
	m.merging = true
	w := merge[C]{m: m, from: m.now(), changes: m.changes}
	go w.run()
}

// Flush merges all changes that returned before the call, and returns when that is done or m is closed.
func (m *Mutable[C]) Flush() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for target := m.changes; m.merged < target && !m.closed; {
		m.startMerge()
		m.changed.Wait()
	}
}

// Close ends the changes of m. A merge that is under way is given up, but for building its Index, which cannot be stopped
// half-way: Close waits for the end of that. Searches go on as before. To close again does nothing.
func (m *Mutable[C]) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.stop.Store(true)
	m.changed.Broadcast() // for those that wait for room
	for m.merging {
		m.changed.Wait()
	}
}

// merge makes a new sealed part of what lives in a snapshot, and then carries over what changed since. Only that a merge
// ends replaces the sealed part and the delta, so that all snapshots up to then have those of the first.
type merge[C Code] struct {
	m       *Mutable[C]
	from    Snapshot[C]
	changes uint64 // that from holds

	sealed          *sealed[C]
	delta           *delta[C]
	dead, deltaDead *deadSet    // of these
	carried         Snapshot[C] // what they hold
}

func (w *merge[C]) run() {
	defer func() {
		w.m.mu.Lock()
		w.m.merging = false
		w.m.changed.Broadcast()
		w.m.mu.Unlock()
	}()
	codes, ids, ok := w.from.entries(w.m.stop.Load)
	if !ok {
		return
	}
	w.sealed = &sealed[C]{codes, ids, New(codes, nil)}
	w.carried = w.from
	room := max(2*w.m.mergeSize(len(codes)), len(w.from.delta.codes))
	w.delta = newDelta[C](room)
	for range catchUps {
		if w.m.stop.Load() {
			return
		}
		w.carry(w.m.now())
	}
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	if w.m.closed {
		return
	}
	w.carry(w.m.now())
	w.m.publish(&state[C]{sealed: w.sealed, dead: w.dead, delta: w.delta, deltaDead: w.deltaDead})
	w.m.merged = w.changes
}

// catchUps is how often what came meanwhile is carried over before writers are stopped for the rest of it. Each time takes
// a part of the time of the one before, and leaves so much less.
const catchUps = 3

// carry brings what was merged up to a later snapshot.
func (w *merge[C]) carry(to Snapshot[C]) {
	for p := w.carried.n; p < to.n; p++ {
		w.delta.add(p-w.from.n, to.delta.codes[p], to.delta.ids[p])
	}
	w.delta.count.Store(to.n - w.from.n)
	var codes []C // of entries that are dead now, and that the merge took for living
	var ids []uint32
	for p := range to.dead.since(w.carried.dead) {
		codes, ids = append(codes, to.sealed.codes[p]), append(ids, idAt(to.sealed.ids, int(p)))
	}
	var delta []uint32
	for p := range to.deltaDead.since(w.carried.deltaDead) {
		if p < w.from.n {
			codes, ids = append(codes, to.delta.codes[p]), append(ids, to.delta.ids[p])
		} else {
			delta = append(delta, p-w.from.n)
		}
	}
	codes, ids = inOrder(codes, ids)
	var sealed []uint32
	for i := range codes {
		if i > 0 && compareEntries(ids[i-1], &codes[i-1], ids[i], &codes[i]) == 0 {
			continue // one of several that died together
		}
		from, to := w.sealed.withPair(ids[i], &codes[i])
		sealed = append(sealed, living(from, to, w.dead)...)
	}
	w.dead, w.deltaDead = w.dead.with(sealed...), w.deltaDead.with(delta...)
	w.carried = to
}
