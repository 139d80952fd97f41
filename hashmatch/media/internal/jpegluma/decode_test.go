package jpegluma

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

var scales = []int{1, 4, 8}

// decode decodes with a fresh Decoder.
func decode(t testing.TB, data []byte, scale int) (*plane.Plane, Result) {
	t.Helper()
	var d Decoder
	var p plane.Plane
	r, err := d.Decode(context.Background(), data, scale, &p)
	if err != nil {
		t.Fatalf("scale %d: %v", scale, err)
	}
	return &p, r
}

// samples returns the 64 samples of a block by the definition of the inverse DCT (T.81, A.3.3), neither rounded nor
// clamped.
func samples(b *[64]int, quant *[64]int) (out [64]float64) {
	for y := range 8 {
		for x := range 8 {
			sum := 128.0
			for i, c := range b {
				if c != 0 {
					sum += float64(c*quant[i]) * basis[x][i%8] * basis[y][i/8]
				}
			}
			out[8*y+x] = sum
		}
	}
	return out
}

// basis[x][u] is C(u)/2 cos((2x+1)u pi/16).
var basis = func() (t [8][8]float64) {
	for x := range 8 {
		for u := range 8 {
			t[x][u] = math.Cos(float64((2*x+1)*u)*math.Pi/16) / 2
			if u == 0 {
				t[x][u] /= math.Sqrt2
			}
		}
	}
	return t
}()

// means returns the means of a block's cells of scale x scale samples.
func means(samples *[64]float64, scale int) []float64 {
	side := 8 / scale
	out := make([]float64, side*side)
	for i, s := range samples {
		out[i/8/scale*side+i%8/scale] += s / float64(scale*scale)
	}
	return out
}

// check compares a plane with what the picture's coefficients say: each sample is its cell's mean of the samples before
// they are clamped, rounded, within tolerance of rounding.
func (p *testPicture) check(got *plane.Plane) error {
	if got.FullWidth != p.w || got.FullHeight != p.h || got.Width != ceil(p.w, got.Scale) || got.Height != ceil(p.h, got.Scale) {
		return fmt.Errorf("%d x %d samples of %d x %d pixels, want those of %d x %d", got.Width, got.Height, got.FullWidth, got.FullHeight, p.w, p.h)
	}
	// Half a step for rounding, and the rounding within: at scale 1 that of the integer method.
	tolerance := map[int]float64{1: 0.85, 4: 0.55, 8: 0.501}[got.Scale]
	c := &p.parts[0]
	side := 8 / got.Scale
	for by := range c.loneDown {
		for bx := range c.loneAcross {
			s := samples(&c.blocks[by*c.across+bx], &p.quant)
			for i, want := range means(&s, got.Scale) {
				x, y := bx*side+i%side, by*side+i/side
				if x >= got.Width || y >= got.Height {
					continue
				}
				want = min(max(want, 0), 255)
				if v := float64(got.Row(y)[x]); math.Abs(v-want) > tolerance {
					return fmt.Errorf("sample %d, %d at scale %d is %v, want %v", x, y, got.Scale, v, want)
				}
			}
		}
	}
	return nil
}

// stdlib returns the luma that image/jpeg decodes.
func stdlib(data []byte) (pix []byte, stride int, err error) {
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, 0, err
	}
	switch m := m.(type) {
	case *image.Gray:
		return m.Pix, m.Stride, nil
	case *image.YCbCr:
		return m.Y, m.YStride, nil
	}
	return nil, 0, fmt.Errorf("%T", m)
}

// furthest returns how far a full plane is from other luma.
func furthest(p *plane.Plane, pix []byte, stride int) int {
	most := 0
	for y := range p.Height {
		for x, v := range p.Row(y) {
			d := int(v) - int(pix[y*stride+x])
			most = max(most, d, -d)
		}
	}
	return most
}

// files returns a picture in all the forms there are.
func (p *testPicture) files() map[string][]byte {
	return map[string][]byte{
		"baseline":             p.sequentialFile(0xc0, true),
		"baseline by parts":    p.sequentialFile(0xc0, false),
		"extended":             p.sequentialFile(0xc1, true),
		"progressive":          p.progressiveFile(true),
		"progressive by parts": p.progressiveFile(false),
	}
}

// checkAll decodes a picture in all its forms at all scales.
func (p *testPicture) checkAll(t *testing.T, name string) (cases int) {
	t.Helper()
	for form, data := range p.files() {
		for _, scale := range scales {
			got, r := decode(t, data, scale)
			if err := p.check(got); err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
			}
			if r.Share != 1 || r.End != len(data) {
				t.Errorf("%s, %s, scale %d: share %v and end %d, want all of %d bytes", name, form, scale, r.Share, r.End, len(data))
			}
			if pix, stride, err := stdlib(data); err == nil && scale == 1 {
				if d := furthest(got, pix, stride); d > 1 {
					t.Errorf("%s, %s: %d from image/jpeg", name, form, d)
				}
			}
			cases++
		}
	}
	return cases
}

// Every sampling that T.81 allows, in every form.
func TestSamplings(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for h := 1; h <= 4; h++ {
		for v := 1; v <= 4; v++ {
			for _, chroma := range [][2]sampling{{{1, 1}, {1, 1}}, {{h, 1}, {1, v}}, {{min(h, 2), min(v, 3)}, {1, 1}}, {{h, v}, {h, v}}} {
				if blocks := h*v + chroma[0].h*chroma[0].v + chroma[1].h*chroma[1].v; blocks > maxBlocks {
					continue
				}
				p := newTestPicture(r, 1+r.IntN(90), 1+r.IntN(90), sampling{h, v}, chroma[0], chroma[1])
				p.interval = r.IntN(4)
				n += p.checkAll(t, fmt.Sprintf("%d x %d with %dx%d %v", p.w, p.h, h, v, chroma))
			}
		}
	}
	testkit.AtLeast(t, 400, n, "decodings")
}

// Every width and height from 1 to 70.
func TestSizes(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for size := 1; size <= 70; size++ {
		for i, layout := range [][]sampling{{{1, 1}}, {{2, 2}, {1, 1}, {1, 1}}, {{2, 1}, {1, 1}, {1, 1}}} {
			w, h := size, 1+(size*37+i*11)%70
			p := newTestPicture(r, w, h, layout...)
			p.interval = max(0, r.IntN(12)-6)
			n += p.checkAll(t, fmt.Sprintf("%d x %d %v", w, h, layout))
		}
	}
	testkit.AtLeast(t, 3000, n, "decodings")
}

// The luma of RGB is that of its three planes.
func TestRGB(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for _, named := range []bool{true, false} {
		p := newTestPicture(r, 45, 37, sampling{1, 1}, sampling{1, 1}, sampling{1, 1})
		p.noJFIF = true
		if named {
			p.parts[0].id, p.parts[1].id, p.parts[2].id = 'R', 'G', 'B'
		} else {
			p.between = segment(nil, markerAPP14, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)
		}
		for form, data := range p.files() {
			if h, err := ReadHeader(data); err != nil || h.Model != RGB {
				t.Fatalf("%s: model %v, %v", form, h.Model, err)
			}
			for _, scale := range scales {
				got, res := decode(t, data, scale)
				side := 8 / scale
				for y := range got.Height {
					for x, v := range got.Row(y) {
						var luma float64
						for i, k := range []float64{0.299, 0.587, 0.114} {
							c := &p.parts[i]
							s := samples(&c.blocks[y/side*c.across+x/side], &p.quant)
							luma += k * min(max(means(&s, scale)[y%side*side+x%side], 0), 255)
						}
						if math.Abs(float64(v)-luma) > 1.4 {
							t.Fatalf("%s: sample %d, %d at scale %d is %d, want %v", form, x, y, scale, v, luma)
						}
					}
				}
				if res.Share != 1 || res.Clipped != 0 {
					t.Errorf("%s: %+v", form, res)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 30, n, "decodings")
}

// A Decoder that has decoded other files decodes the next as a fresh one does.
func TestReuse(t *testing.T) {
	r := testkit.Rand(t)
	var files [][]byte
	for _, size := range []int{90, 30, 61} {
		for _, layout := range [][]sampling{{{1, 1}}, {{2, 2}, {1, 1}, {1, 1}}, {{1, 1}, {1, 1}, {1, 1}}} {
			p := newTestPicture(r, size, 100-size, layout...)
			if p.hmax == 1 && len(p.parts) == 3 {
				p.noJFIF = true
				p.parts[0].id, p.parts[1].id, p.parts[2].id = 'R', 'G', 'B'
			}
			for _, data := range p.files() {
				files = append(files, data, data[:len(data)/2])
			}
		}
	}
	var d Decoder
	var p plane.Plane
	n := 0
	for range 600 {
		data, scale := files[r.IntN(len(files))], scales[r.IntN(3)]
		got, err := d.Decode(context.Background(), data, scale, &p)
		if err != nil {
			continue
		}
		fresh, want := decode(t, data, scale)
		if got != want || !samePlane(fresh, &p) {
			t.Fatalf("scale %d: %+v, a fresh Decoder says %+v", scale, got, want)
		}
		n++
	}
	testkit.AtLeast(t, 400, n, "decodings")
}
