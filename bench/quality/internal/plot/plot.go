// Package plot draws diagrams as SVG: curves over a linear or logarithmic axis, and bars in groups. Colours follow the
// reader's preference for light or dark; the same values give the same bytes.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// Series is one curve, or the bars of one colour.
type Series struct {
	Name   string
	Dashed bool
	Points []Point   // of a curve
	Values []float64 // of bars, one for each group
}

// Point is a point of a curve. A hollow one is a bound: nothing was seen there.
type Point struct {
	X, Y   float64
	Hollow bool
}

// Panel is a diagram. With Groups it has bars, otherwise curves.
type Panel struct {
	Title, X, Y string
	LogX, LogY  bool
	MinX, MaxX  float64 // the axes' ends; powers of ten where an axis is logarithmic
	MinY, MaxY  float64
	Groups      []string
	Series      []Series
	Width       int // 0: 440
}

// The colours tell well from each other and from both backgrounds, also for most who see few colours (Okabe and Ito's, a
// little darker where they were pale).
var colours = []string{"#d55e00", "#0072b2", "#009e73", "#cc79a7", "#b38600", "#808080", "#56b4e9", "#5a3d8a", "#6b3a12"}

const (
	height                  = 340
	left, right, top, under = 68, 14, 34, 50
	legendRow               = 20
)

// Draw sets panels side by side under one legend, that of the first; all have their series in the same order.
func Draw(panels ...Panel) []byte {
	width := 0
	for i := range panels {
		if panels[i].Width == 0 {
			panels[i].Width = 440
		}
		width += panels[i].Width
	}
	series := panels[0].Series
	columns := max(1, (width-left)/190)
	legend := legendRow*((len(series)+columns-1)/columns) + 10
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%d" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .grid { stroke: #d0d7de } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d } .paper { fill: #0d1117 } }
</style>
<rect class="paper" width="%[1]d" height="%[2]d"/>
`, width, height+legend)
	for i, s := range series {
		x, y := left+i%columns*190, 16+i/columns*legendRow
		fmt.Fprintf(&out, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="3"%s/><text x="%d" y="%d">%s</text>`+"\n",
			x, y, x+22, y, colour(i), s.dash(), x+28, y+4, html.EscapeString(s.Name))
	}
	x := 0
	for i := range panels {
		fmt.Fprintf(&out, `<g transform="translate(%d %d)">`+"\n", x, legend)
		panels[i].draw(&out)
		out.WriteString("</g>\n")
		x += panels[i].Width
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func colour(i int) string { return colours[i%len(colours)] }

func (s *Series) dash() string {
	if s.Dashed {
		return ` stroke-dasharray="5 3"`
	}
	return ""
}

// across and up place values; those beyond an axis stay at its end.
func (p *Panel) across(v float64) float64 {
	return left + along(v, p.MinX, p.MaxX, p.LogX)*float64(p.Width-left-right)
}

func (p *Panel) up(v float64) float64 {
	return height - under - along(v, p.MinY, p.MaxY, p.LogY)*(height-top-under)
}

func along(v, lo, hi float64, log bool) float64 {
	if log {
		v, lo, hi = math.Log10(max(v, lo)), math.Log10(lo), math.Log10(hi)
	}
	return min(1, max(0, (v-lo)/(hi-lo)))
}

func (p *Panel) draw(out *bytes.Buffer) {
	fmt.Fprintf(out, `<text x="%d" y="22" font-weight="600">%s</text>`+"\n", left, html.EscapeString(p.Title))
	for _, v := range marks(p.MinY, p.MaxY, p.LogY) {
		y := p.up(v)
		fmt.Fprintf(out, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, y, p.Width-right, y, left-6, y+4, label(v))
	}
	if len(p.Groups) == 0 {
		for _, v := range marks(p.MinX, p.MaxX, p.LogX) {
			x := p.across(v)
			fmt.Fprintf(out, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
				x, top, x, height-under, x, height-under+16, label(v))
		}
	}
	fmt.Fprintf(out, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+p.Width-right)/2, height-10, html.EscapeString(p.X))
	fmt.Fprintf(out, `<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+height-under)/2, html.EscapeString(p.Y))
	if len(p.Groups) > 0 {
		p.bars(out)
		return
	}
	for i := range p.Series {
		p.curve(out, i)
	}
}

func (p *Panel) curve(out *bytes.Buffer, i int) {
	s := &p.Series[i]
	fmt.Fprintf(out, `<polyline fill="none" stroke="%s" stroke-width="2"%s points="`, colour(i), s.dash())
	for _, at := range s.Points {
		fmt.Fprintf(out, "%.1f,%.1f ", p.across(at.X), p.up(at.Y))
	}
	out.WriteString(`"/>`)
	for _, at := range s.Points {
		fill := colour(i)
		if at.Hollow {
			fill = "none"
		}
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s" stroke="%s"><title>%s: %.4g, %.4g</title></circle>`,
			p.across(at.X), p.up(at.Y), fill, colour(i), html.EscapeString(s.Name), at.X, at.Y)
	}
	out.WriteByte('\n')
}

func (p *Panel) bars(out *bytes.Buffer) {
	room := float64(p.Width-left-right) / float64(len(p.Groups))
	bar := room * 0.84 / float64(len(p.Series))
	for g, name := range p.Groups {
		x := left + room*float64(g)
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x+room/2, height-under+16, html.EscapeString(name))
		for i := range p.Series {
			v := p.Series[i].Values[g]
			y := p.up(v)
			fmt.Fprintf(out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s, %s: %.1f</title></rect>`,
				x+room*0.08+bar*float64(i), y, bar, height-under-y, colour(i), html.EscapeString(p.Series[i].Name), html.EscapeString(name), v)
		}
		out.WriteByte('\n')
	}
}

// marks are the values that an axis names.
func marks(lo, hi float64, log bool) (all []float64) {
	if log {
		first, last := math.Round(math.Log10(lo)), math.Round(math.Log10(hi))
		step := math.Ceil((last - first) / 8)
		for e := last; e >= first; e -= step {
			all = append(all, math.Pow(10, e))
		}
		return all
	}
	for i := range 6 {
		all = append(all, lo+(hi-lo)*float64(i)/5)
	}
	return all
}

func label(v float64) string { return fmt.Sprintf("%.3g", v) }
