package jpegluma

import (
	"context"
	"fmt"
	mathbits "math/bits"
)

// finish makes the samples of what a progressive file's scans have gathered.
func (d *Decoder) finish(ctx context.Context) error {
	for i := range min(d.n, 3) {
		if !d.wanted(i) {
			continue
		}
		c := &d.comps[i]
		if !d.hasQuant[c.tq] {
			return corrupt(fmt.Sprintf("quantization table %d is missing", c.tq), d.in.pos)
		}
		d.quantize(i)
		for y := range c.loneDown {
			if ctx.Err() != nil {
				return fmt.Errorf("jpegluma: row %d of %d: %w", y, c.loneDown, ctx.Err())
			}
			d.finishRow(i, y)
		}
	}
	return nil
}

// finishRow makes the samples of a row of blocks of component i.
func (d *Decoder) finishRow(i, y int) {
	c, stored, out := &d.comps[i], &d.stored[i], &d.out[i]
	side := 8 / d.scale
	mean := d.mean[i].pix[y*d.mean[i].stride:][:c.loneAcross]
	to := out.pix[y*side*out.stride:]
	at := y * stored.across
	step := int32(d.quant[c.tq][0])
	for x := range mean {
		dc := int32(stored.dc[at+x]) * step
		mean[x] = clamp((dc+4)>>3 + 128)
		switch {
		case d.scale == 8:
		case d.scale == 4:
			var sums int64
			block := (*[64]int16)(stored.ac[64*(at+x):])
			for set := stored.set[at+x]; set != 0; set &= set - 1 {
				k := mathbits.TrailingZeros64(set)
				sums += int64(block[natural[k&63]]) * d.weights[i][k+1]
			}
			quarters(dc, sums, to[2*x:], out.stride)
		case stored.set[at+x] == 0:
			flatBlock(mean[x], to[8*x:], out.stride)
		default:
			block := (*[64]int16)(stored.ac[64*(at+x):])
			block[0] = saturate(dc)
			inverse(block, &d.steps[i], to[8*x:], out.stride)
		}
	}
}

// The parts of a row's worth that its coefficients make up at the scales below 8; see Result.Share.
const (
	shareDC   = 0.90
	shareLow  = 0.08
	shareHigh = 0.02
	fineShare = 0.001
)

// share is Result.Share. ended says that the file has its end marker.
func (d *Decoder) share(ended bool) float64 {
	if d.n == 0 {
		return 0
	}
	share := 1.0
	for i := range min(d.n, 3) {
		if d.wanted(i) {
			share = min(share, d.componentShare(&d.seen[i], ended))
		}
	}
	return share
}

func (d *Decoder) componentShare(p *progress, ended bool) float64 {
	share := p.share[0]
	exact := p.low[0] == 1 // down to the last bit
	if d.progressive && d.scale < 8 {
		var low, high float64
		for k := 1; k < 64; k++ {
			reached := p.share[k]
			if p.low[k] == 0 && ended && !d.damaged {
				reached = 1 // a file may do without
			}
			if k <= 5 {
				low += reached / 5
			} else {
				high += reached / 58
			}
			exact = exact && p.low[k] == 1
		}
		share = min(share*(shareDC+shareLow*low+shareHigh*high), 1)
	}
	if d.damaged || !ended && !exact {
		share = min(share, 1-fineShare)
	}
	return share
}

// clipMargin is by how much a colour may be out of range without being called clipped: quantization alone does so much.
const clipMargin = 6

// clipSamples is at most how many blocks of luma are looked at in a picture.
const clipSamples = 1 << 12

// clipped is Result.Clipped.
func (d *Decoder) clipped() float64 {
	if d.n != 3 || d.model() != YCbCr {
		return 0
	}
	luma, cb, cr := &d.comps[0], &d.comps[1], &d.comps[2]
	step := 1
	for ceil(luma.loneAcross, step)*ceil(luma.loneDown, step) > clipSamples {
		step++
	}
	// How far a block of luma takes one in chroma, with 16 bits behind the point.
	ratio := func(c *component) int { return ceil(c.h<<16, d.hmax) }
	toCb, toCr := ratio(cb), ratio(cr)
	clipped, seen := 0, 0
	for y := 0; y < luma.loneDown; y += step {
		rowY := d.mean[0].pix[y*d.mean[0].stride:][:luma.loneAcross]
		rowCb := d.mean[1].pix[y*cb.v/d.vmax*d.mean[1].stride:][:cb.across]
		rowCr := d.mean[2].pix[y*cr.v/d.vmax*d.mean[2].stride:][:cr.across]
		for x := 0; x < len(rowY); x += step {
			u := int32(rowCb[x*toCb>>16]) - 128
			v := int32(rowCr[x*toCr>>16]) - 128
			r, g, b := 1436*v>>10, -(352*u+731*v)>>10, 1815*u>>10
			grey := int32(rowY[x])
			if grey+max(r, g, b) > 255+clipMargin || grey+min(r, g, b) < -clipMargin {
				clipped++
			}
			seen++
		}
	}
	return float64(clipped) / float64(seen)
}
