package inflate

import "io"

// headerScratch is what a block's header is read into.
type headerScratch struct {
	meta    [1 << metaRoot]uint32
	lengths [288 + 32]uint8
}

// metaOrder is the order of the lengths of the codes for code lengths.
var metaOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// blockHeader reads a block's header (RFC 1951, 3.2.3) and its tables.
func (d *Decoder) blockHeader() error {
	v, err := d.take(3)
	if err != nil {
		return err
	}
	d.final = v&1 == 1
	switch v >> 1 {
	case 0:
		d.place = inStored
		return d.storedHeader()
	case 1:
		d.place = inCodes
		d.fixedTables()
		return nil
	case 2:
		d.place = inCodes
		return d.dynamicTables()
	}
	return ErrCorrupt
}

// storedHeader reads the length of a stored block, which is there twice.
func (d *Decoder) storedHeader() error {
	d.align()
	v, err := d.take(32)
	if err != nil {
		return err
	}
	if v&0xffff != ^v>>16 {
		return ErrCorrupt
	}
	d.stored = int(v & 0xffff)
	return nil
}

// fixedTables makes the tables of RFC 1951, 3.2.6.
func (d *Decoder) fixedTables() {
	if d.fixed {
		return
	}
	d.fixed = true
	lengths := d.header.lengths[:288]
	for i := range lengths {
		switch {
		case i < 144 || i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	build(d.literals[:], litRoot, lengths, litSymbols[:])
	for i := range 32 {
		lengths[i] = 5
	}
	build(d.distances[:], distRoot, lengths[:32], distSymbols[:])
}

// dynamicTables reads the codes of a block (RFC 1951, 3.2.7).
func (d *Decoder) dynamicTables() error {
	v, err := d.take(14)
	if err != nil {
		return err
	}
	nlit, ndist, nmeta := int(v&31)+257, int(v>>5&31)+1, int(v>>10)+4
	if nlit > 286 || ndist > 30 {
		return ErrCorrupt
	}
	meta := d.header.lengths[:19]
	clear(meta)
	for _, at := range metaOrder[:nmeta] {
		v, err := d.take(3)
		if err != nil {
			return err
		}
		meta[at] = uint8(v)
	}
	if !build(d.header.meta[:], metaRoot, meta, metaSymbols[:]) {
		return ErrCorrupt
	}
	lengths := d.header.lengths[:nlit+ndist]
	if err := d.readLengths(lengths); err != nil {
		return err
	}
	d.fixed = false
	if !build(d.literals[:], litRoot, lengths[:nlit], litSymbols[:]) ||
		!build(d.distances[:], distRoot, lengths[nlit:], distSymbols[:]) {
		return ErrCorrupt
	}
	pair(d.literals[:], litRoot, lengths[:nlit])
	return nil
}

// readLengths reads the lengths of both alphabets' codes, in which repeats may go from the one into the other.
func (d *Decoder) readLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		if d.n < metaRoot+7 {
			d.refill()
		}
		e := d.header.meta[d.acc&(1<<metaRoot-1)]
		size := uint(e & 63)
		if e&special != 0 {
			return ErrCorrupt
		}
		if size > d.n {
			return io.ErrUnexpectedEOF
		}
		d.acc >>= size
		d.n -= size
		symbol := e >> 16
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		repeated, bits, least := uint8(0), uint(7), 11
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			repeated, bits, least = lengths[i-1], 2, 3
		case 17:
			bits, least = 3, 3
		}
		v, err := d.take(bits)
		if err != nil {
			return err
		}
		end := i + least + int(v)
		if end > len(lengths) {
			return ErrCorrupt
		}
		for ; i < end; i++ {
			lengths[i] = repeated
		}
	}
	return nil
}
