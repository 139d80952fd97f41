package battery

import (
	"image"
	"math"
)

// weights of red, green and blue in gray.
var (
	rec601 = [3]float64{0.299, 0.587, 0.114}
	rec709 = [3]float64{0.2126, 0.7152, 0.0722}
	mean   = [3]float64{1. / 3, 1. / 3, 1. / 3}
	green  = [3]float64{0, 1, 0}
)

// grayBy returns m without colour, by one of four weights of the channels.
func grayBy(m *image.RGBA, which float64) *image.RGBA {
	k := [][3]float64{rec601, rec709, mean, green}[int(which)]
	return matrix(m, [3][3]float64{k, k, k})
}

// mixed is the matrix that lies percent of the way from no change to k.
func mixed(k [3][3]float64, percent float64) [3][3]float64 {
	for i := range k {
		for j := range k[i] {
			k[i][j] *= percent / 100
		}
		k[i][i] += 1 - percent/100
	}
	return k
}

func sepia(m *image.RGBA, percent float64) *image.RGBA {
	return matrix(m, mixed([3][3]float64{{.393, .769, .189}, {.349, .686, .168}, {.272, .534, .131}}, percent))
}

// saturate scales colours' distance from gray.
func saturate(m *image.RGBA, percent float64) *image.RGBA {
	return matrix(m, mixed([3][3]float64{rec601, rec601, rec601}, 100-percent))
}

// cast scales red and blue.
func cast(m *image.RGBA, red, blue float64) *image.RGBA {
	return matrix(m, [3][3]float64{{red, 0, 0}, {0, 1, 0}, {0, 0, blue}})
}

// exchanged returns m with two of its channels exchanged.
func exchanged(m *image.RGBA, a, b int) *image.RGBA {
	k := [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	k[a], k[b] = k[b], k[a]
	return matrix(m, k)
}

// hue turns colours about gray by an angle in degrees, as SVG's feColorMatrix does.
func hue(m *image.RGBA, degrees float64) *image.RGBA {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return matrix(m, [3][3]float64{
		{.213 + .787*c - .213*s, .715 - .715*c - .715*s, .072 - .072*c + .928*s},
		{.213 - .213*c + .143*s, .715 + .285*c + .140*s, .072 - .072*c - .283*s},
		{.213 - .213*c - .787*s, .715 - .715*c + .715*s, .072 + .928*c + .072*s},
	})
}

// duotone maps dark to one colour and light to another.
func duotone(m *image.RGBA, percent float64) *image.RGBA {
	dark, light := [3]float64{30, 20, 80}, [3]float64{255, 225, 170}
	out := clone(m)
	for i := 0; i+4 <= len(out.Pix); i += 4 {
		p := out.Pix[i : i+4 : i+4]
		y := float64(lumaOf(p)) / 255
		for c := range 3 {
			p[c] = byteOf(float64(p[c])*(1-percent/100) + (dark[c]+(light[c]-dark[c])*y)*percent/100)
		}
	}
	return out
}

func brighter(m *image.RGBA, by float64) *image.RGBA {
	return curve(m, func(v float64) float64 { return v + by })
}

func contrast(m *image.RGBA, percent float64) *image.RGBA {
	return curve(m, func(v float64) float64 { return (v-128)*percent/100 + 128 })
}

func gamma(m *image.RGBA, g float64) *image.RGBA {
	return curve(m, func(v float64) float64 { return 255 * math.Pow(v/255, g) })
}

// sCurve darkens the dark and lightens the light: a logistic curve of a steepness, through black and white.
func sCurve(m *image.RGBA, steepness float64) *image.RGBA {
	f := func(x float64) float64 { return 1 / (1 + math.Exp(-steepness*(x-0.5))) }
	return curve(m, func(v float64) float64 { return 255 * (f(v/255) - f(0)) / (f(1) - f(0)) })
}

// faded lifts black and lowers white, as old prints and filters of phones do.
func faded(m *image.RGBA, percent float64) *image.RGBA {
	return curve(m, func(v float64) float64 { return 255*percent/100 + v*(1-1.4*percent/100) })
}

// solarised turns over what is lighter than a share of white.
func solarised(m *image.RGBA, percent float64) *image.RGBA {
	top := 255 * percent / 100
	return curve(m, func(v float64) float64 {
		if v > top {
			return 2*top - v
		}
		return v
	})
}

// posterised keeps so many levels of each channel.
func posterised(m *image.RGBA, levels float64) *image.RGBA {
	return curve(m, func(v float64) float64 { return math.Round(v/255*(levels-1)) * 255 / (levels - 1) })
}

// equalised spreads tones evenly, percent of the way.
func equalised(m *image.RGBA, percent float64) *image.RGBA {
	at := cumulated(m, m.Rect, 0)
	return curve(m, func(v float64) float64 { return v*(1-percent/100) + at[int(v)]*percent/100 })
}

// cumulated returns how many in 255 of a part's pixels are at most as light as each luma. A limit above 0 is how many
// times the mean one luma may count, what is over being shared out to all.
func cumulated(m *image.RGBA, r image.Rectangle, limit float64) (at [256]float64) {
	n := 0.0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := m.Pix[m.PixOffset(r.Min.X, y):][:4*r.Dx()]
		for i := 0; i < len(row); i += 4 {
			at[lumaOf(row[i:i+4])]++
			n++
		}
	}
	over := 0.0
	if limit > 0 {
		for i := range at {
			over += max(0, at[i]-limit*n/256)
			at[i] = min(at[i], limit*n/256)
		}
	}
	sum := 0.0
	for i := range at {
		sum += at[i] + over/256
		at[i] = 255 * sum / max(n, 1)
	}
	return at
}

// local equalises each of cells x cells parts by itself and blends between them: contrast-limited adaptive
// equalisation (Zuiderveld 1994), what "HDR" and "structure" do on phones.
func local(m *image.RGBA, cells, limit float64) *image.RGBA {
	w, h := size(m)
	n := int(cells)
	curves := make([][256]float64, n*n)
	for i := range curves {
		x, y := i%n, i/n
		curves[i] = cumulated(m, image.Rect(x*w/n, y*h/n, (x+1)*w/n, (y+1)*h/n), limit)
	}
	out := clone(m)
	for y := range h {
		j, v := between(y, h, n)
		for x := range w {
			i, u := between(x, w, n)
			p := out.Pix[y*out.Stride+4*x:][:3]
			l := lumaOf(p)
			at := func(dx, dy int) float64 { return curves[min(j+dy, n-1)*n+min(i+dx, n-1)][l] }
			to := (at(0, 0)*(1-u)+at(1, 0)*u)*(1-v) + (at(0, 1)*(1-u)+at(1, 1)*u)*v
			k := (to + 1) / float64(l+1)
			for c := range p {
				p[c] = byteOf(float64(p[c]) * k)
			}
		}
	}
	return out
}

// between returns the cell whose middle is before pixel i of n, and how far towards the next one the pixel is.
func between(i, n, cells int) (cell int, t float64) {
	at := (float64(i)+0.5)*float64(cells)/float64(n) - 0.5
	cell = max(0, int(math.Floor(at)))
	return cell, min(max(at-float64(cell), 0), 1)
}

// shaded multiplies every pixel by a factor of its place, which is -1..1 across and down.
func shaded(m *image.RGBA, factor func(u, v float64) float64) *image.RGBA {
	out := clone(m)
	w, h := size(m)
	for y := range h {
		v := (2*float64(y)+1)/float64(h) - 1
		for x := range w {
			p := out.Pix[y*out.Stride+4*x:][:3]
			k := factor((2*float64(x)+1)/float64(w)-1, v)
			for c := range p {
				p[c] = byteOf(float64(p[c]) * k)
			}
		}
	}
	return out
}

// vignette darkens the corners.
func vignette(m *image.RGBA, percent float64) *image.RGBA {
	return shaded(m, func(u, v float64) float64 { return 1 - percent/100*(1-math.Exp(-(u*u+v*v)/2)) })
}

// sideLight darkens from one side to the other.
func sideLight(m *image.RGBA, percent float64) *image.RGBA {
	return shaded(m, func(u, _ float64) float64 { return 1 - percent/100*(u+1)/2 })
}
