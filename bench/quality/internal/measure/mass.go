package measure

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math"
	"sync"

	"github.com/hashmatch/engine/bench/quality/internal/gallery"
)

// Mass is what came of comparing very many unrelated synthetic photographs.
type Mass struct {
	Entries, Queries int // that pass the gate
	Gated            int
	Pairs            int64
	At               [][farthest + 1]int64 // by method: pairs at each distance, the least over the views
}

// most numbers of synthetic photographs that gallery.Landscapes may use; those of Mass come after.
const beyondGallery = 1 << 30

var massSizes = [][2]int{{256, 192}, {320, 240}, {192, 256}, {320, 180}, {288, 216}}

// Count compares synthetic photographs until there are at least so many pairs, as many queries as entries. Nothing is
// edited: every hit is a false one.
func Count(pairs int64, seed uint64, step func(doing string, i, n int)) (*Mass, error) {
	m := &Mass{At: make([][farthest + 1]int64, len(methods))}
	h := newHashers(Upright, Light)
	side := int(math.Ceil(math.Sqrt(float64(pairs)))) + 1
	number := func(i, of int) uint64 { return beyondGallery + seed<<36 + 2*uint64(i) + uint64(of) }
	entries := make([]Entry, side)
	err := parallel(side, func(i int) error {
		n := number(i, 0)
		entries[i] = Entry{Scene: fmt.Sprint(n), Group: gallery.Synthetic}
		var err error
		entries[i].hashed, err = h.photograph(n)
		entries[i].Quality = entries[i].hashed.quality
		if i%1000 == 999 {
			step("photographs of the set", i+1, side)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s := newSet(entries)
	m.Entries, m.Gated = len(s.rows), len(entries)-len(s.rows)
	if m.Entries == 0 {
		return nil, fmt.Errorf("measure: no synthetic photograph passes the gate")
	}
	lookers := sync.Pool{New: func() any { return s.looker() }}
	var sum sync.Mutex
	var total Tally
	for first := 0; m.Pairs < pairs; first += side { // a second round makes up for those below the gate
		n := min(side, int((pairs-m.Pairs)/int64(m.Entries))+1)
		err := parallel(n, func(i int) error {
			p, err := h.photograph(number(first+i, 1))
			if err != nil {
				return err
			}
			l := lookers.Get().(*looker)
			defer lookers.Put(l)
			clear(l.tally)
			if p.quality >= gate {
				l.look(&p, "", gallery.Synthetic)
			}
			sum.Lock()
			defer sum.Unlock()
			if p.quality < gate {
				m.Gated++
			} else {
				m.Queries++
			}
			for j := range methods {
				for d, c := range l.tally[j].At[gallery.Synthetic][gallery.Synthetic] {
					m.At[j][d] += c
				}
			}
			total.add(&l.tally[Light])
			if i%1000 == 999 {
				step("photographs looked up", i+1, n)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		m.Pairs = total.Pairs[gallery.Synthetic][gallery.Synthetic]
	}
	return m, nil
}

// photograph hashes a synthetic photograph as a JPEG file.
func (h hashers) photograph(number uint64) (hashed, error) {
	size := massSizes[number/2%uint64(len(massSizes))]
	var file bytes.Buffer
	if err := jpeg.Encode(&file, gallery.Photograph(number, size[0], size[1]), &jpeg.Options{Quality: 85}); err != nil {
		return hashed{}, err
	}
	return h.hash(file.Bytes(), false)
}

// Within returns how many pairs a method finds within a radius.
func (m *Mass) Within(method, radius int) (found int64) {
	for d := range radius + 1 {
		found += m.At[method][d]
	}
	return found
}
