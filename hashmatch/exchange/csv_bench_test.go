package exchange

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

// nsrlRows is a table as NSRL version 2 has it.
func nsrlRows(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\",\"FileSize\",\"ProductCode\",\"OpSystemCode\",\"SpecialCode\"\r\n")
	for i := range n {
		fmt.Fprintf(&b, "\"%016X%016X%08X\",\"%016X%016X\",\"%08X\",\"file%d.dll\",%d,%d,\"358\",\"\"\r\n",
			r.Uint64(), r.Uint64(), r.Uint32(), r.Uint64(), r.Uint64(), r.Uint32(), i, r.IntN(1<<20), r.IntN(2000))
	}
	return b.Bytes()
}

// BenchmarkNSRL2 reads rows to entries. The standard library's reader beside it splits them only.
func BenchmarkNSRL2(b *testing.B) {
	const rows = 100_000
	doc := nsrlRows(rows)
	perRow := func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("entries", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			report, err := Read(bytes.NewReader(doc), Options{}, func(hashmatch.Entry) error { return nil })
			if err != nil || report.Kept != rows {
				b.Fatal(report.Kept, err)
			}
		}
		perRow(b)
	})
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			t := newRowReader(bytes.NewReader(doc), ',', 0)
			for {
				if _, err := t.next(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
		perRow(b)
	})
	b.Run("encoding-csv", func(b *testing.B) {
		for b.Loop() {
			r := csv.NewReader(bytes.NewReader(doc))
			r.ReuseRecord = true
			for {
				if _, err := r.Read(); err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
		perRow(b)
	})
}
