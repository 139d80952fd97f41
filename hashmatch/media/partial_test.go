package media

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// A cut picture gives what there is, with its share: hashes from half of it on, and those of nearly all of it are those
// of the whole.
func TestCutPictures(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	kinds := []hashmatch.Kind{hashmatch.SHA256, hashmatch.PDQ}
	hashed, without, near := 0, 0, 0
	for seed := range uint64(6) {
		m := synth.Picture(synth.Landscape, seed, 400, 300)
		for _, format := range []string{"jpeg", "png", "bmp"} {
			var file bytes.Buffer
			if err := synth.Encode(&file, m, format); err != nil {
				t.Fatal(err)
			}
			data := file.Bytes()
			for _, exact := range []bool{false, true} {
				h := Hasher{Kinds: kinds, Exact: exact}
				whole := mustSum(t, &h, data)
				for _, percent := range []int{5, 30, 55, 80, 99} {
					fp, err := h.SumBytes(context.Background(), data[:len(data)*percent/100])
					if errors.Is(err, hashmatch.ErrCorrupt) && percent < 50 {
						without++
						continue
					}
					if err != nil || fp.Partial <= 0 || fp.Partial >= 1 || len(fp.Digests) != 1 {
						t.Errorf("%s %d, %d %%: %+v, %v", format, seed, percent, fp, err)
						continue
					}
					if (len(fp.Hashes) == 1) != (fp.Partial >= leastShare) || fp.Incomplete() != (fp.Partial < hashmatch.EnoughShare) {
						t.Errorf("%s %d, %d %%: a share of %.3f with %d hashes", format, seed, percent, fp.Partial, len(fp.Hashes))
					}
					if len(fp.Hashes) == 0 {
						without++
						continue
					}
					hashed++
					if d, _ := fp.Hashes[0].Hash.Distance(whole.Hashes[0].Hash); percent == 99 && d <= 31 {
						near++
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 60, hashed, "hashed parts")
	testkit.AtLeast(t, 50, without, "parts too small")
	testkit.AtLeast(t, 34, near, "of 36 nearly whole pictures within the usual radius")
}

// A JPEG without its end is never told as whole, whatever is missing; it counts as the picture all the same.
func TestEndlessJPEG(t *testing.T) {
	var h Hasher
	n := 0
	for _, v := range loadVectors(t) {
		if !strings.HasSuffix(v.name, ".jpg") {
			continue
		}
		whole, endless := mustSum(t, &h, v.data), mustSum(t, &h, v.data[:len(v.data)-2])
		if whole.Partial != 0 || endless.Partial != mostEndless || endless.Incomplete() || !sameHashes(whole, endless) {
			t.Errorf("%s: shares of %v and %v", v.name, whole.Partial, endless.Partial)
		}
		n++
	}
	testkit.AtLeast(t, 41, n, "JPEG vectors")
}
