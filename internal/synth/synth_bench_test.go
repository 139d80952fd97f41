package synth

import (
	"bytes"
	"fmt"
	"testing"
)

// A landscape of the demo takes a few milliseconds, a large one about a second.
func BenchmarkPicture(b *testing.B) {
	for _, size := range [][2]int{{320, 240}, {4000, 3000}} {
		for _, s := range Styles() {
			b.Run(fmt.Sprintf("%s/%dx%d", s, size[0], size[1]), func(b *testing.B) {
				b.SetBytes(int64(size[0]) * int64(size[1]))
				for i := uint64(0); b.Loop(); i++ {
					Picture(s, i, size[0], size[1])
				}
			})
		}
	}
}

func BenchmarkEdits(b *testing.B) {
	m := Picture(Landscape, 1, 320, 240)
	for _, e := range Edits() {
		b.Run(e.Name, func(b *testing.B) {
			for b.Loop() {
				e.Apply(m)
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	m := Picture(Landscape, 1, 320, 240)
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			var file bytes.Buffer
			for b.Loop() {
				file.Reset()
				if err := Encode(&file, m, format); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(file.Len()), "file-bytes")
		})
	}
}
