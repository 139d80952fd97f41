package jpegluma

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// seeds are small files of every kind for the fuzzers, which go on from them.
func seeds(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, data := range small(f, r) {
		f.Add(data)
	}
	p := newTestPicture(r, 24, 17, sampling{1, 1}, sampling{1, 1}, sampling{1, 1})
	p.noJFIF = true
	p.between = segment(nil, markerAPP14, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)
	f.Add(p.progressiveFile(true))
	f.Add(p.sequentialFile(0xc0, false))
	p = newTestPicture(r, 33, 20, sampling{2, 1}, sampling{1, 1}, sampling{1, 1})
	f.Add(edited(p.sequentialFile(0xc0, true), func(frame []byte) { frame[14] = 1 })) // chroma without its quantization table
}

// Whatever the bytes, Decode does not panic, keeps its promises of sizes and shares, and gives the same twice, by either
// arithmetic.
func FuzzDecode(f *testing.F) {
	seeds(f)
	var d Decoder
	f.Fuzz(func(t *testing.T, data []byte) {
		h, headErr := ReadHeader(data)
		if h.Memory(1) > fixedMemory+4<<20 {
			return
		}
		for _, scale := range scales {
			var p, again plane.Plane
			r, err := d.Decode(context.Background(), data, scale, &p)
			if err != nil {
				if !known(err) {
					t.Fatal(err)
				}
				continue
			}
			if headErr != nil {
				t.Fatalf("decodes, but the header says %v", headErr)
			}
			if p.FullWidth != h.Width || p.FullHeight != h.Height || p.Scale != scale || p.Width != ceil(h.Width, scale) || p.Height != ceil(h.Height, scale) {
				t.Fatalf("%d x %d of %d x %d at scale %d, the header says %d x %d", p.Width, p.Height, p.FullWidth, p.FullHeight, p.Scale, h.Width, h.Height)
			}
			if !(r.Share > 0 && r.Share <= 1) || !(r.Clipped >= 0 && r.Clipped <= 1) || r.End < 2 || r.End > len(data) {
				t.Fatalf("%+v of %d bytes", r, len(data))
			}
			setAVX2(false)
			var fresh Decoder
			second, err := fresh.Decode(context.Background(), bytes.Clone(data), scale, &again)
			setAVX2(true)
			if err != nil || second != r || !samePlane(&p, &again) {
				t.Fatalf("scale %d: a second time %+v, %v, the first %+v", scale, second, err, r)
			}
		}
	})
}

// Whatever the bytes, ReadHeader does not panic, and what it finds lies within the file.
func FuzzHeader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(data)
		if err != nil {
			if !known(err) {
				t.Fatal(err)
			}
			return
		}
		if h.Width < 1 || h.Width > 65535 || h.Height < 0 || h.Height > 65535 || h.Orientation < 0 || h.Orientation > 8 || h.Model < Gray || h.Model > YCCK {
			t.Fatalf("%+v", h)
		}
		if h.Thumbnail != nil && !bytes.Contains(data, h.Thumbnail) {
			t.Fatal("a thumbnail that is not in the file")
		}
		for _, scale := range scales {
			if h.Memory(scale) <= 0 {
				t.Fatalf("memory %d", h.Memory(scale))
			}
		}
	})
}
