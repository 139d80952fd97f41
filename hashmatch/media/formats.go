package media

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/jpegluma"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/webp"
)

// decoders holds the decoder of each format. The packages' own functions are called, not image.Decode: which decoders a
// program registered must not change what is hashed.
var decoders = map[string]decoder{
	"jpeg": {"image/jpeg " + goVersion, jpegHead, whole(jpeg.Decode)},
	"png":  {"image/png " + goVersion, pngHead, whole(png.Decode)},
	"gif":  {"image/gif " + goVersion, gifHead, gifFrame},
	"bmp":  {"x/image/bmp" + xVersion, bmpHead, whole(bmp.Decode)},
	"tiff": {"x/image/tiff" + xVersion, tiffHead, whole(tiff.Decode)},
	"webp": {"x/image/webp" + xVersion, webpHead, webpPicture},
}

// whole is a decoder whose picture needs nothing done to it.
func whole(decode func(io.Reader) (image.Image, error)) func(*reader, []byte, header) (image.Image, error) {
	return func(r *reader, _ []byte, _ header) (image.Image, error) { return decode(r) }
}

// unsupported reports whether a decoder says that a file is right but beyond it.
func unsupported(err error) bool {
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	var t tiff.UnsupportedError
	return errors.As(err, &j) || errors.As(err, &p) || errors.As(err, &t) || errors.Is(err, bmp.ErrUnsupported)
}

// area is a picture's claimed number of pixels.
func area(c image.Config) int64 { return int64(c.Width) * int64(c.Height) }

// hopeless reports whether a picture will be refused by its sides alone, so that what it would cost need not be known
// and no product of its sides can overflow.
func hopeless(c image.Config) bool {
	return c.Width <= 0 || c.Height <= 0 || c.Width > plane.MaxSide || c.Height > plane.MaxSide
}

// jpegHead counts the planes that the decoder makes, four more bytes for each sample where it keeps a progressive file's
// coefficients, and four bytes a pixel where it interleaves CMYK or RGB in the end. A luma block takes a bit at least.
func jpegHead(r *reader, data []byte) (header, error) {
	c, err := jpeg.DecodeConfig(r)
	if err != nil {
		return header{}, err
	}
	j, err := jpegluma.ReadHeader(data)
	if err != nil {
		return header{}, err
	}
	h := header{width: c.Width, height: c.Height, orientation: j.Orientation, thumbnail: j.Thumbnail}
	if hopeless(c) {
		return h, nil
	}
	h.memory = 64 * j.Blocks
	if j.Progressive {
		h.memory *= 5
	}
	if j.Components > 1 && c.ColorModel != color.YCbCrModel {
		h.memory += 4 * area(c)
	}
	h.least = area(c) / (64 * 8)
	return h, nil
}

// pngHead counts a byte a pixel for palettes, four for others (gray with a transparent colour becomes RGBA), eight with
// 16 bits, and all that twice for interlaced pictures, whose passes are pictures too. Deflate shrinks at most 1032 times.
func pngHead(r *reader, data []byte) (header, error) {
	c, err := png.DecodeConfig(r)
	if err != nil {
		return header{}, err
	}
	h := header{width: c.Width, height: c.Height}
	if hopeless(c) {
		return h, nil
	}
	depth, colour, interlaced := int64(data[24]), data[25], data[28] != 0 // the decoder has checked that IHDR is there
	h.memory = 4 * area(c)
	samples := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
	switch {
	case colour == 3:
		h.memory = area(c)
	case depth == 16:
		h.memory = 8 * area(c)
	}
	if interlaced {
		h.memory *= 2
	}
	h.memory += 2 * 8 * int64(c.Width) // two rows
	h.least = area(c) * depth * samples / 8 / 1032
	return h, nil
}

// gifHead counts the frame, which is at most the screen, twice if it is interlaced, and the screen in RGBA.
func gifHead(r *reader, _ []byte) (header, error) {
	c, err := gif.DecodeConfig(r)
	if err != nil {
		return header{}, err
	}
	return header{width: c.Width, height: c.Height, memory: 6 * area(c)}, nil
}

// gifFrame returns the first frame on the screen, black where the frame does not reach. The decoder makes transparent
// pixels black too.
func gifFrame(r *reader, _ []byte, h header) (image.Image, error) {
	frame, err := gif.Decode(r)
	if err != nil {
		return nil, err
	}
	screen := image.Rect(0, 0, h.width, h.height)
	if frame.Bounds() == screen {
		return frame, nil
	}
	composed := image.NewRGBA(screen)
	draw.Draw(composed, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return composed, nil
}

// bmpHead counts a byte a pixel for palettes and four for others. BMP is not compressed here, so the file's length shows
// at once whether the pixels are there.
func bmpHead(r *reader, data []byte) (header, error) {
	c, err := bmp.DecodeConfig(r)
	if err != nil {
		return header{}, err
	}
	h := header{width: c.Width, height: c.Height}
	if hopeless(c) {
		return h, nil
	}
	h.memory = 4*area(c) + 4*int64(c.Width)
	if _, ok := c.ColorModel.(color.Palette); ok {
		h.memory = area(c) + 4*int64(c.Width)
	}
	depth := int64(binary.LittleEndian.Uint16(data[28:])) // the decoder has checked that the header is there
	h.least = (int64(c.Width)*depth + 31) / 32 * 4 * int64(c.Height)
	return h, nil
}

// tiffHead counts the picture, and for one strip or tile at a time four times the eight bytes a pixel at which the
// decoder stops expanding: it doubles a buffer up to there. (Its small change for each strip is soon garbage.) Without
// compression a pixel takes a bit at least.
func tiffHead(r *reader, data []byte) (header, error) {
	c, err := tiff.DecodeConfig(r)
	if err != nil {
		return header{}, err
	}
	h := header{width: c.Width, height: c.Height}
	if hopeless(c) {
		return h, nil
	}
	bytes := int64(4)
	switch c.ColorModel {
	case color.GrayModel:
		bytes = 1
	case color.Gray16Model:
		bytes = 2
	case color.RGBA64Model, color.NRGBA64Model:
		bytes = 8
	}
	if reducedTIFF(data) {
		h.view = hashmatch.Thumbnail
	}
	t := readTIFFHeader(data, c.Width, c.Height)
	h.memory = bytes*area(c) + 32*t.block
	if t.uncompressed {
		h.memory = bytes*area(c) + min(32*t.block, 3*int64(len(data)))
		h.least = area(c) / 8
	}
	return h, nil
}

// webpHead counts what decoding to a plane takes, and the canvas.
func webpHead(_ *reader, data []byte) (header, error) {
	h, err := webp.ReadHeader(data)
	if err != nil {
		return header{}, err
	}
	return header{
		width: h.Width, height: h.Height, orientation: h.Orientation,
		memory: h.Scratch + h.Scratch/16 + 4*int64(h.Width)*int64(h.Height), least: h.Least,
	}, nil
}

func webpPicture(r *reader, data []byte, _ header) (image.Image, error) {
	return webp.Picture(r.ctx, data)
}
