// Package rastertest holds what the tests of the formats' packages share: a decoder held to a picture that another made,
// and to what every decoder promises of any bytes whatever.
package rastertest

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster"
)

// Decoder is a format's decoder.
type Decoder interface {
	Decode(ctx context.Context, data []byte, scale int, dst, over *plane.Plane) (raster.Result, error)
}

// Scales are those that a plane can have.
var Scales = []int{1, 4, 8}

// Same holds the planes of a file, at every scale, to those of a picture that another decoder made of it.
func Same(t testing.TB, what string, d Decoder, data []byte, want image.Image) {
	t.Helper()
	for _, scale := range Scales {
		r := Compare(t, what, d, data, want, scale)
		if r.Share != 1 || r.Fault != nil {
			t.Fatalf("%s: share %v, fault %v", what, r.Share, r.Fault)
		}
	}
}

// Compare holds the planes of a file at one scale to those of a picture.
func Compare(t testing.TB, what string, d Decoder, data []byte, want image.Image, scale int) raster.Result {
	t.Helper()
	var dst, over, wantDst, wantOver plane.Plane
	opaque, err := raster.FromImage(want, scale, &wantDst, &wantOver)
	if err != nil {
		t.Fatalf("%s: the picture to compare with: %v", what, err)
	}
	r, err := d.Decode(context.Background(), data, scale, &dst, &over)
	if err != nil {
		t.Fatalf("%s: scale %d: %v", what, scale, err)
	}
	if r.Opaque != opaque {
		t.Fatalf("%s: opaque %v, want %v", what, r.Opaque, opaque)
	}
	equal(t, what, &dst, &wantDst)
	if !opaque {
		equal(t, what+", over black", &over, &wantOver)
	}
	return r
}

func equal(t testing.TB, what string, got, want *plane.Plane) {
	t.Helper()
	if got.FullWidth != want.FullWidth || got.FullHeight != want.FullHeight || got.Scale != want.Scale {
		t.Fatalf("%s: %dx%d pixels at scale %d, want %dx%d at %d",
			what, got.FullWidth, got.FullHeight, got.Scale, want.FullWidth, want.FullHeight, want.Scale)
	}
	for y := range want.Height {
		if !bytes.Equal(got.Row(y), want.Row(y)) {
			t.Fatalf("%s: scale %d, row %d of samples is %v, want %v", what, got.Scale, y, got.Row(y), want.Row(y))
		}
	}
}

// Sound holds a decoder to what it promises of any bytes: an error of a class, or a result that fits the header; and
// memory within what the header says. Pictures above most pixels are not decoded, as a caller's limits would have it. It
// reports whether there was a picture.
func Sound(t testing.TB, d Decoder, header func([]byte) (raster.Header, error), data []byte, most int64) bool {
	t.Helper()
	h, err := header(data)
	if err != nil {
		classed(t, err)
		var dst plane.Plane
		if _, err := d.Decode(context.Background(), data, 8, &dst, nil); err == nil {
			t.Errorf("decoded, and the header refused")
		}
		return false
	}
	if h.Width <= 0 || h.Height <= 0 || h.Least < 0 || h.Scratch < 0 || h.Orientation < 0 || h.Orientation > 8 {
		t.Errorf("header %+v", h)
	}
	if int64(h.Width)*int64(h.Height) > most && h.Check(len(data)) == nil {
		return false
	}
	any := false
	for _, scale := range Scales {
		var dst, over plane.Plane
		r, err := d.Decode(context.Background(), data, scale, &dst, &over)
		if err != nil {
			classed(t, err)
			continue
		}
		any = true
		if err := h.Check(len(data)); err != nil {
			t.Errorf("decoded, and the header says %v", err)
		}
		if dst.FullWidth != h.Width || dst.FullHeight != h.Height || dst.Scale != scale {
			t.Errorf("a plane of %dx%d at %d, and %+v", dst.FullWidth, dst.FullHeight, dst.Scale, h)
		}
		if !(r.Share > 0 && r.Share <= 1) || r.Share < 1 && r.Fault == nil || r.End < 0 || r.End > len(data) || !r.Opaque && !h.Alpha {
			t.Errorf("result %+v of %+v", r, h)
		}
		if r.Fault != nil {
			classed(t, r.Fault)
		}
	}
	return any
}

func classed(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, hashmatch.ErrCorrupt) && !errors.Is(err, hashmatch.ErrUnsupported) && !errors.Is(err, hashmatch.ErrLimit) {
		t.Errorf("an error of no class: %v", err)
	}
}

// Within holds the memory that one decoding allocates to what the header says. fresh returns a decoder that has none yet.
func Within(t testing.TB, what string, fresh func() Decoder, header func([]byte) (raster.Header, error), data []byte) {
	t.Helper()
	h, err := header(data)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, scale := range Scales {
		d := fresh()
		var dst, over plane.Plane
		took := Allocated(func() { d.Decode(context.Background(), data, scale, &dst, &over) })
		// What a decoder of fixed size brings is not the header's business.
		if most := h.Memory(scale) + 256<<10; took > most {
			t.Errorf("%s: scale %d: %d bytes allocated, the header says %d", what, scale, took, most)
		}
	}
}

// Allocated returns how many bytes f allocates, all told.
func Allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// Bomb holds a decoder to refusing a file quickly and without memory.
func Bomb(t testing.TB, what string, d Decoder, data []byte) {
	t.Helper()
	var err error
	start := time.Now()
	took := Allocated(func() {
		var dst, over plane.Plane
		_, err = d.Decode(context.Background(), data, 1, &dst, &over)
	})
	if err == nil {
		t.Fatalf("%s: decoded", what)
	}
	classed(t, err)
	if took > 1<<20 || time.Since(start) > time.Second {
		t.Errorf("%s: refused with %d bytes allocated, after %v", what, took, time.Since(start))
	}
}

// Over holds a decoder to stopping when its context is over, with the cause as its error, and before it is done.
func Over(t testing.TB, what string, d Decoder, data []byte) {
	t.Helper()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	var dst, over plane.Plane
	if _, err := d.Decode(ctx, data, 8, &dst, &over); !errors.Is(err, cause) {
		t.Errorf("%s: error %v after the context was over", what, err)
	}
}

// Mutant returns data with a few bytes changed, cut out, doubled or cut off.
func Mutant(rng *rand.Rand, data []byte) []byte {
	m := bytes.Clone(data)
	for range 1 + rng.IntN(4) {
		if len(m) < 2 {
			return m
		}
		at := rng.IntN(len(m))
		if rng.IntN(2) == 0 {
			at = rng.IntN(min(len(m), 128)) // headers
		}
		switch rng.IntN(6) {
		case 0:
			m[at] ^= 1 << rng.IntN(8)
		case 1:
			m[at] = byte(rng.Uint32())
		case 2:
			m[at] = []byte{0, 1, 127, 128, 255}[rng.IntN(5)]
		case 3:
			m = m[:at+1]
		case 4:
			n := min(1+rng.IntN(8), len(m)-at)
			m = append(m[:at:at], m[at+n:]...)
		default:
			n := min(1+rng.IntN(8), len(m)-at)
			m = append(m[:at+n:at+n], m[at:]...)
		}
	}
	return m
}
