package measure

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
)

// Plan says what a phase is measured on.
type Plan struct {
	Phase   battery.Phase
	Scenes  []gallery.Scene              // those of the phase are taken, the others left alone
	Queries [gallery.Groups]int          // at most so many pictures of each group are edited
	Seed    uint64                       // of what edits leave to chance
	Views   []int                        // methods with views to measure; nil all
	Peers   bool                         // also goimagehash's own hashes
	Step    func(doing string, i, n int) // is told about progress, by several goroutines
}

// Result is what was measured in a phase.
type Result struct {
	Phase      battery.Phase
	Edits      []battery.Edit
	Queries    []Entry      // the originals that were edited
	Own        [][][]uint16 // of each query and each edit: the distance from its original by each method
	Below      [][]bool     // of each query and each edit: the edited picture's quality is below the gate
	False      []Tally      // by method
	Taken      []Taken      // the scenes that light views take for one another within the usual radius, the most often first
	Known      Known
	Unrelated  [][]int64 // of the methods Upright and Light: pairs of photo-like originals at each distance, 0..256
	Unreadable []string  // scenes that could not be decoded, and why
}

// Taken is a scene whose edited pictures were taken for another scene.
type Taken struct {
	Query, Entry string
	Times        int
}

// Known is what the set holds.
type Known struct {
	Entries [gallery.Groups]int // that pass the gate
	Scenes  [gallery.Groups]int
	Gated   int // entries that do not
}

// original is the quality at which originals are saved: that of a camera.
const original = 92

// Run measures a phase. The same plan gives the same result, whatever the number of processors.
func Run(p Plan) (*Result, error) {
	wanted := p.Views
	if wanted == nil {
		wanted = every()
	}
	h := newHashers(wanted...)
	r := &Result{Phase: p.Phase, Edits: battery.Edits(p.Phase)}
	entries, err := r.originals(&p, h)
	if err != nil {
		return nil, err
	}
	s := newSet(entries)
	r.Known = s.known()
	r.unrelated(s)
	return r, r.query(&p, h, s)
}

// originals hashes the pictures of all scenes of the phase.
func (r *Result) originals(p *Plan, h hashers) ([]Entry, error) {
	scenes := slices.DeleteFunc(slices.Clone(p.Scenes), func(s gallery.Scene) bool { return s.Phase() != p.Phase })
	of, unreadable := make([][]Entry, len(scenes)), make([]string, len(scenes))
	err := parallel(len(scenes), func(i int) error {
		s := &scenes[i]
		pictures, err := s.Pictures()
		if err != nil {
			unreadable[i] = err.Error()
		}
		for _, picture := range pictures {
			e := Entry{Name: picture.Name, Scene: s.Name, Group: picture.Group}
			var file bytes.Buffer
			if err := jpeg.Encode(&file, picture.Pixels, &jpeg.Options{Quality: original}); err != nil {
				return fmt.Errorf("measure: %s: %w", e.Name, err)
			}
			if e.hashed, err = h.hash(file.Bytes(), p.Peers); err != nil {
				return fmt.Errorf("measure: %s: %w", e.Name, err)
			}
			if e.Quality = e.hashed.quality; e.passes() {
				e.file = file.Bytes()
			}
			of[i] = append(of[i], e)
		}
		p.Step("originals of scenes", i+1, len(scenes))
		return nil
	})
	r.Unreadable = slices.DeleteFunc(unreadable, func(s string) bool { return s == "" })
	return slices.Concat(of...), err
}

// known counts what passes the gate.
func (s *set) known() (k Known) {
	k.Gated = len(s.entries) - len(s.rows)
	for g, n := range s.group {
		k.Entries[g] = int(n)
	}
	for _, n := range s.scene {
		for g := range n {
			k.Scenes[g] += int(min(n[g], 1))
		}
	}
	return k
}

// chosen returns the entries to edit: of each group the first picture of every scene, then the second of every scene
// that has one, and so on, each round in the order of gallery.Stable.
func (s *set) chosen(most [gallery.Groups]int) (list []int) {
	round := make([]int, len(s.entries)) // which of its scene's pictures of its group it is
	seen := map[string]int{}
	for _, r := range s.rows {
		e := &s.entries[r]
		key := fmt.Sprint(e.Group, e.Scene)
		round[r] = seen[key]
		seen[key]++
	}
	for g := range gallery.Groups {
		var of []int
		for _, r := range s.rows {
			if s.entries[r].Group == g {
				of = append(of, int(r))
			}
		}
		slices.SortFunc(of, func(a, b int) int {
			return cmp.Or(cmp.Compare(round[a], round[b]), cmp.Compare(gallery.Stable(s.entries[a].Name), gallery.Stable(s.entries[b].Name)))
		})
		list = append(list, of[:min(len(of), most[g])]...)
	}
	slices.Sort(list)
	return list
}

// query edits the chosen pictures and looks up what comes of it.
func (r *Result) query(p *Plan, h hashers, s *set) error {
	chosen := s.chosen(p.Queries)
	r.Own, r.Below = make([][][]uint16, len(chosen)), make([][]bool, len(chosen))
	r.False = make([]Tally, len(methods))
	for _, c := range chosen {
		r.Queries = append(r.Queries, s.entries[c])
	}
	lookers := sync.Pool{New: func() any { return s.looker() }}
	var sum sync.Mutex
	taken := map[[2]string]int{}
	err := parallel(len(chosen), func(i int) error {
		e := &s.entries[chosen[i]]
		m, err := decode(e.file)
		if err != nil {
			return fmt.Errorf("measure: %s: %w", e.Name, err)
		}
		l := lookers.Get().(*looker)
		defer lookers.Put(l)
		clear(l.tally)
		clear(l.taken)
		for j := range r.Edits {
			file, err := r.Edits[j].File(m, e.Name, p.Seed)
			if err != nil {
				return err
			}
			hashes, err := h.hash(file, p.Peers)
			if err != nil {
				return fmt.Errorf("measure: %s of %s: %w", r.Edits[j].Name, e.Name, err)
			}
			r.Own[i] = append(r.Own[i], l.own(&hashes, chosen[i]))
			r.Below[i] = append(r.Below[i], hashes.quality < gate)
			l.look(&hashes, e.Scene, e.Group)
		}
		sum.Lock()
		defer sum.Unlock()
		for m := range r.False {
			r.False[m].add(&l.tally[m])
		}
		for scenes, n := range l.taken {
			taken[scenes] += n
		}
		p.Step("pictures edited", i+1, len(chosen))
		return nil
	})
	for scenes, n := range taken {
		r.Taken = append(r.Taken, Taken{scenes[0], scenes[1], n})
	}
	slices.SortFunc(r.Taken, func(a, b Taken) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Query, b.Query), cmp.Compare(a.Entry, b.Entry))
	})
	return err
}

// decode returns an original as a program has it that edits the file.
func decode(file []byte) (*image.RGBA, error) {
	m, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, image.Point{}, draw.Src)
	return out, nil
}

// unrelated compares the photo-like originals with one another, at any distance.
func (r *Result) unrelated(s *set) {
	for _, m := range []int{Upright, Light} {
		at := make([]int64, 257)
		for i, a := range s.rows {
			for _, b := range s.rows[:i] {
				x, y := &s.entries[a], &s.entries[b]
				if x.Scene == y.Scene || x.Group == gallery.Graphic || y.Group == gallery.Graphic || s.by[m] == nil {
					continue
				}
				least := 256
				for _, v := range x.hashed.views[m] {
					least = min(least, distance(v.code, y.hashed.views[m][0].code))
				}
				at[least]++
			}
		}
		r.Unrelated = append(r.Unrelated, at)
	}
}

// parallel calls f for 0 to n-1 on all processors, and returns the first error.
func parallel(n int, f func(i int) error) error {
	var group errgroup.Group
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
