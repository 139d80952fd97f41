package media

import (
	"context"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

func BenchmarkSumBytes(b *testing.B) {
	m := waves(2000, 1500)
	for _, file := range []struct {
		name string
		data []byte
	}{{"jpeg", asJPEG(b, m)}, {"png", asPNG(b, m)}} {
		for _, set := range []struct {
			name  string
			kinds []hashmatch.Kind
		}{{"all", nil}, {"pdq", []hashmatch.Kind{hashmatch.PDQ}}, {"digests", []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}}} {
			b.Run(file.name+"/"+set.name, func(b *testing.B) {
				h := Hasher{Kinds: set.kinds}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := h.SumBytes(context.Background(), file.data); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(3*float64(b.N)/b.Elapsed().Seconds(), "MP/s")
			})
		}
	}
}
