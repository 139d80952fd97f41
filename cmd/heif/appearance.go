package heif

import (
	"fmt"
	"image"
	"math/big"

	"github.com/hashmatch/engine/hashmatch"
)

// matrix maps pixels as stored to pixels as shown, both counted from the picture's middle, y downwards: x' = xx*x + xy*y.
type matrix struct{ xx, xy, yx, yy int }

var upright = matrix{1, 0, 0, 1}

// orientations are the matrices of the EXIF orientations 1..8.
var orientations = [...]matrix{
	{1, 0, 0, 1}, {-1, 0, 0, 1}, {-1, 0, 0, -1}, {1, 0, 0, -1},
	{0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, -1, 0}, {0, 1, -1, 0},
}

// after is the matrix of m first and then next.
func (m matrix) after(next matrix) matrix {
	return matrix{
		next.xx*m.xx + next.xy*m.yx, next.xx*m.xy + next.xy*m.yy,
		next.yx*m.xx + next.yy*m.yx, next.yx*m.xy + next.yy*m.yy,
	}
}

// exif returns the EXIF orientation of m.
func (m matrix) exif() int {
	for i, o := range orientations {
		if o == m {
			return i + 1
		}
	}
	return 0
}

// longestProperty is the most bytes of a property that is handed on: a decoder configuration has some hundred.
const longestProperty = 1 << 16

// appearance reads an item's properties that every picture may have: its size, crop and turn, and how its colours are
// to be read. A property that the item must not be shown without is an error if it is unknown here.
func (f *file) appearance(it *item, p *picture) error {
	turn, turned := upright, false
	cropped := false
	for _, u := range it.uses {
		b := f.properties[u.property]
		if kept[string(b.kind[:])] && len(b.body) > longestProperty && !b.kind.is("colr") {
			return fmt.Errorf("a property %q of %d bytes: %w", b.kind[:], len(b.body), hashmatch.ErrLimit)
		}
		r := reader{data: b.body}
		switch string(b.kind[:]) {
		case "ispe":
			if p.width > 0 {
				continue
			}
			r.full()
			w, h := r.uint(4), r.uint(4)
			if w == 0 || h == 0 {
				return fmt.Errorf("a picture of %dx%d pixels: %w", w, h, hashmatch.ErrCorrupt)
			}
			if w > maxSide || h > maxSide {
				return fmt.Errorf("a picture of %dx%d pixels: %w", w, h, hashmatch.ErrLimit)
			}
			p.width, p.height = int(w), int(h)
			p.crop = image.Rect(0, 0, p.width, p.height)
		case "clap":
			if p.width == 0 || cropped || turned {
				return fmt.Errorf("cropped before its size or after a turn: %w", hashmatch.ErrUnsupported)
			}
			crop, err := cleanAperture(&r, p.width, p.height)
			if err != nil {
				return err
			}
			p.crop, cropped = crop, true
		case "irot":
			for range r.uint(1) & 3 {
				turn = turn.after(matrix{0, 1, -1, 0}) // anti-clockwise
			}
			turned = true
		case "imir":
			mirror := matrix{1, 0, 0, -1} // top and bottom change places
			if r.uint(1)&1 == 1 {
				mirror = matrix{-1, 0, 0, 1}
			}
			turn, turned = turn.after(mirror), true
		case "colr":
			if kind := r.fourCC(); kind.is("nclx") && !p.nclx.present {
				r.uint(4)
				p.nclx = nclx{present: true, matrix: int(r.uint(2)), full: r.uint(1)&0x80 != 0}
			}
		case "hvcC", "av1C", "pixi", "pasp", "clli", "mdcv", "cclv", "amve", "auxC", "lsel", "a1op", "a1lx", "rloc":
		default:
			if u.essential {
				return fmt.Errorf("a property %q that it must not be shown without: %w", b.kind[:], hashmatch.ErrUnsupported)
			}
		}
		if err := r.err(string(b.kind[:])); err != nil {
			return err
		}
	}
	if p.width == 0 {
		return fmt.Errorf("no size: %w", hashmatch.ErrCorrupt)
	}
	if turned {
		p.orientation = turn.exif()
	}
	return nil
}

// cleanAperture returns the part of a picture of w x h pixels that a clap property leaves. Its corner is rounded to the
// nearest pixel. Source: ISO/IEC 14496-12:2022, 12.1.4.
func cleanAperture(r *reader, w, h int) (image.Rectangle, error) {
	var q [4]*big.Rat // width, height, and where the middle is, from the picture's
	for i := range q {
		above, below := int64(int32(r.uint(4))), int64(uint32(r.uint(4)))
		if below == 0 || i < 2 && above <= 0 {
			return image.Rectangle{}, fmt.Errorf("a crop by %d/%d: %w", above, below, hashmatch.ErrCorrupt)
		}
		q[i] = big.NewRat(above, below)
	}
	x0, x1 := span(w, q[0], q[2])
	y0, y1 := span(h, q[1], q[3])
	crop := image.Rect(x0, y0, x1, y1)
	if x0 >= x1 || y0 >= y1 || !crop.In(image.Rect(0, 0, w, h)) {
		return image.Rectangle{}, fmt.Errorf("a crop of %dx%d pixels to %v: %w", w, h, crop, hashmatch.ErrCorrupt)
	}
	return crop, nil
}

// span returns where a crop of a side begins and ends: (side - length)/2 + offset, rounded, and length further.
func span(side int, length, offset *big.Rat) (from, to int) {
	at := new(big.Rat).Sub(big.NewRat(int64(side), 1), length)
	at.Mul(at, big.NewRat(1, 2)).Add(at, offset)
	from = round(at)
	return from, from + round(length)
}

// round returns the integer nearest to q, the greater of two. Numbers of 2^33 and more do not come here.
func round(q *big.Rat) int {
	sum := new(big.Rat).Add(q, big.NewRat(1, 2))
	floor := new(big.Int).Div(sum.Num(), sum.Denom()) // Euclidean: the denominator is positive
	return int(floor.Int64())
}
