//go:build heic && nodynamic

package heif

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// Every sample comes out as the picture that went in, as far as its encoder's losses let it.
func TestDecode(t *testing.T) {
	n := 0
	for _, s := range samples() {
		for _, format := range []string{s.codec.format(), "heif"} {
			m, h, err := decode(context.Background(), decoder(t, Options{Thorough: true}, format), load(t, s.name))
			if err != nil {
				t.Errorf("%s: %v", s.name, err)
				continue
			}
			if m.Bounds().Size() != s.crop.Size() || h.View != hashmatch.Upright {
				t.Errorf("%s: %v, view %q", s.name, m.Bounds(), h.View)
				continue
			}
			if d := difference(m, s.picture().SubImage(s.crop)); d > 320 {
				t.Errorf("%s: differs by %d/100", s.name, d)
			}
			n++
		}
	}
	testkit.AtLeast(t, 38, n, "pictures")
}

// The modules' own Go code gives the same pixels, except that it hands out memory of which free has overwritten some
// bytes at the beginning and the end of the planes.
func TestSameAsTheModules(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles both modules once more")
	}
	n := 0
	for _, s := range samples() {
		if s.size.X < 101 || strings.HasPrefix(s.name, "deepgray") || strings.HasPrefix(s.name, "deepfull") {
			continue // it reads rows of fewer than 64 samples wrongly, and two bytes as one
		}
		data := load(t, s.name)
		var want image.Image
		var err error
		if s.codec == av1 {
			want, err = avif.Decode(bytes.NewReader(data))
		} else {
			want, err = heic.Decode(bytes.NewReader(data))
		}
		if err != nil {
			t.Fatal(s.name, err)
		}
		got, _, err := decode(context.Background(), decoder(t, Options{Thorough: true}, s.codec.format()), data)
		if err != nil {
			t.Fatal(s.name, err)
		}
		crop := s.crop.Intersect(image.Rect(0, s.crop.Min.Y+1, s.size.X, s.crop.Max.Y-1)) // without the overwritten rows
		differ := 0
		for y := crop.Min.Y; y < crop.Max.Y; y++ {
			for x := crop.Min.X; x < crop.Max.X; x++ {
				r, g, b, _ := got.At(x, y).RGBA()
				r2, g2, b2, _ := want.At(x, y).RGBA()
				if r>>8 != r2>>8 || g>>8 != g2>>8 || b>>8 != b2>>8 {
					differ++
				}
			}
		}
		if differ > 80 { // chroma's first and last bytes
			t.Errorf("%s: %d pixels differ", s.name, differ)
		}
		n++
	}
	testkit.AtLeast(t, 16, n, "pictures")
}

// A thumbnail is what its picture is, only smaller.
func TestDecodeThumbnail(t *testing.T) {
	for _, name := range []string{"thumb.heic", "thumb.avif"} {
		d := decoder(t, Options{}, name[len("thumb."):])
		m, h, err := decode(context.Background(), d, load(t, name))
		if err != nil {
			t.Fatal(name, err)
		}
		if h.View != hashmatch.Thumbnail || h.Width != 640 || h.Height != 480 || m.Bounds() != image.Rect(0, 0, 320, 240) {
			t.Errorf("%s: %+v, %v", name, h, m.Bounds())
		}
		whole := sample{size: image.Pt(640, 480), layout: layout{chroma: 1}}
		if d := difference(m, synth.Resize(whole.picture(), 320, 240)); d > 400 {
			t.Errorf("%s: differs by %d/100", name, d)
		}
	}
}

// A picture in tiles, with an odd size, a crop and a turn.
func TestDecodeGrid(t *testing.T) {
	c := composed{primary: 7, iloc: 1, refs: []ref{{"dimg", 7, []int{1, 2, 3, 4, 5, 6}}}}
	for range 6 {
		c.parts = append(c.parts, codedPart(t, "tile.heic", false))
	}
	c.parts = append(c.parts, gridItem(3, 2, 383, 255, clap(301, 1, 201, 1, -21, 1, -13, 1), irot(1)))
	m, h, err := decode(context.Background(), decoder(t, Options{}, "heic"), c.bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewRGBA(image.Rect(0, 0, 383, 255))
	tile := sample{size: image.Pt(128, 128)}
	tile.layout.chroma = 1
	one := tile.picture()
	for y := range 255 {
		for x := range 383 {
			want.Set(x, y, one.At(x%128, y%128))
		}
	}
	crop := image.Rect(20, 14, 321, 215)
	if m.Bounds().Size() != crop.Size() || h.Orientation != 8 || h.View != hashmatch.Upright {
		t.Fatalf("%v, %+v", m.Bounds(), h)
	}
	if d := difference(m, want.SubImage(crop)); d > 320 {
		t.Errorf("differs by %d/100", d)
	}
}

// What is over before it began, or ends meanwhile, ends the decoder.
func TestStops(t *testing.T) {
	for _, name := range []string{"thumb.heic", "thumb.avif"} {
		data := load(t, name)
		d := decoder(t, Options{Thorough: true}, name[len("thumb."):])
		if _, _, err := decode(context.Background(), d, data); err != nil {
			t.Fatal(err) // and now it is compiled
		}
		reason := errors.New("changed my mind")
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(reason)
		if _, _, err := decode(ctx, d, data); !errors.Is(err, reason) {
			t.Errorf("%s, before: %v", name, err)
		}
		// Somewhere in the middle: as long as the deadline is met at all, some short one must be met inside.
		met := 0
		for wait := 500 * time.Microsecond; wait < 10*time.Second; wait += wait / 2 {
			ctx, cancel := context.WithTimeoutCause(context.Background(), wait, reason)
			_, _, err := decode(ctx, d, data)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, reason) {
				t.Fatalf("%s after %v: %v", name, wait, err)
			}
			met++
		}
		testkit.AtLeast(t, 2, met, "stops of "+name)
	}
}

// A module that somebody put in another's place can be stopped too.
func TestUnknownModule(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a module once more")
	}
	other := &module{name: "other", packed: &heicWasm}
	p, err := newPlan(load(t, "thumb.heic"), both, true)
	if err != nil {
		t.Fatal(err)
	}
	run := func(ctx context.Context) error {
		in, err := other.open(ctx, p.decode.workBytes(p.file.size()))
		if err != nil {
			return err
		}
		defer in.close()
		_, err = in.decode(&p)
		return err
	}
	if err := run(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for _, m := range modules {
		if !m.known() {
			t.Errorf("%s is not the module that its stops were found in", m.name)
		}
	}
}

// stopped counts the places at which a decode of data could have been stopped.
func stopped(t *testing.T, c codec, data []byte) int {
	t.Helper()
	p, err := newPlan(data, []codec{c}, true)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &counting{Context: context.Background()}
	in, err := modules[c].open(ctx, p.decode.workBytes(p.file.size()))
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	if _, err := in.decode(&p); err != nil {
		t.Fatal(err)
	}
	return ctx.asked
}

// counting is a context that counts how often it is asked whether it is over.
type counting struct {
	context.Context
	asked int
}

func (c *counting) Err() error {
	c.asked++
	return nil
}

// A decoder can be stopped at least once in 4096 pixels: if the functions of module.stops were others, it could not.
func TestStopsAreDense(t *testing.T) {
	for _, name := range []string{"thumb.heic", "thumb.avif"} {
		c := hevc
		if strings.HasSuffix(name, ".avif") {
			c = av1
		}
		n := stopped(t, c, load(t, name))
		t.Logf("%s: %d places in 640x480 pixels", name, n)
		testkit.AtLeast(t, 640*480/4096, n, "places to stop")
		if n > 640*480/32 {
			t.Errorf("%s: %d places to stop are too many to be free", name, n)
		}
	}
}

// No decoder gets more memory than is set apart for its picture, and that is not much more than it needs.
func TestWorkBytes(t *testing.T) {
	n := 0
	for _, s := range samples() {
		for _, thorough := range []bool{false, true} {
			p, err := newPlan(load(t, s.name), both, thorough)
			if err != nil {
				t.Fatal(err)
			}
			limit := p.decode.workBytes(p.file.size())
			in, err := modules[s.codec].open(context.Background(), limit)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := in.decode(&p); err != nil || in.memory.peak > limit || in.memory.peak == 0 {
				t.Errorf("%s: %d bytes of %d, %v", s.name, in.memory.peak, limit, err)
			}
			if p.view == hashmatch.Thumbnail && (limit > 16<<20 || in.memory.peak > 8<<20) {
				t.Errorf("%s: a thumbnail takes %d of %d bytes", s.name, in.memory.peak, limit)
			}
			in.close()
			n++
		}
	}
	testkit.AtLeast(t, 38, n, "pictures")
}

// A decoder that wants more than it may have fails, with the right word for it.
func TestMemoryEnds(t *testing.T) {
	n := 0
	for _, name := range []string{"thumb.heic", "thumb.avif", "deepfull.heic", "grid.avif"} {
		p, err := newPlan(load(t, name), both, true)
		if err != nil {
			t.Fatal(err)
		}
		in, err := modules[p.decode.codec].open(context.Background(), 64<<20)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.decode(&p); err != nil {
			t.Fatal(err)
		}
		need := in.memory.peak
		in.close()
		for limit := need - 64<<10; limit > need/4; limit = limit * 7 / 8 / (64 << 10) * (64 << 10) {
			in, err := modules[p.decode.codec].open(context.Background(), limit)
			if err != nil {
				break // not enough to begin with
			}
			if _, err := in.decode(&p); !errors.Is(err, hashmatch.ErrLimit) {
				t.Errorf("%s with %d of %d bytes: %v", name, limit, need, err)
			}
			in.close()
			n++
		}
	}
	testkit.AtLeast(t, 8, n, "limits")
}

// Options.Memory holds: for one picture, and for many at once, which wait for each other.
func TestBudget(t *testing.T) {
	data := load(t, "thumb.heic")
	p, err := newPlan(data, both, true)
	if err != nil {
		t.Fatal(err)
	}
	need := p.decode.workBytes(p.file.size()) * copies
	if _, _, err := decode(context.Background(), decoder(t, Options{Thorough: true, Memory: need - 1}, "heic"), data); !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("a byte too few: %v", err)
	}
	d := decoder(t, Options{Thorough: true, Memory: need}, "heic")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, _, err := decode(context.Background(), d, data); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	full := &pool{memory: need, budget: newBudget(need)}
	if err := full.budget.Acquire(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := full.run(ctx, &p); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting in vain: %v", err)
	}
}

// Nothing of the system's is loaded.
func TestNothingDynamic(t *testing.T) {
	if heic.Dynamic() == nil || avif.Dynamic() == nil {
		t.Error("a module has loaded a library")
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("only Linux says what is mapped:", err)
	}
	for _, lib := range []string{"libheif", "libde265", "libavif", "libaom", "libdav1d"} {
		if bytes.Contains(maps, []byte(lib)) {
			t.Errorf("%s is mapped", lib)
		}
	}
}

// The library takes the decoders, and says of a thumbnail that it is one.
func TestRegistered(t *testing.T) {
	for _, d := range Decoders(Options{}) {
		media.Register(d)
	}
	for name, view := range map[string]hashmatch.View{
		"thumb.heic": hashmatch.Thumbnail, "thumb.avif": hashmatch.Thumbnail,
		"plain.heic": hashmatch.Upright, "turned.avif": hashmatch.Upright,
	} {
		var h media.Hasher
		fp, err := h.SumBytes(context.Background(), load(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, ok := fp.Hash(hashmatch.PDQ, view); !ok || fp.Width < 200 || !strings.Contains(fp.Decoder, "gen2brain/"+strings.TrimPrefix(filepath.Ext(name), ".")) {
			t.Errorf("%s: %+v", name, fp)
		}
	}
}
