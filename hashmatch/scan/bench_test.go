package scan

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

// noHash is a hasher that costs nothing but reading to the end.
var noHash hasherFunc = func(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	var buf [512]byte
	for {
		if _, err := r.Read(buf[:]); err == io.EOF {
			return hashmatch.Fingerprint{}, nil
		} else if err != nil {
			return hashmatch.Fingerprint{}, err
		}
	}
}

// BenchmarkRun is what a scan adds to each item, beside what it does itself to examine one.
func BenchmarkRun(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		s := Scanner{Querier: answer(clear), Hasher: noHash}
		item := textItem("name", "content")
		for b.Loop() {
			if _, err := s.examine(b.Context(), &item); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, workers := range []int{1, 2, 8} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.ReportAllocs()
			s := Scanner{Querier: answer(clear), Hasher: noHash, Workers: workers}
			n := 0
			for _, err := range s.Run(b.Context(), numbered(b.N, nil)) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != b.N {
				b.Fatalf("%d records of %d", n, b.N)
			}
		})
	}
}

// BenchmarkDir is a scan of small files of which nothing is computed, at two depths.
func BenchmarkDir(b *testing.B) {
	for _, prefix := range []string{"", "a/b/c/d/e/f/g/h/"} {
		dir := b.TempDir()
		const files = 500
		for i := range files {
			write(b, dir, fmt.Sprintf("%s%d", prefix, i), "content")
		}
		root := openRoot(b, dir)
		b.Run(fmt.Sprintf("depth=%d", len(prefix)/2), func(b *testing.B) {
			s := Scanner{Querier: answer(clear), Hasher: noHash}
			for b.Loop() {
				for _, err := range s.Run(b.Context(), Dir(root)) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*files), "µs/file")
		})
	}
}
