package pngluma

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

var mutants = flag.Int("mutants", 10_000, "damaged files to try")

// decodePNG returns image/png's picture.
func decodePNG(t testing.TB, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// partial fails t unless a damaged file's planes are those of the first rows of img, with the last one repeated, or for
// an interlaced picture those of the pixels that had come; and returns the result.
func partial(t testing.TB, d *Decoder, data []byte, img image.Image, scale int, name string) Result {
	t.Helper()
	var dst, over plane.Plane
	r, err := d.Decode(context.Background(), data, scale, &dst, &over)
	check(t, &r, err, name)
	if err != nil {
		return r
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	got := d.rows.got
	wanted := func(x, y int) bool { return y < got[0] }
	share := float64(got[0]) / float64(h)
	if d.picture.Interlaced {
		pass := func(x, y int) (int, int) {
			for i, g := range adam7 {
				if x%g.dx == g.x0 && y%g.dy == g.y0 {
					return i, (y - g.y0) / g.dy
				}
			}
			return -1, 0
		}
		wanted = func(x, y int) bool {
			i, j := pass(x, y)
			return j < got[i]
		}
		came, fifth, fifths := 0, 0, 0
		for y := range h {
			for x := range w {
				if wanted(x, y) {
					came++
				}
				if i, j := pass(x, y); i == 4 {
					fifths++
					if j < got[4] {
						fifth++
					}
				}
			}
		}
		share = float64(came) / float64(w*h)
		if scale > 1 && fifths > 0 {
			share = float64(fifth) / float64(fifths)
		} else if scale > 1 {
			share = r.Share
		}
	}
	if diff := r.Share - share; diff > 1e-9 || diff < -1e-9 {
		t.Fatalf("%s, 1/%d: share %v, want %v; rows %v", name, scale, r.Share, share, got)
	}
	wantDst, wantOver, opaque := planes(img, scale, wanted)
	if r.Opaque != opaque {
		t.Fatalf("%s, 1/%d: opaque %v, want %v", name, scale, r.Opaque, opaque)
	}
	if d.picture.Interlaced && scale == 1 {
		// What did not come repeats a neighbour of an earlier pass.
		for i, g := range adam7 {
			for y := g.y0; y < h; y += g.dy {
				for x := g.x0; x < w; x += g.dx {
					fx, fy := x-g.x0, y-g.y0
					if i == 0 {
						fy = (got[0] - 1) * 8
					}
					if !wanted(x, y) {
						wantDst.Row(y)[x], wantOver.Row(y)[x] = wantDst.Row(fy)[fx], wantOver.Row(fy)[fx]
					}
				}
			}
		}
	} else if !d.picture.Interlaced {
		for y := (got[0] + scale - 1) / scale; y < wantDst.Height; y++ {
			copy(wantDst.Row(y), wantDst.Row(y-1))
			copy(wantOver.Row(y), wantOver.Row(y-1))
		}
	}
	if !equalPlanes(&dst, &wantDst) || !opaque && !equalPlanes(&over, &wantOver) {
		t.Fatalf("%s, 1/%d, %dx%d, rows %v: planes\n%v\n%v, want\n%v\n%v", name, scale, w, h, got, dst.Pix, over.Pix, wantDst.Pix, wantOver.Pix)
	}
	return r
}

// small returns small files of every kind, and image/png's picture of each.
func small(t testing.TB, r *rand.Rand) (files [][]byte, pictures []image.Image) {
	t.Helper()
	for i, c := range combinations {
		for _, interlaced := range []bool{false, true} {
			s := draw(r, c[0], c[1], 3+r.IntN(12), 9+r.IntN(9))
			s.interlaced = interlaced
			s.split = []int{0, 40}[i%2]
			data := s.encode(t, r)
			files = append(files, data)
			pictures = append(pictures, decodePNG(t, data))
		}
	}
	return files, pictures
}

// Every cut of a file: what was read is kept.
func TestCut(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	files, pictures := small(t, r)
	n, some := 0, 0
	for i, data := range files {
		for size := range data {
			if brief() && size%9 > 0 {
				continue
			}
			for _, scale := range scales {
				result := partial(t, &d, data[:size], pictures[i], scale, fmt.Sprintf("file %d cut at %d", i, size))
				if result.End != size {
					t.Fatalf("end %d of %d", result.End, size)
				}
				if result.Fault == nil && result.Share > 0 {
					t.Fatalf("file %d cut at %d of %d is whole", i, size, len(data))
				}
				if result.Share > 0 && result.Share < 1 {
					some++
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 1000, n, "cuts")
	testkit.AtLeast(t, 100, some, "parts")
}

// Every bit of a file turned: accepted and refused as image/png does.
func TestBitFlips(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	files, _ := small(t, r)
	n := 0
	for i, data := range files {
		for bit := range 8 * len(data) {
			if bit%9 != i%9 && bit > 8*60 || brief() && bit%11 > 0 {
				continue
			}
			bad := bytes.Clone(data)
			bad[bit/8] ^= 1 << (bit % 8)
			if !tooLarge(bad) {
				agree(t, &d, bad, scales[bit%3], fmt.Sprintf("file %d, bit %d", i, bit))
				n++
			}
		}
	}
	testkit.AtLeast(t, 1000, n, "flips")
}

// tooLarge reports whether a damaged header asks for a picture that the test should not make.
func tooLarge(data []byte) bool {
	h, err := ReadHeader(data)
	return err == nil && int64(h.Width)*int64(h.Height) > 1<<20
}

// mend makes all checksums right that can be found, so that damage reaches what is behind them.
func mend(data []byte) {
	for pos := len(signature); ; {
		c, ok := nextChunk(data, pos)
		if !ok || c.cut {
			return
		}
		binary.BigEndian.PutUint32(data[c.end-4:], crc32.ChecksumIEEE(c.named[:len(c.named)-4]))
		pos = c.end
	}
}

// Damaged files of every kind, most with their checksums mended.
func TestMutants(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	n := *mutants
	if brief() {
		n /= 10
	}
	files, _ := small(t, r)
	whole, parts := 0, 0
	for i := range n {
		if i%500 == 499 {
			files, _ = small(t, r)
		}
		data := mutant(r, files)
		if tooLarge(data) {
			continue
		}
		if agree(t, &d, data, scales[i%3], "mutant") {
			whole++
		} else if d.rows.picture != nil && d.rows.got[0] > 0 {
			parts++
		}
	}
	testkit.AtLeast(t, n/200, whole, "mutants that are whole")
	testkit.AtLeast(t, n/20, parts, "mutants that are not")
}

// mutant returns a damaged file.
func mutant(r *rand.Rand, files [][]byte) []byte {
	data := bytes.Clone(files[r.IntN(len(files))])
	for range 1 + r.IntN(3) {
		at := 8 + r.IntN(len(data)-8)
		switch r.IntN(7) {
		case 0:
			data[at] = byte(r.Uint32())
		case 1: // a chunk more, or one that changes place
			other := files[r.IntN(len(files))]
			var from, to chunk
			for pos, k := len(signature), r.IntN(5); k >= 0; k-- {
				if c, ok := nextChunk(other, pos); ok && !c.cut {
					from, pos = c, c.end
				}
			}
			for pos, k := len(signature), r.IntN(5); k >= 0; k-- {
				if c, ok := nextChunk(data, pos); ok && !c.cut {
					to, pos = c, c.end
				}
			}
			if to.end > 0 && from.end > 0 {
				data = append(data[:to.end:to.end], append(bytes.Clone(other[from.end-len(from.named)-4:from.end]), data[to.end:]...)...)
			}
		case 2: // a chunk's length
			if c, ok := nextChunk(data, 33); ok && !c.cut {
				data[33+3] += byte(r.IntN(3))
			}
		case 3:
			data = data[:at]
		default:
			data[at] ^= 1 << r.IntN(8)
		}
		if len(data) < 40 {
			break
		}
	}
	if r.IntN(4) > 0 {
		mend(data)
	}
	return data
}

// Rows of chunks before one with a wrong checksum count, and no others.
func TestTrust(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	s := draw(r, rgb, 8, 40, 60)
	s.split, s.level, s.filter = 500, 0, filterSub
	data := s.encode(t, r)
	img := decodePNG(t, data)
	n := 0
	for pos := d.begin(t, data); ; {
		c, ok := nextChunk(data, pos)
		if !ok || c.name != idat {
			break
		}
		for _, at := range []int{pos + 8, c.end - 1} { // in the body, or only the checksum itself
			bad := bytes.Clone(data)
			bad[at] ^= 4
			cut := partial(t, &d, data[:pos], img, 1, "cut")
			got := partial(t, &d, bad, img, 1, "damaged")
			if got.Share != cut.Share || cut.Share > 0 && got.Fault == nil {
				t.Fatalf("chunk at %d: share %v, fault %v, want %v", pos, got.Share, got.Fault, cut.Share)
			}
			if got.Share > 0 && (got.End != len(data) || !strings.Contains(got.Fault.Error(), fmt.Sprintf("at byte %d, chunk \"IDAT\": wrong checksum", pos))) {
				t.Fatalf("end %d of %d, %v", got.End, len(data), got.Fault)
			}
			n++
		}
		pos = c.end
	}
	testkit.AtLeast(t, 20, n, "chunks")
}

// begin returns where the first IDAT begins.
func (d *Decoder) begin(t testing.TB, data []byte) int {
	t.Helper()
	if err := d.picture.read(context.Background(), data); err != nil {
		t.Fatal(err)
	}
	return d.picture.pixels
}

// Faults that leave every row: they are told, and the rows kept.
func TestFaultsBesidePixels(t *testing.T) {
	r := testkit.Rand(t)
	s := draw(r, rgb, 8, 30, 40)
	s.split, s.transparency = 0, nil
	s.before = chunkOf("tEXt", []byte("Comment\x00hello"))
	s.after = chunkOf("tIME", []byte{7, 0xe0, 1, 1, 1, 1, 1})
	data := s.encode(t, r)
	img := decodePNG(t, data)
	var d Decoder
	flip := func(what string, from int) []byte {
		bad := bytes.Clone(data)
		bad[bytes.Index(bad, []byte(what))+from] ^= 1
		return bad
	}
	adler := flip("tIME", -4-4-1)
	mend(adler)
	extra := *s
	extra.extra = make([]byte, 91)
	for _, c := range []struct {
		name, text string
		data       []byte
		end        int
	}{
		{"tEXt damaged", `"tEXt" at byte 33: wrong checksum`, flip("Comment", 0), len(data)},
		{"tIME damaged", `"tIME"`, flip("tIME", 5), len(data)},
		{"IEND damaged", `"IEND"`, flip("IEND", 4), len(data)},
		{"no IEND", "before an IEND chunk", data[:len(data)-12], len(data) - 12},
		{"Adler-32", "checksum over all rows", adler, len(data)},
		{"more rows", "more pixel data", (&extra).encode(t, r), 0},
	} {
		got := partial(t, &d, c.data, img, 4, c.name)
		if c.end == 0 {
			c.end = len(c.data)
		}
		if got.Share != 1 || got.Fault == nil || !strings.Contains(got.Fault.Error(), c.text) || got.End != c.end {
			t.Errorf("%s: share %v, end %d of %d, fault %v", c.name, got.Share, got.End, len(c.data), got.Fault)
		}
		agree(t, &d, c.data, 4, c.name)
	}
}

// Bytes behind IEND are no part of the picture.
func TestEnd(t *testing.T) {
	r := testkit.Rand(t)
	data := draw(r, gray, 8, 10, 10).encode(t, r)
	var d Decoder
	var dst plane.Plane
	for _, tail := range []string{"", "x", "nine more", string(data)} {
		got, err := d.Decode(context.Background(), append(bytes.Clone(data), tail...), 1, &dst, nil)
		if err != nil || got.Fault != nil || got.End != len(data) {
			t.Errorf("%d bytes behind: end %d of %d, %v, %v", len(tail), got.End, len(data), got.Fault, err)
		}
	}
}

// Bytes after the zlib stream, in its last chunk or in further ones, are overlooked exactly when image/png does.
func TestTrailingPixelData(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	whole, n := 0, 0
	tries := 400
	if brief() {
		tries = 150
	}
	for i := range tries {
		s := draw(r, []int{gray, rgb}[i%2], 8, 1+r.IntN(150), 1+r.IntN(150))
		s.level, s.split = []int{0, 1, -2, 6}[r.IntN(4)], 0
		z := s.encode(t, r)
		c, _ := nextChunk(z, d.begin(t, z))
		rest := r.IntN(1 << r.IntN(14))
		if i%3 == 0 { // up to the end of a buffer
			rest = max(0, 4096-len(c.body)%4096+r.IntN(3)-1)
		}
		s.split = []int{0, 0, 4096, 1 + r.IntN(9000)}[r.IntN(4)]
		if s.split == 0 && r.IntN(2) == 0 {
			s.after = chunkOf("IDAT", make([]byte, r.IntN(20)))
		}
		data := s.wrap(append(bytes.Clone(c.body), make([]byte, rest)...))
		if agree(t, &d, data, 8, fmt.Sprintf("%d bytes after the stream, level %d, split %d", rest, s.level, s.split)) && rest > 0 {
			whole++
		}
		n++
	}
	testkit.AtLeast(t, 10, whole, "files whose last bytes are overlooked")
	testkit.AtLeast(t, 10, n-whole, "others")
}
