package digest

import "testing"

// However two streams are cut, each byte of cuts saying how far the next pieces reach and how they are written, the
// digests are those of the standard library.
func FuzzSplits(f *testing.F) {
	f.Add([]byte("abc"), []byte{}, []byte{1})
	f.Add(make([]byte, 200), make([]byte, 130), []byte{63, 1, 64, 130})
	f.Add(make([]byte, 64), make([]byte, 64), []byte{})
	f.Add(make([]byte, 1000), make([]byte, 119), []byte{0, 3, 200, 55, 56, 9})
	f.Fuzz(func(t *testing.T, p, q, cuts []byte) {
		for _, on := range []bool{true, false} {
			force(t, on)
			a, b := newDigester(all), newDigester(all)
			x, y := p, q
			for _, cut := range cuts {
				n, m := min(int(cut), len(x)), min(int(cut^cut>>1), len(y))
				if cut&1 == 0 {
					Pair(a, b, x[:n], y[:m])
				} else {
					a.Write(x[:n])
					b.Write(y[:m])
				}
				x, y = x[n:], y[m:]
			}
			Pair(a, b, x, y)
			check(t, "first", a, oracle(p), len(p))
			check(t, "second", b, oracle(q), len(q))
		}
	})
}
