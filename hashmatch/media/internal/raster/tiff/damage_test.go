package tiff

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	xtiff "golang.org/x/image/tiff"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// TestDamagedBlocks spoils strips and tiles: the others stay, and the share and the fault say so.
func TestDamagedBlocks(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	var dst, whole plane.Plane
	cases := 0
	for i := range 200 {
		s := &spec{w: 64, h: 64, photometric: blackIsZero, depth: 8, samples: 1, extra: -1,
			compression: []int{none, packBits, lzwCodes, deflate}[i%4]}
		if i%8 < 4 {
			s.rowsPerStrip = 8
		} else {
			s.tileW, s.tileH = 16, 16
		}
		s.fill(rng)
		data := s.write(rng)
		if _, err := d.Decode(context.Background(), data, 1, &whole, nil); err != nil {
			t.Fatal(err)
		}
		bad := rng.IntN(len(s.blocks))
		s.blocks[bad] = nil
		r, err := d.Decode(context.Background(), s.assemble(), 1, &dst, nil)
		n := len(s.blocks)
		if err != nil || r.Share != float64(n-1)/float64(n) || !errors.Is(r.Fault, hashmatch.ErrCorrupt) {
			t.Fatalf("block %d of %d missing: %+v, %v", bad, n, r, err)
		}
		// Every sample is its own, or repeats one above; in the first strip or row of tiles, below, or is black.
		for y := range 64 {
			for x := range 64 {
				in := y / 8
				if s.tileW > 0 {
					in = y/16*4 + x/16
				}
				want := whole.Row(y)[x]
				if in == bad {
					top := bad * 8
					if s.tileW > 0 {
						top = bad / 4 * 16
					}
					switch {
					case top > 0:
						want = whole.Row(top - 1)[x]
					case s.tileW > 0:
						want = 0
					default:
						want = whole.Row(8)[x]
					}
				}
				if got := dst.Row(y)[x]; got != want {
					t.Fatalf("block %d missing: sample (%d, %d) is %d, want %d", bad, x, y, got, want)
				}
			}
		}
		cases++
	}
	testkit.AtLeast(t, 200, cases, "files")
}

// TestTruncated cuts single strips, at every length: the rows in front of the cut stay.
func TestTruncated(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	var dst, whole plane.Plane
	kept := 0
	for _, compression := range []int{none, packBits, lzwCodes, deflate} {
		s := &spec{w: 40, h: 37, photometric: blackIsZero, depth: 8, samples: 1, extra: -1, compression: compression}
		s.fill(rng)
		data := s.write(rng)
		if _, err := d.Decode(context.Background(), data, 1, &whole, nil); err != nil {
			t.Fatal(err)
		}
		block, last := s.blocks[0], 0.0
		for n := range block {
			s.blocks[0] = block[:n]
			r, err := d.Decode(context.Background(), s.assemble(), 1, &dst, nil)
			if err != nil {
				continue
			}
			rows := int(r.Share*37 + 0.5)
			if r.Share < last || r.Fault == nil && r.Share < 1 {
				t.Fatalf("compression %d, %d of %d bytes: %+v after %v", compression, n, len(block), r, last)
			}
			last = r.Share
			for y := range 37 {
				if !slices.Equal(dst.Row(y), whole.Row(min(y, rows-1))) {
					t.Fatalf("compression %d, %d of %d bytes: row %d of %d differs", compression, n, len(block), y, rows)
				}
			}
			kept++
		}
		if last < 0.9 {
			t.Errorf("compression %d: at most %v was kept", compression, last)
		}
	}
	testkit.AtLeast(t, 1000, kept, "cut strips")
}

// TestChecksum: Deflate's checksum does not hold, or is not there; the rows are kept and the fault says so.
func TestChecksum(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	var dst plane.Plane
	for _, tiled := range []bool{false, true} {
		s := &spec{w: 40, h: 37, photometric: blackIsZero, depth: 8, samples: 1, extra: -1, compression: deflate}
		if tiled {
			s.tileW, s.tileH = 48, 64 // with rows below the picture
		}
		s.fill(rng)
		s.write(rng)
		block := s.blocks[0]
		wrong := slices.Clone(block)
		wrong[len(wrong)-1] ^= 1
		for i, b := range [][]byte{wrong, block[:len(block)-4], block[:len(block)-1]} {
			s.blocks[0] = b
			r, err := d.Decode(context.Background(), s.assemble(), 8, &dst, nil)
			if err != nil || r.Share != 1 || !errors.Is(r.Fault, hashmatch.ErrCorrupt) {
				t.Errorf("tiled %v, case %d: %+v, %v", tiled, i, r, err)
			}
		}
	}
}

func TestBombs(t *testing.T) {
	small := make([]byte, 300)
	for i, s := range []*spec{
		{w: 60000, h: 60000, photometric: blackIsZero, depth: 8, samples: 1, compression: none},
		{w: 60000, h: 60000, photometric: rgb, depth: 16, samples: 3, compression: deflate},
		{w: 60000, h: 1 << 18, photometric: blackIsZero, depth: 1, samples: 1, compression: lzwCodes, rowsPerStrip: 1},
		{w: 60000, h: 60000, photometric: rgb, depth: 8, samples: 3, compression: packBits, tileW: 60000, tileH: 60000},
		{w: 65535, h: 1 << 30, photometric: blackIsZero, depth: 1, samples: 1, compression: group4},
	} {
		s.extra = -1
		s.blocks = [][]byte{small}
		rastertest.Bomb(t, fmt.Sprintf("bomb %d", i), new(Decoder), s.assemble())
	}
}

func TestContext(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, compression := range []int{none, packBits, lzwCodes, deflate} {
		s := &spec{w: 40, h: 37, photometric: blackIsZero, depth: 8, samples: 1, extra: -1, compression: compression}
		s.fill(rng)
		rastertest.Over(t, fmt.Sprintf("compression %d", compression), new(Decoder), s.write(rng))
	}
}

// TestEmptyInput: data that expands to nothing, in every strip, ends with the context.
func TestEmptyInput(t *testing.T) {
	clears := &bitWriter{}
	for range 100_000 {
		clears.write(256, 9)
	}
	for compression, block := range map[int][]byte{
		packBits: bytes.Repeat([]byte{0x80}, 1<<17),
		lzwCodes: clears.close(),
		deflate:  append([]byte{0x78, 0x9c}, bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 1<<15)...),
	} {
		s := &spec{w: 8, h: 4000, photometric: blackIsZero, depth: 8, samples: 1, extra: -1, compression: compression, rowsPerStrip: 1,
			blocks: slices.Repeat([][]byte{nil}, 4000)}
		data := s.assemble()
		// Every strip is the same data, at the end of the file.
		at := s.order().AppendUint32(nil, uint32(len(data)))
		size := s.order().AppendUint32(nil, uint32(len(block)))
		var p picture
		if err := p.read(data); err != nil {
			t.Fatal(err)
		}
		for i := range 4000 {
			copy(p.offsets.data[4*i:], at)
			copy(p.counts.data[4*i:], size)
		}
		data = append(data, block...)
		enough := errors.New("enough")
		looked := 0
		ctx := &countdown{Context: context.Background(), err: enough, looked: &looked, most: 20}
		var dst plane.Plane
		if _, err := new(Decoder).Decode(ctx, data, 8, &dst, nil); !errors.Is(err, enough) {
			t.Errorf("compression %d: error %v", compression, err)
		}
		testkit.AtLeast(t, 20, looked, "looks at the context")
	}
}

// countdown is a context that is over when it was looked at often enough.
type countdown struct {
	context.Context
	err    error
	looked *int
	most   int
}

func (c *countdown) Err() error {
	if *c.looked++; *c.looked > c.most {
		return c.err
	}
	return nil
}

func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for form := range forms {
		s := random(rng, form)
		s.w, s.h = min(s.w, 20), min(s.h, 12)
		s.fill(rng)
		f.Add(s.write(rng))
	}
	s := &spec{w: 30, h: 9, depth: 1, samples: 1, extra: -1, compression: group4}
	s.faxRows(rng)
	f.Add(s.write(rng))
	f.Fuzz(func(t *testing.T, data []byte) {
		rastertest.Sound(t, new(Decoder), ReadHeader, data, 1<<20)
		c, err := xtiff.DecodeConfig(bytes.NewReader(data))
		if err != nil || int64(c.Width)*int64(c.Height) > 1<<20 {
			return
		}
		var p picture
		if err := p.read(data); errors.Is(err, hashmatch.ErrUnsupported) || p.planes > 1 ||
			p.samples > 1 && p.field(tagBits).count < 2 {
			return // x/image overlooks what this depends on
		}
		if want, err := xtiff.Decode(bytes.NewReader(data)); err == nil {
			for _, scale := range rastertest.Scales {
				rastertest.Compare(t, "as x/image has it", new(Decoder), data, want, scale)
			}
		}
	})
}

func TestMutants(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	whole, n := 0, 800
	if testing.Short() {
		n = 200
	}
	for i := range n {
		s := random(rng, i%len(forms))
		data := s.write(rng)
		if i%2 == 0 {
			data = rastertest.Mutant(rng, data)
		} else { // the directory stands at the end
			at := len(data) - 1 - rng.IntN(min(400, len(data)))
			data[at] = byte(rng.Uint32())
		}
		if rastertest.Sound(t, &d, ReadHeader, data, 1<<20) {
			whole++
		}
	}
	testkit.AtLeast(t, n/4, whole, "mutants that are pictures")
}
