package pngluma

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// spec is a PNG that a test writes: everything that image/png's encoder does not vary.
type spec struct {
	width, height, depth, colour int
	interlaced                   bool
	palette, transparency        []byte
	filter                       int // of all rows; negative for one drawn for each
	split                        int // bytes of an IDAT chunk, 0 for one chunk
	level                        int
	sample                       func(x, y, i int) int // sample i of a pixel
	before, after                []byte                // whole chunks before the first IDAT and after the last
	extra                        []byte                // more rows than there are
}

func (s *spec) header() Header {
	return Header{Width: s.width, Height: s.height, Depth: s.depth, Colour: s.colour}
}

// chunkOf returns one chunk.
func chunkOf(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// ihdrOf returns the body of an IHDR chunk.
func (s *spec) ihdr() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(s.width))
	b = binary.BigEndian.AppendUint32(b, uint32(s.height))
	b = append(b, byte(s.depth), byte(s.colour), 0, 0, 0)
	if s.interlaced {
		b[12] = 1
	}
	return b
}

// row returns the bytes of a row of a pass, unfiltered.
func (s *spec) row(g grid, j int) []byte {
	h := s.header()
	n := count(g.x0, g.dx, s.width)
	row := make([]byte, h.rowLength(n))
	bit := 0
	for i := range n {
		for k := range h.samples() {
			v := s.sample(g.x0+i*g.dx, g.y0+j*g.dy, k)
			switch s.depth {
			case 16:
				binary.BigEndian.PutUint16(row[bit/8:], uint16(v))
			case 8:
				row[bit/8] = byte(v)
			default:
				row[bit/8] |= byte(v) & (1<<s.depth - 1) << (8 - s.depth - bit%8)
			}
			bit += s.depth
		}
	}
	return row
}

// filtered appends a row after its filter, as section 9 of the specification gives it, without a thought of speed.
func filtered(dst, row, above []byte, filter, step int) []byte {
	dst = append(dst, byte(filter))
	at := func(r []byte, i int) int {
		if i < 0 || r == nil {
			return 0
		}
		return int(r[i])
	}
	for i := range row {
		a, b, c := at(row, i-step), at(above, i), 0
		if i >= step {
			c = at(above, i-step)
		}
		predicted := 0
		switch filter {
		case filterSub:
			predicted = a
		case filterUp:
			predicted = b
		case filterAverage:
			predicted = (a + b) / 2
		case filterPaeth:
			p := a + b - c
			pa, pb, pc := max(p-a, a-p), max(p-b, b-p), max(p-c, c-p)
			switch {
			case pa <= pb && pa <= pc:
				predicted = a
			case pb <= pc:
				predicted = b
			default:
				predicted = c
			}
		}
		dst = append(dst, row[i]-byte(predicted))
	}
	return dst
}

// pixels returns the filtered rows.
func (s *spec) pixels(r *rand.Rand) []byte {
	h := s.header()
	passes := onePass
	if s.interlaced {
		passes = adam7[:]
	}
	step := max(1, s.depth*h.samples()/8)
	var raw []byte
	for _, g := range passes {
		if count(g.x0, g.dx, s.width) == 0 {
			continue
		}
		var above []byte
		for j := range count(g.y0, g.dy, s.height) {
			filter := s.filter
			if filter < 0 {
				filter = r.IntN(filters)
			}
			row := s.row(g, j)
			raw = filtered(raw, row, above, filter, step)
			above = row
		}
	}
	return append(raw, s.extra...)
}

// encode returns the file.
func (s *spec) encode(t testing.TB, r *rand.Rand) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := zlib.NewWriterLevel(&z, s.level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(s.pixels(r))
	w.Close()
	return s.wrap(z.Bytes())
}

// wrap puts compressed pixels into a file.
func (s *spec) wrap(z []byte) []byte {
	out := append([]byte(signature), chunkOf("IHDR", s.ihdr())...)
	if s.palette != nil {
		out = append(out, chunkOf("PLTE", s.palette)...)
	}
	if s.transparency != nil {
		out = append(out, chunkOf("tRNS", s.transparency)...)
	}
	out = append(out, s.before...)
	for first := true; first || len(z) > 0; first = false {
		n := len(z)
		if s.split > 0 {
			n = min(n, s.split)
		}
		out = append(out, chunkOf("IDAT", z[:n])...)
		z = z[n:]
	}
	return append(append(out, s.after...), chunkOf("IEND", nil)...)
}

// combinations are all colour types and depths.
var combinations = [][2]int{
	{gray, 1}, {gray, 2}, {gray, 4}, {gray, 8}, {gray, 16}, {rgb, 8}, {rgb, 16}, {indexed, 1}, {indexed, 2}, {indexed, 4},
	{indexed, 8}, {grayAlpha, 8}, {grayAlpha, 16}, {rgbAlpha, 8}, {rgbAlpha, 16},
}

// draw returns a picture of a kind: smooth with some noise, so that all filters and matches have something to do.
func draw(r *rand.Rand, colour, depth, w, h int) *spec {
	s := &spec{width: w, height: h, depth: depth, colour: colour, filter: -1, level: []int{0, 1, 6, -2}[r.IntN(4)]}
	noise := make([]int, 997)
	strength := r.IntN(3) * r.IntN(1<<depth)
	for i := range noise {
		noise[i] = r.IntN(strength + 1)
	}
	sx, sy, opaque := r.IntN(9), r.IntN(9), r.IntN(3)
	h2 := s.header()
	alpha := -1
	if colour == grayAlpha || colour == rgbAlpha {
		alpha = h2.samples() - 1
	}
	s.sample = func(x, y, i int) int {
		v := (x*sx+y*sy*(i+1))<<depth>>7 + noise[(x*31+y*17+i*7)%997]
		if i == alpha && (opaque == 0 || opaque == 1 && y < 13) {
			return 1<<depth - 1
		}
		return v & (1<<depth - 1)
	}
	if colour == indexed {
		s.palette = make([]byte, 3*(1+r.IntN(1<<depth)))
		for i := range s.palette {
			s.palette[i] = byte(r.Uint32())
		}
	}
	if r.IntN(2) == 0 {
		switch colour {
		case indexed:
			s.transparency = make([]byte, r.IntN(min(256, len(s.palette)/3+3)))
			for i := range s.transparency {
				s.transparency[i] = byte(max(r.IntN(512), 255) - r.IntN(2)*r.IntN(256))
			}
		case gray, rgb: // the colour of some pixel, mostly
			x, y := r.IntN(w), r.IntN(h)
			for i := range h2.samples() {
				s.transparency = binary.BigEndian.AppendUint16(s.transparency, uint16(s.sample(x, y, i)+r.IntN(5)/4))
			}
		}
	}
	s.split = []int{0, 0, 1, 7, 100, 8192}[r.IntN(6)]
	return s
}
