package hashmatch

import (
	"encoding/binary"
	"math"
	"sort"
)

// pictures are the PDQ hashes of a set that pass the gate, equal ones once. Entries that have the same of them are one
// class: what is compared by these hashes is compared once for all.
type pictures struct {
	table   *table
	codes   [][4]uint64 // ascending
	rows    []uint32    // of each code, the first row of the table that has it
	class   []uint32    // of each entry; noClass for those that have no hash
	codesOf lists       // of each class, ascending
	members lists       // of each class, its entries, ascending
}

const noClass = math.MaxUint32

func newPictures(s *Set, gate int) *pictures {
	p := &pictures{table: &s.tables[PDQ], class: make([]uint32, s.Len())}
	held := p.readCodes(s.Len(), gate)
	single := make([]uint32, len(p.codes)) // of each code, the class of those that have no other
	for i := range single {
		single[i] = noClass
	}
	several := map[string]uint32{} // the classes of those that have several
	var key []byte
	for entry := range p.class {
		codes := held.of(uint32(entry))
		class := uint32(noClass)
		switch len(codes) {
		case 0:
		case 1:
			if single[codes[0]] == noClass {
				single[codes[0]] = p.addClass(codes)
			}
			class = single[codes[0]]
		default:
			key = key[:0]
			for _, c := range codes {
				key = binary.LittleEndian.AppendUint32(key, c)
			}
			known, ok := several[string(key)]
			if !ok {
				known = p.addClass(codes)
				several[string(key)] = known
			}
			class = known
		}
		p.class[entry] = class
	}
	p.members = gathered(p.classes(), func(yield func(list, item uint32)) {
		for entry, class := range p.class {
			if class != noClass {
				yield(class, uint32(entry))
			}
		}
	})
	return p
}

// readCodes reads the table and returns the codes that each entry holds.
func (p *pictures) readCodes(entries, gate int) lists {
	t := p.table
	type holding struct{ entry, code uint32 }
	var held []holding
	last := Hash{}
	first := uint32(0) // row of the hash that is being read
	for row := range t.len() {
		h := t.hash(row)
		if h != last {
			last, first = h, uint32(row)
		}
		if t.quality(row).Below(gate) {
			continue
		}
		if n := len(p.rows); n == 0 || p.rows[n-1] != first {
			p.codes, p.rows = append(p.codes, h.Code256()), append(p.rows, first)
		}
		now := holding{t.entry(row), uint32(len(p.codes) - 1)}
		if n := len(held); n == 0 || held[n-1] != now { // an entry may hold a hash in several qualities
			held = append(held, now)
		}
	}
	return gathered(entries, func(yield func(list, item uint32)) {
		for _, h := range held {
			yield(h.entry, h.code)
		}
	})
}

// addClass adds a class of entries that hold these codes, and returns its number.
func (p *pictures) addClass(codes []uint32) uint32 {
	p.codesOf.items = append(p.codesOf.items, codes...)
	p.codesOf.ends = append(p.codesOf.ends, uint32(len(p.codesOf.items)))
	return uint32(len(p.codesOf.ends) - 1)
}

func (p *pictures) classes() int { return len(p.codesOf.ends) }

// quality returns the best quality that is known of an entry's hash, of those that pass the gate.
func (p *pictures) quality(code, entry uint32, gate int) (best Quality) {
	first := int(p.rows[code])
	h := p.table.hash(first)
	row := first + sort.Search(p.table.len()-first, func(i int) bool {
		return p.table.hash(first+i) != h || p.table.entry(first+i) >= entry
	})
	for ; row < p.table.len() && p.table.hash(row) == h && p.table.entry(row) == entry; row++ {
		if q := p.table.quality(row); !q.Below(gate) {
			best = max(best, q)
		}
	}
	return best
}

// lists are lists of numbers, one behind the other.
type lists struct{ ends, items []uint32 }

func (l *lists) of(i uint32) []uint32 {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.items[from:l.ends[i]:l.ends[i]]
}

// gathered makes n lists of what each yields, in its order; each must yield the same when it is called again.
func gathered(n int, each func(yield func(list, item uint32))) lists {
	l := lists{ends: make([]uint32, n)}
	each(func(list, _ uint32) { l.ends[list]++ })
	total := uint32(0)
	for i, count := range l.ends { // where each list starts; it moves to its end as it is filled
		l.ends[i] = total
		total += count
	}
	l.items = make([]uint32, total)
	each(func(list, item uint32) {
		l.items[l.ends[list]] = item
		l.ends[list]++
	})
	return l
}

// inverted returns, for each of n items, the lists that hold it.
func (l *lists) inverted(n int) lists {
	return gathered(n, func(yield func(list, item uint32)) {
		for i := range l.ends {
			for _, item := range l.of(uint32(i)) {
				yield(item, uint32(i))
			}
		}
	})
}
