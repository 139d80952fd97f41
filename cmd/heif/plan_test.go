package heif

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

// small is a thumbnail to compose.
func small(w, h int, more ...property) part {
	s := spsFields{w: w, h: h, chroma: 1, depth: 8}
	return part{kind: "hvc1", data: []byte("thumbnail"), properties: append([]property{s.hvcC(), ispe(w, h)}, more...)}
}

// The thumbnail is used where it stands for the picture, and only there.
func TestThumbnail(t *testing.T) {
	av1Thumb := small(320, 240)
	av1Thumb.kind, av1Thumb.properties[0] = "av01", property{"av1C", []byte{0x81, 4, 12, 0}, true}
	locked := small(320, 240)
	locked.protected = true
	for name, c := range map[string]struct {
		main   []property // more of the picture's, which has 4032x3024 pixels
		thumbs []part
		want   int // which; 0 for none
	}{
		"a phone's":                 {nil, []part{small(320, 240)}, 1},
		"none":                      {nil, nil, 0},
		"turned like the picture":   {[]property{irot(3)}, []part{small(320, 240, irot(3))}, 1},
		"turned otherwise":          {[]property{irot(3)}, []part{small(320, 240)}, 0},
		"turned alone":              {nil, []part{small(320, 240, irot(3))}, 0},
		"mirrored in two ways":      {[]property{imir(0), irot(2)}, []part{small(320, 240, imir(1))}, 1},
		"no turn said, or none":     {nil, []part{small(320, 240, irot(0))}, 1},
		"another shape":             {nil, []part{small(320, 320)}, 0},
		"its shape, rounded":        {nil, []part{small(322, 240)}, 1},
		"not its shape any more":    {nil, []part{small(323, 240)}, 0},
		"too small":                 {nil, []part{small(238, 178)}, 0},
		"small":                     {nil, []part{small(240, 180)}, 1},
		"too large":                 {nil, []part{small(1000, 750)}, 0},
		"of two the smaller":        {nil, []part{small(640, 480), small(320, 240)}, 2},
		"but not too small":         {nil, []part{small(160, 120), small(640, 480)}, 2},
		"coded otherwise":           {nil, []part{av1Thumb}, 0},
		"that cannot be read":       {nil, []part{locked, small(640, 480)}, 2},
		"cropped like the picture":  {[]property{clap(3024, 1, 3024, 1, 0, 1, 0, 1)}, []part{small(320, 240, clap(240, 1, 240, 1, 0, 1, 0, 1))}, 1},
		"of what a crop takes away": {[]property{clap(3024, 1, 3024, 1, 0, 1, 0, 1)}, []part{small(320, 240)}, 0},
	} {
		main := small(4032, 3024, c.main...)
		main.data = []byte("picture")
		f := composed{primary: len(c.thumbs) + 1, iloc: 1, wide: true}
		for i, p := range c.thumbs {
			p.data = append(bytes.Clone(p.data), byte('1'+i))
			f.parts = append(f.parts, p)
			f.refs = append(f.refs, ref{"thmb", i + 1, []int{f.primary}})
		}
		f.parts = append(f.parts, main)
		p, err := newPlan(f.bytes(), both, false)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := 0
		if p.view == hashmatch.Thumbnail {
			flat := p.file.flat()
			got = int(flat[len(flat)-1] - '0')
		}
		if got != c.want || p.main.width != 4032 {
			t.Errorf("%s: thumbnail %d, not %d", name, got, c.want)
		}
		if p, err := newPlan(f.bytes(), both, true); err != nil || p.view != hashmatch.Upright || !bytes.HasSuffix(p.file.flat(), main.data) {
			t.Errorf("%s, thoroughly: %v, %v", name, p.view, err)
		}
	}
	// A thumbnail of another item is none of this picture's.
	f := composed{primary: 2, refs: []ref{{"thmb", 1, []int{3}}}, parts: []part{small(320, 240), small(4032, 3024), small(4032, 3024)}}
	if p, err := newPlan(f.bytes(), both, false); err != nil || p.view != hashmatch.Upright {
		t.Errorf("another item's: %v, %v", p.view, err)
	}
}

// What is rebuilt keeps the properties that the coded bytes need, and only those.
func TestRebuildKeeps(t *testing.T) {
	c := composed{primary: 1, parts: []part{small(640, 480, irot(1), colr(1, false), property{"colr", []byte("prof...."), false},
		property{"pixi", []byte{0, 0, 0, 0, 3, 8, 8, 8}, false}, property{"pasp", make([]byte, 8), false}, property{"udes", []byte("words"), false})}}
	p, err := newPlan(c.bytes(), both, true)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(p.file.flat())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range f.items[f.primary].uses {
		name := string(f.properties[u.property].kind[:])
		if u.essential {
			name += "!"
		}
		got = append(got, name)
	}
	want := []string{"hvcC!", "ispe", "colr", "pixi"}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatal(got)
		}
	}
	if q, err := f.picture(f.primary); err != nil || q.nclx != (nclx{true, 1, false}) {
		t.Errorf("%+v, %v", q.nclx, err)
	}
}

// A build has all decoders or none, and says which.
// A build without the decoders tells sizes all the same, and what it lacks.
func TestBuilt(t *testing.T) {
	list := Decoders(Options{})
	if len(list) != 3 {
		t.Fatalf("%d decoders", len(list))
	}
	data := load(t, "plain.heic")
	h, err := list[0].Header(data)
	if err != nil || h.Width == 0 || h.Height == 0 {
		t.Fatalf("%+v, %v", h, err)
	}
	_, err = list[0].Decode(t.Context(), data, h)
	if missing := errors.Is(err, hashmatch.ErrUnsupported) && strings.Contains(err.Error(), Missing); missing == Built() || Built() && err != nil {
		t.Errorf("built %v: %v", Built(), err)
	}
}
