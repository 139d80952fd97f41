package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// turned returns a picture laid the way that a view names, by moving its pixels.
func turned(m *image.RGBA, v hashmatch.View) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	size := image.Pt(w, h)
	if v == hashmatch.Rot90 || v == hashmatch.Rot270 || v == hashmatch.Transpose || v == hashmatch.Transverse {
		size = image.Pt(h, w)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range h {
		for x := range w {
			at := map[hashmatch.View]image.Point{
				hashmatch.Upright: {x, y}, hashmatch.Rot90: {y, w - 1 - x}, hashmatch.Rot180: {w - 1 - x, h - 1 - y},
				hashmatch.Rot270: {h - 1 - y, x}, hashmatch.Flip: {x, h - 1 - y}, hashmatch.Mirror: {w - 1 - x, y},
				hashmatch.Transpose: {y, x}, hashmatch.Transverse: {h - 1 - y, w - 1 - x},
			}[v]
			copy(out.Pix[out.PixOffset(at.X, at.Y):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

// Every view is the hash of the picture that is really turned: to the bit with the reference's arithmetic, and nearly so
// on the fast way, whose cells lie otherwise at the other edge.
func TestViewsAreTurnedPictures(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	ran := 0
	for i, size := range []image.Point{{320, 240}, {241, 333}, {130, 61}, {700, 900}} {
		m := synth.Picture(synth.Landscape, uint64(i), size.X, size.Y)
		for _, exact := range []bool{false, true} {
			h := Hasher{Exact: exact, Views: Light, Kinds: []hashmatch.Kind{hashmatch.PDQ}}
			plain := Hasher{Exact: exact, Kinds: h.Kinds}
			fp := mustSum(t, &h, asPNG(t, m))
			if len(fp.Hashes) < 8 {
				t.Fatalf("%d views", len(fp.Hashes))
			}
			for j, v := range hashmatch.Orientations() {
				if fp.Hashes[j].View != v {
					t.Fatalf("view %d is %s, not %s", j, fp.Hashes[j].View, v)
				}
				other := mustSum(t, &plain, asPNG(t, turned(m, v)))
				d, _ := fp.Hashes[j].Hash.Distance(other.Hashes[0].Hash)
				if d > 0 && (exact || d > 4) {
					t.Errorf("%v, exact %v: %s is %d bits off the turned picture", size, exact, v, d)
				}
				ran++
			}
		}
	}
	testkit.AtLeast(t, 64, ran, "views")
}

// withThumbnail puts an EXIF segment with a thumbnail into a JPEG.
func withThumbnail(data, thumbnail []byte) []byte {
	tiff := []byte("MM\x00*\x00\x00\x00\x08" + // the first directory: one entry, the orientation
		"\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x1a" +
		"\x00\x02\x02\x01\x00\x04\x00\x00\x00\x01\x00\x00\x00\x38\x02\x02\x00\x04\x00\x00\x00\x01")
	tiff = binary.BigEndian.AppendUint32(tiff, uint32(len(thumbnail)))
	tiff = append(tiff, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), append(tiff, thumbnail...)...)
	segment := append([]byte("\xff\xe1"), byte((len(body)+2)>>8), byte(len(body)+2))
	return append(append(append(bytes.Clone(data[:2]), segment...), body...), data[2:]...)
}

// The thumbnail in a file has hashes of its own, and it shows when it is not of the same picture.
func TestThumbnails(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	var h Hasher
	picture := func(seed uint64, w, h int) []byte {
		var b bytes.Buffer
		if err := synth.EncodeJPEG(&b, synth.Picture(synth.Landscape, seed, w, h), 80); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	ran := 0
	for seed := range uint64(12) {
		data := picture(seed, 640, 480)
		alone := mustSum(t, &h, data)
		for _, c := range []struct {
			name      string
			thumbnail []byte
			differs   bool
		}{
			{"the same picture", picture(seed, 160, 120), false},
			{"another picture", picture(seed+100, 160, 120), true},
		} {
			fp := mustSum(t, &h, withThumbnail(data, c.thumbnail))
			of := mustSum(t, &h, c.thumbnail)
			got, ok := fp.Hash(hashmatch.PDQ, hashmatch.Thumbnail)
			if !ok || fp.ThumbnailDiffers != c.differs {
				t.Errorf("%d, %s: %v; differs: %v", seed, c.name, got, fp.ThumbnailDiffers)
			}
			own, _ := of.Hash(hashmatch.PDQ, hashmatch.Upright)
			toItself, _ := got.Hash.Distance(own.Hash)
			toPicture, _ := got.Hash.Distance(alone.Hashes[0].Hash)
			if toItself > 90 || (toPicture > 40) != c.differs {
				t.Errorf("%d, %s: %d bits from its own hash, %d from the picture's", seed, c.name, toItself, toPicture)
			}
			if main, _ := fp.Hash(hashmatch.PDQ, hashmatch.Upright); main != alone.Hashes[0] || fp.Incomplete() {
				t.Errorf("%d, %s: the picture itself is %v", seed, c.name, main)
			}
			ran++
		}
	}
	testkit.AtLeast(t, 24, ran, "thumbnails")
	// It is hashed whichever way the picture takes, and also where the picture itself is lost.
	file := withThumbnail(picture(3, 640, 480), picture(3, 160, 120))
	exact := Hasher{Exact: true}
	for name, fp := range map[string]hashmatch.Fingerprint{"exact": mustSum(t, &exact, file), "cut": mustSum(t, &h, file[:len(file)/3])} {
		if _, ok := fp.Hash(hashmatch.PDQ, hashmatch.Thumbnail); !ok || fp.ThumbnailDiffers || fp.Incomplete() != (name == "cut") {
			t.Errorf("%s: %+v", name, fp)
		}
	}
	// What is no thumbnail spoils nothing.
	data := picture(1, 320, 240)
	for _, wrong := range []string{"", "\xff\xd8", "\xff\xd8\xff\xd9", string(picture(2, 64, 64)[:300])} {
		fp, err := h.SumBytes(context.Background(), withThumbnail(data, []byte(wrong)))
		if _, ok := fp.Hash(hashmatch.PDQ, hashmatch.Thumbnail); err != nil || ok || fp.ThumbnailDiffers || len(fp.Hashes) != 4 {
			t.Errorf("%.8q: %v, %d hashes", wrong, err, len(fp.Hashes))
		}
	}
}
