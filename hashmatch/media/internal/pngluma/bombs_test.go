package pngluma

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// A picture of 60,000 x 60,000 pixels takes the memory that its header says, and as long as its context allows.
func TestBomb(t *testing.T) {
	s := &spec{width: 60_000, height: 60_000, depth: 8, colour: rgbAlpha}
	data := s.wrap(zeros(t, 2000))
	h, err := ReadHeader(data)
	if err != nil {
		t.Fatal(err)
	}
	// Plane twice, sums for a row of cells, two rows of 240 KB, and the window.
	if m := h.Memory(8); m > 2*7500*7500+2<<20 {
		t.Errorf("it wants %d bytes", m)
	}
	var d Decoder
	var dst plane.Plane
	ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, errors.New("enough"))
	defer cancel()
	start := time.Now()
	_, err = d.Decode(ctx, data, 8, &dst, nil)
	if took := time.Since(start); err == nil || err.Error() != "enough" || took > 2*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if _, err := d.Decode(ctx, data, 8, &dst, nil); err == nil || err.Error() != "enough" {
		t.Errorf("an ended context: %v", err)
	}
}

// zeros returns the start of a zlib stream of n times a million zeros.
func zeros(t testing.TB, n int) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := flate.NewWriter(&z, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(make([]byte, 1_000_000))
	w.Flush()
	return append([]byte{0x78, 0x9c}, bytes.Repeat(z.Bytes(), n)...)
}

// A picture beyond what an int can hold is refused before anything is allocated.
func TestTooLarge(t *testing.T) {
	s := &spec{width: 1<<31 - 1, height: 1 << 28, depth: 8, colour: rgb}
	data := s.wrap([]byte{0x78, 0x9c})
	h, err := ReadHeader(data)
	if err != nil {
		t.Fatal(err)
	}
	if m := h.Memory(1); m < 1<<58 {
		t.Errorf("memory %d", m)
	}
	var d Decoder
	if maxMemory < 1<<40 { // 32 bits
		var dst plane.Plane
		if _, err := d.Decode(context.Background(), data, 8, &dst, nil); !errors.Is(err, hashmatch.ErrLimit) {
			t.Error(err)
		}
	}
}

// expiring is a context that ends when it has been asked some times.
type expiring struct {
	context.Context
	left int
}

func (e *expiring) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}

// Wherever a context ends its cause is what Decode returns, and nothing of the picture is left in the decoder.
func TestContext(t *testing.T) {
	r := testkit.Rand(t)
	ended := 0
	for _, interlaced := range []bool{false, true} {
		s := draw(r, rgb, 8, 700, 100)
		s.split, s.level, s.interlaced = 3000, 0, interlaced
		data := s.encode(t, r)
		data[len(data)-30]++ // cut, so that the rest has to be filled
		next := draw(r, indexed, 8, 50, 50)
		next.transparency = bytes.Repeat([]byte{77}, 256)
		after := next.encode(t, r)
		var d Decoder
		for n := range 1000 {
			var dst, over plane.Plane
			result, err := d.Decode(&expiring{context.Background(), n}, data, 4, &dst, &over)
			if err == nil {
				if result.Fault == nil || ended == 0 {
					t.Fatalf("after %d looks: %+v", n, result)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("after %d looks: %v", n, err)
			}
			ended++
			if brief() && n%10 > 0 {
				continue
			}
			agree(t, &d, after, 4, "the next picture")
		}
	}
	testkit.AtLeast(t, 100, ended, "ends")
}
