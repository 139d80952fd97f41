package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/bench/quality/internal/measure"
)

// pictureTable says what was measured on.
func (r *report) pictureTable(out *bytes.Buffer) {
	out.WriteString("## Pictures\n\n")
	head(out, "package", "scenes", "files of them")
	for _, f := range r.found {
		if f.Missing != "" {
			row(out, f.Source, "skipped: "+f.Missing, "")
			continue
		}
		row(out, f.Source, fmt.Sprint(f.Scenes), fmt.Sprint(f.Files))
	}
	fmt.Fprintf(out, "\nThe largest file of each scene was taken; SHA-256 of their names and sizes: %.16s. Beside them stand %d synthetic photographs and %d synthetic drawings.\n\n", r.digest, r.known, r.known/20)
	head(out, "phase", "edits", "group", "originals known", "scenes of them", "pictures edited", "scenes of them")
	for _, p := range r.phases {
		for g := range gallery.Groups {
			edited := 0
			for i := range p.Queries {
				if p.Queries[i].Group == g {
					edited++
				}
			}
			row(out, p.Phase.String(), fmt.Sprint(len(p.Edits)), g.String(), fmt.Sprint(p.Known.Entries[g]), fmt.Sprint(p.Known.Scenes[g]), fmt.Sprint(edited), fmt.Sprint(p.Scenes(g)))
		}
	}
	out.WriteByte('\n')
	for _, p := range r.phases {
		fmt.Fprintf(out, "%s: %d originals are below the quality gate and left out; %d scenes could not be decoded.\n", title(p.Phase), p.Known.Gated, len(p.Unreadable))
	}
	out.WriteByte('\n')
}

// recallTable is recall by class of one group.
func (r *report) recallTable(out *bytes.Buffer, p *measure.Result, g gallery.Group) {
	if p.Scenes(g) == 0 {
		return
	}
	fmt.Fprintf(out, "## %s: recall, %s\n\n", title(p.Phase), g)
	columns := []string{"hash, radius"}
	for _, c := range battery.Classes() {
		columns = append(columns, c.String())
	}
	head(out, append(columns, "mean")...)
	for _, t := range trials() {
		line := []string{t.name}
		for _, c := range battery.Classes() {
			line = append(line, fmt.Sprintf("%.1f", p.Class(g, t.method, t.radius, c).Percent()))
		}
		mean, half := p.Macro(g, t.method, t.radius)
		text := fmt.Sprintf("**%.1f**", mean)
		if p.Scenes(g) > 1 {
			text += fmt.Sprintf(" ± %.1f", half)
		}
		row(out, append(line, text)...)
	}
	sizes, gated := []string{"edited pictures"}, []string{"below the gate"}
	for _, c := range battery.Classes() {
		sizes = append(sizes, count(int64(p.Class(g, 0, 0, c).Of)))
		gated = append(gated, fmt.Sprintf("%.1f", p.Gated(g, c).Percent()))
	}
	row(out, append(gated, "")...)
	row(out, append(sizes, "")...)
	out.WriteByte('\n')
}

// pairing is groups of queries and entries whose pairs are counted together.
type pairing struct {
	name    string
	queries []gallery.Group
	entries []gallery.Group
}

var pairings = []pairing{
	{"photographs, edited, against photographs", []gallery.Group{gallery.Photo}, []gallery.Group{gallery.Photo}},
	{"photographs and synthetic ones against each other", []gallery.Group{gallery.Photo, gallery.Synthetic}, []gallery.Group{gallery.Photo, gallery.Synthetic}},
	{"graphics, edited, against photographs and synthetic ones", []gallery.Group{gallery.Graphic}, []gallery.Group{gallery.Photo, gallery.Synthetic}},
	{"graphics, edited, against graphics", []gallery.Group{gallery.Graphic}, []gallery.Group{gallery.Graphic}},
}

// within counts the false matches of a pairing within a radius.
func (p pairing) within(t *measure.Tally, radius int) (found, of int64) {
	for _, q := range p.queries {
		for _, e := range p.entries {
			k, n := t.Within(q, e, radius)
			found, of = found+k, of+n
		}
	}
	return found, of
}

// falseTable is how often unrelated pictures are taken for each other.
func (r *report) falseTable(out *bytes.Buffer, p *measure.Result) {
	fmt.Fprintf(out, "## %s: false matches for each unrelated pair\n\nMeasured rate, and in brackets the rate below which it is with 95 %% confidence if pairs were independent; those of the same two pictures after different edits are not, so read the bounds as the best case.\n\n", title(p.Phase))
	for _, pair := range pairings {
		if _, n := pair.within(&p.False[measure.Upright], 0); n == 0 {
			continue
		}
		_, n := pair.within(&p.False[measure.Upright], 0)
		fmt.Fprintf(out, "%s: %s pairs of PDQ.\n\n", pair.name, count(n))
		head(out, "hash", "usual radius", "at it", "far radius", "at it", "first seen at")
		for i, m := range measure.Methods() {
			k, n := pair.within(&p.False[i], m.Usual)
			far, _ := pair.within(&p.False[i], m.Far)
			first := "none"
			for d := m.Far; d >= 0; d-- {
				if k, _ := pair.within(&p.False[i], d); k > 0 {
					first = fmt.Sprint(d)
				}
			}
			row(out, m.Name, fmt.Sprint(m.Usual), rate(k, n), fmt.Sprint(m.Far), rate(far, n), first)
		}
		out.WriteByte('\n')
	}
}

// massTable is the count of very many pairs.
func (r *report) massTable(out *bytes.Buffer) {
	out.WriteString("## Very many unrelated pairs\n\n")
	m := r.mass
	if m == nil {
		out.WriteString("Not counted: -pairs 0.\n\n")
		return
	}
	fmt.Fprintf(out, "%s synthetic photographs, as they are, against %s others: %s pairs, %d pictures below the gate not counted. Rows are distances at which something was seen, and round ones.\n\n",
		count(int64(m.Queries)), count(int64(m.Entries)), count(m.Pairs), m.Gated)
	head(out, "within", "PDQ", "rate", "PDQ, light views", "rate")
	for d := 0; d <= measure.Methods()[measure.Light].Far; d++ {
		a, b := m.Within(measure.Upright, d), m.Within(measure.Light, d)
		if m.At[measure.Light][d] > 0 || d == 31 || d%20 == 0 {
			row(out, fmt.Sprint(d), count(a), rate(a, m.Pairs), count(b), rate(b, m.Pairs))
		}
	}
	out.WriteString("\nThe same pairs by kinds of 64 bits, at their usual radii: ")
	for i, k := range measure.Methods() {
		if !k.PDQ() && !k.Peer() {
			n := m.Within(i, k.Usual)
			fmt.Fprintf(out, "%s %d, %s, %s; ", k.Name, k.Usual, count(n), rate(n, m.Pairs))
		}
	}
	out.WriteString("which is why they never match alone by default.\n\n")
}

// blankTable is what became of pictures that show nothing.
func (r *report) blankTable(out *bytes.Buffer) {
	c := r.blank
	fmt.Fprintf(out, "## Pictures that show nothing\n\nA set was made of %d pictures of one colour, two, gradients and faint noise, every other six of them framed; %d are above the quality gate (an edge and noise are detail). A matcher with light views was asked for each of them after every edit that shows nothing of its own. Below the gate nothing may match another picture; above it are hard edges, dithering and strong noise, of which a set of photographs holds nothing.\n\n", c.Entries, c.Above)
	head(out, "files", "number", "that match another within 31", "within 60")
	for _, k := range c.Rows {
		name := "nothing around them"
		if k.Framed {
			name = "a frame, bars or corners around them"
		}
		if k.Above {
			name += ", above the gate"
		} else {
			name += ", below the gate"
		}
		row(out, name, count(int64(k.Files)), count(int64(k.Usual)), count(int64(k.Far)))
	}
	if c.First != "" {
		fmt.Fprintf(out, "\nThe first match of a picture below the gate: %s.\n", c.First)
	}
	out.WriteByte('\n')
}

// editTable is recall of each edit by PDQ.
func (r *report) editTable(out *bytes.Buffer, p *measure.Result) {
	g := r.headline()
	fmt.Fprintf(out, "## %s: every edit, %s\n\n", title(p.Phase), g)
	columns := []string{"edit", "what is done"}
	var shown []trial
	for _, t := range trials() {
		if measure.Methods()[t.method].PDQ() {
			shown = append(shown, t)
			columns = append(columns, t.name)
		}
	}
	fmt.Fprintf(out, "| class | %s |\n|---|---|---%s|\n", strings.Join(columns, " | "), strings.Repeat("|---:", len(shown)))
	for i, e := range p.Edits {
		line := []string{e.Class.String(), e.Name, e.Says}
		for _, t := range shown {
			line = append(line, fmt.Sprintf("%.1f", p.Edit(g, t.method, t.radius, i).Percent()))
		}
		row(out, line...)
	}
	out.WriteByte('\n')
}

// notes say what the figures do not.
func (r *report) notes(out *bytes.Buffer) {
	out.WriteString("## What to keep in mind\n\n" +
		"- Wallpapers are few, and chosen to be pretty; a large one counts as itself and up to nine parts. Parts of one picture, its sizes and its dark and light forms are one scene: package and file name without sizes, numbers, colours and words for forms (bench/quality/internal/gallery). Scenes are what the ± of a mean counts.\n" +
		"- Which wallpapers are photographs was decided by looking at them (a list in the same package): photographs are few, and what is said of them has a wide ±.\n" +
		"- Synthetic photographs are simpler than real ones: they show that nothing broke, and chance matches among very many, not what recall will be.\n" +
		"- Pixels of edits and JPEG files may differ in a last bit between processors and Go versions, and a hash by a bit now and then.\n")
	for _, p := range r.phases {
		for _, taken := range p.Taken[:min(len(p.Taken), 12)] {
			fmt.Fprintf(out, "- %s: %s was taken for %s %d times, by light views within 31.\n", title(p.Phase), taken.Query, taken.Entry, taken.Times)
		}
		for _, u := range p.Unreadable {
			fmt.Fprintf(out, "- %s, not decoded: %s.\n", title(p.Phase), u)
		}
	}
}
