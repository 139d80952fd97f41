package synth

import (
	"image"
	"image/color"
)

// glyph is a mark of 5 x 7 dots, a row a byte, the leftmost dot in bit 4. Rows 0 and 1 are above the small letters.
type glyph [7]uint8

// text paints a page: perhaps a heading, then paragraphs of words, ragged on the right.
func text(img *image.RGBA, r *source) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	paper(img, r)
	ink := randomColour(r, 0, 70)
	alphabet := newAlphabet(r)
	dot := max(1, min(w, h)*r.between(100, 160)/100/240) // pixels a side
	margin := max(dot, w*r.between(4, 12)/100)
	y := max(dot, h*r.between(4, 12)/100)
	if r.chance(60) {
		line(img, r, alphabet, ink, 2*dot, image.Rect(margin, y, w*r.between(40, 90)/100, y))
		y += 24 * dot
	}
	for bottom := h - margin - 7*dot; y < bottom; y += 6 * dot {
		left := margin + 12*dot // a paragraph's first line is indented
		for range r.between(2, 7) {
			if y >= bottom {
				return
			}
			line(img, r, alphabet, ink, dot, image.Rect(left, y, w-margin-dot*r.between(0, 24), y))
			y += 11 * dot
			left = margin
		}
		line(img, r, alphabet, ink, dot, image.Rect(left, y, w*r.between(20, 80)/100, y))
		y += 11 * dot
	}
}

// paper covers the picture with a light, unevenly lit and slightly grainy sheet.
func paper(img *image.RGBA, r *source) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sheet := randomColour(r, 215, 250)
	light := newFractal(r, 2, 2, 8<<8, 0, w, h)
	film := newGrain(r)
	shade := make([]int32, w)
	for y := range h {
		light.row(shade, y, h)
		row := img.Pix[y*img.Stride:][:4*w]
		for x := range w {
			put(row[4*x:4*x+4:4*x+4], lighter(sheet, int(shade[x]>>8)+film.next()>>1))
		}
	}
}

// line sets words from where.Min until the next word would pass where.Max.X.
func line(img *image.RGBA, r *source, alphabet []glyph, ink color.RGBA, dot int, where image.Rectangle) {
	x := where.Min.X
	for {
		letters := r.between(1, 9)
		if x+6*dot*letters > where.Max.X {
			return
		}
		for range letters {
			alphabet[r.between(0, len(alphabet)-1)].paint(img, x, where.Min.Y, dot, ink)
			x += 6 * dot
		}
		x += 4 * dot
	}
}

// newAlphabet makes up letters of a few strokes each.
func newAlphabet(r *source) []glyph {
	letters := make([]glyph, 26)
	for i := range letters {
		g := &letters[i]
		top := 2
		if r.chance(30) {
			top = 0 // an ascender
		}
		for range r.between(2, 3) {
			g.stroke(r.between(0, 5), top)
		}
	}
	return letters
}

// stroke adds one of six strokes between the row top and the foot of the letter.
func (g *glyph) stroke(which, top int) {
	for y := top; y < 7; y++ {
		switch {
		case which == 0: // left stem
			g[y] |= 0b10000
		case which == 1 && y >= 2: // right stem, of a small letter's height
			g[y] |= 0b00010
		case which == 2 && y == 2, which == 3 && y == 6, which == 4 && y == 4: // bars: over, under, between
			g[y] |= 0b11110
		case which == 5 && y >= 2: // a diagonal
			g[y] |= 0b100000 >> (y - 1)
		}
	}
}

// paint draws the glyph with dots of the given side, its upper left corner at x, y.
func (g *glyph) paint(img *image.RGBA, x, y, dot int, ink color.RGBA) {
	for i, bits := range g {
		for j := range 5 {
			if bits&(0b10000>>j) != 0 {
				fill(img, image.Rect(x+j*dot, y+i*dot, x+(j+1)*dot, y+(i+1)*dot), ink)
			}
		}
	}
}
