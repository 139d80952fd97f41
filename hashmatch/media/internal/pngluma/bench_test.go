package pngluma

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
)

// sizes are those of the figures: 0.3, 2 and 12 megapixels.
var sizes = [][2]int{{640, 480}, {1632, 1224}, {4000, 3000}}

// BenchmarkDecode takes files that image/png's encoder wrote to a plane at the scale that hashes need, and beside it
// image/png to a picture.
func BenchmarkDecode(b *testing.B) {
	for i, size := range sizes {
		if i == 2 && testing.Short() {
			b.Log("12 MP is left out with -short: its pictures take a minute to make")
			continue
		}
		for _, style := range []synth.Style{synth.Landscape, synth.Text} {
			img := synth.Picture(style, 3, size[0], size[1])
			for _, kind := range []string{"gray", "palette", "rgb", "rgba", "veiled", "deep"} {
				name := fmt.Sprintf("%.1fMP/%v/%s", float64(size[0]*size[1])/1e6, style, kind)
				var data []byte
				encode := func(b *testing.B) {
					if data == nil {
						var out bytes.Buffer
						if err := png.Encode(&out, kinds(img)[kind]); err != nil {
							b.Fatal(err)
						}
						data = out.Bytes()
					}
					b.SetBytes(int64(size[0] * size[1])) // so that MB/s are megapixels a second
				}
				b.Run(name+"/ours", func(b *testing.B) {
					encode(b)
					b.ReportAllocs()
					var d Decoder
					var dst plane.Plane
					for b.Loop() {
						r, err := d.Decode(context.Background(), data, plane.ScaleOf(size[0], size[1]), &dst, nil)
						if err != nil || r.Fault != nil {
							b.Fatal(err, r.Fault)
						}
					}
				})
				b.Run(name+"/image-png", func(b *testing.B) {
					encode(b)
					b.ReportAllocs()
					for b.Loop() {
						if _, err := png.Decode(bytes.NewReader(data)); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
