package battery

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"

	"github.com/hashmatch/engine/internal/synth"
)

const (
	letterWidth, letterHeight = 7, 13
	baseline                  = 11
)

// lettering returns text as a mask of so many pixels in height. The letters are of a face of dots that is scaled as
// pictures are: soft, and as coarse as captions are after some savings.
func lettering(text string, height int) *image.Alpha {
	small := image.NewRGBA(image.Rect(0, 0, letterWidth*max(len(text), 1), letterHeight))
	d := font.Drawer{Dst: small, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(0, baseline)}
	d.DrawString(text)
	height = max(height, 1)
	big := synth.Resize(small, max(1, small.Rect.Dx()*height/letterHeight), height)
	mask := image.NewAlpha(big.Rect)
	for y := range height {
		for x := range big.Rect.Dx() {
			a := int(big.Pix[big.PixOffset(x, y)+3])
			mask.Pix[mask.PixOffset(x, y)] = uint8(min(255, max(0, a*3-255))) // firmer edges
		}
	}
	return mask
}

// textWidth is the width of text that is height pixels high.
func textWidth(text string, height int) int { return letterWidth * len(text) * height / letterHeight }

// write writes text on m; x, y is the upper left corner.
func write(m *image.RGBA, text string, x, y, height int, c color.Color) {
	mask := lettering(text, height)
	draw.DrawMask(m, mask.Rect.Add(image.Pt(x, y)), image.NewUniform(c), image.Point{}, mask, image.Point{}, draw.Over)
}

// writeMiddle writes text in the middle of the width, smaller if it would not go in.
func writeMiddle(m *image.RGBA, text string, y, height int, c color.Color) {
	w, _ := size(m)
	height = min(height, w*letterHeight/(letterWidth*len(text)+letterWidth))
	write(m, text, (w-textWidth(text, height))/2, y, height, c)
}

// outlined writes white letters with a black edge in the middle of the width.
func outlined(m *image.RGBA, text string, y, height int) {
	for _, d := range [][2]int{{-1, -1}, {1, -1}, {-1, 1}, {1, 1}, {0, 0}} {
		c := color.Color(black)
		if d == [2]int{} {
			c = white
		}
		w, _ := size(m)
		high := min(height, w*letterHeight/(letterWidth*len(text)+letterWidth))
		edge := max(1, high/14)
		write(m, text, (w-textWidth(text, high))/2+d[0]*edge, y+d[1]*edge, high, c)
	}
}

// watermark writes a word across the middle, percent of the height high.
func watermark(m *image.RGBA, percent float64) *image.RGBA {
	out := clone(m)
	_, h := size(m)
	writeMiddle(out, "SAMPLE", h/2-share(percent, h)/2, share(percent, h), color.RGBA{120, 120, 120, 120})
	return out
}

// signed writes a name into the lower right corner.
func signed(m *image.RGBA, percent float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	high := share(percent, h)
	write(out, "example.com", w*98/100-textWidth("example.com", high), h*98/100-high, high, color.RGBA{225, 225, 225, 225})
	return out
}

// dated writes the time into the lower left corner, as cameras of old did.
func dated(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	date := []string{"04/07 '98 14:22", "2003 11 30", "19:05 12.02.01"}[r.IntN(3)]
	write(out, date, w*4/100, h*96/100-share(percent, h), share(percent, h), color.RGBA{250, 140, 30, 255})
	return out
}

// tiled writes a word all over, percent of the height high, as agencies do.
func tiled(m *image.RGBA, percent float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	high := max(share(percent, h), 1)
	step := textWidth("preview  ", high)
	for row, y := 0, high; y < h; row, y = row+1, y+4*high {
		for x := -row * step / 3 % step; x < w; x += step {
			write(out, "preview", x, y, high, color.RGBA{130, 130, 130, 130})
		}
	}
	return out
}

// meme writes two lines, above and below, percent of the height high.
func meme(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	_, h := size(m)
	high := share(percent, h)
	first := []string{"ONE DOES NOT", "WHAT IF I TOLD YOU", "THAT MOMENT WHEN"}[r.IntN(3)]
	second := []string{"SIMPLY HASH IT", "IT IS MONDAY", "THE TEA IS COLD"}[r.IntN(3)]
	outlined(out, first, h*2/100, high)
	outlined(out, second, h*97/100-high, high)
	return out
}

// banner lays a bar with a line of text over the foot of the picture.
func banner(m *image.RGBA, percent float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	fill(out, box(m, 0, 100-percent, 100, 100), color.RGBA{20, 20, 30, 255})
	write(out, "Breaking: local news", w*2/100, h-share(percent*0.75, h), share(percent/2, h), white)
	return out
}

// redacted covers percent of the area with a black box, somewhere.
func redacted(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	fill(out, somewhere(m, percent, r), black)
	return out
}

// pixelated covers percent of the area with coarse squares, somewhere.
func pixelated(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	w, _ := size(m)
	return mosaic(m, somewhere(m, percent, r), max(4, w/24))
}

// somewhere returns a box of the picture's shape of percent of its area, nearer to the middle than to the edges.
func somewhere(m *image.RGBA, percent float64, r *rand.Rand) image.Rectangle {
	side := 100 * math.Sqrt(percent/100)
	at := func() float64 { return (100 - side) * (0.25 + 0.5*r.Float64()) }
	x, y := at(), at()
	return box(m, x, y, x+side, y+side)
}

// barred lays a black bar across, as over eyes, percent of the height high.
func barred(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	y := 25 + 30*r.Float64()
	fill(out, box(m, 10, y, 90, y+percent), black)
	return out
}

// logo lays a disc on a plate into the upper right corner, percent of the width wide.
func logo(m *image.RGBA, percent float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	side := share(percent, w)
	plate := image.Rect(w-side-w/50, h/50, w-w/50, h/50+side)
	fill(out, plate, color.RGBA{235, 235, 240, 255})
	disc(out, plate.Min.Add(image.Pt(side/2, side/2)), side*2/5, color.RGBA{210, 40, 50, 255})
	return out
}

// disc paints a filled circle.
func disc(m *image.RGBA, at image.Point, radius int, c color.RGBA) {
	for y := -radius; y <= radius; y++ {
		half := int(math.Sqrt(float64(radius*radius - y*y)))
		fill(m, image.Rect(at.X-half, at.Y+y, at.X+half+1, at.Y+y+1), c)
	}
}

// stickered puts five faces on the picture, each percent of the height wide.
func stickered(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	radius := max(1, share(percent/2, h))
	for range 5 {
		at := image.Pt(r.IntN(w), r.IntN(h))
		disc(out, at, radius, color.RGBA{250, 200, 40, 255})
		for _, eye := range []int{-1, 1} {
			disc(out, at.Add(image.Pt(eye*radius/3, -radius/4)), max(1, radius/7), black)
		}
		fill(out, image.Rect(-radius/2, radius/3, radius/2, radius/3+max(1, radius/7)).Add(at), black)
	}
	return out
}

// scribbled draws lines freely over the picture, percent of the height thick.
func scribbled(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	radius := max(1, share(percent/2, h))
	x, y, angle := float64(w)/2, float64(h)/2, 2*math.Pi*r.Float64()
	for range 2 * (w + h) / radius {
		angle += r.NormFloat64() * 0.25
		x, y = x+float64(radius)*math.Cos(angle), y+float64(radius)*math.Sin(angle)
		if x < 0 || y < 0 || x >= float64(w) || y >= float64(h) {
			x, y, angle = float64(w)*r.Float64(), float64(h)*r.Float64(), 2*math.Pi*r.Float64()
		}
		disc(out, image.Pt(int(x), int(y)), radius, color.RGBA{220, 30, 60, 255})
	}
	return out
}
