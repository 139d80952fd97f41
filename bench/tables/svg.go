package main

import (
	"bytes"
	"fmt"
	"math"

	"github.com/hashmatch/engine/bench/internal/dataset"
)

// line is an engine's curve.
type line struct {
	name   string
	points [][2]float64
}

// panel is a diagram with a title and curves; the vertical axis is logarithmic, the horizontal one if it says so.
type panel struct {
	title, x, y string
	logX        bool
	lines       []line
}

// The curves' colours tell well from each other and from both backgrounds, also for most who see few colours (Okabe and
// Ito's, a little darker where they were pale). Each engine has the same everywhere.
var colours = map[string]string{
	"index": "#d55e00", "multi": "#cc79a7", "flat": "#0072b2", "bktree": "#009e73", "textbook": "#b38600", "brute": "#808080",
}

const (
	panelWidth, panelHeight = 440, 330
	left, right, top, under = 62, 14, 34, 46
	legendHeight            = 30
)

// curves are the diagrams by file name.
func (r *report) curves() map[string][]byte {
	single := func(c *result) float64 { return c.Single / 1000 }
	var byRadius, bySize, memory []panel
	for _, width := range []int{64, 256} {
		bits := fmt.Sprintf("%d bit", width)
		byRadius = append(byRadius, r.panel(bits+", 1 M clustered codes", "radius", "us for each query", false, curve(width), func(x int) cell {
			return cell{width, dataset.Clustered, 1_000_000, x}
		}, single))
		sized := func(x int) cell { return cell{width, dataset.Uniform, x, headline(width)} }
		sizes := append(append([]int{}, curveSizes...), 10_000_000)
		bySize = append(bySize, r.panel(fmt.Sprintf("%s, radius %d", bits, headline(width)), "codes", "us for each query", true, sizes, sized, single))
		memory = append(memory, r.panel(bits, "codes", "bytes for each code", true, sizes, sized, func(c *result) float64 { return c.Bytes }))
	}
	return map[string][]byte{"time-radius.svg": drawing(byRadius), "time-n.svg": drawing(bySize), "memory-n.svg": drawing(memory)}
}

// panel collects the curves of all engines.
func (r *report) panel(title, x, y string, logX bool, xs []int, at func(x int) cell, value func(*result) float64) panel {
	p := panel{title: title, x: x, y: y, logX: logX}
	for _, engine := range every {
		l := line{name: engine}
		for _, x := range xs {
			if c := r.near(r.first(), at(x), engine); c != nil && value(c) > 0 {
				l.points = append(l.points, [2]float64{float64(x), value(c)})
			}
		}
		if len(l.points) > 0 {
			p.lines = append(p.lines, l)
		}
	}
	return p
}

// drawing sets panels side by side under one legend. Its colours follow the reader's preference for light or dark.
func drawing(panels []panel) []byte {
	var out bytes.Buffer
	width, height := panelWidth*len(panels), panelHeight+legendHeight
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .grid { stroke: #d0d7de } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d } .paper { fill: #0d1117 } }
</style>
<rect class="paper" width="%d" height="%d"/>
`, width, height, width, height, width, height)
	for i, engine := range every {
		x := left + i*110
		fmt.Fprintf(&out, `<line x1="%d" y1="16" x2="%d" y2="16" stroke="%s" stroke-width="2"%s/><text x="%d" y="20">%s</text>`+"\n",
			x, x+22, colours[engine], dashes(engine), x+28, engine)
	}
	for i, p := range panels {
		fmt.Fprintf(&out, `<g transform="translate(%d %d)">`+"\n", i*panelWidth, legendHeight)
		p.draw(&out)
		out.WriteString("</g>\n")
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// dashes tell what is not ours apart without colour.
func dashes(engine string) string {
	switch engine {
	case "textbook", "brute":
		return ` stroke-dasharray="5 3"`
	}
	return ""
}

// draw draws the panel's grid, then its curves.
func (p *panel) draw(out *bytes.Buffer) {
	fmt.Fprintf(out, `<text x="%d" y="22" font-weight="600">%s</text>`+"\n", left, p.title)
	if len(p.lines) == 0 {
		fmt.Fprintf(out, `<text x="%d" y="%d">not run</text>`+"\n", left, top+40)
		return
	}
	minX, maxX, minY, maxY := p.extent()
	place := func(x, y float64) (float64, float64) {
		if p.logX {
			x = math.Log10(x)
		}
		return left + (x-minX)/(maxX-minX)*(panelWidth-left-right),
			panelHeight - under - (math.Log10(y)-minY)/(maxY-minY)*(panelHeight-top-under)
	}
	for e := minY; e <= maxY; e++ {
		_, y := place(1, math.Pow(10, e))
		fmt.Fprintf(out, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, y, panelWidth-right, y, left-6, y+4, power(int(e)))
	}
	for _, v := range p.ticks(minX, maxX) {
		x, _ := place(v, 1)
		fmt.Fprintf(out, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x, top, x, panelHeight-under, x, panelHeight-under+16, count(int(v)))
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+panelWidth-right)/2, panelHeight-10, p.x)
	fmt.Fprintf(out, `<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+panelHeight-under)/2, p.y)
	for _, l := range p.lines {
		fmt.Fprintf(out, `<polyline fill="none" stroke="%s" stroke-width="2"%s points="`, colours[l.name], dashes(l.name))
		for _, at := range l.points {
			x, y := place(at[0], at[1])
			fmt.Fprintf(out, "%.1f,%.1f ", x, y)
		}
		fmt.Fprintf(out, `"/>`)
		for _, at := range l.points {
			x, y := place(at[0], at[1])
			fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s"><title>%s, %s %s: %s %s</title></circle>`,
				x, y, colours[l.name], l.name, p.x, count(int(at[0])), digits(at[1]), p.y)
		}
		out.WriteByte('\n')
	}
}

// extent returns the limits of the axes: whole powers of ten where an axis is logarithmic.
func (p *panel) extent() (minX, maxX, minY, maxY float64) {
	minX, minY = math.Inf(1), math.Inf(1)
	maxX, maxY = math.Inf(-1), math.Inf(-1)
	for _, l := range p.lines {
		for _, at := range l.points {
			x, y := at[0], math.Log10(at[1])
			if p.logX {
				x = math.Log10(x)
			}
			minX, maxX, minY, maxY = min(minX, x), max(maxX, x), min(minY, y), max(maxY, y)
		}
	}
	if p.logX {
		minX, maxX = math.Floor(minX), math.Ceil(maxX)
	}
	minY, maxY = math.Floor(minY), math.Ceil(maxY)
	return minX, max(maxX, minX+1), minY, max(maxY, minY+1)
}

// ticks are the values that the horizontal axis names.
func (p *panel) ticks(lo, hi float64) []float64 {
	var all []float64
	if p.logX {
		for e := lo; e <= hi; e++ {
			all = append(all, math.Pow(10, e))
		}
		return all
	}
	step := 2.0
	if hi > 20 {
		step = 10
	}
	for v := lo; v <= hi; v += step {
		all = append(all, v)
	}
	return all
}

// power writes a power of ten.
func power(e int) string {
	if e >= 0 && e < 6 {
		return fmt.Sprintf("%.0f", math.Pow(10, float64(e)))
	}
	return fmt.Sprintf("%g", math.Pow(10, float64(e)))
}
