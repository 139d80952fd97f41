package raster

import "encoding/binary"

// word returns the first eight bytes.
func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// sums16 sums the bytes of up to eight rows, column by column, in 16 bits each, four to a word: luma being linear, the
// samples need no weight before a whole row of cells is there, and a row is added eight bytes at a time whatever its
// layout.
type sums16 struct {
	layout  Layout
	rows    int
	lanes   []uint64 // for each eight bytes of a row, the sums of the even ones and those of the odd ones
	columns []uint16
}

// even has the lanes' low bytes.
const even = 0x00ff00ff00ff00ff

// start makes room for rows of width pixels.
func (s *sums16) start(width int, l *Layout) {
	words := (width*l.Step + 7) / 8
	s.layout = *l
	s.lanes = Grow(s.lanes, 2*words)
	s.columns = Grow(s.columns, 8*words)
}

// add adds a row.
func (s *sums16) add(pix []byte) {
	if s.rows == 0 {
		clear(s.lanes)
	}
	s.rows++
	lanes := s.lanes
	for len(pix) >= 32 && len(lanes) >= 8 {
		addWord(lanes[0:2:2], word(pix))
		addWord(lanes[2:4:4], word(pix[8:]))
		addWord(lanes[4:6:6], word(pix[16:]))
		addWord(lanes[6:8:8], word(pix[24:]))
		pix, lanes = pix[32:], lanes[8:]
	}
	for ; len(pix) >= 8; pix, lanes = pix[8:], lanes[2:] {
		addWord(lanes[:2], word(pix))
	}
	if len(pix) > 0 {
		var last [8]byte
		copy(last[:], pix)
		addWord(lanes[:2], word(last[:]))
	}
}

func addWord(lanes []uint64, w uint64) {
	lanes[0] += w & even
	lanes[1] += w >> 8 & even
}

// fold adds the weighted sums to those of the cells, and forgets the rows.
func (s *sums16) fold(sums []uint32, width, scale int) {
	if s.rows == 0 {
		return
	}
	s.rows = 0
	columns := s.columns
	for lanes := s.lanes; len(lanes) >= 2 && len(columns) >= 8; lanes, columns = lanes[2:], columns[8:] {
		e, o := lanes[0], lanes[1]
		columns[0], columns[1] = uint16(e), uint16(o)
		columns[2], columns[3] = uint16(e>>16), uint16(o>>16)
		columns[4], columns[5] = uint16(e>>32), uint16(o>>32)
		columns[6], columns[7] = uint16(e>>48), uint16(o>>48)
	}
	l := s.layout
	columns = s.columns[:width*l.Step]
	for i := range sums {
		cell := columns[:min(scale*l.Step, len(columns))]
		columns = columns[len(cell):]
		if l.gray() {
			var v uint32
			for at := l.R; at < len(cell); at += l.Step {
				v += uint32(cell[at])
			}
			sums[i] += v << point
			continue
		}
		r, g, b := l.total(cell)
		sums[i] += red*r + green*g + blue*b
	}
}

// total sums the columns of a cell that are red, green and blue.
func (l *Layout) total(cell []uint16) (r, g, b uint32) {
	var v0, v1, v2, v3 uint32
	switch l.Step {
	case 3:
		for ; len(cell) >= 3; cell = cell[3:] {
			v0 += uint32(cell[0])
			v1 += uint32(cell[1])
			v2 += uint32(cell[2])
		}
	case 4:
		for ; len(cell) >= 4; cell = cell[4:] {
			v0 += uint32(cell[0])
			v1 += uint32(cell[1])
			v2 += uint32(cell[2])
			v3 += uint32(cell[3])
		}
	default:
		for ; len(cell) >= l.Step; cell = cell[l.Step:] {
			r += uint32(cell[l.R])
			g += uint32(cell[l.G])
			b += uint32(cell[l.B])
		}
		return r, g, b
	}
	v := [4]uint32{v0, v1, v2, v3}
	return v[l.R&3], v[l.G&3], v[l.B&3]
}

// addOver adds a row's luma times alpha to the cells.
func addOver(overs []uint64, pix []byte, l *Layout, scale int) {
	step, r, g, b, a := l.Step, l.R, l.G, l.B, l.A
	for i := range overs {
		cell := pix[:min(scale*step, len(pix))]
		pix = pix[len(cell):]
		var sum uint64
		for ; len(cell) >= step; cell = cell[step:] {
			sum += uint64(luma(cell[r], cell[g], cell[b])) * uint64(cell[a])
		}
		overs[i] += sum
	}
}

// add adds a row of colour numbers, the first of them x pixels from the left, to the cells.
func (p *Palette) add(sums []uint32, x int, pix []byte, scale int) {
	sums = sums[x/scale:]
	if lead := min((scale-x%scale)%scale, len(pix)); lead > 0 {
		sums[0] += p.total(pix[:lead])
		if sums, pix = sums[1:], pix[lead:]; len(pix) == 0 {
			return
		}
	}
	t := &p.luma
	if scale == 8 {
		for ; len(pix) >= 8 && len(sums) > 0; sums, pix = sums[1:], pix[8:] {
			sums[0] += t[pix[0]] + t[pix[1]] + t[pix[2]] + t[pix[3]] + t[pix[4]] + t[pix[5]] + t[pix[6]] + t[pix[7]]
		}
	} else {
		for ; len(pix) >= 4 && len(sums) > 0; sums, pix = sums[1:], pix[4:] {
			sums[0] += t[pix[0]] + t[pix[1]] + t[pix[2]] + t[pix[3]]
		}
	}
	if len(pix) > 0 {
		sums[0] += p.total(pix)
	}
}

// total sums the luma of the pixels of one cell.
func (p *Palette) total(pix []byte) (sum uint32) {
	for _, i := range pix {
		sum += p.luma[i]
	}
	return sum
}

// addOver does the same with luma times alpha.
func (p *Palette) addOver(overs []uint64, x int, pix []byte, scale int) {
	for _, i := range pix {
		overs[x/scale] += uint64(p.over[i])
		x++
	}
}
