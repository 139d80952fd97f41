package main

import (
	"fmt"
	"math"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/bench/quality/internal/measure"
	"github.com/hashmatch/engine/bench/quality/internal/plot"
)

// diagrams are the drawings by file name.
func (r *report) diagrams() map[string][]byte {
	var recall, distances, tradeoff []plot.Panel
	for _, p := range r.phases {
		recall = append(recall, r.bars(p))
		distances = append(distances, r.distances(p))
		tradeoff = append(tradeoff, r.tradeoff(p))
	}
	files := map[string][]byte{"distances.svg": plot.Draw(distances...), "tradeoff.svg": plot.Draw(tradeoff...)}
	files["recall.svg"] = plot.Draw(recall[0])
	return files
}

// bars show recall by class.
func (r *report) bars(p *measure.Result) plot.Panel {
	g := r.headline()
	panel := plot.Panel{Title: fmt.Sprintf("%s: recall by class, %s", p.Phase, g), Y: "percent found", MaxY: 100, Width: 1000}
	for _, c := range battery.Classes() {
		panel.Groups = append(panel.Groups, c.String())
	}
	for _, t := range trials() {
		m := measure.Methods()[t.method]
		if m.Name != "phash" && m.Name != "dhash" && m.Name != "ahash" { // ours are drawn as the library's
			s := plot.Series{Name: t.name}
			for _, c := range battery.Classes() {
				s.Values = append(s.Values, p.Class(g, t.method, t.radius, c).Percent())
			}
			panel.Series = append(panel.Series, s)
		}
	}
	return panel
}

// distances show which share of pairs is within each distance: edited pictures from their original, and originals from
// unrelated ones.
func (r *report) distances(p *measure.Result) plot.Panel {
	panel := plot.Panel{Title: fmt.Sprintf("%s: share of pairs within a distance", p.Phase), X: "bits of 256", Y: "share",
		MaxX: 150, LogY: true, MinY: 1e-7, MaxY: 1}
	g := r.headline()
	for i, m := range []int{measure.Upright, measure.Light} {
		name := measure.Methods()[m].Name
		panel.Series = append(panel.Series,
			plot.Series{Name: name + ": edited", Points: cumulated(p.Distances(g, m))},
			plot.Series{Name: name + ": unrelated", Dashed: true, Points: cumulated(p.Unrelated[i])})
	}
	return panel
}

// cumulated is the share of pairs within each distance up to 150.
func cumulated(at []int64) (points []plot.Point) {
	var sum, all int64
	for _, n := range at {
		all += n
	}
	for d, n := range at[:151] {
		if sum += n; sum > 0 && d%2 == 1 {
			points = append(points, plot.Point{X: float64(d), Y: float64(sum) / float64(all)})
		}
	}
	return points
}

// tradeoff shows the mean recall against the upper bound of the rate of false matches, radius by radius.
func (r *report) tradeoff(p *measure.Result) plot.Panel {
	g := r.headline()
	panel := plot.Panel{Title: fmt.Sprintf("%s: mean recall against false matches", p.Phase), X: "false matches for each pair, 95 % upper bound (hollow: none seen)",
		Y: "mean recall, percent", LogX: true, MinX: 1e-8, MaxX: 1e-1, MaxY: 100}
	pair := pairings[1]
	if g == gallery.Synthetic {
		pair = pairing{"", []gallery.Group{gallery.Synthetic}, []gallery.Group{gallery.Synthetic}}
	}
	for i, m := range measure.Methods() {
		s := plot.Series{Name: m.Name, Dashed: !m.PDQ()}
		for radius := 0; radius <= m.Far; radius += 1 + m.Far/20 {
			k, n := pair.within(&p.False[i], radius)
			mean, _ := p.Macro(g, i, radius)
			x := measure.Upper(k, n)
			s.Points = append(s.Points, plot.Point{X: math.Min(x, 1e-1), Y: mean, Hollow: k == 0})
		}
		panel.Series = append(panel.Series, s)
	}
	return panel
}
