package media

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"

	"github.com/hashmatch/engine/internal/testkit"
)

// A host that has decoded a picture gets the hashes of the same pixels in a file.
func TestSumLuma(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	for _, size := range []image.Point{{320, 240}, {900, 700}, {1500, 1600}} {
		gray := image.NewGray(image.Rectangle{Max: size})
		for i, m := 0, waves(size.X, size.Y); i < len(gray.Pix); i++ {
			gray.Pix[i] = m.Pix[4*i]
		}
		for _, exact := range []bool{false, true} {
			h := Hasher{Exact: exact, Views: Light}
			fp, err := h.SumLuma(context.Background(), Luma{Pix: gray.Pix, Stride: gray.Stride, Width: size.X, Height: size.Y})
			file := mustSum(t, &h, asPNG(t, gray))
			if err != nil || !sameHashes(fp, file) || fp.Width != size.X || len(fp.Digests) != 0 || fp.Decoder != "host" {
				t.Errorf("%v, exact %v: %v, %v; the file has %v", size, exact, fp, err, file.Hashes)
			}
		}
	}
	var h Hasher
	for _, c := range []struct {
		luma Luma
		want error
	}{
		{Luma{}, hashmatch.ErrCorrupt},
		{Luma{Pix: make([]byte, 99), Stride: 10, Width: 10, Height: 10}, hashmatch.ErrCorrupt},
		{Luma{Pix: make([]byte, 100), Stride: 9, Width: 10, Height: 10}, hashmatch.ErrCorrupt},
		{Luma{Pix: make([]byte, 100), Stride: 10, Width: 10, Height: 10, Scale: 8}, hashmatch.ErrUnsupported},
		{Luma{Pix: make([]byte, 100), Stride: math.MaxInt, Width: 10, Height: 10}, hashmatch.ErrCorrupt},
		{Luma{Pix: make([]byte, 100), Stride: 10, Width: 10, Height: 1 << 30}, hashmatch.ErrLimit},
	} {
		if fp, err := h.SumLuma(context.Background(), c.luma); !errors.Is(err, c.want) || len(fp.Hashes) != 0 {
			t.Errorf("%+v: %v", c.luma, err)
		}
	}
}

// A host's own algorithm sees every picture, at the scale it asks for, and its failures stay with the file.
func TestAlgorithms(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	data := asJPEG(t, synth.Picture(synth.Landscape, 1, 1600, 1500))
	for coarsest, want := range map[int]string{8: "200x188 of 8", 4: "400x375 of 4", 1: "1600x1500 of 1", 0: "1600x1500 of 1"} {
		h := Hasher{Algorithms: []Algorithm{{"sides", coarsest, func(_ context.Context, l Luma) ([]byte, error) {
			return fmt.Appendf(nil, "%dx%d of %d", l.Width, l.Height, l.Scale), nil
		}}, {"nothing", 8, func(context.Context, Luma) ([]byte, error) { return nil, nil }}}}
		fp := mustSum(t, &h, data)
		if len(fp.Extras) != 1 || fp.Extras[0].Name != "sides" || string(fp.Extras[0].Data) != want || len(fp.Hashes) != 4 {
			t.Errorf("at most %d: %q and %d hashes, want %s", coarsest, fp.Extras, len(fp.Hashes), want)
		}
		if e := fp.Entry(); len(e.Extras) != 1 {
			t.Errorf("the entry has %d extras", len(e.Extras))
		}
	}
	for name, c := range map[string]struct {
		sum  func(context.Context, Luma) ([]byte, error)
		want error
	}{
		"fails":  {func(context.Context, Luma) ([]byte, error) { return nil, io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF},
		"waits":  {func(ctx context.Context, _ Luma) ([]byte, error) { <-ctx.Done(); return nil, context.Cause(ctx) }, context.DeadlineExceeded},
		"panics": {func(context.Context, Luma) ([]byte, error) { panic("no") }, hashmatch.ErrCrashed},
	} {
		h := Hasher{Limits: Limits{Time: time.Second}, Algorithms: []Algorithm{{"own", 8, c.sum}}}
		fp, err := h.SumBytes(context.Background(), data)
		if !errors.Is(err, c.want) || known(err) != (name == "panics") || len(fp.Hashes) != 4 || len(fp.Extras) != 0 || len(fp.Digests) != 3 {
			t.Errorf("%s: %+v, %v", name, fp, err)
		}
	}
}

// A registered decoder serves every Hasher, and a thumbnail that it gives never makes a file clear.
func TestRegister(t *testing.T) {
	heic := []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
	for _, c := range []struct {
		view       hashmatch.View
		w, h       int
		want       error
		incomplete bool
	}{
		{hashmatch.Upright, 40, 30, nil, false},
		{"", 40, 30, nil, false},
		{hashmatch.Thumbnail, 20, 15, nil, true},
		{hashmatch.Upright, 20, 15, hashmatch.ErrCorrupt, false},
	} {
		Register(Decoder{
			Format: "heic", Name: "a test's",
			Header: func([]byte) (Header, error) { return Header{Width: 40, Height: 30, Orientation: 6, View: c.view}, nil },
			Decode: func(_ context.Context, _ []byte, h Header) (image.Image, error) {
				if h.View != c.view || h.Orientation != 6 {
					return nil, errors.New("another header")
				}
				return waves(c.w, c.h), nil
			},
		})
		fp, err := new(Hasher).SumBytes(context.Background(), heic)
		if !errors.Is(err, c.want) || fp.Width != 40 || fp.Orientation != 6 || fp.Incomplete() != c.incomplete {
			t.Errorf("%+v: %+v, %v", c, fp, err)
		}
		view := c.view
		if view == "" {
			view = hashmatch.Upright
		}
		if h, ok := fp.Hash(hashmatch.PDQ, view); ok != (c.want == nil) || ok && (fp.Decoder != "a test's" || h.Arithmetic != hashmatch.Luma1) {
			t.Errorf("%+v: %v", c, fp)
		}
	}
	// One that waits is woken when its time is over, and may keep its context.
	var kept context.Context
	Register(Decoder{
		Format: "heic", Name: "a slow one",
		Header: func([]byte) (Header, error) { return Header{Width: 40, Height: 30}, nil },
		Decode: func(ctx context.Context, _ []byte, _ Header) (image.Image, error) {
			kept = ctx
			<-ctx.Done()
			return nil, context.Cause(ctx)
		},
	})
	slow := Hasher{Limits: Limits{Time: 50 * time.Millisecond}}
	if _, err := slow.SumBytes(context.Background(), heic); !errors.Is(err, context.DeadlineExceeded) || kept.Err() == nil || kept.Value("key") != nil {
		t.Errorf("a decoder that waits: %v, and then %v", err, kept.Err())
	}
	registeredLock.Lock()
	delete(registered, "heic")
	registeredLock.Unlock()
	if _, err := new(Hasher).SumBytes(context.Background(), heic); !errors.Is(err, hashmatch.ErrUnsupported) || Decodes("heic") || !Decodes("jpeg") {
		t.Errorf("without a decoder: %v", err)
	}
	for _, wrong := range []Decoder{{}, {Format: "jpeg", Name: "x"}, {Format: "heic"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was registered", wrong)
				}
			}()
			Register(wrong)
		}()
	}
}
