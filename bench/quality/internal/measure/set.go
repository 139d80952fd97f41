package measure

import (
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/index"
)

// Entry is a picture that is known.
type Entry struct {
	Name, Scene string
	Group       gallery.Group
	Quality     int
	hashed      hashed
	file        []byte // nil: it was not kept
}

// passes tells whether a matcher compares the entry at all.
func (e *Entry) passes() bool { return e.Quality >= gate }

// gate is the quality below which nothing is compared.
const gate = hashmatch.DefaultQuality

// set is the known pictures, with an index for each method.
type set struct {
	entries []Entry
	rows    []uint32 // the entries that pass the gate
	by      []*index.Index[code]
	group   [gallery.Groups]int64            // entries of each group that pass
	scene   map[string][gallery.Groups]int64 // the same of each scene
}

// newSet indexes what passes the gate.
func newSet(entries []Entry) *set {
	s := &set{entries: entries, scene: map[string][gallery.Groups]int64{}}
	for i := range entries {
		if e := &entries[i]; e.passes() {
			s.rows = append(s.rows, uint32(i))
			s.group[e.Group]++
			n := s.scene[e.Scene]
			n[e.Group]++
			s.scene[e.Scene] = n
		}
	}
	for m := range methods {
		codes := make([]code, 0, len(s.rows))
		for _, r := range s.rows {
			if all := s.entries[r].hashed.views[m]; len(all) > 0 {
				codes = append(codes, all[0].code)
			}
		}
		if len(codes) < len(s.rows) { // nobody asked for the method's hashes
			s.by = append(s.by, nil)
			continue
		}
		s.by = append(s.by, index.New(codes, s.rows))
	}
	return s
}

// Tally is how many pairs of unrelated pictures a method found at each distance, by the groups of query and entry. The
// distance of a pair is the least over all views of the query.
type Tally struct {
	Pairs [gallery.Groups][gallery.Groups]int64
	At    [gallery.Groups][gallery.Groups][farthest + 1]int64
}

func (t *Tally) add(o *Tally) {
	for q := range t.Pairs {
		for e := range t.Pairs[q] {
			t.Pairs[q][e] += o.Pairs[q][e]
			for d, n := range o.At[q][e] {
				t.At[q][e][d] += n
			}
		}
	}
}

// looker looks files up. It has one owner.
type looker struct {
	*set
	tally []Tally // by method
	hits  []index.Hit
	least []uint8 // of each entry, in the look-up that is going on
	met   []uint32
	taken map[[2]string]int // scenes of query and entry: times that light views took one for the other
}

func (s *set) looker() *looker {
	l := &looker{set: s, tally: make([]Tally, len(methods)), least: make([]uint8, len(s.entries)), taken: map[[2]string]int{}}
	for i := range l.least {
		l.least[i] = unmet
	}
	return l
}

// unmet is more than any distance that is looked for.
const unmet = 255

// look counts which unrelated entries a file meets.
func (l *looker) look(p *hashed, scene string, group gallery.Group) {
	for m := range methods {
		if l.by[m] == nil || len(p.views[m]) == 0 {
			continue
		}
		for i := range p.views[m] {
			v := &p.views[m][i]
			l.hits = l.by[m].Within(l.hits[:0], v.code, methods[m].Far)
			for _, h := range l.hits {
				if !v.counts(int(h.Distance)) {
					continue
				}
				if l.least[h.ID] == unmet {
					l.met = append(l.met, h.ID)
				}
				l.least[h.ID] = min(l.least[h.ID], uint8(h.Distance))
			}
		}
		t := &l.tally[m]
		for _, id := range l.met {
			if e := &l.entries[id]; e.Scene != scene {
				t.At[group][e.Group][l.least[id]]++
				if m == Light && int(l.least[id]) <= methods[m].Usual {
					l.taken[[2]string{scene, e.Scene}]++
				}
			}
			l.least[id] = unmet
		}
		l.met = l.met[:0]
		for g, n := range l.group {
			t.Pairs[group][g] += n - l.scene[scene][g]
		}
	}
}

// Lost is the distance of a picture that cannot be found: its quality is below the gate, or it looks drawn and is beyond
// the usual radius.
const Lost = 0xffff

// own returns a file's distance from an entry by each method.
func (l *looker) own(p *hashed, entry int) []uint16 {
	all := make([]uint16, len(methods))
	for m := range methods {
		all[m] = Lost
		if known := l.entries[entry].hashed.views[m]; len(known) > 0 {
			for i := range p.views[m] {
				v := &p.views[m][i]
				if d := distance(v.code, known[0].code); v.counts(d) {
					all[m] = min(all[m], uint16(d))
				}
			}
		}
	}
	return all
}
