// Package views finds variants of a picture by which an altered copy of it can be told: parts that stand for the whole
// (within borders, on a screenshot, between seams), crops, extensions that undo crops, and small turns. Package pdq
// hashes them. Everything is made from the picture's plane of luma.
//
// The arithmetic is float32 with every product rounded before it is added, and positions are integers, so that the same
// plane gives the same views on every processor.
package views

import (
	"slices"

	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// Side is that of the base: 128 x 128 cells, whatever the picture's proportions.
const Side = 128

// Base is a picture's luma in Side x Side cells, each the mean of its pixels. It is what variants are found on and turned
// pictures are sampled from.
type Base struct {
	area          pdq.Area // that the base is of
	Width, Height int      // of that, in pixels
	cells         [Side * Side]float32
	mean          float32
	lines         [Side * Side]int16              // the cells in units of 1/fine
	even          [(Side + 1) * (Side + 1)]uint16 // of the cells above and to the left of a corner, how many equal their neighbours

	edges         edges // memory of rectangles
	rows, columns lines
	found         []rect

	scratch plane.Scratch
	across  [1]*plane.Axis
	folded  [2]plane.Folded
	grids   [1][]float32
}

// boxes takes the mean of what lies in a cell. Where there are fewer pixels than cells, cells share them.
var boxes = plane.Kernel{Samples: Side, Weights: func(full, i int, buf []float64) (first int, weights []float64) {
	low, high := float64(i*full)/Side, float64((i+1)*full)/Side
	first = int(low)
	weights = buf[:0]
	for x := first; float64(x) < high; x++ {
		weights = append(weights, Side/float64(full))
	}
	weights[0] *= min(high, float64(first+1)) - low
	if last := len(weights) - 1; last > 0 {
		weights[last] *= high - float64(first+last)
	}
	return first, weights
}}

// Load makes the base of a picture.
func (b *Base) Load(p *plane.Plane) {
	b.load(p, pdq.Whole(p), boxes.Axis(p.FullWidth, p.Scale, false), boxes.Axis(p.FullHeight, p.Scale, false))
	b.countEven()
}

// loadPart makes the base of a part of a picture, on which more parts can be found.
func (b *Base) loadPart(p *plane.Plane, a pdq.Area) {
	b.load(p, a, boxes.FoldWindow(&b.folded[0], p.FullWidth, p.Scale, a.Across, false), boxes.FoldWindow(&b.folded[1], p.FullHeight, p.Scale, a.Down, false))
}

func (b *Base) load(p *plane.Plane, a pdq.Area, across, down *plane.Axis) {
	b.area, b.Width, b.Height = a, a.Across.To-a.Across.From, a.Down.To-a.Down.From
	b.across[0], b.grids[0] = across, b.cells[:]
	p.Reduce(&b.scratch, down, b.across[:], b.grids[:])
	sum := float32(0)
	for y := range Side {
		var four [4]float32 // a sum waits for the one before
		whole := b.line(y)
		for x, v := range b.row(y) {
			four[x&3] += v
			whole[x] = int16(v * fine)
		}
		sum += four[0] + four[1] + four[2] + four[3]
	}
	b.mean = sum / (Side * Side)
}

func (b *Base) row(y int) *[Side]float32 { return (*[Side]float32)(b.cells[y*Side:]) }

// line returns a row in whole numbers.
func (b *Base) line(y int) *[Side]int16 { return (*[Side]int16)(b.lines[y*Side:]) }

// sameTone is the greatest step between neighbouring cells of one colour. Drawings have areas in which nothing changes at
// all, and compressing them leaves next to nothing; light on walls and skies always changes a little.
const sameTone = 0.1

// countEven counts cells that equal their right and lower neighbours.
func (b *Base) countEven() {
	for y := range Side {
		row, below := b.row(y), b.row(min(y+1, Side-1))
		line := uint16(0)
		for x, v := range row {
			if within(v, row[min(x+1, Side-1)], sameTone) && within(v, below[x], sameTone) {
				line++
			}
			at := (y+1)*(Side+1) + x + 1
			b.even[at] = b.even[at-Side-1] + line
		}
	}
}

func within(a, b, tolerance float32) bool {
	d := a - b
	return d <= tolerance && d >= -tolerance
}

// box is a part of the base: cells from left and top up to but not including right and bottom.
type box struct{ left, top, right, bottom int }

var all = box{0, 0, Side, Side}

func (r box) area() int { return (r.right - r.left) * (r.bottom - r.top) }

const (
	mostEven = 20 // percent of a part's cells that equal their neighbours, above which it looks drawn
	mostTone = 26 // percent that have one tone of 64, likewise: paper, screens
)

// graphic reports whether a part looks drawn: flags, cards, signs, text, screens. Of clip art 96 in 100 do and of pages of
// text all, of photographs as they are sent 6 in 100: those with much black, white or fog.
func (b *Base) graphic(r box) bool {
	at := func(x, y int) int { return int(b.even[y*(Side+1)+x]) }
	n := at(r.right, r.bottom) - at(r.left, r.bottom) - at(r.right, r.top) + at(r.left, r.top)
	// Cells of a smaller picture share its pixels, and so equal each other.
	if b.Width >= Side && b.Height >= Side && 100*n > mostEven*r.area() {
		return true
	}
	count, of := b.count(r)
	return 100*slices.Max(count[:]) > mostTone*of
}

// tones are those of a histogram of luma.
const tones = 64

func tone(v int16) int { return int(v) / (256 / tones * fine) & (tones - 1) }

// count returns how many cells of a part have each tone, of how many: of every second row. Neighbours are counted apart:
// they mostly have one tone, and a sum waits for the one before.
func (b *Base) count(r box) (count [tones]int, of int) {
	var two [2][tones]int
	for y := r.top; y < r.bottom; y += 2 {
		row := b.line(y)[r.left:r.right]
		of += len(row)
		for x, v := range row {
			two[x&1][tone(v)]++
		}
	}
	for i := range count {
		count[i] = two[0][i] + two[1][i]
	}
	return count, of
}
