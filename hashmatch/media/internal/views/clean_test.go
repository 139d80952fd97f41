package views

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/internal/testkit"
)

// A picture with a patch of one colour on it is nearer to the original without the patch; one without any has no such view.
func TestClean(t *testing.T) {
	const w, h = 480, 360
	ran, worse, before, after := 0, 0, 0, 0
	for seed := range uint64(12) {
		m := landscape(seed, w, h)
		var with pdq.Hasher
		original, _ := with.Upright(planeOf(m))
		draw.Draw(m, image.Rect(w/3, h/2, w/2, h*4/5), image.NewUniform(color.Black), image.Point{}, draw.Src)
		p := planeOf(m)
		covered, _ := with.Upright(p)
		found := hashes(t, p, true)
		view, ok := found["clean"]
		if !ok {
			t.Errorf("seed %d: no patch is found", seed)
			continue
		}
		was, is := distanceOf(covered, original), distanceOf(view.Code, original)
		if is >= was {
			t.Logf("seed %d: %d bits off with the patch, %d without", seed, was, is)
			worse++
		}
		before, after = before+was, after+is
		ran++
	}
	testkit.AtLeast(t, 10, ran, "pictures")
	if worse > 2 || 3*after > 2*before {
		t.Errorf("%d of %d are worse off; %d bits in all, %d before", worse, ran, after, before)
	}
}

// What is filled in is what lies around: on a slope that is covered in the middle, nothing else stays.
func TestUncoverSlope(t *testing.T) {
	var b Base
	for i := range b.cells {
		b.cells[i] = float32(i%Side) + float32(i/Side)/2 + float32(i%2)*4 // never of one tone
	}
	want := b.cells
	var c cover
	var g pdq.Grid
	if b.uncover(&c, patches{tone: 1, reach: 2}, &g) {
		t.Error("a patch where there is none")
	}
	for y := 40; y < 80; y++ {
		for x := 30; x < 90; x++ {
			b.cells[y*Side+x] = 255
		}
	}
	if !b.uncover(&c, patches{tone: 1, reach: 2}, &g) {
		t.Fatal("no patch")
	}
	for y := range 64 {
		for x := range 64 {
			k := 2*y*Side + 2*x
			if mean := (want[k] + want[k+1] + want[k+Side] + want[k+Side+1]) / 4; !within(g[y*64+x], mean, 12) {
				t.Fatalf("%g at %d,%d, not %g", g[y*64+x], x, y, mean)
			}
		}
	}
	for i := range b.cells { // one colour throughout is no picture with something on it
		b.cells[i] = 7
	}
	if b.uncover(&c, patches{tone: 1, reach: 2}, &g) {
		t.Error("all of a picture is taken for a patch")
	}
}

// A picture whose contrast was halved has the quality it had; a dark one comes nearer when it is made lighter.
func TestTones(t *testing.T) {
	ran, better := 0, 0
	for seed := range uint64(12) {
		p := planeOf(landscape(seed, 480, 360))
		var with pdq.Hasher
		original, quality := with.Upright(p)
		flat, dark := *p, *p
		flat.Pix, dark.Pix = make([]byte, len(p.Pix)), make([]byte, len(p.Pix))
		for i, v := range p.Pix {
			flat.Pix[i], dark.Pix[i] = 64+v/2, byte(int(v)*int(v)/255)
		}
		_, lost := with.Upright(&flat)
		view := hashes(t, &flat, false)["tone-lighter"]
		if view.Quality <= lost && lost < quality {
			t.Errorf("seed %d: quality %d, %d of half the contrast, %d stretched", seed, quality, lost, view.Quality)
		}
		was, _ := with.Upright(&dark)
		if is := hashes(t, &dark, false)["tone-lighter"]; distanceOf(is.Code, original) < distanceOf(was, original) {
			better++
		}
		ran++
	}
	testkit.AtLeast(t, 12, ran, "pictures")
	if better < 9 {
		t.Errorf("%d of %d dark pictures come nearer", better, ran)
	}
}

// isEdge without branches says what it says in words.
func TestIsEdge(t *testing.T) {
	rnd := testkit.Rand(t)
	abs := func(v int32) int32 { return max(v, -v) }
	ran, edges := 0, 0
	for range 20_000 {
		var v [4]int32
		for i := range v {
			v[i] = int32(rnd.IntN(1 << (2 + rnd.IntN(13))))
		}
		across := abs(v[1] - v[2])
		want := uint8(0)
		if across-2*abs(v[0]-v[1]) >= leastStep*fine && across-2*abs(v[2]-v[3]) >= leastStep*fine {
			want = 1
			edges++
		}
		if got := isEdge(v[0], v[1], v[2], v[3]); got != want {
			t.Fatalf("%d for %v", got, v)
		}
		ran++
	}
	testkit.AtLeast(t, 500, edges, "edges")
	testkit.AtLeast(t, 20_000, ran, "places")
}
