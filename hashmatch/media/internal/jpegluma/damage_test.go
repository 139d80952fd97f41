package jpegluma

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

var mutants = flag.Int("mutants", 10_000, "damaged files to decode in TestMutants (3,000 with -short)")

// known tells whether an error is of a kind that Decode promises.
func known(err error) bool {
	for _, sentinel := range []error{hashmatch.ErrCorrupt, hashmatch.ErrUnsupported, hashmatch.ErrLimit, ErrColour} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// small are small files of every kind, coloured and with what the reference encoder adds.
func small(t testing.TB, r *rand.Rand) [][]byte {
	t.Helper()
	files := [][]byte{vectors(t)["j00_64x64_420.jpg"]}
	for _, interval := range []int{0, 3} {
		p := newTestPicture(r, 77, 53, sampling{2, 2}, sampling{1, 1}, sampling{1, 1})
		p.interval = interval
		for _, form := range []string{"baseline", "baseline by parts", "progressive", "progressive by parts"} {
			files = append(files, p.files()[form])
		}
	}
	for _, interval := range []int{0, 5} {
		p := newTestPicture(r, 61, 40, sampling{1, 1})
		p.interval = interval
		files = append(files, p.progressiveFile(true), p.sequentialFile(0xc1, true))
	}
	return files
}

// Every beginning of a file gives the rows that it holds, and never a larger share than a longer one.
func TestTruncated(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	var got, whole plane.Plane
	partial := 0
	for i, data := range small(t, r) {
		for _, scale := range scales {
			if _, err := d.Decode(context.Background(), data, scale, &whole); err != nil {
				t.Fatal(err)
			}
			step, last := 1, 0.0
			if testing.Short() || testkit.Race {
				step = 13
			}
			for n := 0; n < len(data); n += step {
				res, err := d.Decode(context.Background(), data[:n:n], scale, &got)
				if err != nil {
					if !known(err) {
						t.Fatalf("file %d cut to %d: %v", i, n, err)
					}
					if last > 0 {
						t.Fatalf("file %d cut to %d fails, a shorter one did not: %v", i, n, err)
					}
					continue
				}
				if res.Share < last || res.Share > 1 || res.Share <= 0 {
					t.Fatalf("file %d cut to %d: share %v after %v", i, n, res.Share, last)
				}
				if res.End != n {
					t.Fatalf("file %d cut to %d ends at %d", i, n, res.End)
				}
				last = res.Share
				if res.Share < 1 {
					partial++
				}
				if pix, stride, err := stdlib(data[:n]); err == nil || res.Share == 1 && !samePlane(&whole, &got) && !d.progressive {
					t.Fatalf("file %d cut to %d at scale %d has the share %v (%d, %d, %v)", i, n, scale, res.Share, len(pix), stride, err)
				}
				if d.progressive || d.interval > 0 {
					continue
				}
				// Rows of whole MCUs, or blocks, before the cut are as they were.
				rows := min(int(res.Share*float64(d.mcusDown))*d.vmax, int(res.Share*float64(d.comps[0].loneDown))) * 8 / scale
				for y := range min(rows, got.Height) {
					if !bytes.Equal(got.Row(y), whole.Row(y)) {
						t.Fatalf("file %d cut to %d at scale %d: row %d of %d differs", i, n, scale, y, rows)
					}
				}
			}
			res, err := d.Decode(context.Background(), data[:len(data)-2], scale, &got)
			if err != nil || res.Share != 1 || !samePlane(&whole, &got) {
				t.Errorf("file %d without its end has the share %v at scale %d, %v", i, res.Share, scale, err)
			}
		}
	}
	testkit.AtLeast(t, 500, partial, "partial pictures")
}

// samePlane tells whether two planes have the same samples.
func samePlane(p, q *plane.Plane) bool {
	if p.Width != q.Width || p.Height != q.Height {
		return false
	}
	for y := range p.Height {
		if !bytes.Equal(p.Row(y), q.Row(y)) {
			return false
		}
	}
	return true
}

// What is lost between restart markers is concealed and counted, and the rest is as it was.
func TestRestartDamage(t *testing.T) {
	r := testkit.Rand(t)
	p := newTestPicture(r, 160, 160, sampling{1, 1})
	p.interval = 10 // half a row
	data := p.sequentialFile(0xc0, true)
	var segments []int // where the intervals begin
	for i := range data {
		if i >= 2 && data[i-2] == 0xff && data[i-1] >= markerRST0 && data[i-1] <= markerRST7 {
			segments = append(segments, i)
		}
	}
	testkit.AtLeast(t, 39, len(segments), "restart markers")
	remove := func(from, to int) []byte { return append(bytes.Clone(data[:from]), data[to:]...) }
	cases := map[string]struct {
		data []byte
		lost int // units
	}{
		"an interval emptied":    {remove(segments[11], segments[12]-2), 10},
		"an interval missing":    {remove(segments[11], segments[12]), 11},
		"three missing":          {remove(segments[11], segments[14]), 31},
		"a marker from the past": {append(append(bytes.Clone(data[:segments[11]]), 0xff, markerRST0+9%8), data[segments[11]:]...), 10},
		"a marker too many":      {append(append(bytes.Clone(data[:segments[11]-2]), data[segments[11]-2:segments[11]]...), data[segments[11]-2:]...), 10},
		"the rest missing":       {data[:segments[30]-2], 90},
	}
	for name, c := range cases {
		for _, scale := range scales {
			whole, _ := decode(t, data, scale)
			got, res := decode(t, c.data, scale)
			lost := int((1-res.Share)*400 + 0.5)
			if lost < c.lost-1 || lost > c.lost+1 {
				t.Errorf("%s at scale %d: %d units lost, want about %d", name, scale, lost, c.lost)
			}
			differ, misplaced := 0, 0
			if strings.HasSuffix(name, " missing") {
				misplaced = 10 // what follows a gap is taken for what should be there
			}
			side := 8 / scale
			for y := range got.Height {
				for x := range got.Row(y) {
					if y%side == 0 && x%side == 0 && got.Row(y)[x] != whole.Row(y)[x] {
						differ++
						if y > 0 && misplaced == 0 && got.Row(y)[x] != got.Row(y - 1)[x] {
							t.Errorf("%s at scale %d: sample %d, %d is neither decoded nor that above", name, scale, x, y)
						}
					}
				}
			}
			if differ > c.lost+misplaced {
				t.Errorf("%s at scale %d: %d blocks differ, %d were lost", name, scale, differ, c.lost)
			}
		}
	}
}

// Files with bytes changed, cut or moved: no panic, no error of a strange kind, and where image/jpeg is content, so are
// we, or say that something is missing.
func TestMutants(t *testing.T) {
	r := testkit.Rand(t)
	files := small(t, r)
	count := *mutants
	if testing.Short() || testkit.Race {
		count = 3000
	}
	var d Decoder
	var p plane.Plane
	decoded, compared, partial := 0, 0, 0
	for range count {
		data := mutate(r, files[r.IntN(len(files))])
		if h, err := ReadHeader(data); err == nil && h.Width*h.Height > 1<<20 {
			continue
		}
		pix, stride, stdErr := stdlib(data)
		shares := map[int]float64{}
		for _, scale := range scales {
			res, err := d.Decode(context.Background(), data, scale, &p)
			if err != nil {
				if !known(err) {
					t.Fatalf("%v", err)
				}
				continue
			}
			// The ways of reading a block are different code, but see the same damage.
			if shares[scale] = res.Share; scale > 1 && !d.progressive && shares[1] != res.Share {
				t.Errorf("a share of %v at scale %d, of %v at scale 1", res.Share, scale, shares[1])
			}
			decoded++
			if res.Share <= 0 || res.Share > 1 || res.End < 4 || res.End > len(data) {
				t.Fatalf("%+v of %d bytes", res, len(data))
			}
			if res.Share < 1 {
				partial++
				continue
			}
			if stdErr != nil {
				// What image/jpeg dislikes may lie where we do not look, but not if there is but one scan.
				var format jpeg.FormatError
				if errors.As(stdErr, &format) && !d.progressive && d.scan.n == d.n && ofScan[string(format)] && bytes.Count(data, []byte{0xff, markerSOS}) == 1 {
					t.Errorf("a share of 1 for what image/jpeg says of: %v", stdErr)
				}
				continue
			}
			// Between the scans of a progressive file image/jpeg keeps a run of blocks that goes beyond the end of one:
			// damage to chroma then spoils its luma, not ours.
			if scale != 1 || d.model() == RGB || d.progressive && d.n > 1 {
				continue
			}
			compared++
			if bad := farBlocks(&p, pix, stride); bad > 0 {
				t.Errorf("%d blocks are far from image/jpeg", bad)
			}
		}
	}
	testkit.AtLeast(t, count/2, decoded, "decodings")
	testkit.AtLeast(t, count/20, compared, "comparisons with image/jpeg")
	testkit.AtLeast(t, count/4, partial, "partial pictures")
}

// ofScan are image/jpeg's complaints about entropy-coded data.
var ofScan = map[string]bool{"bad Huffman code": true, "short Huffman data": true, "missing 0xff00 sequence": true, "bad RST marker": true}

// farBlocks counts the blocks that are far from other luma. Blocks with samples at their limits are left out: damage
// makes coefficients that are so large that every decoder's arithmetic overflows in its own way.
func farBlocks(p *plane.Plane, pix []byte, stride int) (far int) {
	for y := 0; y < p.Height; y += 8 {
		for x := 0; x < p.Width; x += 8 {
			most, limit := 0, false
			for j := y; j < min(y+8, p.Height); j++ {
				for i := x; i < min(x+8, p.Width); i++ {
					a, b := p.Row(j)[i], pix[j*stride+i]
					if a == 0 || b == 0 || a == 255 || b == 255 {
						limit = true
					}
					d := int(a) - int(b)
					most = max(most, d, -d)
				}
			}
			if most > 2 && !limit {
				far++
			}
		}
	}
	return far
}

// mutate returns data with a few bytes changed, cut out, doubled or left off.
func mutate(r *rand.Rand, data []byte) []byte {
	out := bytes.Clone(data)
	for range 1 + r.IntN(3) {
		at := r.IntN(len(out))
		if r.IntN(3) == 0 {
			at = r.IntN(min(len(out), 700)) // tables and headers
		}
		n := min(1+r.IntN(40), len(out)-at)
		switch r.IntN(8) {
		case 0:
			out = append(out[:at], out[at+n:]...)
		case 1:
			out = append(bytes.Clone(out[:at+n]), out[at:]...)
		case 2:
			out = out[:max(at, 3)]
		case 3:
			out[at] = 0xff
		case 4:
			out[at] ^= 1 << r.IntN(8)
		default:
			out[at] = byte(r.Uint32())
		}
		if len(out) < 4 {
			break
		}
	}
	return out
}
