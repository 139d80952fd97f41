package media

import (
	"bytes"
	"context"
	"image"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// Edits that are said to be near stay within PDQ's usual radius, those that are not lie far beyond it, and pictures that
// have nothing to do with each other are farther still: what the demo plants rests on this.
func TestEditsAreAsNearAsTheySay(t *testing.T) {
	if testkit.Race {
		t.Skip("pictures take ten times as long under the race detector, and nothing here is shared")
	}
	pictures := 40
	if testing.Short() {
		pictures = 8
	}
	h := Hasher{Kinds: []hashmatch.Kind{hashmatch.PDQ}}
	sum := func(img image.Image) hashmatch.PictureHash {
		var file bytes.Buffer
		if err := synth.Encode(&file, img, "bmp"); err != nil {
			t.Fatal(err)
		}
		fp, err := h.SumBytes(context.Background(), file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return fp.Hashes[0]
	}
	n := 0
	var all []hashmatch.Hash
	for seed := range uint64(pictures) {
		img := synth.Picture(synth.Landscape, 9000+seed, 320, 240)
		original := sum(img)
		if original.Quality.Below(hashmatch.DefaultQuality) {
			t.Errorf("landscape %d is below the gate", 9000+seed)
		}
		for _, other := range all {
			if d, _ := other.Distance(original.Hash); d <= 62 {
				t.Errorf("landscape %d is %d bits from another", 9000+seed, d)
			}
		}
		all = append(all, original.Hash)
		for _, e := range synth.Edits() {
			d, _ := original.Hash.Distance(sum(e.Apply(img)).Hash)
			if e.Near != (d <= 31) {
				t.Errorf("landscape %d, %s: distance %d, said to be near: %v", 9000+seed, e.Name, d, e.Near)
			}
			n++
		}
	}
	testkit.AtLeast(t, pictures*15, n, "edited pictures")
}
