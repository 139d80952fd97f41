//go:build heic && nodynamic

package heif

import (
	"context"
	"image"
	"slices"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
)

// picture is what was encoded.
func (s *sample) picture() *image.RGBA {
	m := synth.Picture(synth.Landscape, 3, s.size.X, s.size.Y)
	if s.layout.chroma == 0 {
		return synth.Gray(m)
	}
	return m
}

// decoder returns the decoder of a format.
func decoder(t testing.TB, o Options, format string) media.Decoder {
	t.Helper()
	list := Decoders(o)
	i := slices.IndexFunc(list, func(d media.Decoder) bool { return d.Format == format })
	if i < 0 {
		t.Fatalf("no decoder of %s among %d", format, len(list))
	}
	return list[i]
}

// decode is what the library does with a file.
func decode(ctx context.Context, d media.Decoder, data []byte) (image.Image, media.Header, error) {
	h, err := d.Header(data)
	if err != nil {
		return nil, h, err
	}
	p, err := d.Decode(ctx, data, h)
	return p, h, err
}

// luma is the brightness of the pixel at x, y from the picture's corner.
func luma(m image.Image, x, y int) int {
	r, g, b, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
	return int(299*r+587*g+114*b) / 1000 >> 8
}

// difference is by how much two pictures of one size differ in brightness, on average, in hundredths.
func difference(a, b image.Image) int {
	sum, size := 0, a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			d := luma(a, x, y) - luma(b, x, y)
			sum += max(d, -d)
		}
	}
	return 100 * sum / (size.X * size.Y)
}

// format is the format of files coded so.
func (c codec) format() string {
	if c == av1 {
		return "avif"
	}
	return "heic"
}

// codedPart returns the picture of a sample, or its thumbnail, as an item, with more properties.
func codedPart(t testing.TB, name string, thumbnail bool, more ...property) part {
	t.Helper()
	f, err := parse(load(t, name))
	if err != nil {
		t.Fatal(err)
	}
	id := f.primary
	if thumbnail {
		id = f.thumbnails[0]
	}
	it := f.items[id]
	runs, _, err := f.bytes(it)
	if err != nil {
		t.Fatal(err)
	}
	p := part{kind: string(it.kind[:]), data: slices.Concat(runs...)}
	for _, u := range it.uses {
		b := f.properties[u.property]
		p.properties = append(p.properties, property{string(b.kind[:]), b.body, u.essential})
	}
	p.properties = append(p.properties, more...)
	return p
}
