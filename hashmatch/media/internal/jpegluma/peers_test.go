package jpegluma

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

const vectorDir = "../../../../testdata/vectors/images"

// vectors returns the JPEGs of the reference pictures by name.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(vectorDir, "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	testkit.AtLeast(t, 41, len(files), "JPEGs")
	return files
}

// areaMeans returns the means of whole cells of luma, or -1 where a sample is at its limit: there the file says more than
// the samples do.
func areaMeans(pix []byte, stride, w, h, scale int) func(x, y int) float64 {
	return func(x, y int) float64 {
		if (x+1)*scale > w || (y+1)*scale > h {
			return -1
		}
		sum := 0
		for j := range scale {
			for _, v := range pix[(y*scale+j)*stride+x*scale:][:scale] {
				if v == 0 || v == 255 {
					return -1
				}
				sum += int(v)
			}
		}
		return float64(sum) / float64(scale*scale)
	}
}

// againstStdlib compares with image/jpeg at all scales and returns how many samples were compared; 0 if image/jpeg does
// not decode the file to luma.
func againstStdlib(t *testing.T, name string, data []byte) (compared int) {
	t.Helper()
	pix, stride, err := stdlib(data)
	if err != nil {
		return 0
	}
	for _, scale := range scales {
		p, r := decode(t, data, scale)
		if r.Share != 1 || r.End != len(data) {
			t.Errorf("%s at scale %d: share %v and end %d, want all of %d bytes", name, scale, r.Share, r.End, len(data))
		}
		if scale == 1 {
			if d := furthest(p, pix, stride); d > 1 {
				t.Errorf("%s: %d from image/jpeg", name, d)
			}
			compared += p.Width * p.Height
			continue
		}
		mean := areaMeans(pix, stride, p.FullWidth, p.FullHeight, scale)
		for y := range p.Height {
			for x, v := range p.Row(y) {
				m := mean(x, y)
				if m < 0 {
					continue
				}
				compared++
				// Half a step for rounding the mean, and as much for what the samples were rounded by, which is not
				// always even.
				if d := float64(v) - m; d > 1 || d < -1 {
					t.Fatalf("%s at scale %d: sample %d, %d is %d, the mean is %v", name, scale, x, y, v, m)
				}
			}
		}
	}
	return compared
}

func TestVectors(t *testing.T) {
	compared := 0
	for name, data := range vectors(t) {
		n := againstStdlib(t, name, data)
		if n == 0 {
			t.Errorf("%s was not compared", name)
		}
		compared += n
		if !strings.HasPrefix(name, "e") {
			continue
		}
		want, err := strconv.Atoi(name[1:2])
		if err != nil {
			t.Fatal(err)
		}
		if h, err := ReadHeader(data); err != nil || h.Orientation != want {
			t.Errorf("%s: orientation %d, %v", name, h.Orientation, err)
		}
	}
	testkit.AtLeast(t, 5_000_000, compared, "samples")
}

// tool returns the path of a program of libjpeg-turbo, or skips the test.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// run gives a program data and returns what it writes.
func run(t testing.TB, in []byte, path string, args ...string) []byte {
	t.Helper()
	c := exec.Command(path, args...)
	var stderr bytes.Buffer
	c.Stdin, c.Stderr = bytes.NewReader(in), &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", path, args, err, stderr.Bytes())
	}
	return out
}

// ppm returns m as a portable pixmap.
func ppm(m *image.RGBA) []byte {
	out := fmt.Appendf(nil, "P6\n%d %d\n255\n", m.Rect.Dx(), m.Rect.Dy())
	for i := 0; i < len(m.Pix); i += 4 {
		out = append(out, m.Pix[i:i+3]...)
	}
	return out
}

// graymap reads the samples of a portable graymap.
func graymap(t testing.TB, data []byte, w, h int) []byte {
	t.Helper()
	pix, ok := bytes.CutPrefix(data, fmt.Appendf(nil, "P5\n%d %d\n255\n", w, h))
	if !ok || len(pix) != w*h {
		t.Fatalf("%d bytes are no graymap of %d x %d", len(data), w, h)
	}
	return pix
}

// Files of libjpeg-turbo decode to the same luma, bit for bit, as its own accurate integer method makes.
func TestLibjpegTurbo(t *testing.T) {
	cjpeg, djpeg := tool(t, "cjpeg"), tool(t, "djpeg")
	r := testkit.Rand(t)
	files := vectors(t)
	options := []string{"", "-progressive", "-optimize", "-grayscale", "-restart 1", "-restart 3B", "-progressive -restart 2B", "-progressive -grayscale", "-quality 5", "-quality 100 -progressive"}
	for _, s := range []string{"1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "3x1", "3x2", "2x2,2x1,1x2", "2x2,1x1,2x1", "3x2,1x2,1x1"} {
		for i, o := range options {
			if testing.Short() && (i+len(files))%3 != 0 {
				continue
			}
			m := synth.Picture(synth.Styles()[r.IntN(4)], r.Uint64(), 1+r.IntN(120), 1+r.IntN(120))
			args := append([]string{"-sample", s}, strings.Fields(o)...)
			files[fmt.Sprintf("%v %v", m.Rect.Max, args)] = run(t, ppm(m), cjpeg, args...)
		}
	}
	for name, data := range files {
		p, _ := decode(t, data, 1)
		againstStdlib(t, name, data)
		want := graymap(t, run(t, data, djpeg, "-grayscale", "-dct", "int"), p.Width, p.Height)
		if d := furthest(p, want, p.Width); d != 0 {
			t.Errorf("%s: %d from djpeg", name, d)
		}
	}
	testkit.AtLeast(t, 41+40, len(files), "files")
}

// RGB files of libjpeg-turbo have the luma of their colours.
func TestLibjpegTurboRGB(t *testing.T) {
	cjpeg := tool(t, "cjpeg")
	for _, option := range []string{"-baseline", "-progressive"} {
		m := synth.Picture(synth.Landscape, 3, 75, 61)
		data := run(t, ppm(m), cjpeg, "-rgb", "-quality", "98", option)
		p, r := decode(t, data, 1)
		if r.Share != 1 {
			t.Errorf("share %v", r.Share)
		}
		for y := range p.Height {
			for x, v := range p.Row(y) {
				c := m.RGBAAt(x, y)
				luma := (299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000
				if d := int(v) - luma; d > 8 || d < -8 {
					t.Fatalf("%s: sample %d, %d is %d, want about %d", option, x, y, v, luma)
				}
			}
		}
	}
}

// The clipped share is zero for what is grey, and tells of colours that are out of range.
func TestClipped(t *testing.T) {
	r := testkit.Rand(t)
	p := newTestPicture(r, 160, 128, sampling{2, 2}, sampling{1, 1}, sampling{1, 1})
	for i := range p.parts {
		for j := range p.parts[i].blocks {
			b := &p.parts[i].blocks[j]
			*b = [64]int{}
			if i == 0 {
				b[0] = (j%16 - 8) * 64 / p.quant[0]
			}
		}
	}
	for _, c := range []struct {
		red  int // of the upper half, as Cr
		low  float64
		high float64
	}{{0, 0, 0}, {80, 0.1, 0.2}, {120, 0.2, 0.5}} {
		blocks := p.parts[2].blocks
		for j := range blocks[:len(blocks)/2] {
			blocks[j][0] = c.red * 8 / p.quant[0]
		}
		for form, data := range p.files() {
			for _, scale := range scales {
				if _, r := decode(t, data, scale); r.Clipped < c.low || r.Clipped > c.high {
					t.Errorf("%s, scale %d, red %d: %v clipped", form, scale, c.red, r.Clipped)
				}
			}
		}
	}
}

// A Decoder takes no memory for a file like those before it.
func TestAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	r := testkit.Rand(t)
	p := newTestPicture(r, 200, 150, sampling{2, 2}, sampling{1, 1}, sampling{1, 1})
	p.interval = 5
	var d Decoder
	var out plane.Plane
	ctx := context.Background()
	for form, data := range p.files() {
		for _, scale := range scales {
			if n := testing.AllocsPerRun(3, func() {
				if _, err := d.Decode(ctx, data, scale, &out); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s at scale %d allocates %v times", form, scale, n)
			}
		}
		if n := testing.AllocsPerRun(3, func() {
			if _, err := ReadHeader(data); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: the header allocates %v times", form, n)
		}
	}
}
