package pngluma

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"runtime"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// The second picture takes no memory.
func TestNoAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	img := synth.Picture(synth.Landscape, 1, 200, 150)
	n := 0
	for kind, m := range kinds(img) {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		for _, scale := range scales {
			var d Decoder
			var dst, over plane.Plane
			run := func() {
				if r, err := d.Decode(context.Background(), b.Bytes(), scale, &dst, &over); err != nil || r.Fault != nil {
					t.Fatal(err, r.Fault)
				}
			}
			run()
			if got := testing.AllocsPerRun(5, run); got > 0 {
				t.Errorf("%s, 1/%d: %v allocations", kind, scale, got)
			}
			n++
		}
	}
	testkit.AtLeast(t, 18, n, "cases")
}

// A decoder's first picture takes at most what its header says, beside the decoder itself.
func TestMemory(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	r := testkit.Rand(t)
	n := 0
	for _, c := range combinations {
		for _, interlaced := range []bool{false, true} {
			s := draw(r, c[0], c[1], 700, 90)
			s.interlaced = interlaced
			data := s.encode(t, r)
			h, err := ReadHeader(data)
			if err != nil {
				t.Fatal(err)
			}
			for _, scale := range scales {
				d := new(Decoder)
				dst, over := new(plane.Plane), new(plane.Plane)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := d.Decode(context.Background(), data, scale, dst, over)
				runtime.ReadMemStats(&after)
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("colour type %d of %d bits, interlaced %v, 1/%d", c[0], c[1], interlaced, scale)
				took, most := int64(after.TotalAlloc-before.TotalAlloc), h.Memory(scale)
				if took > most+most/8+4096 { // sizes are rounded up to classes
					t.Errorf("%s: %d bytes, the header says %d", name, took, most)
				}
				if most > 2*took {
					t.Errorf("%s: the header says %d bytes, it took %d", name, most, took)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 90, n, "cases")
}
