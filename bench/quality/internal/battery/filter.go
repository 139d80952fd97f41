package battery

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
)

// blurred returns m blurred by a Gaussian of so many pixels.
func blurred(m *image.RGBA, sigma float64) *image.RGBA {
	radius := max(1, int(3*sigma+0.5))
	kernel := make([]float32, 2*radius+1)
	sum := 0.0
	for i := range kernel {
		sum += math.Exp(-float64((i-radius)*(i-radius)) / (2 * sigma * sigma))
	}
	for i := range kernel {
		kernel[i] = float32(math.Exp(-float64((i-radius)*(i-radius))/(2*sigma*sigma)) / sum)
	}
	return convolved(m, kernel, kernel)
}

// convolved filters rows by one kernel and columns by another, both of an odd length; edges are repeated.
func convolved(m *image.RGBA, across, down []float32) *image.RGBA {
	w, h := size(m)
	rows := make([]float32, 3*w*h)
	r := len(across) / 2
	for y := range h {
		in, out := m.Pix[y*m.Stride:][:4*w], rows[3*w*y:][:3*w]
		for x := range w {
			var a, b, c float32
			for i, k := range across {
				p := in[4*min(max(x+i-r, 0), w-1):][:3]
				a, b, c = a+k*float32(p[0]), b+k*float32(p[1]), c+k*float32(p[2])
			}
			out[3*x], out[3*x+1], out[3*x+2] = a, b, c
		}
	}
	out := image.NewRGBA(m.Rect)
	r = len(down) / 2
	sum := make([]float32, 3*w)
	for y := range h {
		clear(sum)
		for i, k := range down {
			for x, v := range rows[3*w*min(max(y+i-r, 0), h-1):][:3*w] {
				sum[x] += k * v
			}
		}
		for x := range w {
			p := out.Pix[y*out.Stride+4*x:][:4]
			p[0], p[1], p[2], p[3] = byteOf(float64(sum[3*x])), byteOf(float64(sum[3*x+1])), byteOf(float64(sum[3*x+2])), 255
		}
	}
	return out
}

// moved returns m as a camera sees it that moves along by so many pixels.
func moved(m *image.RGBA, pixels float64) *image.RGBA {
	kernel := make([]float32, int(pixels)/2*2+1)
	for i := range kernel {
		kernel[i] = 1 / float32(len(kernel))
	}
	return convolved(m, kernel, []float32{1})
}

// sharpened adds what a blur takes away.
func sharpened(m *image.RGBA, amount float64) *image.RGBA {
	out := blurred(m, 1.2)
	for i, v := range m.Pix {
		if i%4 != 3 {
			out.Pix[i] = byteOf(float64(v) + amount*(float64(v)-float64(out.Pix[i])))
		}
	}
	return out
}

// noisy adds a Gaussian's noise to each channel.
func noisy(m *image.RGBA, sigma float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	for i, v := range out.Pix {
		if i%4 != 3 {
			out.Pix[i] = byteOf(float64(v) + r.NormFloat64()*sigma)
		}
	}
	return out
}

// peppered sets percent of the pixels black or white.
func peppered(m *image.RGBA, percent float64, r *rand.Rand) *image.RGBA {
	out := clone(m)
	for i := 0; i < len(out.Pix); i += 4 {
		if r.Float64() < percent/100 {
			v := uint8(255 * r.IntN(2))
			out.Pix[i], out.Pix[i+1], out.Pix[i+2] = v, v, v
		}
	}
	return out
}

// median returns the median of each 3 x 3 pixels, channel by channel, so many times over.
func median(m *image.RGBA, times float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	for range int(times) {
		in := clone(out)
		for y := 1; y < h-1; y++ {
			for x := 1; x < w-1; x++ {
				for c := range 3 {
					var v [9]uint8
					for i := range v {
						v[i] = in.Pix[(y+i/3-1)*in.Stride+4*(x+i%3-1)+c]
					}
					slices.Sort(v[:])
					out.Pix[y*out.Stride+4*x+c] = v[4]
				}
			}
		}
	}
	return out
}

// mosaic replaces squares of so many pixels within a part by their mean.
func mosaic(m *image.RGBA, r image.Rectangle, side int) *image.RGBA {
	out := clone(m)
	r = r.Intersect(m.Rect)
	for y := r.Min.Y; y < r.Max.Y; y += side {
		for x := r.Min.X; x < r.Max.X; x += side {
			square := image.Rect(x, y, x+side, y+side).Intersect(r)
			fill(out, square, meanOf(m, square))
		}
	}
	return out
}

func meanOf(m *image.RGBA, r image.Rectangle) color.RGBA {
	var sum [3]int
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := m.Pix[m.PixOffset(r.Min.X, y):][:4*r.Dx()]
		for i := 0; i < len(row); i += 4 {
			sum[0], sum[1], sum[2] = sum[0]+int(row[i]), sum[1]+int(row[i+1]), sum[2]+int(row[i+2])
		}
	}
	n := r.Dx() * r.Dy()
	return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255}
}

// dithered keeps so many levels of each channel, and hands what is lost on to the pixels that come next, as pictures with
// few colours have it (Floyd and Steinberg 1976).
func dithered(m *image.RGBA, levels float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	step := 255 / (levels - 1)
	this, next := make([]float64, 3*(w+2)), make([]float64, 3*(w+2))
	for y := range h {
		for x := range w {
			p := out.Pix[y*out.Stride+4*x:][:3]
			for c := range p {
				at := 3*(x+1) + c
				want := float64(p[c]) + this[at]
				p[c] = byteOf(math.Round(want/step) * step)
				lost := want - float64(p[c])
				this[at+3] += lost * 7 / 16
				next[at-3] += lost * 3 / 16
				next[at] += lost * 5 / 16
				next[at+3] += lost / 16
			}
		}
		this, next = next, this
		clear(next)
	}
	return out
}
