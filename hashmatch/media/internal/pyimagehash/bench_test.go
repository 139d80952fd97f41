package pyimagehash

import (
	"fmt"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

func BenchmarkAll(b *testing.B) {
	for _, c := range []struct{ width, height, scale int }{{4000, 3000, 8}, {1600, 1200, 4}, {640, 480, 1}} {
		b.Run(fmt.Sprintf("%dx%d at %d", c.width, c.height, c.scale), func(b *testing.B) {
			var p plane.Plane
			p.Reset(c.width, c.height, c.scale, 0, 0)
			for i := range p.Pix {
				p.Pix[i] = byte(i * i >> 5)
			}
			var h Hasher
			b.ReportAllocs()
			for b.Loop() {
				h.All(&p)
			}
		})
	}
}
