package synth

import (
	"image"
	"image/color"
	"math"
)

// scene is what a landscape shows, before any pixel of it.
type scene struct {
	zenith, horizon, cloud color.RGBA // the sky from its top to its foot, and what drifts in it
	cover                  int        // how cloudy, in the noise's units: all cloud at 1<<14, none at -1<<14
	layers                 []layer    // from the farthest ridge to the ground
}

// layer is a ridge or the ground, and hides what lies behind it.
type layer struct {
	top  []int32         // of each picture column: the first row that is the layer's
	tone [256]color.RGBA // its colours, from dark to light
}

// climates are the colours of landscapes: zenith, horizon, cloud, then the farthest and the nearest land.
var climates = [...][5]color.RGBA{
	{{58, 110, 190, 255}, {176, 206, 232, 255}, {246, 247, 250, 255}, {124, 150, 176, 255}, {70, 104, 46, 255}},   // summer
	{{70, 62, 110, 255}, {246, 168, 96, 255}, {226, 120, 110, 255}, {142, 104, 122, 255}, {92, 66, 54, 255}},      // dusk
	{{128, 136, 146, 255}, {198, 202, 206, 255}, {92, 98, 108, 255}, {134, 142, 148, 255}, {84, 90, 66, 255}},     // overcast
	{{44, 104, 172, 255}, {214, 220, 214, 255}, {240, 236, 226, 255}, {186, 150, 122, 255}, {196, 148, 88, 255}},  // desert
	{{96, 134, 178, 255}, {206, 216, 228, 255}, {236, 238, 244, 255}, {150, 166, 190, 255}, {216, 222, 232, 255}}, // snow
	{{14, 20, 48, 255}, {56, 70, 104, 255}, {96, 104, 130, 255}, {50, 62, 88, 255}, {58, 72, 70, 255}},            // night
	{{92, 152, 200, 255}, {228, 226, 196, 255}, {250, 244, 226, 255}, {146, 152, 120, 255}, {150, 120, 44, 255}},  // autumn
	{{150, 178, 190, 255}, {226, 214, 206, 255}, {250, 240, 234, 255}, {108, 132, 142, 255}, {44, 72, 60, 255}},   // morning mist
}

// landscape paints a sky with clouds and, before it, ridges that get darker and rougher as they come nearer.
func landscape(img *image.RGBA, r *source) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	s := newScene(r, w, h)
	sky := newFractal(r, r.between(3, 5), r.between(4, 7), 7000, 135, w, h)
	land := newFractal(r, r.between(5, 8), r.between(5, 8), 7000, 150, w, h)
	film := newGrain(r)

	clouds, relief := make([]int32, w), make([]int32, w)
	ahead := max(1, w/40) // the light comes from the right: a slope is lit when the relief falls towards it
	highest, lowest := s.extent()
	for y := range h {
		if y < lowest {
			sky.row(clouds, y, h)
		}
		if y >= highest {
			land.row(relief, y, h)
		}
		air := blend(s.zenith, s.horizon, min(256, y*360/h))
		row := img.Pix[y*img.Stride:][:4*w]
		for x := range w {
			var c color.RGBA
			if l := s.nearest(x, y); l != nil {
				slope := relief[x] - relief[min(x+ahead, w-1)]
				c = l.tone[clamp(int(128+relief[x]>>8+slope>>6))]
			} else {
				c = blend(air, s.cloud, cover(int(clouds[x])+s.cover))
			}
			put(row[4*x:4*x+4:4*x+4], lighter(c, film.next()))
		}
	}
}

// nearest returns the layer that hides the others at x, y; nil for the sky.
func (s *scene) nearest(x, y int) *layer {
	for i := len(s.layers) - 1; i >= 0; i-- {
		if int32(y) >= s.layers[i].top[x] {
			return &s.layers[i]
		}
	}
	return nil
}

// extent returns the first row with land, and the first without sky.
func (s *scene) extent() (highest, lowest int) {
	highest = math.MaxInt
	for x := range s.layers[0].top {
		top := math.MaxInt
		for i := range s.layers {
			top = min(top, int(s.layers[i].top[x]))
		}
		highest, lowest = min(highest, top), max(lowest, top)
	}
	return highest, lowest
}

// cover turns the density of a cloud into its opacity, 0..256.
func cover(density int) int { return max(0, min(256, density>>4)) }

// newScene draws the lots of a landscape.
func newScene(r *source, w, h int) *scene {
	climate := climates[r.between(0, len(climates)-1)]
	for i := range climate {
		climate[i] = blend(climate[i], randomColour(r, 0, 255), 40)
	}
	far, near := climate[3], climate[4]
	s := &scene{zenith: climate[0], horizon: climate[1], cloud: climate[2], cover: r.between(-3000, 3000)}
	layers := r.between(3, 5)
	first := r.between(25, 60) // the farthest ridge's height in percent of the picture from its top
	for i := range layers {
		l := layer{top: make([]int32, w)}
		base := first + (100-first)*i/layers
		skyline(r, l.top, base, h)
		middle := blend(far, near, 256*(i+1)/layers)
		contrast := 60 + 60*i/layers
		for t := range l.tone {
			l.tone[t] = lighter(middle, (t-128)*contrast>>7)
		}
		s.layers = append(s.layers, l)
	}
	return s
}

// skyline fills top with the rows of a ridge whose mean lies base percent of h below the picture's top.
func skyline(r *source, top []int32, base, h int) {
	rough := make([]int32, len(top))
	profile(r, rough, r.between(2, 5), 1<<13, r.between(100, 140))
	rise := r.between(10, 30)
	for x, v := range rough {
		top[x] = int32(int64(h) * int64(base<<13-rise*int(v)) / (100 << 13))
	}
}
