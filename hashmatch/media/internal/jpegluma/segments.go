package jpegluma

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// The markers that mean something here (T.81, table B.1).
const (
	markerDHT   = 0xc4
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP14 = 0xee
)

// nextMarker returns the next marker at or behind pos and the offset behind it; 0 and the length if there is none.
// Bytes that belong to no segment, fill bytes, stuffed zeros and restart markers are passed over, as image/jpeg does.
func nextMarker(data []byte, pos int) (marker byte, at int) {
	for pos < len(data) {
		i := bytes.IndexByte(data[pos:], 0xff)
		if i < 0 || pos+i+1 >= len(data) {
			break
		}
		pos += i + 1
		switch m := data[pos]; {
		case m == 0xff: // a fill byte: look at the next as the marker's first
		case m == 0 || m >= markerRST0 && m <= markerRST7:
			pos++
		default:
			return m, pos + 1
		}
	}
	return 0, len(data)
}

// segmentAt returns the segment whose length is at an offset, without it, and the offset behind; -1 if it is cut or its
// length is none.
func segmentAt(data []byte, at int) (segment []byte, after int) {
	if at+2 > len(data) {
		return nil, -1
	}
	n := int(binary.BigEndian.Uint16(data[at:]))
	if n < 2 || at+n > len(data) {
		return nil, -1
	}
	return data[at+2 : at+n], at + n
}

// segments goes through the file. It returns the offset behind its end marker, -1 if there is none. Before the first
// scan of luma whatever is wrong is an error; after it, it ends the picture.
func (d *Decoder) segments(ctx context.Context, dst *plane.Plane) (end int, err error) {
	data := d.in.src
	if len(data) < 2 || data[0] != 0xff || data[1] != markerSOI {
		return -1, corrupt("no JPEG", 0)
	}
	begun := false
	for d.in.pos = 2; ; {
		if ctx.Err() != nil {
			return -1, fmt.Errorf("jpegluma: offset %d: %w", d.in.pos, ctx.Err())
		}
		marker, at := nextMarker(data, d.in.pos)
		switch marker {
		case 0:
			return -1, nil
		case markerEOI:
			return at, nil
		}
		segment, after := segmentAt(data, at)
		if after < 0 {
			return -1, nil
		}
		d.in.pos = after
		if marker == markerSOS {
			if d.n == 0 {
				return -1, corrupt("a scan comes before its frame", at)
			}
			if !begun {
				if err := d.begin(dst); err != nil {
					return -1, err
				}
				begun = true
			}
			err = d.startOfScan(ctx, segment, at)
		} else {
			err = d.table(marker, segment, at)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return -1, err
		case !d.seen[0].any():
			return -1, err
		case marker != markerSOS:
			return -1, nil
		default:
			d.damaged = true
		}
	}
}

// table takes a segment that is not a scan.
func (d *Decoder) table(marker byte, segment []byte, at int) error {
	switch marker {
	case markerDQT:
		return d.quantization(segment, at)
	case markerDHT:
		return d.huffman(segment, at)
	case markerDRI:
		if len(segment) != 2 {
			return corrupt("a restart interval of the wrong length", at)
		}
		d.interval = int(binary.BigEndian.Uint16(segment))
		return nil
	}
	return d.take(marker, segment, at)
}

// quantization reads a DQT segment (T.81, B.2.4.1).
func (d *Decoder) quantization(segment []byte, at int) error {
	for len(segment) > 0 {
		precision, id := segment[0]>>4, segment[0]&15
		size := 64 << precision
		if precision > 1 || id > 3 || len(segment) < 1+size {
			return corrupt("a bad quantization table", at)
		}
		for i := range 64 {
			if precision == 0 {
				d.quant[id][natural[i]] = uint16(segment[1+i])
			} else {
				d.quant[id][natural[i]] = binary.BigEndian.Uint16(segment[1+2*i:])
			}
		}
		d.hasQuant[id] = true
		segment = segment[1+size:]
	}
	return nil
}

// huffman reads a DHT segment (T.81, B.2.4.2). Codes are only made of the tables that scans use.
func (d *Decoder) huffman(segment []byte, at int) error {
	for len(segment) > 0 {
		class, id := segment[0]>>4, segment[0]&15
		if class > 1 || id > 3 || d.baseline && id > 1 || len(segment) < 17 {
			return corrupt("a bad Huffman table", at)
		}
		n := 16
		for _, c := range segment[1:17] {
			n += int(c)
		}
		if n > 16+256 || len(segment) < 1+n {
			return corrupt("a Huffman table of the wrong length", at)
		}
		if !d.specs[class][id].set(segment[1 : 1+n]) {
			return corrupt("a Huffman table with more codes than there are", at)
		}
		segment = segment[1+n:]
	}
	return nil
}

// startOfScan reads a scan's header (T.81, B.2.3) and decodes what is wanted of the scan. d.in is left somewhere in
// the scan or at its end.
func (d *Decoder) startOfScan(ctx context.Context, segment []byte, at int) error {
	if len(segment) < 6 {
		return corrupt("a short scan header", at)
	}
	n := int(segment[0])
	if n < 1 || n > d.n || len(segment) != 4+2*n {
		return corrupt("a scan header of the wrong length", at)
	}
	s := &d.scan
	*s = scan{n: n, at: at}
	blocks := 0
	for i := range n {
		which := -1
		for j := range d.n {
			if d.comps[j].id == segment[1+2*i] {
				which = j
			}
		}
		if which < 0 {
			return corrupt(fmt.Sprintf("a scan of the unknown component %d", segment[1+2*i]), at)
		}
		for _, other := range s.parts[:i] {
			if other.component == which {
				return corrupt("a scan with the same component twice", at)
			}
		}
		dc, ac := segment[2+2*i]>>4, segment[2+2*i]&15
		if dc > 3 || ac > 3 || d.baseline && (dc > 1 || ac > 1) {
			return corrupt(fmt.Sprintf("a scan with Huffman tables %d and %d", dc, ac), at)
		}
		s.parts[i] = part{component: which, dc: dc, ac: ac}
		blocks += d.comps[which].h * d.comps[which].v
	}
	if n > 1 && blocks > maxBlocks {
		return corrupt(fmt.Sprintf("%d blocks in a unit", blocks), at)
	}
	s.first, s.last, s.high, s.low = segment[1+2*n], segment[2+2*n], segment[3+2*n]>>4, segment[3+2*n]&15
	if d.progressive {
		return d.progressiveScan(ctx)
	}
	return d.sequentialScan(ctx)
}
