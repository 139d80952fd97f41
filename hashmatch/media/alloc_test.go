package media

import (
	"context"
	"testing"

	"github.com/hashmatch/engine/internal/synth"

	"github.com/hashmatch/engine/internal/testkit"
)

// In the long run a file costs the allocations of its fingerprint: one for the digests, one for the hashes.
func TestAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates too")
	}
	m := synth.Picture(synth.Landscape, 1, 640, 480)
	h := Hasher{Views: Light}
	for name, data := range map[string][]byte{"jpeg": asJPEG(t, m), "png": asPNG(t, m), "bmp": asBMP(t, m), "gif": asGIF(t, m), "no picture": make([]byte, 99_999)} {
		n := testing.AllocsPerRun(20, func() {
			if _, err := h.SumBytes(context.Background(), data); err != nil {
				t.Fatal(err)
			}
		})
		if n > 2.5 { // the pool of workers is emptied now and then
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
