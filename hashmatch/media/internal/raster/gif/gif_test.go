package gif

import (
	"bytes"
	"compress/lzw"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	xgif "image/gif"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/rastertest"
	"github.com/hashmatch/engine/internal/testkit"
)

// spec is a GIF of one frame to be written.
type spec struct {
	w, h                   int // of the screen
	left, top              int
	columns, rows          int // of the frame
	bits                   int // of the palette
	literal                int
	own                    bool // the frame has its own palette; the common one is another
	interlaced             bool
	transparent            int // -1: none
	indices                []byte
	codes                  []byte // instead of the indices' own
	extensions             bool   // comments and such in front
	blockSize              int
	withoutEnd, withoutLZW bool // no trailer; no data
}

// random returns a picture whose frame lies on the screen, in colours of its palette.
func random(rng *rand.Rand) *spec {
	s := &spec{w: 1 + rng.IntN(70), h: 1 + rng.IntN(70), bits: 1 + rng.IntN(8), own: rng.IntN(2) == 0,
		interlaced: rng.IntN(2) == 0, transparent: -1, extensions: rng.IntN(2) == 0, blockSize: 1 + rng.IntN(255)}
	s.columns, s.rows = s.w, s.h
	if rng.IntN(2) == 0 {
		s.left, s.top = rng.IntN(s.w), rng.IntN(s.h)
		s.columns, s.rows = 1+rng.IntN(s.w-s.left), 1+rng.IntN(s.h-s.top)
	}
	if rng.IntN(2) == 0 {
		s.transparent = rng.IntN(1 << s.bits)
	}
	s.literal = max(s.bits, 2)
	s.fill(rng)
	return s
}

func (s *spec) fill(rng *rand.Rand) {
	s.indices = make([]byte, s.columns*s.rows)
	for i := range s.indices {
		s.indices[i] = byte(rng.IntN(1 << s.bits))
		if i > 0 && rng.IntN(3) > 0 {
			s.indices[i] = s.indices[i-1]
		}
	}
}

// order returns the rows as they are stored.
func (s *spec) order() (rows []int) {
	for y := range s.rows {
		rows = append(rows, y)
	}
	if !s.interlaced {
		return rows
	}
	pass := func(y int) int {
		switch {
		case y%8 == 0:
			return 0
		case y%8 == 4:
			return 1
		case y%4 == 2:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(rows, func(a, b int) int { return pass(a) - pass(b) })
	return rows
}

func colour(i int) color.NRGBA {
	return color.NRGBA{byte(i*37 + 11), byte(i * 91), byte(i*53 + 5), 255}
}

func (s *spec) write() []byte {
	le := binary.LittleEndian
	table := func(shift int) (b []byte) {
		for i := range 1 << s.bits {
			c := colour(i + shift)
			b = append(b, c.R, c.G, c.B)
		}
		return b
	}
	out := le.AppendUint16(le.AppendUint16([]byte("GIF89a"), uint16(s.w)), uint16(s.h))
	out = append(out, 0x80|byte(s.bits-1), 0, 0)
	common := 0
	if s.own {
		common = 100
	}
	out = append(out, table(common)...)
	if s.extensions {
		out = append(out, 0x21, 0xfe, 3, 'a', 0x2c, 0x3b, 2, 0x3b, 0x21, 0)
		out = append(append(out, 0x21, 0xff, 11), "NETSCAPE2.0\x03\x01\x00\x00\x00"...)
	}
	if s.transparent >= 0 {
		out = append(out, 0x21, 0xf9, 4, 1, 0, 0, byte(s.transparent), 0)
	}
	out = append(out, 0x2c)
	for _, v := range []int{s.left, s.top, s.columns, s.rows} {
		out = le.AppendUint16(out, uint16(v))
	}
	flags := byte(0)
	if s.interlaced {
		flags |= 0x40
	}
	if s.own {
		out = append(append(out, flags|0x80|byte(s.bits-1)), table(0)...)
	} else {
		out = append(out, flags)
	}
	codes := s.codes
	if codes == nil && !s.withoutLZW {
		var b bytes.Buffer
		w := lzw.NewWriter(&b, lzw.LSB, s.literal)
		for _, y := range s.order() {
			w.Write(s.indices[y*s.columns:][:s.columns])
		}
		w.Close()
		codes = b.Bytes()
	}
	out = append(out, byte(s.literal))
	for len(codes) > 0 {
		n := min(s.blockSize, len(codes))
		out = append(append(out, byte(n)), codes[:n]...)
		codes = codes[n:]
	}
	out = append(out, 0)
	if !s.withoutEnd {
		out = append(out, 0x3b)
	}
	return out
}

// picture returns the frame on its screen.
func (s *spec) picture() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, max(s.w, s.left+s.columns), max(s.h, s.top+s.rows)))
	draw.Draw(m, m.Rect, image.Black, image.Point{}, draw.Src)
	for y := range s.rows {
		for x := range s.columns {
			i := int(s.indices[y*s.columns+x])
			c := color.NRGBA{A: 255}
			if i != s.transparent && i < 1<<s.bits {
				c = colour(i)
			}
			m.SetNRGBA(s.left+x, s.top+y, c)
		}
	}
	return m
}

// screened returns what image/gif makes of a file, on its screen.
func screened(data []byte) (image.Image, error) {
	c, err := xgif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	frame, err := xgif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	draw.Draw(m, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return m, nil
}

func TestEqualsImageGIF(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	cases := 0
	for range 200 {
		s := random(rng)
		data := s.write()
		b := *s
		b.indices = nil
		what := fmt.Sprintf("%+v", b)
		rastertest.Same(t, what, &d, data, s.picture())
		rastertest.Within(t, what, func() rastertest.Decoder { return new(Decoder) }, ReadHeader, data)
		want, err := screened(data)
		if err != nil {
			t.Fatalf("%s: image/gif: %v", what, err)
		}
		rastertest.Same(t, what+", as image/gif has it", &d, data, want)
		cases++
	}
	testkit.AtLeast(t, 200, cases, "files")
}

// TestEncoded reads what image/gif writes, animations among it.
func TestEncoded(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	for range 40 {
		r := image.Rect(0, 0, 1+rng.IntN(60), 1+rng.IntN(60))
		all := &xgif.GIF{}
		for range 1 + rng.IntN(3) {
			m := image.NewPaletted(r, nil)
			for i := range 2 + rng.IntN(200) {
				m.Palette = append(m.Palette, colour(i))
			}
			for i := range m.Pix {
				m.Pix[i] = uint8(rng.IntN(len(m.Palette)))
			}
			all.Image, all.Delay = append(all.Image, m), append(all.Delay, 1)
		}
		var b bytes.Buffer
		if err := xgif.EncodeAll(&b, all); err != nil {
			t.Fatal(err)
		}
		rastertest.Same(t, "encoded", &d, b.Bytes(), all.Image[0])
		if n := End(append(b.Bytes(), "behind"...)); n != b.Len() {
			t.Errorf("the end is %d of %d", n, b.Len())
		}
	}
}

// TestBeyondImageGIF: what image/gif refuses and viewers show.
func TestBeyondImageGIF(t *testing.T) {
	rng := testkit.Rand(t)
	var d Decoder
	for _, c := range []struct {
		what   string
		change func(s *spec)
	}{
		{"a frame beyond the screen", func(s *spec) { s.w, s.h = 12, 9 }},
		{"a screen of nothing", func(s *spec) { s.w, s.h = 0, 0 }},
		{"a frame off the screen", func(s *spec) { s.left, s.top = 50, 50 }},
		{"a frame to the right of the screen", func(s *spec) { s.left = 50 }},
		{"colours beyond the palette", func(s *spec) { s.bits, s.literal = 2, 8 }},
		{"a literal of one bit", func(s *spec) {
			s.bits, s.literal = 1, 1
			// A clear before each: it has three bits but for the first, since the code before it made them grow; the
			// code behind it has two.
			bits, have := uint(0), 0
			for i := range s.indices {
				s.indices[i] &= 1
			}
			for _, y := range s.order() {
				for _, v := range s.indices[y*s.columns:][:s.columns] {
					width := 3
					if have == 0 && s.codes == nil {
						width = 2
					}
					bits, have = bits|(2|uint(v)<<width)<<have, have+width+2
					for ; have >= 8; have -= 8 {
						s.codes, bits = append(s.codes, byte(bits)), bits>>8
					}
				}
			}
			s.codes = append(s.codes, byte(bits))
		}},
		{"too much data", func(s *spec) { s.rows-- }},
		{"no trailer", func(s *spec) { s.withoutEnd = true }},
	} {
		for _, interlaced := range []bool{false, true} {
			s := &spec{w: 20, h: 20, columns: 20, rows: 20, bits: 8, literal: 8, transparent: 3, interlaced: interlaced, blockSize: 255}
			s.fill(rng)
			c.change(s)
			rastertest.Same(t, c.what, &d, s.write(), s.picture())
		}
	}
}

func TestEmptyFrame(t *testing.T) {
	s := &spec{w: 20, h: 20, bits: 2, literal: 2, transparent: -1, blockSize: 255}
	rastertest.Same(t, "no pixels", new(Decoder), s.write(), s.picture())
	s.withoutLZW = true
	rastertest.Same(t, "no pixels, no data", new(Decoder), s.write(), s.picture())
}

func TestAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var d Decoder
	var dst plane.Plane
	for range 10 {
		data := random(rng).write()
		if n := testing.AllocsPerRun(5, func() {
			if _, err := d.Decode(context.Background(), data, 8, &dst, nil); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// BenchmarkGIF decodes a megapixel, beside image/gif, which does not yet make luma of it.
func BenchmarkGIF(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := &spec{w: 1000, h: 1000, columns: 1000, rows: 1000, bits: 8, literal: 8, transparent: -1, blockSize: 255}
	s.indices = make([]byte, 1e6)
	for i := range s.indices {
		s.indices[i] = byte(128 + 100*(i%1000)/1000 + rng.IntN(6))
	}
	for _, interlaced := range []bool{false, true} {
		s.interlaced = interlaced
		data := s.write()
		var dst plane.Plane
		b.Run(fmt.Sprintf("interlaced=%v/ours", interlaced), func(b *testing.B) {
			var d Decoder
			for b.Loop() {
				if _, err := d.Decode(context.Background(), data, 4, &dst, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("interlaced=%v/library", interlaced), func(b *testing.B) {
			for b.Loop() {
				if _, err := xgif.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
