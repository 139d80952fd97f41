package heif

import (
	"bytes"
	"errors"
	"image"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

var both = []codec{hevc, av1}

// What encoders write is read as it was meant.
func TestSamples(t *testing.T) {
	n := 0
	for _, s := range samples() {
		p, err := newPlan(load(t, s.name), both, true)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		m := p.main
		if m.codec != s.codec || image.Pt(m.width, m.height) != s.size || m.crop != s.crop || m.layout != s.layout ||
			m.orientation != s.orientation || len(m.items) != s.items || p.view != hashmatch.Upright {
			t.Errorf("%s: %+v", s.name, p)
		}
		h := p.header()
		if image.Pt(h.Width, h.Height) != s.crop.Size() || h.Orientation != s.orientation || h.Memory < int64(h.Width*h.Height) {
			t.Errorf("%s: %+v", s.name, h)
		}
		n++
	}
	testkit.AtLeast(t, 19, n, "samples")
}

// Whatever way the format allows a file to be written in, it is read, and rebuilt as a file that reads the same.
func TestComposed(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 1000 {
		w, h := 200+r.IntN(3000), 200+r.IntN(3000)
		big := spsFields{w: w, h: h, chroma: r.IntN(4), depth: 8}
		small := spsFields{w: (w + 1) / 2, h: (h + 1) / 2, chroma: 1, depth: 8}
		c := composed{iloc: byte(r.IntN(3)), wide: r.IntN(2) == 0, last: r.IntN(2) == 0}
		data := func() []byte {
			b := make([]byte, 1+r.IntN(200))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return b
		}
		item := func(s spsFields, kind string) part {
			return part{kind: kind, data: data(), idat: c.iloc > 0 && r.IntN(3) == 0, extents: 1 + r.IntN(3),
				properties: []property{s.hvcC(), ispe(s.w, s.h)}}
		}
		c.parts = []part{item(small, "hvc1"), item(big, "Exif"), item(big, "hvc1")}
		c.primary = 3
		c.refs = []ref{{"cdsc", 2, []int{3}}, {"thmb", 1, []int{3}}}
		for i := range c.parts {
			if n := len(c.parts[i].data); c.parts[i].extents > n {
				c.parts[i].extents = 1
			}
		}
		file := c.bytes()
		p, err := newPlan(file, both, true)
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if p.main.width != w || p.main.height != h || p.main.layout != (layout{big.chroma, 8}) || p.main.items[0].id != 3 {
			t.Fatalf("%+v: %+v", c, p.main)
		}
		again := p.file.flat()
		f, err := parse(again)
		if err != nil {
			t.Fatal(err)
		}
		q, err := f.picture(f.primary)
		if err != nil || q.width != w || q.height != h || q.layout != p.main.layout {
			t.Fatalf("rebuilt: %+v, %v", q, err)
		}
		runs, _, err := f.bytes(q.items[0])
		if err != nil || !bytes.Equal(slices.Concat(runs...), c.parts[2].data) {
			t.Fatalf("rebuilt: other bytes, %v", err)
		}
		if len(f.items) != 1 {
			t.Fatalf("rebuilt: %d items", len(f.items))
		}
		if small.w*small.h > mostThumbnail || min(small.w, small.h) < leastThumbnail {
			continue
		}
		p, err = newPlan(file, both, false)
		if err != nil || p.view != hashmatch.Thumbnail || p.decode.width != small.w || p.main.width != w {
			t.Fatalf("thumbnail of %dx%d: %+v, %v", w, h, p, err)
		}
		if !bytes.HasSuffix(p.file.flat(), c.parts[0].data) {
			t.Fatal("another thumbnail")
		}
		n++
	}
	testkit.AtLeast(t, 50, n, "thumbnails")
}

// flat joins the pieces.
func (r *rebuilt) flat() []byte { return append(slices.Clone(r.head), slices.Concat(r.runs...)...) }

// A grid comes with its tiles, in order, whatever their numbers.
func TestGrid(t *testing.T) {
	tile := spsFields{w: 64, h: 64, chroma: 1, depth: 8}
	build := func(change func(*composed)) []byte {
		c := composed{primary: 5, iloc: 1}
		for i := range 4 {
			c.parts = append(c.parts, part{kind: "hvc1", data: []byte{byte(i), 1, 2}, properties: []property{tile.hvcC(), ispe(64, 64)}})
		}
		g := gridItem(2, 2, 120, 100, irot(3))
		g.idat = true
		c.parts = append(c.parts, g)
		c.refs = []ref{{"dimg", 5, []int{4, 2, 1, 3}}}
		if change != nil {
			change(&c)
		}
		return c.bytes()
	}
	p, err := newPlan(build(nil), both, true)
	if err != nil {
		t.Fatal(err)
	}
	if p.main.width != 120 || p.main.height != 100 || len(p.main.items) != 5 || p.main.orientation != 6 {
		t.Errorf("%+v", p.main)
	}
	if want := []byte{3, 1, 2, 1, 1, 2, 0, 1, 2, 2, 1, 2}; !bytes.HasSuffix(p.file.flat(), want) {
		t.Errorf("tiles % x", p.file.flat()[len(p.file.head):])
	}
	if q, err := newPlan(p.file.flat(), both, true); err != nil || len(q.main.items) != 5 || q.main.orientation != 0 {
		t.Errorf("rebuilt: %+v, %v", q.main, err)
	}
	for name, c := range map[string]struct {
		change func(*composed)
		want   error
	}{
		"a tile too few":   {func(c *composed) { c.refs[0].to = []int{1, 2, 3} }, hashmatch.ErrCorrupt},
		"no tiles":         {func(c *composed) { c.refs = nil }, hashmatch.ErrCorrupt},
		"a tile not there": {func(c *composed) { c.refs[0].to[1] = 9 }, hashmatch.ErrCorrupt},
		"itself a tile":    {func(c *composed) { c.refs[0].to[1] = 5 }, hashmatch.ErrUnsupported},
		"shared bytes":     {func(c *composed) { c.refs[0].to = []int{1, 1, 1, 1}; c.parts[0].data = make([]byte, 9000) }, hashmatch.ErrUnsupported},
		"another size":     {func(c *composed) { c.parts[1].properties[1] = ispe(64, 60) }, hashmatch.ErrCorrupt},
		"size untrue":      {func(c *composed) { c.parts[1].properties[0] = (&spsFields{w: 64, h: 32, chroma: 1, depth: 8}).hvcC() }, hashmatch.ErrCorrupt},
		"another layout":   {func(c *composed) { c.parts[1].properties[0] = (&spsFields{w: 64, h: 64, chroma: 3, depth: 8}).hvcC() }, hashmatch.ErrUnsupported},
		"not covered":      {func(c *composed) { c.parts[4] = gridItem(2, 2, 129, 100) }, hashmatch.ErrCorrupt},
		"size of the grid": {func(c *composed) { c.parts[4].properties[0] = ispe(121, 100) }, hashmatch.ErrCorrupt},
		"version":          {func(c *composed) { c.parts[4].data[0] = 1 }, hashmatch.ErrCorrupt},
		"cut":              {func(c *composed) { c.parts[4].data = c.parts[4].data[:7] }, hashmatch.ErrCorrupt},
		"too long":         {func(c *composed) { c.parts[4].data = make([]byte, 13) }, hashmatch.ErrCorrupt},
		"turned tile":      {func(c *composed) { c.parts[0].properties = append(c.parts[0].properties, irot(1)) }, hashmatch.ErrUnsupported},
		"mixed coding":     {func(c *composed) { c.parts[0].kind = "av01" }, hashmatch.ErrUnsupported},
	} {
		if _, err := newPlan(build(c.change), both, true); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Files that cannot be read say why.
func TestRefused(t *testing.T) {
	s := spsFields{w: 640, h: 480, chroma: 1, depth: 8}
	for name, c := range map[string]struct {
		change func(*composed)
		want   error
	}{
		"other items":      {func(c *composed) { c.handler = "soun" }, hashmatch.ErrUnsupported},
		"no such item":     {func(c *composed) { c.primary = 2 }, hashmatch.ErrCorrupt},
		"another coding":   {func(c *composed) { c.parts[0].kind = "jpeg" }, hashmatch.ErrUnsupported},
		"an overlay":       {func(c *composed) { c.parts[0].kind = "iovl" }, hashmatch.ErrUnsupported},
		"protected":        {func(c *composed) { c.parts[0].protected = true }, hashmatch.ErrUnsupported},
		"no configuration": {func(c *composed) { c.parts[0].properties = []property{ispe(640, 480)} }, hashmatch.ErrCorrupt},
		"no size":          {func(c *composed) { c.parts[0].properties = []property{s.hvcC()} }, hashmatch.ErrCorrupt},
		"size 0":           {func(c *composed) { c.parts[0].properties[1] = ispe(0, 480) }, hashmatch.ErrCorrupt},
		"size huge":        {func(c *composed) { c.parts[0].properties[1] = ispe(640, 65537) }, hashmatch.ErrLimit},
		"size untrue":      {func(c *composed) { c.parts[0].properties[1] = ispe(641, 480) }, hashmatch.ErrCorrupt},
		"no bytes":         {func(c *composed) { c.parts[0].data = nil }, hashmatch.ErrCorrupt},
		"an unknown must":  {func(c *composed) { c.parts[0].properties[2] = property{"abcd", nil, true} }, hashmatch.ErrUnsupported},
		"a long property":  {func(c *composed) { c.parts[0].properties[2] = property{"pixi", make([]byte, 70000), false} }, hashmatch.ErrLimit},
		"crop after turn": {func(c *composed) {
			c.parts[0].properties = append(c.parts[0].properties, irot(1), clap(9, 1, 9, 1, 0, 1, 0, 1))
		}, hashmatch.ErrUnsupported},
	} {
		c0 := composed{primary: 1, parts: []part{{kind: "hvc1", data: []byte("coded"), properties: []property{s.hvcC(), ispe(640, 480), {"abcd", nil, false}}}}}
		if _, err := newPlan(c0.bytes(), both, true); err != nil {
			t.Fatal(err)
		}
		c.change(&c0)
		if _, err := newPlan(c0.bytes(), both, true); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := newPlan(load(t, "plain.avif"), []codec{hevc}, true); !errors.Is(err, hashmatch.ErrUnsupported) {
		t.Errorf("another decoder's: %v", err)
	}
	movie := []byte("\x00\x00\x00\x10ftypmsf1\x00\x00\x00\x00\x00\x00\x00\x08moov")
	if _, err := newPlan(movie, both, true); !errors.Is(err, hashmatch.ErrUnsupported) {
		t.Errorf("a sequence: %v", err)
	}
}

// A thumbnail outlives the cut that takes its picture, if it stands before it.
func TestCut(t *testing.T) {
	s := spsFields{w: 1280, h: 960, chroma: 1, depth: 8}
	small := spsFields{w: 320, h: 240, chroma: 1, depth: 8}
	c := composed{primary: 2, refs: []ref{{"thmb", 1, []int{2}}}, parts: []part{
		{kind: "hvc1", data: make([]byte, 100), properties: []property{small.hvcC(), ispe(320, 240)}},
		{kind: "hvc1", data: make([]byte, 1000), properties: []property{s.hvcC(), ispe(1280, 960)}},
	}}
	whole := c.bytes()
	data := len(whole) - 1100
	for n := range whole {
		p, err := newPlan(whole[:n], both, n%2 == 0)
		if n < data+100 {
			if !errors.Is(err, hashmatch.ErrCorrupt) {
				t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
			}
			continue
		}
		if err != nil || p.view != hashmatch.Thumbnail || p.main.width != 1280 || p.decode.width != 320 {
			t.Fatalf("%d of %d bytes: %+v, %v", n, len(whole), p, err)
		}
	}
	if p, err := newPlan(whole, both, true); err != nil || p.view != hashmatch.Upright {
		t.Errorf("%+v, %v", p, err)
	}
}
