package heif

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// look composes a file whose picture has more properties, and reads it.
func look(t *testing.T, w, h int, more ...property) (picture, error) {
	t.Helper()
	s := spsFields{w: w, h: h, chroma: 1, depth: 8}
	c := composed{primary: 1, parts: []part{{kind: "hvc1", data: []byte("coded"), properties: append([]property{s.hvcC(), ispe(w, h)}, more...)}}}
	p, err := newPlan(c.bytes(), both, true)
	return p.main, err
}

// shown applies turns to a picture one after another, as the format tells it, with pixels.
func shown(m image.Image, steps []property) image.Image {
	for _, s := range steps {
		switch {
		case s.kind == "irot":
			m = synth.Turn(m, -int(s.body[0]))
		case s.body[0] == 1:
			m = synth.Mirror(m)
		default:
			m = synth.Turn(synth.Mirror(m), 2)
		}
	}
	return m
}

// exifShown applies an EXIF orientation, as its standard's table tells it: where the row 0 and the column 0 are shown.
func exifShown(m image.Image, orientation int) image.Image {
	turned := []func(image.Image) image.Image{
		func(m image.Image) image.Image { return m },
		func(m image.Image) image.Image { return synth.Mirror(m) },
		func(m image.Image) image.Image { return synth.Turn(m, 2) },
		func(m image.Image) image.Image { return synth.Turn(synth.Mirror(m), 2) },
		func(m image.Image) image.Image { return synth.Turn(synth.Mirror(m), 3) },
		func(m image.Image) image.Image { return synth.Turn(m, 1) },
		func(m image.Image) image.Image { return synth.Turn(synth.Mirror(m), 1) },
		func(m image.Image) image.Image { return synth.Turn(m, 3) },
	}
	return turned[orientation-1](m)
}

// Any run of turns comes to the one orientation that shows the same pixels.
func TestOrientation(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		m.SetRGBA(i%3, i/3, color.RGBA{R: byte(i), A: 255})
	}
	same := func(a, b image.Image) bool {
		if a.Bounds().Size() != b.Bounds().Size() {
			return false
		}
		for y := range a.Bounds().Dy() {
			for x := range a.Bounds().Dx() {
				if a.At(x, y) != b.At(x, y) {
					return false
				}
			}
		}
		return true
	}
	single := []property{irot(0), irot(1), irot(2), irot(3), imir(0), imir(1)}
	runs := [][]property{}
	for _, a := range single {
		runs = append(runs, []property{a})
		for _, b := range single {
			runs = append(runs, []property{a, b})
			for _, c := range single {
				runs = append(runs, []property{a, b, c})
			}
		}
	}
	seen := map[int]int{}
	for _, run := range runs {
		p, err := look(t, 64, 64, run...)
		if err != nil {
			t.Fatal(err)
		}
		if p.orientation < 1 || !same(shown(m, run), exifShown(m, p.orientation)) {
			t.Errorf("%v: orientation %d", run, p.orientation)
		}
		seen[p.orientation]++
	}
	testkit.AtLeast(t, 8, len(seen), "orientations")
	if p, err := look(t, 64, 64); err != nil || p.orientation != 0 {
		t.Errorf("without a turn: %d, %v", p.orientation, err)
	}
}

func TestCleanAperture(t *testing.T) {
	for _, c := range []struct {
		w, h int
		clap []int32
		want image.Rectangle
	}{
		{200, 150, []int32{200, 1, 150, 1, 0, 1, 0, 1}, image.Rect(0, 0, 200, 150)},
		{200, 150, []int32{120, 1, 100, 1, -20, 1, -15, 1}, image.Rect(20, 10, 140, 110)},
		{102, 76, []int32{101, 1, 75, 1, -1, 2, -1, 2}, image.Rect(0, 0, 101, 75)}, // as encoders crop to odd sizes
		{102, 76, []int32{202, 2, 150, 2, 1, 2, 2, 4}, image.Rect(1, 1, 102, 76)},
		{10, 10, []int32{5, 1, 5, 1, 0, 1, 0, 1}, image.Rect(3, 3, 8, 8)}, // 2.5, rounded up
		{10, 10, []int32{1, 1, 1, 1, 9, 2, -9, 2}, image.Rect(9, 0, 10, 1)},
	} {
		p, err := look(t, c.w, c.h, clap(c.clap...))
		if err != nil || p.crop != c.want {
			t.Errorf("%+v: %v, %v", c, p.crop, err)
		}
		if p, err = look(t, c.w, c.h, clap(c.clap...), irot(1)); err != nil || p.crop != c.want || p.orientation != 8 {
			t.Errorf("%+v, then turned: %v, %v", c, p.crop, err)
		}
	}
	for name, v := range map[string][]int32{
		"wider":           {201, 1, 150, 1, 0, 1, 0, 1},
		"beside":          {100, 1, 100, 1, 51, 1, 0, 1},
		"no width":        {0, 1, 100, 1, 0, 1, 0, 1},
		"rounds to none":  {1, 3, 100, 1, 0, 1, 0, 1},
		"negative":        {-100, 1, 100, 1, 0, 1, 0, 1},
		"by zero":         {100, 0, 100, 1, 0, 1, 0, 1},
		"offset by zero":  {100, 1, 100, 1, 0, 1, 0, 0},
		"far away":        {100, 1, 100, 1, 1<<31 - 1, 1, 0, 1},
		"far the other":   {100, 1, 100, 1, -1 << 31, 1, 0, 1},
		"enormous":        {1<<31 - 1, 1, 100, 1, 0, 1, 0, 1},
		"cut":             {100, 1, 100},
		"denominators -1": {100, -1, 100, -1, 0, 1, 0, 1}, // they are unsigned: next to nothing
	} {
		if p, err := look(t, 200, 150, clap(v...)); !errors.Is(err, hashmatch.ErrCorrupt) {
			t.Errorf("%s: %v, %v", name, p.crop, err)
		}
	}
	if _, err := look(t, 200, 150, clap(100, 1, 100, 1, 0, 1, 0, 1), clap(50, 1, 50, 1, 0, 1, 0, 1)); !errors.Is(err, hashmatch.ErrUnsupported) {
		t.Errorf("two crops: %v", err)
	}
}
