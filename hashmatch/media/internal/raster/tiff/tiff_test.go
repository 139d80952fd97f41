package tiff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	xtiff "golang.org/x/image/tiff"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// forms are the kinds of pixel; known says whether x/image/tiff reads them.
var forms = []struct {
	photometric, depth, samples, extra int
	known                              bool
}{
	{whiteIsZero, 1, 1, -1, true}, {blackIsZero, 1, 1, -1, true}, {palette, 1, 1, -1, true},
	{whiteIsZero, 8, 1, -1, true}, {blackIsZero, 8, 1, -1, true}, {palette, 8, 1, -1, true},
	{whiteIsZero, 16, 1, -1, true}, {blackIsZero, 16, 1, -1, true},
	{rgb, 8, 3, -1, true}, {rgb, 16, 3, -1, true}, {rgb, 8, 4, 1, true}, {rgb, 16, 4, 1, true},
	{rgb, 8, 4, 2, true}, {rgb, 16, 4, 2, true},
	{whiteIsZero, 2, 1, -1, false}, {blackIsZero, 4, 1, -1, false}, {palette, 2, 1, -1, false}, {palette, 4, 1, -1, false},
	{blackIsZero, 8, 2, 2, false}, {blackIsZero, 16, 2, 2, false}, {blackIsZero, 8, 2, 0, false},
	{rgb, 8, 4, 0, false}, {rgb, 8, 5, 0, false}, {rgb, 16, 4, -1, false}, {cmyk, 8, 4, -1, false},
}

// random returns a file of a form, stored somehow.
func random(rng *rand.Rand, form int) *spec {
	f := forms[form]
	s := &spec{w: 1 + rng.IntN(70), h: 1 + rng.IntN(70), big: rng.IntN(2) == 0, photometric: f.photometric,
		depth: f.depth, samples: f.samples, extra: f.extra,
		compression: []int{none, packBits, lzwCodes, deflate, deflateOld, 0}[rng.IntN(6)]}
	if f.depth >= 8 && rng.IntN(2) == 0 {
		s.predictor = 1 + rng.IntN(2)
	}
	switch rng.IntN(4) {
	case 0:
		s.rowsPerStrip = 1 + rng.IntN(20)
	case 1:
		s.tileW, s.tileH = 16*(1+rng.IntN(3)), 16*(1+rng.IntN(3))
	case 2:
		s.tileW, s.tileH = 8+rng.IntN(50), 8+rng.IntN(50)
	}
	s.planar = f.samples > 1 && rng.IntN(4) == 0
	s.fill(rng)
	return s
}

func TestForms(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	cases, compared := 0, 0
	n := 10
	if testing.Short() {
		n = 6
	}
	for form := range forms {
		for range n {
			s := random(rng, form)
			data := s.write(rng)
			what := fmt.Sprintf("form %v: %+v", forms[form], brief(s))
			rastertest.Same(t, what, &d, data, s.picture())
			rastertest.Within(t, what, func() rastertest.Decoder { return new(Decoder) }, ReadHeader, data)
			cases++
			if s.planar || !forms[form].known {
				continue
			}
			want, err := xtiff.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("%s: x/image: %v", what, err)
			}
			rastertest.Same(t, what+", as x/image has it", &d, data, want)
			compared++
		}
	}
	testkit.AtLeast(t, len(forms)*n, cases, "files")
	testkit.AtLeast(t, 10*n, compared, "files compared with x/image")
}

// brief leaves out what is long.
func brief(s *spec) spec {
	b := *s
	b.values, b.colours, b.blocks = nil, nil, nil
	return b
}

func TestFax(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	cases := 0
	for i := range 80 {
		s := &spec{w: 2 + rng.IntN(69), h: 1 + rng.IntN(70), big: i%2 == 0, photometric: i / 2 % 2, depth: 1, samples: 1,
			extra: -1, compression: group3 + i/4%2, fillReversed: i/8%2 == 1}
		if rng.IntN(2) == 0 {
			s.rowsPerStrip = 1 + rng.IntN(20)
		}
		s.faxRows(rng)
		data := s.write(rng)
		what := fmt.Sprintf("%+v", brief(s))
		rastertest.Same(t, what, &d, data, s.picture())
		rastertest.Within(t, what, func() rastertest.Decoder { return new(Decoder) }, ReadHeader, data)
		want, err := xtiff.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: x/image: %v", what, err)
		}
		rastertest.Same(t, what+", as x/image has it", &d, data, want)
		cases++
	}
	testkit.AtLeast(t, 80, cases, "faxes")
}

// TestEncoded reads what x/image/tiff writes.
func TestEncoded(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	cases := 0
	for i := range 60 {
		r := image.Rect(0, 0, 1+rng.IntN(50), 1+rng.IntN(50))
		var m image.Image
		var pix []uint8
		switch i % 5 {
		case 0:
			v := image.NewGray(r)
			m, pix = v, v.Pix
		case 1:
			v := image.NewGray16(r)
			m, pix = v, v.Pix
		case 2:
			v := image.NewNRGBA(r)
			m, pix = v, v.Pix
		case 3:
			v := image.NewRGBA(r)
			m, pix = v, v.Pix
		default:
			v := image.NewNRGBA64(r)
			m, pix = v, v.Pix
		}
		for i := range pix {
			pix[i] = uint8(rng.Uint32())
		}
		var b bytes.Buffer
		o := &xtiff.Options{Compression: []xtiff.CompressionType{xtiff.Uncompressed, xtiff.Deflate}[i%2], Predictor: i%3 == 0}
		if err := xtiff.Encode(&b, m, o); err != nil {
			t.Fatal(err)
		}
		want, err := xtiff.Decode(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		rastertest.Same(t, fmt.Sprintf("%T", m), &d, b.Bytes(), want)
		cases++
	}
	testkit.AtLeast(t, 60, cases, "files")
}

// plainRGB is a small file for tests of the directory.
func plainRGB(rng *rand.Rand) *spec {
	s := &spec{w: 20, h: 10, photometric: rgb, depth: 8, samples: 3, extra: -1, compression: none}
	s.fill(rng)
	return s
}

// TestDepthGivenOnce: the depth of all samples is that of the one that is there.
func TestDepthGivenOnce(t *testing.T) {
	s := plainRGB(testkit.Rand(t))
	data := s.write(nil)
	at := bytes.Index(data, []byte{2, 1, 3, 0, 3, 0, 0, 0})
	copy(data[at+4:], []byte{1, 0, 0, 0, 8, 0, 0, 0})
	rastertest.Same(t, "one depth", new(Decoder), data, s.picture())
}

func TestOrientation(t *testing.T) {
	s := plainRGB(testkit.Rand(t))
	s.rowsPerStrip = 10
	data := s.write(nil)
	for _, v := range []byte{0, 1, 6, 8, 9} {
		turned := bytes.Replace(data, []byte{0x16, 1, 3, 0, 1, 0, 0, 0, 10}, []byte{0x12, 1, 3, 0, 1, 0, 0, 0, v}, 1)
		h, err := ReadHeader(turned)
		if err != nil || h.Orientation != int(v)%9 {
			t.Errorf("orientation %d: %+v, %v", v, h, err)
		}
	}
}

// TestRefuses changes one field of a sound file.
func TestRefuses(t *testing.T) {
	var d Decoder
	var dst plane.Plane
	for _, c := range []struct {
		what   string
		change func(s *spec)
		want   error
	}{
		{"no width", func(s *spec) { s.w = 0 }, hashmatch.ErrCorrupt},
		{"3 bits", func(s *spec) { s.depth = 3 }, hashmatch.ErrUnsupported},
		{"JPEG inside", func(s *spec) { s.compression = 7 }, hashmatch.ErrUnsupported},
		{"YCbCr", func(s *spec) { s.photometric = 6 }, hashmatch.ErrUnsupported},
		{"palette of three samples", func(s *spec) { s.photometric = palette }, hashmatch.ErrUnsupported},
		{"no colours", func(s *spec) { s.photometric, s.samples = palette, 1 }, hashmatch.ErrCorrupt},
		{"predictor 3", func(s *spec) { s.predictor = 3 }, hashmatch.ErrUnsupported},
		{"bits reversed", func(s *spec) { s.fillReversed = true }, hashmatch.ErrUnsupported},
		{"fax in colour", func(s *spec) { s.compression = group4 }, hashmatch.ErrCorrupt},
		{"differences of bits", func(s *spec) { s.photometric, s.samples, s.depth, s.predictor = 1, 1, 1, 2 }, hashmatch.ErrUnsupported},
		{"small tiles", func(s *spec) { s.tileW, s.tileH = 7, 16 }, hashmatch.ErrCorrupt},
		{"large tiles", func(s *spec) { s.tileW, s.tileH = 1025, 16 }, hashmatch.ErrCorrupt},
		{"no strips", func(s *spec) { s.blocks = nil }, hashmatch.ErrCorrupt},
		{"no data", func(s *spec) { s.blocks[0] = nil }, hashmatch.ErrCorrupt},
		{"a side too long", func(s *spec) { s.w, s.h = 1<<16-1, 1<<18+1 }, hashmatch.ErrLimit},
		{"a side far too long", func(s *spec) { s.h = 1<<31 - 1 }, hashmatch.ErrLimit},
		{"17 samples", func(s *spec) { s.samples = 17 }, hashmatch.ErrUnsupported},
	} {
		s := plainRGB(rand.New(rand.NewPCG(1, 2)))
		s.write(nil)
		c.change(s)
		if _, err := d.Decode(context.Background(), s.assemble(), 8, &dst, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.what, err, c.want)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	var dst, over plane.Plane
	cases := 0
	for form := range forms {
		s := random(rng, form)
		data := s.write(rng)
		if n := testing.AllocsPerRun(5, func() {
			if _, err := d.Decode(context.Background(), data, 4, &dst, &over); err != nil {
				t.Fatal(err)
			}
		}); n > allocations(s) {
			t.Errorf("%v allocations for %+v", n, brief(s))
		}
		cases++
	}
	testkit.AtLeast(t, len(forms), cases, "forms")
}

// allocations are klauspost's, two for each block whose codes are not fixed.
func allocations(s *spec) float64 {
	if s.compression == deflate || s.compression == deflateOld {
		return float64(2 * len(s.blocks))
	}
	return 0
}

// BenchmarkTIFF decodes a megapixel of RGB, beside x/image/tiff, which does not yet make luma of it.
func BenchmarkTIFF(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := &spec{w: 1000, h: 1000, photometric: rgb, depth: 8, samples: 3, extra: -1, rowsPerStrip: 16}
	s.values = make([]uint16, s.w*s.h*3)
	for i := range s.values {
		s.values[i] = uint16(128 + 90*(i/3%1000)/1000 + rng.IntN(9))
	}
	for _, c := range []struct {
		name        string
		compression int
		predictor   int
	}{{"plain", none, 0}, {"packbits", packBits, 0}, {"lzw", lzwCodes, 2}, {"deflate", deflate, 2}} {
		s.compression, s.predictor = c.compression, c.predictor
		data := s.write(rng)
		var dst plane.Plane
		b.Run(c.name+"/ours", func(b *testing.B) {
			var d Decoder
			for b.Loop() {
				if _, err := d.Decode(context.Background(), data, 4, &dst, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/ximage", func(b *testing.B) {
			for b.Loop() {
				if _, err := xtiff.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
