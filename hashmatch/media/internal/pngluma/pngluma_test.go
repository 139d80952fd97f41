package pngluma

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

var scales = []int{1, 4, 8}

// check fails t if a result or an error breaks a promise.
func check(t testing.TB, r *Result, err error, name string) {
	t.Helper()
	if err != nil {
		if r.Share != 0 || !errors.Is(err, hashmatch.ErrCorrupt) && !errors.Is(err, hashmatch.ErrUnsupported) {
			t.Fatalf("%s: %v with share %v", name, err, r.Share)
		}
		return
	}
	if r.Share <= 0 || r.Share > 1 || r.Fault == nil && r.Share != 1 || r.Fault != nil && !errors.Is(r.Fault, hashmatch.ErrCorrupt) {
		t.Fatalf("%s: share %v with fault %v", name, r.Share, r.Fault)
	}
}

// Every colour type and depth, interlaced or not, of every size, with every filter, at every scale.
func TestAgainstImagePNG(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	n := 0
	for _, c := range combinations {
		for size := range 41 * 2 {
			if brief() && size%7 > 0 {
				continue
			}
			w, h := 1+size/2, 1+r.IntN(40)
			if size%2 == 1 {
				w, h = h, w
			}
			s := draw(r, c[0], c[1], w, h)
			s.interlaced = r.IntN(3) == 0
			data := s.encode(t, r)
			name := fmt.Sprintf("colour type %d of %d bits, %dx%d, interlaced %v, tRNS %x, split %d",
				c[0], c[1], w, h, s.interlaced, s.transparency, s.split)
			for _, scale := range scales {
				if !agree(t, &d, data, scale, name) {
					t.Fatalf("%s: not accepted by image/png", name)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 500, n, "pictures")
}

// Larger pictures, whose rows do not all fit in one piece of inflated data, each filter by itself.
func TestLarger(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	n := 0
	for i, c := range combinations {
		for filter := range filters {
			if brief() && (i+filter)%5 > 0 {
				continue
			}
			s := draw(r, c[0], c[1], 200+r.IntN(150), 70+r.IntN(50))
			s.filter = filter
			s.interlaced = r.IntN(4) == 0
			data := s.encode(t, r)
			agree(t, &d, data, scales[r.IntN(3)], fmt.Sprintf("colour type %d of %d bits, filter %d", c[0], c[1], filter))
			n++
		}
	}
	s := draw(r, rgbAlpha, 16, 20_000, 3)
	agree(t, &d, s.encode(t, r), 4, "wide")
	s = draw(r, rgbAlpha, 16, 30_000, 3) // its last pass has rows that are longer than the buffer for its first
	s.interlaced = true
	agree(t, &d, s.encode(t, r), 8, "wide and interlaced")
	s = draw(r, gray, 1, 1, 20_000)
	agree(t, &d, s.encode(t, r), 8, "high")
	testkit.AtLeast(t, 15, n, "pictures")
}

// Pictures as image/png's encoder writes them.
func TestSynth(t *testing.T) {
	var d Decoder
	n := 0
	for i, style := range synth.Styles() {
		if brief() && i > 0 {
			continue
		}
		img := synth.Picture(style, uint64(i), 211, 157)
		for kind, m := range kinds(img) {
			var b bytes.Buffer
			if err := png.Encode(&b, m); err != nil {
				t.Fatal(err)
			}
			for _, scale := range scales {
				agree(t, &d, b.Bytes(), scale, fmt.Sprintf("%v %s", style, kind))
				n++
			}
		}
	}
	testkit.AtLeast(t, 18, n, "pictures")
}

// The reference vectors.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "testdata", "vectors", "images", "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.AtLeast(t, 12, len(files), "vectors")
	var d Decoder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, scale := range scales {
			if brief() && i > 0 {
				continue
			}
			if !agree(t, &d, data, scale, file) {
				t.Errorf("%s is not whole", file)
			}
		}
	}
}

func TestHeader(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for _, c := range combinations {
		for range 20 {
			s := draw(r, c[0], c[1], 1+r.IntN(90), 1+r.IntN(90))
			s.interlaced = r.IntN(2) == 0
			want := s.header()
			want.Interlaced = s.interlaced
			want.HasAlpha = s.transparency != nil || c[0] == grayAlpha || c[0] == rgbAlpha
			if r.IntN(2) == 0 {
				want.Orientation = 1 + r.IntN(8)
				tiff := "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + string(rune(want.Orientation)) + "\x00\x00\x00"
				if r.IntN(2) == 0 {
					tiff = "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(want.Orientation)) + "\x00\x00"
				}
				s.before = chunkOf("eXIf", []byte(tiff))
			}
			got, err := ReadHeader(s.encode(t, r))
			if err != nil || got != want {
				t.Fatalf("%+v, %v; want %+v", got, err, want)
			}
			n++
		}
	}
	testkit.AtLeast(t, 300, n, "headers")
}

func TestHeaderRefuses(t *testing.T) {
	head := func(change func(b []byte)) []byte {
		s := spec{width: 5, height: 6, depth: 8, colour: rgb}
		b := s.ihdr()
		change(b)
		return append(append([]byte(signature), chunkOf("IHDR", b)...), chunkOf("IDAT", nil)...)
	}
	for _, c := range []struct {
		name  string
		data  []byte
		class error
		text  string
	}{
		{"nothing", nil, hashmatch.ErrCorrupt, "signature"},
		{"only a signature", []byte(signature), hashmatch.ErrCorrupt, "ends at byte 8"},
		{"width 0", head(func(b []byte) { b[3] = 0 }), hashmatch.ErrCorrupt, "0x6"},
		{"negative height", head(func(b []byte) { b[4] = 0x80 }), hashmatch.ErrCorrupt, "5x-"},
		{"2^60 pixels", head(func(b []byte) { b[0], b[4] = 0x7f, 0x7f }), hashmatch.ErrUnsupported, "pixels"},
		{"depth 3", head(func(b []byte) { b[8] = 3 }), hashmatch.ErrUnsupported, "3 bits"},
		{"palette of 16 bits", head(func(b []byte) { b[8], b[9] = 16, 3 }), hashmatch.ErrUnsupported, "16 bits"},
		{"colour type 5", head(func(b []byte) { b[9] = 5 }), hashmatch.ErrUnsupported, "type 5"},
		{"compression", head(func(b []byte) { b[10] = 1 }), hashmatch.ErrUnsupported, "compression method 1"},
		{"filter method", head(func(b []byte) { b[11] = 9 }), hashmatch.ErrUnsupported, "filter method 9"},
		{"interlace method", head(func(b []byte) { b[12] = 2 }), hashmatch.ErrCorrupt, "interlace method 2"},
		{"no palette", head(func(b []byte) { b[9] = indexed }), hashmatch.ErrCorrupt, "order"},
	} {
		if _, err := ReadHeader(c.data); !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
