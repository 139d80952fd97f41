package battery

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// The table is what it says: enough edits, all of them named, and none that is in both phases.
func TestTable(t *testing.T) {
	dev, val := Edits(Development), Edits(Validation)
	if len(dev) != len(val) {
		t.Fatalf("%d edits to develop by, %d to judge by", len(dev), len(val))
	}
	named, said, byClass := map[string]bool{}, map[string]bool{}, map[Class]int{}
	for i := range dev {
		a, b := &dev[i], &val[i]
		if a.Family != b.Family || a.Step != b.Step || a.Class != b.Class {
			t.Errorf("%s and %s stand at the same place", a.Name, b.Name)
		}
		if slices.Equal(a.args, b.args) {
			t.Errorf("%s has the parameters %v in both phases", a.Family, a.args)
		}
		for _, e := range []*Edit{a, b} {
			if named[e.Name] || said[e.Says] {
				t.Errorf("two edits are called %s (%s)", e.Name, e.Says)
			}
			if strings.Contains(e.Says, "%!") || strings.Contains(e.Says, "%g") {
				t.Errorf("%s says %q", e.Name, e.Says)
			}
			named[e.Name], said[e.Says] = true, true
		}
		byClass[a.Class]++
	}
	for _, c := range Classes() {
		testkit.AtLeast(t, 5, byClass[c], c.String()+" edits")
	}
	testkit.AtLeast(t, 11, len(byClass), "classes")
	testkit.AtLeast(t, 100, len(dev), "edits of a phase")
}

// No parameter of one phase is anywhere in the other for the same family.
func TestPhasesShareNoParameters(t *testing.T) {
	families := families()
	for _, f := range families {
		for _, a := range f.dev {
			for _, b := range f.val {
				if slices.Equal(a, b) {
					t.Errorf("%s has %v in both phases", f.name, a)
				}
			}
		}
	}
	testkit.AtLeast(t, 50, len(families), "families")
}

// The same seed gives the same pixels, another one others where chance has a say, and what was edited stays as it was.
func TestEditsRepeat(t *testing.T) {
	m := synth.Picture(synth.Landscape, 3, 240, 160)
	before := slices.Clone(m.Pix)
	n, random := 0, 0
	for _, p := range Phases() {
		for _, e := range Edits(p) {
			first, again := e.Apply(m, "a", 1), e.Apply(m, "a", 1)
			if first.Rect != again.Rect || !slices.Equal(first.Pix, again.Pix) {
				t.Errorf("%s gives other pixels the second time", e.Name)
			}
			if !slices.Equal(e.Apply(m, "b", 1).Pix, first.Pix) && !slices.Equal(e.Apply(m, "a", 2).Pix, first.Pix) {
				random++
			}
			if !slices.Equal(m.Pix, before) {
				t.Fatalf("%s changed what it was given", e.Name)
			}
			if first.Rect.Min != (image.Point{}) || !first.Opaque() {
				t.Errorf("%s gives a picture of %v, opaque: %v", e.Name, first.Rect, first.Opaque())
			}
			n++
		}
	}
	testkit.AtLeast(t, 200, n, "edits")
	testkit.AtLeast(t, 20, random, "edits that chance has a say in")
}

// Every edit changes something, and takes pictures of any shape.
func TestEditsOfAnyShape(t *testing.T) {
	n := 0
	for _, size := range []image.Point{{200, 150}, {97, 181}, {64, 64}, {3, 2}, {1, 1}} {
		m := synth.Picture(synth.Landscape, 9, size.X, size.Y)
		for _, e := range Edits(Validation) {
			file, err := e.File(m, "a", 1)
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := image.Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatalf("%s of %v: %v", e.Name, size, err)
			}
			if size.X == 200 && got.Bounds() == m.Rect && same(got, m) {
				t.Errorf("%s changes nothing", e.Name)
			}
			n++
		}
	}
	testkit.AtLeast(t, 500, n, "files")
}

func same(a, b image.Image) bool {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if fmt.Sprint(a.At(x, y)) != fmt.Sprint(b.At(x, y)) {
				return false
			}
		}
	}
	return true
}

func BenchmarkEdits(b *testing.B) {
	m := synth.Picture(synth.Landscape, 3, 800, 600)
	for _, e := range Edits(Validation) {
		b.Run(e.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := e.File(m, "a", 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
