package pngluma

import (
	"math/rand/v2"
	"testing"
)

// FuzzDecode holds the decoder to image/png's word: whole with the same pixels, or refused.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	files, _ := small(f, r)
	for i, data := range files {
		f.Add(data, uint8(i), i%2 == 0)
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, data []byte, scale uint8, mended bool) {
		if mended && len(data) > len(signature) {
			data = append([]byte(nil), data...)
			mend(data)
		}
		if tooLarge(data) {
			return
		}
		agree(t, &d, data, scales[int(scale)%len(scales)], "fuzzed")
	})
}
