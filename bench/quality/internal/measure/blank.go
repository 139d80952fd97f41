package measure

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"slices"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/bench/quality/internal/gallery"
	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Check is what a matcher made of pictures that show nothing.
type Check struct {
	Entries, Above int // of the set, and how many of them are above the gate: noise and edges are detail to PDQ
	Rows           []CheckRow
	First          string // a match within the usual radius of a file that is below the gate: there should be none
}

// CheckRow counts files of one sort.
type CheckRow struct {
	Framed bool // something is around the picture, if only a black edge
	Above  bool // the upright picture passes the gate
	Files  int
	Usual  int // files that match another picture by PDQ within the usual radius
	Far    int // and within the far one
}

// adds are the families of edits of the class Border that put nothing but ground around a picture.
var adds = []string{"black", "white", "coloured", "boxed", "instant"}

// shows tells whether an edit shows something of its own, so that what comes of a blank picture is none.
func shows(e *battery.Edit) bool {
	switch e.Class {
	case battery.Overlay, battery.Combined:
		return true
	case battery.Border:
		return !slices.Contains(adds, e.Family)
	}
	return false
}

// Blanks makes a set of n pictures that show nothing, and asks a matcher with light views for each of them and for all
// edits of it that show nothing either.
func Blanks(n int, seed uint64) (*Check, error) {
	h := media.Hasher{Views: media.Light}
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "blank", Disposition: hashmatch.Other})
	c := &Check{}
	for _, framed := range []bool{false, true} {
		c.Rows = append(c.Rows, CheckRow{Framed: framed}, CheckRow{Framed: framed, Above: true})
	}
	for i := range n {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, gallery.Blank(i, 240, 180), &jpeg.Options{Quality: original}); err != nil {
			return nil, err
		}
		fp, err := h.SumBytes(context.Background(), file.Bytes())
		if err != nil {
			return nil, err
		}
		e := fp.Entry()
		e.ID = fmt.Sprint(i)
		if err := b.Add(e); err != nil {
			return nil, err
		}
		if !fp.Quality().Below(gate) {
			c.Above++
		}
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		return nil, err
	}
	s, err := hashmatch.OpenBytes(out.Bytes())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	c.Entries = s.Len()
	matcher, err := hashmatch.NewMatcher(hashmatch.Config{Radius: map[hashmatch.Kind]int{hashmatch.PDQ: methods[Light].Far}}, s)
	if err != nil {
		return nil, err
	}
	of := make([]Check, n)
	err = parallel(n, func(i int) error {
		of[i].Rows = slices.Clone(c.Rows)
		return of[i].ask(matcher, &h, i, seed)
	})
	for i := range of {
		c.add(&of[i])
	}
	return c, err
}

func (c *Check) add(o *Check) {
	if c.First == "" {
		c.First = o.First
	}
	for i := range o.Rows {
		c.Rows[i].Files += o.Rows[i].Files
		c.Rows[i].Usual += o.Rows[i].Usual
		c.Rows[i].Far += o.Rows[i].Far
	}
}

// ask looks a blank picture's edits up.
func (c *Check) ask(matcher *hashmatch.Matcher, h *media.Hasher, number int, seed uint64) error {
	m := gallery.Blank(number, 240, 180)
	for _, e := range battery.Edits(battery.Validation) {
		if shows(&e) {
			continue
		}
		file, err := e.File(m, fmt.Sprint(number), seed)
		if err != nil {
			return err
		}
		fp, err := h.SumBytes(context.Background(), file)
		if err != nil {
			return err
		}
		result, err := matcher.Match(context.Background(), &fp)
		if err != nil {
			return err
		}
		at := 0
		if gallery.Framed(number) || e.Class == battery.Border || e.Class == battery.Rotate {
			at = 2
		}
		if !fp.Quality().Below(gate) {
			at++
		}
		row := &c.Rows[at]
		row.Files++
		c.count(row, &result, e.Name, fmt.Sprint(number))
	}
	return nil
}

// count adds a file's answer. Matches are sorted by tier and then by distance. That a copy of a frame is found by the
// frame is no mistake: matches with the original itself are left out.
func (c *Check) count(row *CheckRow, r *hashmatch.Result, edit, number string) {
	far := false
	for i := range r.Matches {
		m := &r.Matches[i]
		if m.Kind != hashmatch.PDQ || m.ID == number {
			continue
		}
		far = true
		if m.Distance <= methods[Light].Usual {
			row.Usual++
			if !row.Above && c.First == "" {
				c.First = fmt.Sprintf("%s of blank %s matches blank %s, distance %d, view %s", edit, number, m.ID, m.Distance, m.View)
			}
			break
		}
	}
	if far {
		row.Far++
	}
}
