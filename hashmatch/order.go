package hashmatch

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// sort puts the rows of every kind in the order of their hashes.
func (c *columns) sort() {
	var present []*hashColumn
	for _, column := range c.kinds {
		if column != nil {
			present = append(present, column)
		}
	}
	inParallel(len(present)*256, func() func(int) {
		var s rowSorter
		return func(i int) {
			if b := &present[i/256].buckets[i%256]; b.rows > 1 {
				s.sort(present[i/256], b)
			}
		}
	})
}

// ordering finds which entries of sorted columns are one, and the number that each gets in the set.
//
// Nearly all entries share no digest and have a first hash of their own: they cost their number and a bit. The others are
// the involved ones; what is needed of them is gathered in lists by a dense number.
type ordering struct {
	c        *columns
	involved members
	entries  []uint32             // of each involved one, the entry
	ends     []uint32             // of each, the end of its hashes
	hashes   []hashRef            // of each after the other
	owner    []uint32             // of each, the one that speaks for its item
	moved    []uint64             // of each, 1 + the address of what the entries of its item say together; 0 where it speaks for itself
	together map[uint32][]hashRef // of owners that share a digest with another item, the hashes of the item
	number   []uint32             // of each entry, while it is needed
	order    []uint32             // of each number, the entry
	counts   Counts
}

// hashRef stands for a hash: of one kind they compare as the numbers of the first row that holds the hash.
type hashRef struct {
	row     uint32
	kind    Kind
	quality Quality
}

func compareRefs(a, b hashRef) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.row, b.row), cmp.Compare(a.quality, b.quality))
}

// noNumber is the number of an entry that has none yet.
const noNumber = math.MaxUint32

// newOrdering finds the involved entries and their hashes.
func newOrdering(c *columns) *ordering {
	o := &ordering{c: c, involved: newMembers(c.entries)}
	for k, column := range c.kinds {
		if column != nil {
			o.involve(Kind(k), column)
		}
	}
	o.involved.count()
	if n := o.involved.n; n > 0 {
		o.entries = make([]uint32, 0, n)
		o.involved.each(func(entry uint32) { o.entries = append(o.entries, entry) })
		o.owner, o.moved, o.together = make([]uint32, n), make([]uint64, n), map[uint32][]hashRef{}
		for i := range o.owner {
			o.owner[i] = uint32(i)
		}
		o.gatherHashes()
	}
	return o
}

// involve marks the entries that share a digest which may join them, and those that share their first hash.
func (o *ordering) involve(k Kind, column *hashColumn) {
	var last, first uint32 // the entry of the row before; of the last row of this hash that is a first one
	none := true
	column.each(func(row []byte, same bool) {
		entry := column.entryOf(row)
		if joins(k) && same {
			o.involved.add(last &^ firstHash)
			o.involved.add(entry &^ firstHash)
		}
		none = none || !same
		if entry&firstHash != 0 {
			if !none {
				o.involved.add(first)
				o.involved.add(entry &^ firstHash)
			}
			first, none = entry&^firstHash, false
		}
		last = entry
	})
}

// joins reports whether two entries that both hold a hash of kind k may be of one item. Files that differ in what was
// appended share their trimmed digests.
func joins(k Kind) bool { return k.Digest() && !k.Trimmed() }

// gatherHashes lists the hashes of each involved entry in their order.
func (o *ordering) gatherHashes() {
	o.ends = make([]uint32, o.involved.n)
	o.eachHash(func(i uint32, _ hashRef) { o.ends[i]++ })
	total := uint32(0)
	for i, n := range o.ends {
		o.ends[i] = total // where its hashes begin; the second round moves that to their end
		total += n
	}
	o.hashes = make([]hashRef, total)
	o.eachHash(func(i uint32, ref hashRef) {
		o.hashes[o.ends[i]] = ref
		o.ends[i]++
	})
	for i := range o.ends { // of one hash, the qualities are not in order yet
		slices.SortFunc(o.hashesOf(uint32(i)), compareRefs)
	}
}

// eachHash goes through the hashes of the involved entries, by kind and row.
func (o *ordering) eachHash(yield func(i uint32, ref hashRef)) {
	for k, column := range o.c.kinds {
		if column == nil {
			continue
		}
		row, first := uint32(0), uint32(0)
		column.each(func(r []byte, same bool) {
			if !same {
				first = row
			}
			row++
			if entry := column.entryOf(r) &^ firstHash; o.involved.has(entry) {
				yield(o.involved.dense(entry), hashRef{first, Kind(k), column.quality(r)})
			}
		})
	}
}

func (o *ordering) hashesOf(i uint32) []hashRef {
	if i == 0 {
		return o.hashes[:o.ends[0]]
	}
	return o.hashes[o.ends[i-1]:o.ends[i]]
}

// record returns what an involved entry says, or, when it speaks for others too, what they say together.
func (o *ordering) record(i uint32) (public, private []byte) {
	return o.c.arena.at(o.addressOf(o.entries[i]))
}

// enumerate numbers the items in their canonical order: by their hashes, then what they say. Wholly equal ones that no
// digest joined become one.
func (o *ordering) enumerate() {
	o.number = make([]uint32, o.c.entries)
	for i := range o.number {
		o.number[i] = noNumber
	}
	o.order = make([]uint32, 0, o.c.entries)
	var run []uint32 // involved ones of one first hash
	for _, column := range o.c.kinds {
		if column == nil {
			continue
		}
		column.each(func(row []byte, same bool) {
			if !same {
				o.enumerateRun(run)
				run = run[:0]
			}
			entry := column.entryOf(row)
			if entry&firstHash == 0 {
				return
			}
			if entry &^= firstHash; !o.involved.has(entry) {
				o.assign(entry)
			} else {
				run = append(run, o.owner[o.involved.dense(entry)])
			}
		})
		o.enumerateRun(run)
		run = run[:0]
	}
	for i, entry := range o.entries {
		o.number[entry] = o.number[o.entries[o.owner[i]]]
	}
	o.counts.Added, o.counts.Entries = o.c.entries, len(o.order)
	o.counts.Merged = o.counts.Added - o.counts.Entries
}

func (o *ordering) assign(entry uint32) {
	o.number[entry] = uint32(len(o.order))
	o.order = append(o.order, entry)
}

// enumerateRun numbers items that begin with the same hash. Some may have a number already, from a kind that comes
// before: they begin with another hash of theirs.
func (o *ordering) enumerateRun(run []uint32) {
	if len(run) > 1 {
		slices.Sort(run)
		run = slices.Compact(run)
	}
	run = slices.DeleteFunc(run, func(i uint32) bool { return o.number[o.entries[i]] != noNumber })
	slices.SortFunc(run, o.compare)
	for at, i := range run {
		if at > 0 && o.compare(run[at-1], i) == 0 {
			o.owner[i] = o.owner[run[at-1]]
			continue
		}
		o.assign(o.entries[i])
	}
}

// compare is the canonical order of items.
func (o *ordering) compare(a, b uint32) int {
	if c := slices.CompareFunc(o.itemHashes(a), o.itemHashes(b), compareRefs); c != 0 {
		return c
	}
	publicA, privateA := o.record(a)
	publicB, privateB := o.record(b)
	return cmp.Or(bytes.Compare(publicA, publicB), bytes.Compare(privateA, privateB))
}

// itemHashes returns the hashes of an item, by its owner.
func (o *ordering) itemHashes(i uint32) []hashRef {
	if all, ok := o.together[i]; ok {
		return all
	}
	return o.hashesOf(i)
}

// renumber makes the rows those of the set: each names its entry by number. What was needed for the order alone is given
// up.
func (o *ordering) renumber() {
	var present []*hashColumn
	for _, column := range o.c.kinds {
		if column != nil {
			present = append(present, column)
		}
	}
	inParallel(len(present)*256, func() func(int) {
		var s rowSorter
		return func(i int) {
			if b := &present[i/256].buckets[i%256]; b.rows > 0 {
				s.renumber(present[i/256], b, o.number)
			}
		}
	})
	o.number, o.hashes, o.ends, o.together = nil, nil, nil, nil
	o.countApart()
}

// countApart counts the entries that share a digest with one before them.
func (o *ordering) countApart() {
	if o.involved.n == 0 {
		return
	}
	apart := newMembers(o.counts.Entries)
	for k, column := range o.c.kinds {
		if column != nil && joins(Kind(k)) {
			column.each(func(row []byte, same bool) {
				if same {
					apart.add(column.entryOf(row))
				}
			})
		}
	}
	apart.count()
	o.counts.Apart = apart.n
}

// saidBatch is how many records are looked up at a time. They lie anywhere in the memory, and many look-ups at once wait
// hardly longer than one.
const saidBatch = 256

// said calls yield with what each entry of the numbers from..to-1 says, in order.
func (o *ordering) said(from, to uint32, yield func(number uint32, public, private []byte)) {
	var addresses [saidBatch]uint64
	var public, private [saidBatch][]byte
	for ; from < to; from += saidBatch {
		n := min(to-from, saidBatch)
		for i := range n {
			addresses[i] = o.addressOf(o.order[from+i])
		}
		for i := range n {
			public[i], private[i] = o.c.arena.at(addresses[i])
		}
		for i := range n {
			yield(from+i, public[i], private[i])
		}
	}
}

// addressOf returns where what an entry says lies, or what it says together with those that it speaks for.
func (o *ordering) addressOf(entry uint32) uint64 {
	if o.involved.n > 0 && o.involved.has(entry) {
		if a := o.moved[o.involved.dense(entry)]; a != 0 {
			return a - 1
		}
	}
	return o.c.addresses.of(entry)
}

// members is a set of entries. Once it is counted, it gives each member a dense number.
type members struct {
	words []uint64
	ranks []uint32 // of each word, the members before it
	n     int
}

func newMembers(entries int) members { return members{words: make([]uint64, (entries+63)/64)} }

func (m *members) add(entry uint32)      { m.words[entry/64] |= 1 << (entry % 64) }
func (m *members) has(entry uint32) bool { return m.words[entry/64]>>(entry%64)&1 != 0 }

// count ends the adding.
func (m *members) count() {
	m.ranks = make([]uint32, len(m.words))
	for i, w := range m.words {
		m.ranks[i] = uint32(m.n)
		m.n += bits.OnesCount64(w)
	}
}

// dense returns the number of members before a member.
func (m *members) dense(entry uint32) uint32 {
	return m.ranks[entry/64] + uint32(bits.OnesCount64(m.words[entry/64]&(1<<(entry%64)-1)))
}

// each goes through the members in ascending order.
func (m *members) each(yield func(entry uint32)) {
	for i, w := range m.words {
		for ; w != 0; w &= w - 1 {
			yield(uint32(64*i + bits.TrailingZeros64(w)))
		}
	}
}
