package imagehash

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"github.com/corona10/goimagehash"
	"go.uber.org/goleak"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var kinds = []hashmatch.Kind{hashmatch.AHash, hashmatch.DHash, hashmatch.PHash}

// plain is goimagehash without guards.
func plain(t *testing.T, img image.Image, k hashmatch.Kind) hashmatch.Hash {
	t.Helper()
	var sum *goimagehash.ImageHash
	var err error
	switch k {
	case hashmatch.AHash:
		sum, err = goimagehash.AverageHash(img)
	case hashmatch.DHash:
		sum, err = goimagehash.DifferenceHash(img)
	case hashmatch.PHash:
		sum, err = goimagehash.PerceptionHash(img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return hashmatch.Hash64(k, sum.GetHash())
}

func TestSumIsGoimagehash(t *testing.T) {
	skipIfFused(t)
	rnd := testkit.Rand(t)
	ran := 0
	for _, size := range []image.Point{{1, 1}, {1, 40}, {40, 1}, {8, 8}, {9, 8}, {64, 64}, {33, 71}} {
		for name, img := range every(image.Rectangle{Max: size}, 0, rnd) {
			for _, k := range kinds {
				got, err := sum(img, k)
				if want := plain(t, img, k); err != nil || got != want {
					t.Errorf("%s %v: %v, %v; want %v", name, size, got, err, want)
				}
				ran++
			}
		}
	}
	testkit.AtLeast(t, 7*15*3, ran, "hashes")
}

// TestOriginDoesNotMatter cuts pixels out of a larger picture, of the size that each kind takes without resizing: there
// goimagehash reads the larger picture's corner instead.
func TestOriginDoesNotMatter(t *testing.T) {
	type cutter interface {
		SubImage(image.Rectangle) image.Image
	}
	unresized := map[hashmatch.Kind]image.Point{hashmatch.AHash: {8, 8}, hashmatch.DHash: {9, 8}, hashmatch.PHash: {64, 64}}
	at := image.Pt(8, 4) // a multiple of every chroma sample's size
	skipIfFused(t)
	rnd := testkit.Rand(t)
	trapped := 0
	for k, size := range unresized {
		for name, large := range every(image.Rectangle{Max: at.Add(size).Add(image.Pt(5, 3))}, 0, rnd) {
			cut := large.(cutter).SubImage(image.Rectangle{Min: at, Max: at.Add(size)})
			copied := image.NewRGBA64(image.Rectangle{Max: size})
			for y := range size.Y {
				for x := range size.X {
					copied.Set(x, y, cut.At(at.X+x, at.Y+y))
				}
			}
			got, err := sum(cut, k)
			if want := plain(t, copied, k); err != nil || got != want {
				t.Errorf("%s of %s %v: %v, %v; want %v", k, name, size, got, err, want)
			}
			if cut.Bounds().Min != at {
				t.Errorf("%s: the caller's picture was moved to %v", name, cut.Bounds().Min)
			}
			if plain(t, cut, k) != got {
				trapped++
			}
		}
	}
	if trapped == 0 {
		t.Error("goimagehash hashes cut-outs as it should: the guard is needed no more")
	}
}

func TestGuards(t *testing.T) {
	short := image.NewRGBA(image.Rect(0, 0, 20, 20))
	short.Pix = short.Pix[:len(short.Pix)-1]
	narrow := image.NewGray(image.Rect(0, 0, 20, 20))
	narrow.Stride = 19
	chroma := image.NewYCbCr(image.Rect(0, 0, 20, 20), image.YCbCrSubsampleRatio420)
	chroma.Cr = chroma.Cr[:99]
	ratio := image.NewYCbCr(image.Rect(0, 0, 20, 20), image.YCbCrSubsampleRatio420)
	ratio.SubsampleRatio = 77
	odd := image.NewYCbCr(image.Rect(0, 0, 20, 20), image.YCbCrSubsampleRatio420).SubImage(image.Rect(1, 0, 9, 9))
	colour := image.NewPaletted(image.Rect(0, 0, 20, 20), color.Palette{color.Black})
	colour.Pix[399] = 1
	huge := &image.Gray{Stride: plane.MaxSide + 1, Rect: image.Rect(0, 0, plane.MaxSide+1, 1), Pix: make([]byte, plane.MaxSide+1)}

	cases := []struct {
		name string
		img  image.Image
		want error
	}{
		{"no picture", nil, hashmatch.ErrUnsupported},
		{"nil RGBA", (*image.RGBA)(nil), hashmatch.ErrUnsupported},
		{"nil YCbCr", (*image.YCbCr)(nil), hashmatch.ErrUnsupported},
		{"nil Paletted", (*image.Paletted)(nil), hashmatch.ErrUnsupported},
		{"a type of no decoder", image.NewUniform(color.White), hashmatch.ErrUnsupported},
		{"0x0", image.NewRGBA(image.Rectangle{}), hashmatch.ErrCorrupt},
		{"0x0 YCbCr", image.NewYCbCr(image.Rectangle{}, image.YCbCrSubsampleRatio420), hashmatch.ErrCorrupt},
		{"8x0", image.NewGray(image.Rect(0, 0, 8, 0)), hashmatch.ErrCorrupt},
		{"buffer too short", short, hashmatch.ErrCorrupt},
		{"stride too short", narrow, hashmatch.ErrCorrupt},
		{"chroma too short", chroma, hashmatch.ErrCorrupt},
		{"unknown subsampling", ratio, hashmatch.ErrUnsupported},
		{"origin inside a chroma sample", odd, hashmatch.ErrUnsupported},
		{"index without a colour", colour, hashmatch.ErrCorrupt},
		{"side too long", huge, hashmatch.ErrLimit},
	}
	for _, c := range cases {
		for _, k := range kinds {
			if h, err := sum(c.img, k); !errors.Is(err, c.want) || !h.IsZero() {
				t.Errorf("%s, %s: %v, %v; want %v", c.name, k, h, err, c.want)
			}
		}
	}
}

// TestLongestSide shows that the sums hold at the limit: a white picture of that length is a white one.
func TestLongestSide(t *testing.T) {
	long := image.NewRGBA(image.Rect(0, 0, plane.MaxSide, 1))
	short := image.NewRGBA(image.Rect(0, 0, 100, 1))
	for _, m := range []*image.RGBA{long, short} {
		for i := range m.Pix {
			m.Pix[i] = 0xff
		}
	}
	for _, k := range kinds {
		got, err := sum(long, k)
		want, _ := sum(short, k)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", k, got, err, want)
		}
	}
}

// sum returns one of the hashes of a picture.
func sum(img image.Image, k hashmatch.Kind) (hashmatch.Hash, error) {
	a, d, p, err := new(Hasher).Picture(img)
	if err != nil {
		return hashmatch.Hash{}, err
	}
	return hashmatch.Hash64(k, map[hashmatch.Kind]uint64{hashmatch.AHash: a, hashmatch.DHash: d, hashmatch.PHash: p}[k]), nil
}
