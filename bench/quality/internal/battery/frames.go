package battery

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"

	"github.com/hashmatch/engine/internal/synth"
)

// captioned puts a bar with a line of text above or below, percent of the height high.
func captioned(m *image.RGBA, percent float64, below bool, paper, ink color.RGBA) *image.RGBA {
	_, h := size(m)
	above, under := percent, 0.0
	if below {
		above, under = under, above
	}
	out := padded(m, 0, above, 0, under, paper)
	y := share(percent/4, h)
	if below {
		y += h
	}
	writeMiddle(out, "when you see it, you know", y, share(percent/2, h), ink)
	return out
}

// look is the colours of a program.
type look struct{ ground, ink, bar color.RGBA }

var (
	light = look{gray(255), gray(25), gray(240)}
	dark  = look{gray(0), gray(230), gray(28)}
)

// phone returns a screenshot of a telephone that shows m across its whole width: bars and buttons above and below. The
// screen is wide pixels wide.
func phone(m *image.RGBA, wide float64, l look) *image.RGBA {
	w := int(wide)
	h := w * 19 / 9
	out := canvas(w, h, l.ground)
	s := fitted(m, w, h*76/100)
	sw, sh := size(s)
	paste(s, out, (w-sw)/2, h*11/100+(h*76/100-sh)/2)
	line := w / 22
	write(out, "9:41", w*6/100, h*2/100, line, l.ink)
	write(out, "5G 82%", w-w*6/100-textWidth("5G 82%", line), h*2/100, line, l.ink)
	write(out, "< some_name", w*4/100, h*6/100, line, l.ink)
	write(out, "Reply   Share   Save", w*6/100, h*90/100, line, l.ink)
	fill(out, image.Rect(w*35/100, h*98/100, w*65/100, h*98/100+max(1, h/200)), l.ink)
	return out
}

// post returns a screenshot of a page on which m was posted: a name above, hearts and comments below, all on one ground.
func post(m *image.RGBA, wide float64, l look) *image.RGBA {
	w := int(wide)
	s := fitted(m, w*92/100, 2*w)
	sw, sh := size(s)
	line := w / 24
	out := canvas(w, sh+11*line, l.ground)
	disc(out, image.Pt(2*line, 2*line), line*4/5, color.RGBA{90, 130, 190, 255})
	write(out, "Some Name  -  3 h", 4*line, line, line, l.ink)
	paste(s, out, (w-sw)/2, 4*line)
	write(out, "142 likes   17 comments", w*4/100, sh+5*line, line, l.ink)
	fill(out, image.Rect(0, sh+13*line/2, w, sh+13*line/2+1), l.bar)
	write(out, "other_name what a day that was!", w*4/100, sh+7*line, line, l.ink)
	write(out, "third_name +1", w*4/100, sh+9*line, line, l.ink)
	return out
}

// desktop returns a screenshot of a desk on which a program shows m, percent of the screen wide, over a plain ground or
// over another picture.
func desktop(m *image.RGBA, percent float64, wallpaper bool, l look, r *rand.Rand) *image.RGBA {
	const w, h = 1120, 630
	out := canvas(w, h, color.RGBA{58, 100, 140, 255})
	if wallpaper {
		paste(synth.Picture(synth.Landscape, r.Uint64(), w, h), out, 0, 0)
	}
	fill(out, image.Rect(0, h-26, w, h), gray(35))
	write(out, "Menu    Files    Pictures                    14:05", 10, h-20, 14, gray(220))
	s := fitted(m, share(percent, w), h-26-70)
	sw, sh := size(s)
	x, y := r.IntN(max(1, w-sw-150)), r.IntN(max(1, h-26-sh-50))
	window := image.Rect(x, y, x+sw+150, y+sh+46)
	fill(out, window.Add(image.Pt(4, 4)), color.RGBA{0, 0, 0, 90})
	fill(out, window, l.ground)
	fill(out, image.Rect(x, y, window.Max.X, y+22), l.bar)
	write(out, "holiday_0412.jpg", x+10, y+4, 14, l.ink)
	for i := range 8 {
		write(out, fmt.Sprintf("folder %d", i+1), x+8, y+30+i*20, 13, l.ink)
	}
	paste(s, out, x+140, y+28)
	return out
}

// viewed returns a screenshot of a program that shows m on the whole of a wide screen, below its menu.
func viewed(m *image.RGBA, high float64, l look) *image.RGBA {
	h := int(high)
	w := h * 16 / 9
	out := canvas(w, h, l.ground)
	fill(out, image.Rect(0, 0, w, h/24), l.bar)
	write(out, "File  Edit  View  Image  Help", w/100, h/120, h/36, l.ink)
	s := fitted(m, w, h-h/24-h/30)
	sw, sh := size(s)
	paste(s, out, (w-sw)/2, h/24+(h-h/24-h/30-sh)/2)
	fill(out, image.Rect(0, h-h/30, w, h), l.bar)
	return out
}

// collage sets m beside other pictures in columns and rows, with a gap in percent of the width between them.
func collage(m *image.RGBA, columns, rows int, gap float64, r *rand.Rand) *image.RGBA {
	w, h := size(m)
	g := share(gap, w)
	out := canvas(columns*w+(columns-1)*g, rows*h+(rows-1)*g, white)
	mine := r.IntN(columns * rows)
	for i := range columns * rows {
		cell := m
		if i != mine {
			cell = synth.Picture(synth.Landscape, r.Uint64(), w, h)
		}
		paste(cell, out, i%columns*(w+g), i/columns*(h+g))
	}
	return scaled(out, 100/float64(max(columns, rows)))
}

// instant returns m as a print with a white frame that is wide below, percent of the width elsewhere.
func instant(m *image.RGBA, percent float64) *image.RGBA {
	return padded(m, percent, percent, percent, 4*percent, color.RGBA{246, 244, 238, 255})
}

// rounded returns m with round corners on a ground with a margin, as chats show pictures: percent of the width.
func rounded(m *image.RGBA, percent float64, ground color.RGBA) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	radius := max(1, share(percent, w))
	for y := range radius {
		for x := range radius {
			dx, dy := radius-x, radius-y
			if dx*dx+dy*dy > radius*radius {
				for _, at := range []image.Point{{x, y}, {w - 1 - x, y}, {x, h - 1 - y}, {w - 1 - x, h - 1 - y}} {
					out.SetRGBA(at.X, at.Y, ground)
				}
			}
		}
	}
	return framed(out, percent, ground)
}

// photographed returns m as a camera takes it from a screen: seen a little from the side, a little turned and larger
// than the view by percent, with the grid of the screen, glare, blur and noise.
func photographed(m *image.RGBA, percent, degrees float64, r *rand.Rand) *image.RGBA {
	w, h := size(m)
	fw, fh := float64(w), float64(h)
	lean := 0.03 + 0.03*r.Float64()
	m = rotated(m, degrees, gray(18))
	m = warped(m, gray(18), func(x, y float64) (float64, float64) {
		k := (1 + lean*(y/fh-0.5)) * (1 + percent/100)
		return (x-fw/2)/k + fw/2, (y-fh/2)/(1+percent/100) + fh/2
	})
	return shot(m, r)
}

// shot adds what the camera adds: the grid of the screen, glare from one side, blur, tone and noise.
func shot(m *image.RGBA, r *rand.Rand) *image.RGBA {
	w, h := size(m)
	out := blurred(m, 0.9)
	for y := range h {
		for x := range w {
			p := out.Pix[y*out.Stride+4*x:][:3]
			k := 1.0
			if (x+y/7)%3 == 0 {
				k = 0.9
			}
			glare := max(0, 60*(1-float64(x+y)/float64(w/2+h/2)))
			for c := range p {
				p[c] = byteOf(float64(p[c])*k*0.92 + glare + 6)
			}
		}
	}
	return noisy(gamma(cast(out, 0.97, 1.06), 0.9), 5, r)
}

// printed returns m as a camera takes it from paper: paler, warm, in the light of one side, a little turned, with a strip
// of the table at the edges.
func printed(m *image.RGBA, percent, degrees float64, r *rand.Rand) *image.RGBA {
	m = framed(cast(faded(m, 9), 1.05, 0.9), percent, color.RGBA{112, 84, 60, 255})
	return noisy(blurred(sideLight(rotated(m, degrees, color.RGBA{112, 84, 60, 255}), 25), 0.8), 4, r)
}
