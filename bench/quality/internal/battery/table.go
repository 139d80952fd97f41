package battery

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"

	"github.com/hashmatch/engine/internal/synth"
)

// The tables below are frozen: a recall can only be compared with an earlier one when the edits are the same. New
// families are added at the end of their class, and both lists of parameters get as many.

// each makes a list of edits with one parameter.
func each(values ...float64) []args {
	list := make([]args, len(values))
	for i, v := range values {
		list[i] = args{v}
	}
	return list
}

type edit = func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA

// one is an edit with one parameter, and nothing left to chance.
func one(f func(m *image.RGBA, v float64) *image.RGBA) edit {
	return func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA { return f(m, a[0]) }
}

// seeded is an edit with one parameter.
func seeded(f func(m *image.RGBA, v float64, r *rand.Rand) *image.RGBA) edit {
	return func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA { return f(m, a[0], r) }
}

func families() []family {
	return slices.Concat(compressing(), resizing(), colouring(), toning(), filtering(), overlaying(), cropping(), bordering(), rotating(), mirroring(), combining())
}

func compressing() []family {
	same := one(func(m *image.RGBA, _ float64) *image.RGBA { return m })
	jpegOf := func(a args) save { return save{"jpeg", int(a[0])} }
	png := func(args) save { return save{"png", 0} }
	return []family{
		{Compress, "jpeg", "saved as a JPEG of quality %g", each(95, 75, 50, 30, 20, 10), each(92, 70, 45, 27, 17, 8), same, jpegOf},
		{Compress, "again", "saved as JPEGs of quality %g, then %g", []args{{30, 85}}, []args{{25, 80}}, func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA {
			return resaved(m, int(a[0]))
		}, func(a args) save { return save{"jpeg", int(a[1])} }},
		{Compress, "passed-on", "saved ten times, once by each of ten people: a pixel smaller each time, quality %g", each(75), each(70), one(func(m *image.RGBA, v float64) *image.RGBA {
			for range 9 {
				w, h := size(m)
				m = resized(resaved(m, int(v)), w-1, h-1)
			}
			return m
		}), jpegOf},
		{Compress, "levels", "%g levels of each channel, dithered, as PNG", each(6, 3), each(5, 4), one(dithered), png},
		{Compress, "gif", "scaled to %g %% and saved as GIF", each(50), each(45), one(scaled), func(args) save { return save{"gif", 0} }},
	}
}

func resizing() []family {
	return []family{
		{Resize, "scale", "scaled to %g %%", each(75, 50, 25, 10, 200), each(80, 45, 30, 12, 170), one(scaled), nil},
		{Resize, "thumbnail", "scaled to fit in %g pixels", each(128, 64), each(140, 72), one(func(m *image.RGBA, v float64) *image.RGBA { return fitted(m, int(v), int(v)) }), nil},
		{Resize, "stretch", "%g %% as wide, as high as before", each(80, 150), each(85, 135), one(func(m *image.RGBA, v float64) *image.RGBA {
			w, h := size(m)
			return resized(m, share(v, w), h)
		}), nil},
		{Resize, "square", "squeezed into a square of %g pixels", each(512), each(480), one(func(m *image.RGBA, v float64) *image.RGBA { return resized(m, int(v), int(v)) }), nil},
		{Resize, "down-up", "scaled to %g %% and back", each(20), each(24), one(func(m *image.RGBA, v float64) *image.RGBA {
			w, h := size(m)
			return resized(scaled(m, v), w, h)
		}), nil},
	}
}

func colouring() []family {
	two := func(f func(m *image.RGBA, a, b float64) *image.RGBA) edit {
		return func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA { return f(m, a[0], a[1]) }
	}
	return []family{
		{Colour, "gray", "gray by weights number %g", each(0, 1), each(2, 3), one(grayBy), nil},
		{Colour, "sepia", "%g %% sepia", each(100), each(80), one(sepia), nil},
		{Colour, "cast", "red by %g, blue by %g", []args{{1.15, 0.8}, {0.85, 1.2}}, []args{{1.1, 0.85}, {0.9, 1.15}}, two(cast), nil},
		{Colour, "saturation", "saturation %g %%", each(200, 40), each(170, 30), one(saturate), nil},
		{Colour, "exchange", "channels %g and %g exchanged", []args{{0, 2}}, []args{{0, 1}}, two(func(m *image.RGBA, a, b float64) *image.RGBA { return exchanged(m, int(a), int(b)) }), nil},
		{Colour, "hue", "hue turned by %g degrees", each(25), each(-35), one(hue), nil},
		{Colour, "duotone", "%g %% in two colours", each(100), each(85), one(duotone), nil},
	}
}

func toning() []family {
	return []family{
		{Tone, "brightness", "%g added", each(25, 60, -25, -60), each(20, 50, -20, -50), one(brighter), nil},
		{Tone, "contrast", "contrast %g %%", each(50, 150, 250), each(60, 140, 220), one(contrast), nil},
		{Tone, "gamma", "gamma %g", each(0.5, 1.5, 2.2), each(0.6, 1.7, 2), one(gamma), nil},
		{Tone, "s-curve", "a curve of steepness %g", each(6, 10), each(7, 9), one(sCurve), nil},
		{Tone, "faded", "black lifted by %g %%", each(15), each(20), one(faded), nil},
		{Tone, "solarised", "turned over above %g %%", each(85), each(90), one(solarised), nil},
		{Tone, "posterised", "%g levels, not dithered", each(6, 4), each(7, 5), one(posterised), nil},
		{Tone, "equalised", "%g %% equalised", each(100), each(80), one(equalised), nil},
		{Tone, "local", "equalised in %g x %[1]g parts, blended, at most %g times", []args{{4, 2}, {8, 3}}, []args{{3, 2.5}, {6, 2.5}}, func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA {
			return local(m, a[0], a[1])
		}, nil},
		{Tone, "vignette", "corners darkened by %g %%", each(100), each(80), one(vignette), nil},
		{Tone, "side-light", "one side darkened by %g %%", each(50), each(60), one(sideLight), nil},
	}
}

func filtering() []family {
	return []family{
		{Filter, "blur", "blurred by %g pixels", each(1, 2, 4), each(0.8, 1.7, 3.5), one(blurred), nil},
		{Filter, "motion", "moved by %g pixels", each(9), each(13), one(moved), nil},
		{Filter, "sharpen", "sharpened by %g", each(1, 3), each(0.8, 2.5), one(sharpened), nil},
		{Filter, "noise", "noise of %g", each(8, 20, 40), each(10, 17, 35), seeded(noisy), nil},
		{Filter, "pepper", "%g %% of pixels black or white", each(2), each(3), seeded(peppered), nil},
		{Filter, "median", "median of 3 x 3, %g times", each(1), each(2), one(median), nil},
		{Filter, "pixelate", "squares of %g pixels", each(8), each(7), one(func(m *image.RGBA, v float64) *image.RGBA { return mosaic(m, m.Rect, int(v)) }), nil},
	}
}

func overlaying() []family {
	return []family{
		{Overlay, "signed", "a name in the corner, %g %% high", each(5), each(4), one(signed), nil},
		{Overlay, "watermark", "a word across the middle, %g %% high", each(20), each(24), one(watermark), nil},
		{Overlay, "tiled", "a word all over, %g %% high", each(6), each(5), one(tiled), nil},
		{Overlay, "dated", "the date in the corner, %g %% high", each(5), each(6), seeded(dated), nil},
		{Overlay, "meme", "two lines of text, each %g %% high", each(11), each(9), seeded(meme), nil},
		{Overlay, "banner", "a bar over the lowest %g %%", each(10, 20), each(8, 17), one(banner), nil},
		{Overlay, "logo", "a logo, %g %% wide", each(15), each(12), one(logo), nil},
		{Overlay, "sticker", "five faces, each %g %% high", each(14), each(11), seeded(stickered), nil},
		{Overlay, "redact", "%g %% of the area black", each(5, 15, 25), each(4, 12, 22), seeded(redacted), nil},
		{Overlay, "mosaic", "%g %% of the area in coarse squares", each(15, 30), each(12, 26), seeded(pixelated), nil},
		{Overlay, "bar", "a bar across, %g %% high", each(12), each(9), seeded(barred), nil},
		{Overlay, "scribble", "lines drawn freely, %g %% thick", each(3), each(2.4), seeded(scribbled), nil},
	}
}

func cropping() []family {
	to := func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA { return croppedTo(m, a[0], a[1]) }
	return []family{
		{Crop, "crop", "%g %% cut off each side", each(1, 2.5, 5, 7.5, 10, 15, 20), each(1.3, 2.1, 4.3, 6.7, 8.8, 13.5, 18), one(func(m *image.RGBA, v float64) *image.RGBA { return cropped(m, v, v, v, v) }), nil},
		{Crop, "crop-left", "%g %% cut off the left", each(5, 10, 20), each(6, 8.5, 17), one(func(m *image.RGBA, v float64) *image.RGBA { return cropped(m, v, 0, 0, 0) }), nil},
		{Crop, "crop-below", "%g %% cut off below", each(5, 10, 20), each(4, 9, 16), one(func(m *image.RGBA, v float64) *image.RGBA { return cropped(m, 0, 0, 0, v) }), nil},
		{Crop, "crop-somewhere", "%g %% of width and height cut off, anywhere", each(10), each(12), seeded(croppedSomewhere), nil},
		{Crop, "crop-square", "cut to width %g of height, at %g %%", []args{{1, 50}}, []args{{1, 40}}, to, nil},
		{Crop, "crop-aspect", "cut to width %g of height, at %g %%", []args{{1.9, 50}, {0.8, 50}}, []args{{2.1, 45}, {0.75, 50}}, to, nil},
	}
}

func bordering() []family {
	frame := func(c color.RGBA) edit {
		return one(func(m *image.RGBA, v float64) *image.RGBA { return framed(m, v, c) })
	}
	png := func(args) save { return save{"png", 0} }
	in := func(l look, f func(m *image.RGBA, v float64, l look) *image.RGBA) edit {
		return one(func(m *image.RGBA, v float64) *image.RGBA { return f(m, v, l) })
	}
	desk := func(wallpaper bool, l look) edit {
		return seeded(func(m *image.RGBA, v float64, r *rand.Rand) *image.RGBA { return desktop(m, v, wallpaper, l, r) })
	}
	return []family{
		{Border, "black", "a black frame of %g %%", each(2, 5, 10, 20), each(3, 6, 12, 17), frame(black), nil},
		{Border, "white", "a white frame of %g %%", each(10), each(8), frame(white), nil},
		{Border, "coloured", "a coloured frame of %g %%, JPEG of quality %g", []args{{10, 60}}, []args{{13, 50}}, frame(color.RGBA{190, 70, 60, 255}), func(a args) save { return save{"jpeg", int(a[1])} }},
		{Border, "boxed", "in the middle of black, width %g of height", each(0.5625, 1, 1.7778), each(0.6, 1.1, 2), one(func(m *image.RGBA, v float64) *image.RGBA { return boxed(m, v, flat(black)) }), nil},
		{Border, "blurred", "in the middle of itself out of focus, width %g of height", each(0.5625, 1), each(0.6, 1.1), one(func(m *image.RGBA, v float64) *image.RGBA { return boxed(m, v, blurredGround(m)) }), nil},
		{Border, "caption-above", "a line of text above, %g %%", each(12), each(15), one(func(m *image.RGBA, v float64) *image.RGBA { return captioned(m, v, false, white, black) }), nil},
		{Border, "caption-below", "a line of text below, %g %%", each(15), each(11), one(func(m *image.RGBA, v float64) *image.RGBA { return captioned(m, v, true, black, white) }), nil},
		{Border, "phone-light", "screenshot of a phone %g pixels wide", each(390), each(412), in(light, phone), nil},
		{Border, "phone-dark", "the same, dark, as PNG: %g pixels", each(390), each(360), in(dark, phone), png},
		{Border, "post", "screenshot of a post %g pixels wide", each(480), each(540), in(light, post), nil},
		{Border, "viewer", "screenshot of a viewer %g pixels high", each(600), each(720), in(dark, viewed), png},
		{Border, "desktop", "screenshot with a window on a plain ground, picture %g %% wide", each(60), each(50), desk(false, light), nil},
		{Border, "desktop-picture", "screenshot with a window on another picture, %g %% wide", each(60), each(52), desk(true, dark), nil},
		{Border, "collage-2", "beside another picture, %g %% between", each(0, 2), each(0.5, 1.5), seeded(func(m *image.RGBA, v float64, r *rand.Rand) *image.RGBA { return collage(m, 2, 1, v, r) }), nil},
		{Border, "collage-4", "with three other pictures, %g %% between", each(0, 2), each(0.5, 1.5), seeded(func(m *image.RGBA, v float64, r *rand.Rand) *image.RGBA { return collage(m, 2, 2, v, r) }), nil},
		{Border, "instant", "a print with a frame of %g %%", each(6), each(5), one(instant), nil},
		{Border, "rounded", "round corners and margins of %g %%", each(4), each(5.5), one(func(m *image.RGBA, v float64) *image.RGBA { return rounded(m, v, gray(232)) }), nil},
	}
}

func rotating() []family {
	turned := func(c color.RGBA) edit {
		return one(func(m *image.RGBA, v float64) *image.RGBA { return rotated(m, v, c) })
	}
	return []family{
		{Rotate, "turn", "turned by %g degrees, black beyond", each(1, 2, 3, 5, 10), each(1.4, 2.3, 3.5, 4.6, 8.5), turned(black), nil},
		{Rotate, "turn-white", "turned by %g degrees, white beyond", each(-4), each(-6), turned(white), nil},
		{Rotate, "straighten", "turned by %g degrees and cut", each(-2, -5), each(-2.6, -4.2), one(straightened), nil},
		{Rotate, "shear", "leaning by %g degrees", each(3), each(2.5), one(sheared), nil},
		{Rotate, "perspective", "seen from below, by %g %%", each(4), each(5), one(leaning), nil},
		{Rotate, "barrel", "bent by a lens, by %g %%", each(8), each(6), one(barrel), nil},
		{Rotate, "wave", "rows moved by %g %%", each(1), each(1.3), one(wavy), nil},
	}
}

func mirroring() []family {
	var all []family
	for _, f := range []struct {
		name, says string
		quarters   int
		mirrored   bool
	}{
		{"mirror", "mirrored", 0, true},
		{"flip", "upside down in a mirror", 2, true},
		{"rot90", "a quarter to the right", 1, false},
		{"rot180", "upside down", 2, false},
		{"rot270", "a quarter to the left", 3, false},
		{"transpose", "rows for columns", 1, true},
		{"transverse", "rows for columns, the other way", 3, true},
	} {
		all = append(all, family{Mirror, f.name, f.says + ", scaled to %g %%", each(100), each(90), one(func(m *image.RGBA, v float64) *image.RGBA {
			return scaled(laid(m, f.quarters, f.mirrored), v)
		}), nil})
	}
	return all
}

func combining() []family {
	last := func(a args) save { return save{"jpeg", int(a[len(a)-1])} }
	return []family{
		{Combined, "small", "scaled to %g %%, JPEG of quality %g", []args{{50, 50}, {25, 30}}, []args{{40, 45}, {30, 35}}, one(scaled), last},
		{Combined, "crop+gamma", "%g %% cut off each side, gamma %g, quality %g", []args{{2.5, 1.3, 60}}, []args{{3.2, 0.8, 55}}, func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA {
			return gamma(cropped(m, a[0], a[0], a[0], a[0]), a[1])
		}, last},
		{Combined, "mirror+save", "mirrored, quality %g", each(40), each(30), one(func(m *image.RGBA, _ float64) *image.RGBA { return synth.Mirror(m) }), last},
		{Combined, "turn+frame", "a quarter to the right, white frame of %g %%, quality %g", []args{{5, 60}}, []args{{7, 50}}, one(func(m *image.RGBA, v float64) *image.RGBA { return framed(synth.Turn(m, 1), v, white) }), last},
		{Combined, "mirror+crop", "mirrored, %g %% cut off each side", each(5), each(4), one(func(m *image.RGBA, v float64) *image.RGBA { return cropped(synth.Mirror(m), v, v, v, v) }), nil},
		{Combined, "box+meme", "text %g %% high, in black of width %g of height, quality %g", []args{{10, 0.5625, 50}}, []args{{8, 0.7, 45}}, func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA {
			return boxed(meme(m, a[0], r), a[1], flat(black))
		}, last},
		{Combined, "screen", "photograph of a screen, larger by %g %%, turned by %g degrees, quality %g", []args{{4, 1, 70}, {-6, -1.5, 75}}, []args{{3, -1.2, 72}, {-8, 2, 65}}, func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA {
			return photographed(m, a[0], a[1], r)
		}, last},
		{Combined, "print", "photograph of a print with %g %% of table, turned by %g degrees", []args{{4, 1.5}}, []args{{5, -1}}, func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA { return printed(m, a[0], a[1], r) }, nil},
		{Combined, "phone+crop", "%g %% cut off each side, then a screenshot of a phone, quality %g", []args{{3, 75}}, []args{{4, 70}}, func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA {
			return phone(cropped(m, a[0], a[0], a[0], a[0]), 400, light)
		}, last},
		{Combined, "mirror+phone", "mirrored, then a dark screenshot of a phone %g pixels wide", each(400), each(375), one(func(m *image.RGBA, v float64) *image.RGBA { return phone(synth.Mirror(m), v, dark) }), nil},
		{Combined, "turn+caption", "turned by %g degrees and cut, a line of text above, %g %%", []args{{2, 10}}, []args{{1.5, 12}}, func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA {
			return captioned(straightened(m, a[0]), a[1], false, white, black)
		}, nil},
		{Combined, "sticker+gray", "faces %g %% high, gray, scaled to %g %%", []args{{10, 60}}, []args{{8, 70}}, func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA {
			return scaled(grayBy(stickered(m, a[0], r), 0), a[1])
		}, nil},
		{Combined, "square+tone", "cut to a square, faded by %g %%, saturation %g %%, scaled to 640 pixels", []args{{12, 130}}, []args{{10, 70}}, func(m *image.RGBA, a args, _ *rand.Rand) *image.RGBA {
			return fitted(saturate(faded(croppedTo(m, 1, 50), a[0]), a[1]), 640, 640)
		}, nil},
	}
}
