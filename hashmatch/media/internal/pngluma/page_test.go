package pngluma

import (
	"bytes"
	"os"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// What is read and written ends with the slack: behind it is a page that may not be touched.
func TestPageEnd(t *testing.T) {
	page := os.Getpagesize()
	r := testkit.Rand(t)
	above, row, exact := testkit.Fenced(t, page+slack), testkit.Fenced(t, page+slack), testkit.Fenced(t, page)
	n := 0
	bothWays(t, func(t *testing.T) {
		for _, step := range []int{1, 2, 3, 4, 6, 8} {
			for length := step; length < 200; length += step {
				for filter := range filters {
					a, b := above[page-length:], row[page-length:]
					for i := range a {
						a[i], b[i] = byte(r.Uint32()), byte(r.Uint32())
					}
					want := bytes.Clone(a)
					unfilterPlain(want[:length], b[:length], filter, step)
					unfilter(a[:length], b[:length], byte(filter), step)
					if !bytes.Equal(a[:length], want[:length]) {
						t.Fatalf("filter %d, step %d, %d bytes", filter, step, length)
					}
					n++
				}
				addColumns(make([]uint16, length, length+slack), row[page-length:][:length])
				var s adler
				s.write(exact[page-length:])
			}
		}
	})
	testkit.AtLeast(t, 1000, n, "rows")
}

// unfilterPlain undoes a filter as the specification says it.
func unfilterPlain(above, row []byte, filter, step int) {
	out := make([]byte, len(row))
	for i := range row {
		// The value whose filtered form is the row's: a filter of the bytes so far, with zero here, gives the prediction.
		out[i] = row[i] - filtered(nil, out[:i+1], above, filter, step)[1+i]
	}
	copy(above, out)
}
