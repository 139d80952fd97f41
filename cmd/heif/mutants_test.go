//go:build heic && nodynamic

package heif

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"image"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

var mutants = flag.Int("mutants", 20, "how many mutants of each file TestMutants decodes")

// mutant returns data with a few bytes changed, moved, cut or repeated, in the boxes or in what is coded.
func mutant(r *rand.Rand, data []byte) []byte {
	m := bytes.Clone(data)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(m) - 8)
		if r.IntN(3) == 0 {
			at = r.IntN(min(len(m)-8, 600)) // where the boxes are
		}
		switch r.IntN(6) {
		case 0:
			m[at] ^= 1 << r.IntN(8)
		case 1:
			m[at] = byte(r.Uint32())
		case 2:
			binary.BigEndian.PutUint32(m[at:], []uint32{0, 1, 0xffff, 0x7fffffff, 0xffffffff, uint32(len(m))}[r.IntN(6)])
		case 3:
			copy(m[at:], m[r.IntN(len(m)):])
		case 4:
			for i := range min(64, len(m)-at) {
				m[at+i] = byte(r.Uint32())
			}
		case 5:
			m = m[:len(m)-r.IntN(len(m)/4)]
		}
	}
	return m
}

// Whatever the file, decoding ends, soon, with a picture of the size that was promised or an error of a known class.
func TestMutants(t *testing.T) {
	n := *mutants
	if testing.Short() {
		n /= 10
	}
	r := testkit.Rand(t)
	ran, decoded := 0, 0
	var longest time.Duration
	for _, s := range samples() {
		d := decoder(t, Options{Thorough: s.thumbnail && r.IntN(2) == 0}, s.codec.format())
		data := load(t, s.name)
		for range n {
			m := mutant(r, data)
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			start := time.Now()
			img, h, err := decode(ctx, d, m)
			longest = max(longest, time.Since(start))
			cancel()
			ran++
			switch {
			case err == nil:
				decoded++
				if size := img.Bounds().Size(); h.View == hashmatch.Upright && size != image.Pt(h.Width, h.Height) {
					t.Errorf("%s: %v, %+v", s.name, size, h)
				}
			case !errors.Is(err, hashmatch.ErrCorrupt) && !errors.Is(err, hashmatch.ErrUnsupported) && !errors.Is(err, hashmatch.ErrLimit):
				t.Errorf("%s: %v", s.name, err)
			}
		}
	}
	t.Logf("%d mutants, %d decoded, the longest in %v", ran, decoded, longest)
	testkit.AtLeast(t, 19*n, ran, "mutants")
	testkit.AtLeast(t, n, decoded, "decoded mutants")
}
