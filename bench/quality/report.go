package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/bench/quality/internal/measure"
)

// report is all that was measured.
type report struct {
	options
	found  []gallery.Found
	digest string // of the installed pictures
	phases []*measure.Result
	blank  *measure.Check
	mass   *measure.Mass
}

// trial is a method at a radius: a row of the tables of recall.
type trial struct {
	method, radius int
	name           string
}

// trials are the methods at their usual radius, and those by PDQ also at the greatest.
func trials() (all []trial) {
	for i, m := range measure.Methods() {
		all = append(all, trial{i, m.Usual, fmt.Sprintf("%s, %d", m.Name, m.Usual)})
		if m.PDQ() {
			all = append(all, trial{i, m.Far, fmt.Sprintf("%s, %d", m.Name, m.Far)})
		}
	}
	return all
}

// headline is the group that the first table is about: photographs, where there are any.
func (r *report) headline() gallery.Group {
	for _, p := range r.phases {
		if p.Scenes(gallery.Photo) == 0 {
			return gallery.Synthetic
		}
	}
	return gallery.Photo
}

func row(out *bytes.Buffer, columns ...string) {
	fmt.Fprintf(out, "| %s |\n", strings.Join(columns, " | "))
}

func head(out *bytes.Buffer, columns ...string) {
	row(out, columns...)
	fmt.Fprintf(out, "|---%s|\n", strings.Repeat("|---:", len(columns)-1))
}

func (r *report) markdown(out *bytes.Buffer) {
	out.WriteString(`# How well altered pictures are found again

Written by ` + "`" + r.command() + "`" + ` (bench/quality), which says what each word means. A match is a lead: numbers were compared.

Originals are pictures saved as JPEG of quality 92; an edited picture is saved as a file again, and both are hashed as files. Recall is the share of edited pictures
that come within the radius (inclusive) of their own original, in percent. As in matching, nothing is compared whose PDQ quality is below 50: originals below it are left
out, an edited picture or a view of it below it is not found. goimagehash's own hashes know no quality and are compared always. A false match is an edited picture within the radius
of an original of another scene; the distance of a pair is the least over all views of the edited picture. "light views" and "full views" are media.Light and media.Full. What looks drawn (PictureHash.Graphic) is compared within 31 only.

Edits and pictures to validate with are others than those that were looked at while building: no parameter and no scene is in both.

`)
	r.pictureTable(out)
	for _, p := range r.phases {
		for g := range gallery.Groups {
			r.recallTable(out, p, g)
		}
	}
	out.WriteString("![Recall by class](recall.svg)\n\n")
	for _, p := range r.phases {
		r.falseTable(out, p)
	}
	out.WriteString("![Distances](distances.svg)\n\n![Recall against false matches](tradeoff.svg)\n\n")
	r.massTable(out)
	r.blankTable(out)
	for _, p := range r.phases {
		r.editTable(out, p)
	}
	r.notes(out)
}

// command is what writes the same again.
func (r *report) command() string {
	c := "go run ./bench/quality"
	if r.quick {
		c += " -quick"
	}
	return c + fmt.Sprintf(" -pictures %d -known %d -pairs %d -seed %d", r.pictures, r.known, r.pairs, r.seed)
}

// title is a phase's name with a capital.
func title(p battery.Phase) string {
	s := p.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

// count writes a number with thousands apart.
func count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rate writes a measured rate and its upper bound; where nothing was seen there is only a bound.
func rate(k, n int64) string {
	if n == 0 {
		return "-"
	}
	if k == 0 {
		return fmt.Sprintf("0 (< %.1e)", measure.Upper(0, n))
	}
	return fmt.Sprintf("%.1e (< %.1e)", float64(k)/float64(n), measure.Upper(k, n))
}
