package tiff

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
)

// spec is a TIFF to be written.
type spec struct {
	w, h           int
	big            bool
	compression    int
	predictor      int
	photometric    int
	depth, samples int
	extra          int // what the sample behind the colours is; -1 if that is not said
	planar         bool
	tileW, tileH   int
	rowsPerStrip   int // 0: not said
	fillReversed   bool
	values         []uint16 // samples, pixel by pixel
	colours        []uint16
	blocks         [][]byte // as they were written
}

func (s *spec) order() binary.AppendByteOrder {
	if s.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// fill makes up the samples and the palette.
func (s *spec) fill(rng *rand.Rand) {
	s.values = make([]uint16, s.w*s.h*s.samples)
	for i := range s.values {
		s.values[i] = uint16(rng.IntN(1 << s.depth))
		if i > 0 && rng.IntN(2) == 0 {
			s.values[i] = s.values[i-1]
		}
	}
	if s.photometric == palette {
		s.colours = make([]uint16, 3<<s.depth)
		for i := range s.colours {
			s.colours[i] = uint16(rng.Uint32())
		}
	}
}

// row packs the samples of a block's row in one plane (-1: all). What lies beyond the picture is 0.
func (s *spec) row(x, y, width, plane int) []byte {
	var out []byte
	var bits, have uint
	before := make([]uint16, s.samples)
	for i := range width {
		for c := range s.samples {
			if plane >= 0 && c != plane {
				continue
			}
			var v uint16
			if x+i < s.w && y < s.h {
				v = s.values[(y*s.w+x+i)*s.samples+c]
			}
			if s.predictor == 2 {
				v, before[c] = v-before[c], v
			}
			switch s.depth {
			case 16:
				out = s.order().AppendUint16(out, v)
			default:
				bits, have = bits<<s.depth|uint(v)&(1<<s.depth-1), have+uint(s.depth)
				if have == 8 {
					out, have = append(out, byte(bits)), 0
				}
			}
		}
	}
	if have > 0 {
		out = append(out, byte(bits<<(8-have)))
	}
	return out
}

func (s *spec) compress(rng *rand.Rand, raw []byte, rowLen int) []byte {
	switch s.compression {
	case lzwCodes:
		return lzwPack(raw)
	case deflate, deflateOld:
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write(raw)
		z.Close()
		return b.Bytes()
	case packBits:
		return packBytes(rng, raw)
	case group3, group4:
		return fax(raw, rowLen, s)
	}
	return raw
}

// write returns the file.
func (s *spec) write(rng *rand.Rand) []byte {
	planes := []int{-1}
	if s.planar {
		planes = nil
		for c := range s.samples {
			planes = append(planes, c)
		}
	}
	bw, bh := s.w, s.h
	if s.rowsPerStrip > 0 {
		bh = s.rowsPerStrip
	}
	if s.tileW > 0 {
		bw, bh = s.tileW, s.tileH
	}
	s.blocks = nil
	for _, plane := range planes {
		for y := 0; y < s.h; y += bh {
			for x := 0; x < s.w; x += bw {
				var raw []byte
				rows := bh
				if s.tileW == 0 {
					rows = min(bh, s.h-y)
				}
				n := 0
				for r := range rows {
					row := s.row(x, y+r, bw, plane)
					n = len(row)
					raw = append(raw, row...)
				}
				s.blocks = append(s.blocks, s.compress(rng, raw, n))
			}
		}
	}
	return s.assemble()
}

// assemble writes the header, the blocks and the directory.
func (s *spec) assemble() []byte {
	o := s.order()
	out := []byte("II*\x00\x00\x00\x00\x00")
	if s.big {
		out = []byte("MM\x00*\x00\x00\x00\x00")
	}
	var offsets, counts []uint32
	for _, b := range s.blocks {
		offsets, counts = append(offsets, uint32(len(out))), append(counts, uint32(len(b)))
		out = append(out, b...)
	}
	type entry struct {
		tag, kind int
		values    []uint32
	}
	wide := func(v []uint16) (w []uint32) {
		for _, x := range v {
			w = append(w, uint32(x))
		}
		return w
	}
	entries := []entry{
		{tagWidth, 3, []uint32{uint32(s.w)}}, {tagHeight, 4, []uint32{uint32(s.h)}},
		{tagBits, 3, wide(slices.Repeat([]uint16{uint16(s.depth)}, s.samples))},
		{tagCompression, 3, []uint32{uint32(s.compression)}}, {tagPhotometric, 3, []uint32{uint32(s.photometric)}},
		{tagSamples, 3, []uint32{uint32(s.samples)}},
	}
	if s.fillReversed {
		entries = append(entries, entry{tagFillOrder, 3, []uint32{2}})
	}
	if s.tileW > 0 {
		entries = append(entries, entry{tagTileWidth, 3, []uint32{uint32(s.tileW)}}, entry{tagTileHeight, 3, []uint32{uint32(s.tileH)}},
			entry{tagTileOffsets, 4, offsets}, entry{tagTileCounts, 4, counts})
	} else {
		entries = append(entries, entry{tagStripOffsets, 4, offsets}, entry{tagStripCounts, 4, counts})
	}
	if s.rowsPerStrip > 0 {
		entries = append(entries, entry{tagRowsPerStrip, 3, []uint32{uint32(s.rowsPerStrip)}})
	}
	if s.planar {
		entries = append(entries, entry{tagPlanar, 3, []uint32{2}})
	}
	if s.predictor > 0 {
		entries = append(entries, entry{tagPredictor, 3, []uint32{uint32(s.predictor)}})
	}
	if s.colours != nil {
		entries = append(entries, entry{tagColours, 3, wide(s.colours)})
	}
	if s.extra >= 0 {
		entries = append(entries, entry{tagExtra, 3, []uint32{uint32(s.extra)}})
	}
	slices.SortFunc(entries, func(a, b entry) int { return a.tag - b.tag })
	var fields []byte
	for _, e := range entries {
		var v []byte
		for _, x := range e.values {
			if e.kind == 3 {
				v = o.AppendUint16(v, uint16(x))
			} else {
				v = o.AppendUint32(v, x)
			}
		}
		fields = o.AppendUint32(o.AppendUint16(o.AppendUint16(fields, uint16(e.tag)), uint16(e.kind)), uint32(len(e.values)))
		if len(v) > 4 {
			fields = o.AppendUint32(fields, uint32(len(out)))
			out = append(out, v...)
		} else {
			fields = append(fields, append(v, 0, 0, 0, 0)[:4]...)
		}
	}
	at := uint32(len(out))
	copy(out[4:], o.AppendUint32(nil, at))
	out = append(o.AppendUint16(out, uint16(len(entries))), fields...)
	return o.AppendUint32(out, 0)
}

// picture returns what the file shows.
func (s *spec) picture() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, s.w, s.h))
	most := 1<<s.depth - 1
	eight := func(v uint16) uint8 {
		if s.depth == 16 {
			return uint8(v >> 8)
		}
		return uint8(int(v) * 255 / most)
	}
	for i := range s.w * s.h {
		v := s.values[i*s.samples:][:s.samples]
		c := color.NRGBA{A: 255}
		colours := 1
		switch s.photometric {
		case whiteIsZero:
			c.R = ^eight(v[0])
			c.G, c.B = c.R, c.R
		case blackIsZero:
			c.R = eight(v[0])
			c.G, c.B = c.R, c.R
		case palette:
			n := len(s.colours) / 3
			c.R, c.G, c.B = uint8(s.colours[v[0]]>>8), uint8(s.colours[n+int(v[0])]>>8), uint8(s.colours[2*n+int(v[0])]>>8)
		case rgb:
			colours = 3
			c.R, c.G, c.B = eight(v[0]), eight(v[1]), eight(v[2])
		case cmyk:
			colours = 4
			c.R, c.G, c.B = color.CMYKToRGB(uint8(v[0]), uint8(v[1]), uint8(v[2]), uint8(v[3]))
		}
		if s.samples == colours+1 && s.extra == 2 {
			c.A = eight(v[colours])
		}
		m.SetNRGBA(i%s.w, i/s.w, c)
	}
	return m
}

// packBytes is PackBits, with runs and literals as they come.
func packBytes(rng *rand.Rand, raw []byte) (out []byte) {
	for len(raw) > 0 {
		n := 1
		for n < min(len(raw), 128) && raw[n] == raw[0] {
			n++
		}
		switch {
		case rng.IntN(20) == 0:
			out = append(out, 0x80) // nothing
		case n > 1:
			out, raw = append(out, byte(1-n), raw[0]), raw[n:]
		default:
			n = min(1+rng.IntN(128), len(raw))
			out, raw = append(append(out, byte(n-1)), raw[:n]...), raw[n:]
		}
	}
	return out
}

// bitWriter writes codes, the high bits first.
type bitWriter struct {
	out  []byte
	bits uint64
	have int
}

func (w *bitWriter) write(code uint64, n int) {
	w.bits, w.have = w.bits<<n|code, w.have+n
	for w.have >= 8 {
		w.have -= 8
		w.out = append(w.out, byte(w.bits>>w.have))
	}
}

func (w *bitWriter) close() []byte {
	if w.have > 0 {
		w.write(0, 8-w.have)
	}
	return w.out
}

// lzwPack is TIFF's LZW.
func lzwPack(raw []byte) []byte {
	var w bitWriter
	table, width := map[string]int{}, 9
	code := func(s []byte) int {
		if len(s) == 1 {
			return int(s[0])
		}
		return table[string(s)]
	}
	w.write(256, 9)
	start := 0
	for i := range raw {
		s := raw[start : i+1]
		if _, ok := table[string(s)]; ok || len(s) == 1 {
			continue
		}
		w.write(uint64(code(raw[start:i])), width)
		table[string(s)] = 258 + len(table)
		start = i
		switch next := 258 + len(table); {
		case next == 4094:
			w.write(256, 12)
			table, width = map[string]int{}, 9
		case next == 1<<width:
			width++
		}
	}
	if start < len(raw) {
		w.write(uint64(code(raw[start:])), width)
		if 258+len(table)+1 == 1<<width {
			width++
		}
	}
	w.write(257, width)
	return w.close()
}

// Codes of runs of 2..7 pixels, which is all that faxRows makes.
var (
	whiteRuns = map[int][2]uint64{2: {7, 4}, 3: {8, 4}, 4: {11, 4}, 5: {12, 4}, 6: {14, 4}, 7: {15, 4}}
	blackRuns = map[int][2]uint64{0: {0x37, 10}, 2: {3, 2}, 3: {2, 2}, 4: {3, 3}, 5: {3, 4}, 6: {2, 4}, 7: {3, 5}}
)

// faxRows makes up a bilevel picture whose runs are of 2..7 pixels, each row beginning with white.
func (s *spec) faxRows(rng *rand.Rand) {
	white := uint16(1)
	if s.photometric == whiteIsZero {
		white = 0
	}
	s.values = nil
	for range s.h {
		for left, v := s.w, white; left > 0; v = 1 - v {
			n := min(2+rng.IntN(6), left)
			if left-n == 1 {
				if n--; n < 2 {
					n += 2
				}
			}
			s.values = append(s.values, slices.Repeat([]uint16{v}, n)...)
			left -= n
		}
	}
}

// fax codes a strip's rows, each for itself.
func fax(raw []byte, rowLen int, s *spec) []byte {
	var w bitWriter
	eol := func() { w.write(1, 12) }
	if s.compression == group3 {
		eol()
	}
	for ; len(raw) > 0; raw = raw[rowLen:] {
		runs := []int{}
		last := byte(2)
		for x := range s.w {
			bit := raw[x/8] >> (7 - x%8) & 1
			if bit != last {
				runs = append(runs, 0)
			}
			runs[len(runs)-1]++
			last = bit
		}
		for i, n := range runs {
			if s.compression == group4 && i%2 == 0 {
				w.write(1, 3) // horizontal
			}
			code := whiteRuns[n]
			if i%2 == 1 {
				code = blackRuns[n]
			}
			w.write(code[0], int(code[1]))
		}
		if s.compression == group4 && len(runs)%2 == 1 {
			w.write(blackRuns[0][0], int(blackRuns[0][1]))
		}
		if s.compression == group3 {
			eol()
		}
	}
	for range map[int]int{group3: 5, group4: 2}[s.compression] {
		eol()
	}
	out := w.close()
	if s.fillReversed {
		for i, b := range out {
			out[i] = b>>7 | b>>5&2 | b>>3&4 | b>>1&8 | b<<1&16 | b<<3&32 | b<<5&64 | b<<7
		}
	}
	return out
}
