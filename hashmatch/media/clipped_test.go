package media

import (
	"context"
	"image"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"

	"github.com/hashmatch/engine/internal/testkit"
)

// gaudy is a picture whose colours lie outside of what RGB can show, under a pattern of luma.
func gaudy(w, h int) *image.YCbCr {
	m, pattern := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio444), waves(w, h)
	for y := range h {
		for x := range w {
			i := m.YOffset(x, y)
			m.Y[i], m.Cb[i], m.Cr[i] = pattern.Pix[pattern.PixOffset(x, y)], byte(20+x/16%2*220), 240
		}
	}
	return m
}

// Where most colours are clipped, the luma of the pixels is another than the stored one, and the hash is made of theirs;
// unless there is no memory for the whole picture, when the stored luma has to do.
func TestClippedColours(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	data := asJPEG(t, gaudy(600, 500))
	kinds := []hashmatch.Kind{hashmatch.PDQ}
	exact := mustSum(t, &Hasher{Exact: true, Kinds: kinds}, data)
	plain := mustSum(t, &Hasher{Kinds: kinds}, data)
	if d, _ := plain.Hashes[0].Hash.Distance(exact.Hashes[0].Hash); d > 4 || !strings.HasPrefix(plain.Decoder, "image/jpeg") {
		t.Errorf("%d bits off, by %s", d, plain.Decoder)
	}
	drawing, _ := chargeOf(t, "gaudy", &Hasher{}, data)
	whole, _ := chargeOf(t, "gaudy", &Hasher{Exact: true}, data)
	if drawing >= whole {
		t.Fatalf("drawing takes %d bytes, the whole picture %d", drawing, whole)
	}
	tight := Hasher{Kinds: kinds, Limits: Limits{Memory: (drawing + whole) / 2 * 16 / 11}} // pictures get 11 of 16 parts
	fp, err := tight.SumBytes(context.Background(), data)
	if err != nil || len(fp.Hashes) != 1 || !strings.HasPrefix(fp.Decoder, "jpegluma") {
		t.Errorf("without room for its colours: %+v, %v", fp, err)
	}
	if d, _ := fp.Hashes[0].Hash.Distance(exact.Hashes[0].Hash); d <= 4 {
		t.Errorf("the stored luma is %d bits off: the test shows nothing", d)
	}
}
