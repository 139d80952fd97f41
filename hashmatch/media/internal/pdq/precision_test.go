package pdq

import (
	"flag"
	"image"
	"image/draw"
	_ "image/jpeg" // for -pictures
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

var (
	long     = flag.Bool("long", false, "compare fast and exact hashes of hundreds of large pictures instead of a few")
	pictures = flag.String("pictures", "", "compare fast and exact hashes of the JPEG and PNG files below this folder, too")
)

// offset is how far the hash of a plane is from the exact one, in bits.
type offset struct {
	name              string
	first, scale      int // by the sides alone, and in the end
	distance, quality int
}

// measure hashes a picture exactly, and as a plane of cells that are exact means but for their rounding to bytes.
func measure(name string, p *picture) offset {
	exact, quality := Sum(p.w, p.h, p.row)
	first := plane.ScaleOf(p.w, p.h)
	var h Hasher
	for scale := first; ; scale = finer(scale) {
		fast, _ := h.Upright(means(p, scale))
		if !h.Coarse() {
			return offset{name, first, scale, distance(fast, exact), quality}
		}
	}
}

func finer(scale int) int {
	if scale == 8 {
		return 4
	}
	return 1
}

func lumaOfRGBA(m *image.RGBA) *picture {
	p := &picture{w: m.Rect.Dx(), h: m.Rect.Dy()}
	p.pix = make([]float32, p.w*p.h)
	for i := range p.pix {
		c := m.Pix[4*i:][:3]
		p.pix[i] = Luma(c[0], c[1], c[2])
	}
	return p
}

// synthetic makes the picture of a seed, with its shorter side from low to high.
func synthetic(style synth.Style, seed uint64, low, high int) *picture {
	short := low + int(seed*0x9e3779b97f4a7c15>>32%uint64(high-low+1))
	ratio := [][2]int{{4, 3}, {3, 2}, {16, 9}, {1, 1}}[seed/4%4]
	w, h := short*ratio[0]/ratio[1], short
	if seed/16%2 == 0 {
		w, h = h, w
	}
	return lumaOfRGBA(synth.Picture(style, seed, w, h))
}

// TestPrecision holds plane.ScaleOf and Coarse together to what is promised of reduced planes, on pictures of quality 80
// and more, one in four of them a page of text.
func TestPrecision(t *testing.T) {
	if testing.Short() || testkit.Race {
		t.Skip("large pictures, one after another")
	}
	styles := [4]synth.Style{synth.Landscape, synth.Shapes, synth.Text, synth.Landscape}
	for _, c := range []struct{ scale, low, high, few, many int }{
		{4, 641, 800, 20, 240},
		{8, 1409, 1500, 8, 200},
	} {
		n, high := c.few, c.high
		if *long {
			n, high = c.many, []int{1408, 3000}[c.scale/8]
		}
		all := make([]offset, n)
		var wg sync.WaitGroup
		for half := range 2 {
			wg.Go(func() {
				for i := half; i < n; i += 2 {
					style := styles[i%4]
					all[i] = measure(style.String(), synthetic(style, uint64(c.scale*10000+i), c.low, high))
				}
			})
		}
		wg.Wait()
		for _, o := range all {
			if o.first != c.scale {
				t.Fatalf("a picture for 1/%d has the scale %d", c.scale, o.first)
			}
		}
		checkPrecision(t, all, n*3/5)
		text := 0
		for _, o := range all {
			if o.name == "text" && o.scale == c.scale {
				text++
			}
		}
		if text > n/4/3 {
			t.Errorf("1/%d served %d of %d pages of text", c.scale, text, n/4)
		}
	}
}

// checkPrecision looks at the pictures of enough quality that were hashed from reduced planes, of which there are at
// least so many.
func checkPrecision(t *testing.T, all []offset, least int) {
	t.Helper()
	var bits []int
	sum, again, good := 0, 0, 0
	for _, o := range all {
		if o.quality < 80 || o.first == 1 {
			continue
		}
		good++
		if o.scale != o.first {
			again++
		}
		if o.scale > 1 {
			bits, sum = append(bits, o.distance), sum+o.distance
		}
		if o.distance > 4 {
			t.Logf("%s at 1/%d: %d bits", o.name, o.scale, o.distance)
		}
	}
	testkit.AtLeast(t, least, len(bits), "reduced planes of pictures of quality 80")
	slices.Sort(bits)
	mean, most := float64(sum)/float64(len(bits)), bits[len(bits)-1]
	within := bits[(len(bits)-1)*99/100]
	t.Logf("of %d pictures %d needed a finer plane; %d on reduced ones: %.2f bits off on average, 99 %% within %d, %d at most", good, again, len(bits), mean, within, most)
	if mean > 1.5 || within > 6 || most > 10 {
		t.Errorf("%.2f bits off on average, 99 %% within %d, %d at most: more than is promised", mean, within, most)
	}
}

// TestPrecisionOfPictures does the same on files, for whoever has some.
func TestPrecisionOfPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no -pictures DIR")
	}
	var all []offset
	err := filepath.WalkDir(*pictures, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, ".jpg") && !strings.HasSuffix(path, ".png") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		m, _, err := image.Decode(f)
		if err != nil {
			t.Logf("%s: %v", path, err)
			return nil
		}
		opaque := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
		draw.Draw(opaque, opaque.Rect, m, m.Bounds().Min, draw.Src)
		all = append(all, measure(filepath.Base(path), lumaOfRGBA(opaque)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkPrecision(t, all, 1)
}
