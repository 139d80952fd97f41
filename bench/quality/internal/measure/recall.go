package measure

import (
	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
)

// Share is a share of edited pictures.
type Share struct{ Found, Of int }

// Percent returns the share in percent; 0 of nothing.
func (s Share) Percent() float64 { return 100 * float64(s.Found) / float64(max(s.Of, 1)) }

// Edit returns how many pictures of a group a method finds within a radius after the edit with that number.
func (r *Result) Edit(g gallery.Group, method, radius, edit int) (s Share) {
	for q := range r.Queries {
		if r.Queries[q].Group == g {
			s.Of++
			if int(r.Own[q][edit][method]) <= radius {
				s.Found++
			}
		}
	}
	return s
}

// Class is Edit for all edits of a class together.
func (r *Result) Class(g gallery.Group, method, radius int, c battery.Class) (s Share) {
	for e := range r.Edits {
		if r.Edits[e].Class == c {
			one := r.Edit(g, method, radius, e)
			s.Found, s.Of = s.Found+one.Found, s.Of+one.Of
		}
	}
	return s
}

// Gated returns how many pictures of a group have a quality below the gate after the edits of a class.
func (r *Result) Gated(g gallery.Group, c battery.Class) (s Share) {
	for q := range r.Queries {
		for e := range r.Edits {
			if r.Queries[q].Group == g && r.Edits[e].Class == c {
				if s.Of++; r.Below[q][e] {
					s.Found++
				}
			}
		}
	}
	return s
}

// Macro returns the mean over the classes in percent, and half the width of its 95 % interval over scenes: what is said of
// one scene's edits is not independent.
func (r *Result) Macro(g gallery.Group, method, radius int) (mean, half float64) {
	byScene := map[string]*Result{}
	var order []string
	for q := range r.Queries {
		e := &r.Queries[q]
		if e.Group != g {
			continue
		}
		part := byScene[e.Scene]
		if part == nil {
			part = &Result{Edits: r.Edits}
			byScene[e.Scene] = part
			order = append(order, e.Scene)
		}
		part.Queries, part.Own = append(part.Queries, *e), append(part.Own, r.Own[q])
	}
	var values []float64
	for _, name := range order {
		values = append(values, byScene[name].mean(g, method, radius))
	}
	_, half = Spread(values)
	return r.mean(g, method, radius), half
}

func (r *Result) mean(g gallery.Group, method, radius int) (mean float64) {
	for _, c := range battery.Classes() {
		mean += r.Class(g, method, radius, c).Percent() / float64(len(battery.Classes()))
	}
	return mean
}

// Distances counts how far edited pictures of a group are from their originals by a method; those that were not compared
// are left out.
func (r *Result) Distances(g gallery.Group, method int) []int64 {
	at := make([]int64, 257)
	for q := range r.Queries {
		if r.Queries[q].Group != g {
			continue
		}
		for e := range r.Edits {
			if d := r.Own[q][e][method]; d != Lost {
				at[d]++
			}
		}
	}
	return at
}

// Within returns how many pairs of unrelated pictures of two groups a method finds within a radius, of how many.
func (t *Tally) Within(query, entry gallery.Group, radius int) (found, of int64) {
	for d := range radius + 1 {
		found += t.At[query][entry][d]
	}
	return found, t.Pairs[query][entry]
}

// Scenes returns how many scenes of a group were edited.
func (r *Result) Scenes(g gallery.Group) int {
	seen := map[string]bool{}
	for q := range r.Queries {
		if r.Queries[q].Group == g {
			seen[r.Queries[q].Scene] = true
		}
	}
	return len(seen)
}
