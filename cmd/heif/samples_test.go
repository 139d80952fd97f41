package heif

import (
	"image"
	"os"
	"path/filepath"
	"testing"
)

// sample is a file of testdata: see testdata/README.md.
type sample struct {
	name        string
	codec       codec
	size        image.Point // of the picture that was encoded
	crop        image.Rectangle
	orientation int
	layout      layout
	items       int // that a decoder needs
	thumbnail   bool
}

func samples() []sample {
	whole := func(name string, c codec, w, h, chroma, depth, items int) sample {
		return sample{name: name, codec: c, size: image.Pt(w, h), crop: image.Rect(0, 0, w, h),
			layout: layout{chroma: chroma, depth: depth}, items: items}
	}
	list := []sample{
		whole("plain.heic", hevc, 200, 150, 1, 8, 1),
		whole("odd.heic", hevc, 101, 75, 1, 8, 2),
		whole("narrow.heic", hevc, 50, 70, 1, 8, 2),
		whole("gray.heic", hevc, 160, 120, 0, 8, 1),
		whole("deep.heic", hevc, 160, 120, 1, 10, 1),
		whole("deepgray.heic", hevc, 160, 120, 0, 10, 1),
		whole("deepfull.heic", hevc, 160, 120, 3, 10, 1),
		whole("deephalf.heic", hevc, 160, 120, 2, 10, 1),
		whole("full.heic", hevc, 160, 120, 3, 8, 1),
		whole("half.heic", hevc, 160, 120, 2, 8, 1),
		whole("tile.heic", hevc, 128, 128, 1, 8, 1),
		whole("plain.avif", av1, 200, 150, 1, 8, 1),
		whole("gray.avif", av1, 160, 120, 0, 8, 1),
		whole("deep.avif", av1, 160, 120, 3, 10, 1),
		whole("grid.avif", av1, 256, 128, 1, 8, 3),
	}
	thumb := whole("thumb.heic", hevc, 640, 480, 1, 8, 1)
	thumb.thumbnail = true
	list = append(list, thumb)
	thumb.name, thumb.codec = "thumb.avif", av1
	list = append(list, thumb)
	turned := whole("turned.avif", av1, 200, 150, 1, 8, 1)
	turned.orientation = 7
	crop := whole("crop.avif", av1, 200, 150, 3, 8, 1)
	crop.crop = image.Rect(20, 10, 140, 110)
	return append(list, turned, crop)
}

// load reads a file of testdata.
func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
