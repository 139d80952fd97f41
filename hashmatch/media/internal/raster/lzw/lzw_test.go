package lzw

import (
	"bytes"
	"compress/lzw"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	tifflzw "golang.org/x/image/tiff/lzw"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// expand runs a stream through the Reader in pieces whose lengths come from sizes, and returns what came and the error.
func expand(r *Reader, src []byte, most int, sizes func() int) (out []byte, err error) {
	for len(out) < most {
		dst := make([]byte, min(sizes(), most-len(out)))
		piece := src[:min(sizes(), len(src))]
		n, used, err := r.Next(dst, piece)
		out = append(out, dst[:n]...)
		src = src[used:]
		if err != nil {
			return out, err
		}
		if n < len(dst) && len(src) == 0 {
			return out, io.ErrUnexpectedEOF
		}
	}
	return out, nil
}

// oracle reads a stream to its end, or up to most bytes, with the library's reader.
func oracle(src []byte, tiff bool, literal, most int) ([]byte, error) {
	var r io.ReadCloser = lzw.NewReader(bytes.NewReader(src), lzw.LSB, literal)
	if tiff {
		r = tifflzw.NewReader(bytes.NewReader(src), tifflzw.MSB, 8)
	}
	var b bytes.Buffer
	n, err := io.CopyN(&b, r, int64(most))
	if n == int64(most) {
		err = nil
	}
	return b.Bytes(), err
}

// same holds the Reader to the oracle: the same bytes, and an error where that has one, of the same class.
func same(t *testing.T, r *Reader, src []byte, tiff bool, literal, most int, sizes func() int) {
	t.Helper()
	want, wantErr := oracle(src, tiff, literal, most)
	if tiff {
		r.ResetTIFF()
	} else {
		r.ResetGIF(literal)
	}
	got, err := expand(r, src, most, sizes)
	if !bytes.Equal(got, want) {
		t.Fatalf("tiff %v, literals of %d bits: %d bytes, want %d", tiff, literal, len(got), len(want))
	}
	switch {
	case wantErr == nil || wantErr == io.EOF || wantErr == io.ErrUnexpectedEOF:
		if err != wantErr {
			t.Fatalf("tiff %v: error %v, want %v", tiff, err, wantErr)
		}
	case !errors.Is(err, hashmatch.ErrCorrupt):
		t.Fatalf("tiff %v: error %v, want %v", tiff, err, wantErr)
	}
}

// text draws bytes of a few bits that repeat now and then, so that strings of all lengths occur.
func text(rng *rand.Rand, n, bits int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		switch rng.IntN(3) {
		case 0:
			b = append(b, byte(rng.IntN(1<<bits)))
		case 1:
			b = append(b, bytes.Repeat([]byte{byte(rng.IntN(1 << bits))}, rng.IntN(300))...)
		default:
			from := rng.IntN(len(b) + 1)
			b = append(b, b[from:min(from+rng.IntN(100), len(b))]...)
		}
	}
	return b[:n]
}

func pack(t testing.TB, b []byte, literal int) []byte {
	var out bytes.Buffer
	w := lzw.NewWriter(&out, lzw.LSB, literal)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEqualsCompressLZW(t *testing.T) {
	rng := testkit.Rand(t)
	r := new(Reader)
	cases := 0
	for literal := 2; literal <= 8; literal++ {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 100, 5000, 20000} {
			plain := text(rng, n, literal)
			src := pack(t, plain, literal)
			for _, most := range []int{1, 1 + n/2, n, n + 1} {
				same(t, r, src, false, literal, most, func() int { return 1 + rng.IntN(40) })
				same(t, r, src, false, literal, most, func() int { return 1 + rng.IntN(4000) })
				cases += 2
			}
			same(t, r, src[:len(src)/2], false, literal, n, func() int { return 1 + rng.IntN(300) })
		}
	}
	testkit.AtLeast(t, 600, cases, "streams")
}

// TestEqualsOnAnyCodes feeds both forms codes that no encoder would write: full tables, clears anywhere, codes before
// they are made.
func TestEqualsOnAnyCodes(t *testing.T) {
	rng := testkit.Rand(t)
	r := new(Reader)
	n := 800
	if testing.Short() {
		n = 200
	}
	for i := range n {
		literal := 2 + rng.IntN(7)
		tiff := i%2 == 0
		if tiff {
			literal = 8
		}
		src := codes(rng, tiff, literal, 1+rng.IntN(7000))
		if rng.IntN(3) == 0 {
			src[rng.IntN(len(src))] ^= 1 << rng.IntN(8)
		}
		same(t, r, src, tiff, literal, 1+rng.IntN(60000), func() int { return 1 + rng.IntN(5000) })
	}
}

// codes packs codes that are mostly in the table when they come.
func codes(rng *rand.Rand, tiff bool, literal, n int) []byte {
	clear := 1 << literal
	next, width, early := clear+1, literal+1, 0
	if tiff {
		early = 1
	}
	var out []byte
	var have, bits uint
	fresh := true
	for i := range n {
		code := rng.IntN(clear)
		switch {
		case rng.IntN(3000) == 0:
			code = clear
		case rng.IntN(9000) == 0 && i > 0:
			code = clear + 1
		case !fresh && next > clear+2 && rng.IntN(3) > 0:
			code = clear + 2 + rng.IntN(min(next, 4095)-clear-1)
		}
		if tiff {
			bits = bits<<width | uint(code)
		} else {
			bits |= uint(code) << have
		}
		have += uint(width)
		for have >= 8 {
			have -= 8
			if tiff {
				out = append(out, byte(bits>>have))
			} else {
				out = append(out, byte(bits))
				bits >>= 8
			}
		}
		if code == clear {
			next, width, fresh = clear+1, literal+1, true
			continue
		}
		fresh = false
		if next < 4095+early {
			next++
		}
		if next+early >= 1<<width && width < 12 {
			width++
		}
	}
	return append(out, byte(bits), 0)
}

func TestAllocatesNothing(t *testing.T) {
	src := pack(t, text(rand.New(rand.NewPCG(1, 2)), 20000, 8), 8)
	r, dst := new(Reader), make([]byte, 20000)
	if n := testing.AllocsPerRun(10, func() {
		r.ResetGIF(8)
		if n, _, err := r.Next(dst, src); n != len(dst) || err != nil {
			t.Fatal(n, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzNext(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 4))
	for literal := 2; literal <= 8; literal++ {
		f.Add(pack(f, text(rng, 900, literal), literal), literal, false, uint16(70))
	}
	f.Add(codes(rng, true, 8, 900), 8, true, uint16(9))
	f.Fuzz(func(t *testing.T, src []byte, literal int, tiff bool, piece uint16) {
		literal = 2 + (literal&7)%7
		if tiff {
			literal = 8
		}
		same(t, new(Reader), src, tiff, literal, 1<<16, func() int { return 1 + int(piece) })
	})
}

// BenchmarkLZW expands text of few repetitions (a photograph) and of many (a drawing), beside the library.
func BenchmarkLZW(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	photo := make([]byte, 1<<20)
	v := 0
	for i := range photo {
		v += rng.IntN(9) - 4
		photo[i] = byte(v)
	}
	for _, c := range []struct {
		name  string
		plain []byte
	}{{"photo", photo}, {"drawing", text(rng, 1<<20, 8)}} {
		src, dst := pack(b, c.plain, 8), make([]byte, len(c.plain))
		b.Run(c.name+"/ours", func(b *testing.B) {
			b.SetBytes(int64(len(dst)))
			r := new(Reader)
			for b.Loop() {
				r.ResetGIF(8)
				for at, from := 0, 0; at < len(dst); {
					n, used, err := r.Next(dst[at:min(at+1000, len(dst))], src[from:min(from+255, len(src))])
					if err != nil {
						b.Fatal(err)
					}
					at, from = at+n, from+used
				}
			}
		})
		b.Run(c.name+"/library", func(b *testing.B) {
			b.SetBytes(int64(len(dst)))
			for b.Loop() {
				r := lzw.NewReader(bytes.NewReader(src), lzw.LSB, 8)
				if _, err := io.ReadFull(r, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
