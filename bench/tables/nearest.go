package main

import (
	"time"

	"github.com/hashmatch/engine/index"
)

// nearester is what finds the nearest codes, however far they are.
type nearester[C index.Code] interface {
	Nearest(dst []index.Hit, q C, k int) []index.Hit
}

// asWithin lets the nearest code be measured as a search is.
type asWithin[C index.Code] struct{ nearester[C] }

func (a asWithin[C]) Within(dst []index.Hit, q C, _ int) []index.Hit { return a.Nearest(dst, q, 1) }

// nearest measures how long the nearest code takes, apart for queries that have one within the radius and for those that
// have none.
func nearest[C index.Code](e engine[C], qs []C, radius int, effort time.Duration, r *result) {
	n, ok := e.s.(nearester[C])
	if !ok {
		return
	}
	near, far := make([]C, 0, len(qs)), make([]C, 0, len(qs))
	var dst []index.Hit
	for _, q := range qs[:min(2000, len(qs))] {
		if dst = e.s.Within(dst[:0], q, radius); len(dst) > 0 {
			near = append(near, q)
		} else {
			far = append(far, q)
		}
	}
	r.Extra = map[string]float64{}
	for name, qs := range map[string][]C{"hit": near, "miss": far} {
		if len(qs) > 0 {
			r.Extra["within "+name], _, _ = singles(e.s, qs, radius, effort)
			r.Extra["nearest "+name], _, _ = singles[C](asWithin[C]{n}, qs, radius, effort)
		}
	}
}
