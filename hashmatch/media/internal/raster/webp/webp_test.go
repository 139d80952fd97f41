package webp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	xwebp "golang.org/x/image/webp"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// sample is a still picture, and what libwebp's dwebp makes of it.
type sample struct {
	name string
	data []byte
	want image.Image
}

func samples(t testing.TB) (all []sample) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.webp")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(strings.TrimSuffix(name, ".webp") + ".png")
		if err != nil {
			t.Fatal(err)
		}
		want, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sample{filepath.Base(name), data, want})
	}
	testkit.AtLeast(t, 4, len(all), "samples")
	return all
}

func (s *sample) size() image.Point { return s.want.Bounds().Size() }

// file wraps chunks.
func file(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func chunkOf(name string, body ...byte) []byte {
	c := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	return append(c, make([]byte, len(body)%2)...)
}

func put24(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16)} }

func vp8x(flags byte, w, h int) []byte {
	return chunkOf("VP8X", slices.Concat([]byte{flags, 0, 0, 0}, put24(w-1), put24(h-1))...)
}

// frameOf makes a frame of a still picture's chunks.
func frameOf(t testing.TB, s sample, x, y int) []byte {
	t.Helper()
	p, err := parse(s.data)
	if err != nil {
		t.Fatal(err)
	}
	head := slices.Concat(put24(x/2), put24(y/2), put24(p.width-1), put24(p.height-1), put24(100), []byte{2})
	padded := func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, len(b)%2)...) }
	return chunkOf("ANMF", slices.Concat(head, padded(p.alpha), padded(p.stream))...)
}

func animation(w, h int, frames ...[]byte) []byte {
	chunks := [][]byte{vp8x(0x12, w, h), chunkOf("ICCP", 1, 2, 3), chunkOf("ANIM", 9, 9, 9, 9, 0, 0)}
	return file(append(chunks, frames...)...)
}

// canvas returns what an animation shows first.
func canvas(s sample, w, h, x, y int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	at := image.Rectangle{image.Pt(x, y), image.Pt(x, y).Add(s.size())}
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			from := s.want.Bounds().Min.Add(image.Pt(x, y).Sub(at.Min))
			switch v := s.want.(type) {
			case *image.NRGBA: // At would lose what is transparent
				m.SetNRGBA(x, y, v.NRGBAAt(from.X, from.Y))
			default:
				m.Set(x, y, v.At(from.X, from.Y))
			}
		}
	}
	return m
}

// opaque returns a picture with its alpha forgotten, where the frame's form has none.
func opaque(m image.Image) image.Image {
	n := image.NewRGBA(m.Bounds())
	draw.Draw(n, n.Rect, m, m.Bounds().Min, draw.Src)
	return n
}

func TestStill(t *testing.T) {
	var d Decoder
	for _, s := range samples(t) {
		rastertest.Same(t, s.name, &d, s.data, s.want)
		rastertest.Within(t, s.name, func() rastertest.Decoder { return new(Decoder) }, ReadHeader, s.data)
		got, err := Picture(context.Background(), s.data)
		if err != nil {
			t.Fatal(err)
		}
		same(t, s.name, got, s.want)
	}
}

// same compares pictures by pixels as stored.
func same(t *testing.T, what string, got, want image.Image) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("%s: %v, want %v", what, got.Bounds(), want.Bounds())
	}
	at := func(m image.Image, x, y int) color.Color {
		x, y = x+m.Bounds().Min.X, y+m.Bounds().Min.Y
		if v, ok := m.(*image.NRGBA); ok {
			return v.NRGBAAt(x, y)
		}
		return color.NRGBAModel.Convert(m.At(x, y))
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			if g, w := at(got, x, y), at(want, x, y); g != w {
				t.Fatalf("%s: pixel (%d, %d) is %v, want %v", what, x, y, g, w)
			}
		}
	}
}

func TestAnimation(t *testing.T) {
	var d Decoder
	all := samples(t)
	cases := 0
	for i, s := range all {
		for _, at := range []struct{ x, y, right, below int }{{0, 0, 0, 0}, {0, 0, 9, 0}, {6, 4, 0, 0}, {10, 2, 7, 30}} {
			w, h := at.x+s.size().X+at.right, at.y+s.size().Y+at.below
			other := all[(i+1)%len(all)]
			data := animation(w, h, frameOf(t, s, at.x, at.y), frameOf(t, other, 0, 0))
			what := fmt.Sprintf("%s at %+v", s.name, at)
			want := canvas(s, w, h, at.x, at.y)
			head, err := ReadHeader(data)
			if err != nil || head.Width != w || head.Height != h {
				t.Fatalf("%s: %+v, %v", what, head, err)
			}
			if !head.Alpha {
				want = opaque(want)
			}
			rastertest.Same(t, what, &d, data, want)
			rastertest.Within(t, what, func() rastertest.Decoder { return new(Decoder) }, ReadHeader, data)
			got, err := Picture(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			same(t, what, opaque(got), opaque(want))

			still, cw, ch, x, y, err := firstFrame(data)
			if err != nil || cw != w || ch != h || x != at.x || y != at.y {
				t.Fatalf("%s: (%d, %d) on %dx%d, %v", what, x, y, cw, ch, err)
			}
			if _, err := xwebp.Decode(bytes.NewReader(still)); err != nil {
				t.Fatalf("%s: x/image on the still frame: %v", what, err)
			}
			rastertest.Same(t, what+", still", &d, still, s.want)
			cases++
		}
	}
	testkit.AtLeast(t, 16, cases, "animations")
}

// TestFirstFrameOfStill: a still picture is its own first frame, without metadata.
func TestFirstFrameOfStill(t *testing.T) {
	var d Decoder
	for _, s := range samples(t) {
		p, err := parse(s.data)
		if err != nil {
			t.Fatal(err)
		}
		chunks := [][]byte{vp8x(0x10, s.size().X, s.size().Y), chunkOf("EXIF", 1, 2, 3, 4, 5), p.alpha, make([]byte, len(p.alpha)%2), p.stream,
			make([]byte, len(p.stream)%2), chunkOf("XMP ", make([]byte, 1000)...)}
		data := file(chunks...)
		rastertest.Same(t, s.name, &d, data, s.want)
		still, w, h, x, y, err := firstFrame(data)
		if err != nil || w != s.size().X || h != s.size().Y || x != 0 || y != 0 || len(still) > len(data)-1000 {
			t.Fatalf("%s: %d of %d bytes, (%d, %d) on %dx%d, %v", s.name, len(still), len(data), x, y, w, h, err)
		}
		rastertest.Same(t, s.name, &d, still, s.want)
	}
}

func TestEnd(t *testing.T) {
	var d Decoder
	var dst plane.Plane
	for _, s := range samples(t) {
		r, err := d.Decode(context.Background(), append(bytes.Clone(s.data), "behind"...), 8, &dst, nil)
		if err != nil || r.End != len(s.data) {
			t.Errorf("%s: the end is %d of %d, %v", s.name, r.End, len(s.data), err)
		}
		for _, claimed := range []uint32{0, 50, 1 << 31, 1<<32 - 1} {
			lying := bytes.Clone(s.data)
			binary.LittleEndian.PutUint32(lying[4:], claimed)
			if r, err := d.Decode(context.Background(), lying, 8, &dst, nil); err != nil || r.End != 0 {
				t.Errorf("%s claims %d bytes: the end is %d, %v", s.name, claimed, r.End, err)
			}
		}
	}
}

// TestLies: what chunks say of sizes that is not so. Nothing is allocated for it.
func TestLies(t *testing.T) {
	all := samples(t)
	s := all[slices.IndexFunc(all, func(s sample) bool { return strings.HasPrefix(s.name, "lossy_100") })]
	l := all[slices.IndexFunc(all, func(s sample) bool { return strings.HasPrefix(s.name, "lossless") })]
	p, err := parse(s.data)
	if err != nil {
		t.Fatal(err)
	}
	stream := append(bytes.Clone(p.stream), make([]byte, len(p.stream)%2)...)
	w, h := s.size().X, s.size().Y
	cut := bytes.Clone(p.stream)
	binary.LittleEndian.PutUint32(cut[4:], 1<<31)
	key := bytes.Clone(stream)
	key[8] |= 1
	wide := frameOf(t, s, 0, 0)
	copy(wide[8+6:], put24(16000))
	for what, data := range map[string][]byte{
		"nothing":                    nil,
		"no chunk":                   file(),
		"a canvas of its own":        file(vp8x(0, w+1, h), stream),
		"a huge canvas":              file(vp8x(0, 1<<24, 1<<24), stream),
		"a chunk of 2 GiB":           file(cut),
		"alpha of 2 GiB":             file(vp8x(0x10, w, h), []byte("ALPH\xff\xff\xff\x7f\x00"), stream),
		"no key frame":               file(key),
		"a frame wider than it is":   animation(20000, 20000, wide),
		"a frame beyond the canvas":  animation(w, h, frameOf(t, s, 2, 0)),
		"a frame of nothing":         animation(w, h, chunkOf("ANMF", make([]byte, 16)...)),
		"a short frame":              animation(w, h, chunkOf("ANMF", make([]byte, 15)...)),
		"a frame in a frame":         animation(w, h, chunkOf("ANMF", append(make([]byte, 16), frameOf(t, s, 0, 0)...)...)),
		"an animation of no frames":  animation(w, h),
		"a frame and no canvas":      file(frameOf(t, s, 0, 0)),
		"a lossless picture cut off": l.data[:len(l.data)-10],
		"four bytes of lossless":     file(chunkOf("VP8L", 0x2f, 0, 0, 0)),
		"a huge lossless picture":    file(chunkOf("VP8L", 0x2f, 0xff, 0xff, 0xff, 0x0f, 0)),
	} {
		if what != "a huge lossless picture" { // which may be one, for all that is known before it is decoded
			rastertest.Bomb(t, what, new(Decoder), data)
		}
		if _, err := Picture(context.Background(), data); !errors.Is(err, hashmatch.ErrCorrupt) {
			t.Errorf("%s: error %v", what, err)
		}
		if _, _, _, _, _, err := firstFrame(data); err == nil && what != "a huge lossless picture" {
			t.Errorf("%s: a first frame", what)
		}
	}
	head, err := ReadHeader(file(chunkOf("VP8L", 0x2f, 0xff, 0xff, 0xff, 0x0f, 0)))
	if err != nil || head.Width != 16384 || head.Height != 16384 || head.Memory(8) < 9<<28 {
		t.Errorf("a huge lossless picture: %+v, %v", head, err)
	}
}

func TestContext(t *testing.T) {
	for _, s := range samples(t) {
		rastertest.Over(t, s.name, new(Decoder), s.data)
	}
}

func FuzzDecode(f *testing.F) {
	all := samples(f)
	for _, s := range all {
		f.Add(s.data)
	}
	f.Add(animation(120, 140, frameOf(f, all[0], 2, 4)))
	f.Fuzz(func(t *testing.T, data []byte) {
		rastertest.Sound(t, new(Decoder), ReadHeader, data, 1<<18)
		if still, _, _, _, _, err := firstFrame(data); err == nil && len(still) > len(data)+30 {
			t.Errorf("%d bytes of %d", len(still), len(data))
		}
	})
}

func TestMutants(t *testing.T) {
	rng := testkit.Rand(t)
	all := samples(t)
	var d Decoder
	whole, n := 0, 500
	if testing.Short() {
		n = 100
	}
	for i := range n {
		s := all[i%len(all)]
		data := s.data
		if i%2 == 0 {
			data = animation(200, 200, frameOf(t, s, 2*rng.IntN(9), 0))
		}
		if rastertest.Sound(t, &d, ReadHeader, rastertest.Mutant(rng, data), 1<<18) {
			whole++
		}
	}
	testkit.AtLeast(t, n/10, whole, "mutants that are pictures")
}

func BenchmarkWebP(b *testing.B) {
	for _, s := range samples(b) {
		var dst plane.Plane
		b.Run(s.name+"/ours", func(b *testing.B) {
			var d Decoder
			for b.Loop() {
				if _, err := d.Decode(context.Background(), s.data, 1, &dst, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/ximage", func(b *testing.B) {
			for b.Loop() {
				if _, err := xwebp.Decode(bytes.NewReader(s.data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// firstFrame returns an animation's first frame, or a still picture, as a still WebP of nothing but the picture's own
// chunks, with the size of the canvas and the frame's place on it. still is a copy, or a part of data. The error wraps
// ErrCorrupt.
func firstFrame(data []byte) (still []byte, canvasWidth, canvasHeight, x, y int, err error) {
	p, err := parse(data)
	if err != nil {
		return nil, 0, 0, 0, 0, err
	}
	still = append(p.container(), p.alpha...)
	if len(p.alpha)%2 == 1 {
		still = append(still, 0)
	}
	still = append(still, p.stream...)
	if len(p.stream)%2 == 1 {
		still = append(still, 0)
	}
	return still, p.canvasWidth, p.canvasHeight, p.x, p.y, nil
}
