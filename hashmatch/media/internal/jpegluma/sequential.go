package jpegluma

import (
	"context"
	"encoding/binary"
)

// sequentialScan decodes a scan of a baseline or extended file. Scans of chroma alone are decoded for their means.
func (d *Decoder) sequentialScan(ctx context.Context) error {
	s := &d.scan
	s.layOut(&d.frame, sequential)
	for i := range s.n {
		if d.seen[min(s.parts[i].component, 2)].any() {
			return corrupt("a component comes twice", s.at)
		}
	}
	for i := range s.n {
		if err := d.prepare(&s.parts[i]); err != nil {
			return err
		}
	}
	good, err := d.walk(ctx)
	if err != nil {
		return err
	}
	for i := range s.n {
		d.seen[s.parts[i].component].whole(good, s.across*s.down)
	}
	return nil
}

// prepare finds the tables for a part's lanes.
func (d *Decoder) prepare(p *part) error {
	s, c := &d.scan, &d.comps[p.component]
	dc, ac := &d.specs[0][p.dc], &d.specs[1][p.ac]
	wanted := d.wanted(p.component)
	if dc.n == 0 || ac.n == 0 || wanted && !d.hasQuant[c.tq] {
		return corrupt("a scan whose tables are missing", s.at)
	}
	need := toSkip
	if wanted && d.scale < 8 {
		need = toRead
		d.quantize(p.component)
	}
	codes := d.codes.find(dc, ac, need)
	for i := range s.blocks {
		if g := &s.lanes[i]; g.part == p {
			g.codes, g.read, g.quant = codes, need == toRead, int32(d.quant[c.tq][0])
		}
	}
	return nil
}

// sequentialRow is row for a sequential scan.
func (d *Decoder) sequentialRow(y, x, stop int) int {
	s := &d.scan
	side := 8 / d.scale
	for i := range s.blocks {
		g := &s.lanes[i]
		p := g.part
		mean, out := &d.mean[p.component], &d.out[p.component]
		g.mean = mean.pix[(y*p.v+g.by)*mean.stride+g.bx:]
		if g.read {
			g.out = out.pix[((y*p.v+g.by)*out.stride+g.bx)*side:]
		}
	}
	switch d.scale {
	case 8:
		return d.row8(x, stop)
	case 4:
		return d.row4(x, stop)
	}
	return d.row1(x, stop)
}

// row8 takes the means of all blocks, which is what DC is.
func (d *Decoder) row8(x, stop int) int {
	in := &d.in
	lanes := d.scan.lanes[:d.scan.blocks]
	w := &in.window
	acc, n, p := in.acc, in.n, in.p
	for ; x < stop; x++ {
		for i := range lanes {
			g := &lanes[i]
			acc, n, p = load(w, acc, n, p)
			c := g.codes
			var k uint32
			var diff int32
			if e := c.start[acc>>(64-startBits)]; e != 0 {
				acc <<= e & 31
				n -= uint(e & 31)
				k = e >> 8 & 255
				diff = int32(e) >> 16
			} else {
				taken, v, ok := c.slowDC(acc)
				if !ok {
					return x
				}
				acc <<= taken & 63
				n -= taken
				diff = v
				acc, n, p = load(w, acc, n, p)
				k = 1
			}
			part := g.part
			part.pred += diff
			g.mean[x*part.h] = clamp((part.pred*g.quant+4)>>3 + 128)
			t := &c.step
			for k < 64 {
				before := acc
				e := uint32(t[acc>>(64-stepBits)]) // the start and three steps take at most 51 bits
				acc <<= e & 15
				n -= uint(e & 15)
				k += e >> 4
				if k < 64 {
					before = acc
					e = uint32(t[acc>>(64-stepBits)])
					acc <<= e & 15
					n -= uint(e & 15)
					k += e >> 4
					if k < 64 {
						before = acc
						e = uint32(t[acc>>(64-stepBits)])
						acc <<= e & 15
						n -= uint(e & 15)
						k += e >> 4
						if k < 64 {
							acc, n, p = load(w, acc, n, p)
							continue
						}
					}
				}
				advance := e >> 4
				if k == 64 || advance >= stepEnd && advance != stepNone && k < 128 {
					break
				}
				// No whole symbol in the window, or the step went past the block's end: one symbol by itself.
				acc, n, p = load(w, before, n+uint(e&15), p)
				k -= advance
				taken, one, _ := c.slowAC(acc)
				acc <<= taken & 63
				n -= taken
				if one == eob {
					break
				}
				if k += one; one == 0 || k > 64 {
					return x
				}
				acc, n, p = load(w, acc, n, p)
			}
		}
		if p > in.edge {
			in.bits = bits{acc, n, p}
			if in.over() {
				return x
			}
			acc, n, p = in.acc, in.n, in.p
		}
	}
	in.bits = bits{acc, n, p}
	return x
}

// row4 makes of each wanted block the means of its four quarters.
func (d *Decoder) row4(x, stop int) int {
	in := &d.in
	lanes := d.scan.lanes[:d.scan.blocks]
	b := in.bits
	for ; x < stop; x++ {
		for i := range lanes {
			g := &lanes[i]
			p := g.part
			var diff int32
			var ok bool
			if !g.read {
				if b, diff, ok = skipBlock(&in.window, b, g.codes); !ok {
					return x
				}
				p.pred += diff
				g.mean[x*p.h] = clamp((p.pred*g.quant+4)>>3 + 128)
				continue
			}
			var sums int64
			if b, diff, sums, ok = sumBlock(&in.window, b, g.codes, &d.weights[p.component]); !ok {
				return x
			}
			p.pred += diff
			dc := p.pred * g.quant
			g.mean[x*p.h] = clamp((dc+4)>>3 + 128)
			quarters(dc, sums, g.out[2*x*p.h:], d.out[p.component].stride)
		}
		if b.p > in.edge {
			in.bits = b
			if in.over() {
				return x
			}
			b = in.bits
		}
	}
	in.bits = b
	return x
}

// row1 decodes the wanted blocks whole.
func (d *Decoder) row1(x, stop int) int {
	in := &d.in
	lanes := d.scan.lanes[:d.scan.blocks]
	block := &d.block
	b := in.bits
	for ; x < stop; x++ {
		for i := range lanes {
			g := &lanes[i]
			p := g.part
			var diff int32
			var ok, flat bool
			if !g.read {
				if b, diff, ok = skipBlock(&in.window, b, g.codes); !ok {
					return x
				}
				p.pred += diff
				g.mean[x*p.h] = clamp((p.pred*g.quant+4)>>3 + 128)
				continue
			}
			if b, diff, flat, ok = readBlock(&in.window, b, g.codes, block); !ok {
				clear(block[:])
				return x
			}
			p.pred += diff
			dc := p.pred * g.quant
			mean := clamp((dc+4)>>3 + 128)
			g.mean[x*p.h] = mean
			out, stride := g.out[8*x*p.h:], d.out[p.component].stride
			if flat {
				flatBlock(mean, out, stride)
				continue
			}
			block[0] = saturate(dc)
			inverse(block, &d.steps[p.component], out, stride)
		}
		if b.p > in.edge {
			in.bits = b
			if in.over() {
				return x
			}
			b = in.bits
		}
	}
	in.bits = b
	return x
}

// flatBlock fills a block of 8x8 samples.
func flatBlock(v byte, out []byte, stride int) {
	w := uint64(v) * 0x0101010101010101
	for y := range 8 {
		binary.LittleEndian.PutUint64(out[y*stride:], w)
	}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}

// saturate returns the int16 that is nearest to v.
func saturate(v int32) int16 {
	return int16(min(max(v, -1<<15), 1<<15-1))
}
