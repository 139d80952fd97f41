package jpegluma

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"
	"unsafe"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/testkit"
)

// exifSegment is an APP1 segment with an orientation in the first directory and a thumbnail in the second.
func exifSegment(order binary.AppendByteOrder, orientation uint32, thumbnail []byte, offset, length int) []byte {
	b := []byte("Exif\x00\x00")
	tiff := []byte("MM")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II")
	}
	entry := func(tag, kind uint16, v uint32) {
		tiff = order.AppendUint16(tiff, tag)
		tiff = order.AppendUint16(tiff, kind)
		tiff = order.AppendUint32(tiff, 1)
		if kind == 3 {
			tiff = order.AppendUint16(tiff, uint16(v))
			tiff = order.AppendUint16(tiff, 0)
			return
		}
		tiff = order.AppendUint32(tiff, v)
	}
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	entry(0x0112, 3, orientation)
	tiff = order.AppendUint32(tiff, 26) // the next directory
	tiff = order.AppendUint16(tiff, 2)
	entry(0x0201, 4, uint32(offset))
	entry(0x0202, 4, uint32(length))
	tiff = order.AppendUint32(tiff, 0)
	return segment(nil, markerAPP1, append(append(b, tiff...), thumbnail...)...)
}

const thumbnailAt = 56 // in exifSegment's TIFF structure

func TestExif(t *testing.T) {
	r := testkit.Rand(t)
	thumbnail := newTestPicture(r, 16, 12, sampling{1, 1}).sequentialFile(0xc0, true)
	n := 0
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, c := range []struct {
			orientation, want, offset, length int
			there                             bool
		}{
			{1, 1, thumbnailAt, len(thumbnail), true},
			{8, 8, thumbnailAt, len(thumbnail), true},
			{0, 0, thumbnailAt, len(thumbnail) + 1, false},
			{9, 0, thumbnailAt + 1, len(thumbnail) - 1, false},
			{6, 6, -1, len(thumbnail), false},
			{6, 6, thumbnailAt, -1, false},
			{6, 6, 0, 3, false},
		} {
			p := newTestPicture(r, 20, 20, sampling{1, 1})
			p.between = exifSegment(order, uint32(c.orientation), thumbnail, c.offset, c.length)
			// A second segment, as some programs leave, does not replace the first.
			p.between = append(p.between, exifSegment(order, 3, nil, 0, 0)...)
			data := p.sequentialFile(0xc0, true)
			h, err := ReadHeader(data)
			want := c.want
			if want == 0 {
				want = 3
			}
			if err != nil || h.Orientation != want {
				t.Errorf("%+v: orientation %d, %v", c, h.Orientation, err)
			}
			if c.there != (h.Thumbnail != nil) || c.there && !bytes.Equal(h.Thumbnail, thumbnail) {
				t.Errorf("%+v: a thumbnail of %d bytes", c, len(h.Thumbnail))
			}
			n++
		}
	}
	testkit.AtLeast(t, 14, n, "notes")
}

// edited returns a copy of data in which the frame header is changed.
func edited(data []byte, edit func(frame []byte)) []byte {
	out := bytes.Clone(data)
	for pos := 2; ; {
		marker, at := nextMarker(out, pos)
		body, after := segmentAt(out, at)
		if marker >= 0xc0 && marker <= 0xcf && marker != markerDHT {
			edit(out[at-1 : after]) // from the marker on
			return out
		}
		if body == nil {
			panic("no frame")
		}
		pos = after
	}
}

// What is not for this package is refused before any work, with the right kind of error.
func TestRefusals(t *testing.T) {
	r := testkit.Rand(t)
	colour := newTestPicture(r, 40, 30, sampling{1, 1}, sampling{1, 1}, sampling{1, 1}).sequentialFile(0xc0, true)
	four := newTestPicture(r, 40, 30, sampling{1, 1}, sampling{1, 1}, sampling{1, 1}, sampling{1, 1})
	adobe := func(transform byte) []byte {
		p := *four
		p.between = segment(nil, markerAPP14, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform)...)
		return p.sequentialFile(0xc0, true)
	}
	reduced := newTestPicture(r, 40, 30, sampling{2, 1}, sampling{1, 1}, sampling{1, 1})
	reduced.noJFIF = true
	reduced.between = segment(nil, markerAPP14, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)
	frame := func(at int, v byte) []byte { return edited(colour, func(f []byte) { f[at] = v }) }
	n := 0
	for _, c := range []struct {
		name  string
		data  []byte
		model Model // 0: the header is refused as well
		want  error
	}{
		{"four components", four.sequentialFile(0xc0, true), CMYK, ErrColour},
		{"CMYK", adobe(0), CMYK, ErrColour},
		{"YCCK", adobe(2), YCCK, ErrColour},
		{"coarse luma", newTestPicture(r, 40, 30, sampling{1, 1}, sampling{2, 2}, sampling{1, 1}).sequentialFile(0xc0, true), YCbCr, ErrColour},
		{"reduced RGB", reduced.sequentialFile(0xc0, true), RGB, ErrColour},
		{"the height later", edited(colour, func(f []byte) { f[4], f[5] = 0, 0 }), YCbCr, ErrColour},
		{"lossless", frame(0, 0xc3), 0, hashmatch.ErrUnsupported},
		{"hierarchical", frame(0, 0xc5), 0, hashmatch.ErrUnsupported},
		{"arithmetic", frame(0, 0xc9), 0, hashmatch.ErrUnsupported},
		{"arithmetic, progressive", frame(0, 0xca), 0, hashmatch.ErrUnsupported},
		{"12 bits", frame(3, 12), 0, hashmatch.ErrUnsupported},
		{"five components", frame(8, 5), 0, hashmatch.ErrCorrupt},
		{"no width", edited(colour, func(f []byte) { f[6], f[7] = 0, 0 }), 0, hashmatch.ErrCorrupt},
		{"sampling 5", frame(10, 0x51), 0, hashmatch.ErrCorrupt},
		{"sampling 0", frame(10, 0x10), 0, hashmatch.ErrCorrupt},
		{"quantization table 4", frame(11, 4), 0, hashmatch.ErrCorrupt},
		{"a component twice", frame(12, 1), 0, hashmatch.ErrCorrupt},
		{"nothing", nil, 0, hashmatch.ErrCorrupt},
		{"no JPEG", []byte("\x89PNG\r\n\x1a\n"), 0, hashmatch.ErrCorrupt},
		{"no scan", []byte{0xff, markerSOI, 0xff, markerEOI}, 0, hashmatch.ErrCorrupt},
		{"a bomb", edited(colour, func(f []byte) { copy(f[4:], "\xff\xff\xff\xff") }), YCbCr, hashmatch.ErrCorrupt},
	} {
		h, err := ReadHeader(c.data)
		if c.model == 0 && !errors.Is(err, c.want) || c.model != 0 && (err != nil || h.Model != c.model) {
			t.Errorf("%s: header %v, %v", c.name, h.Model, err)
		}
		for _, scale := range scales {
			var d Decoder
			var p plane.Plane
			if _, err := d.Decode(context.Background(), c.data, scale, &p); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if p.Pix != nil || d.in.pos > len(c.data) {
				t.Errorf("%s: memory was taken", c.name)
			}
		}
		n++
	}
	testkit.AtLeast(t, 21, n, "refusals")
	if got := fmt.Sprint(Gray, YCbCr, RGB, CMYK, YCCK, Model(0), Model(9)); got != "gray YCbCr RGB CMYK YCCK none unknown" {
		t.Error(got)
	}
}

// What the header says of memory is enough for what decoding takes.
func TestMemory(t *testing.T) {
	r := testkit.Rand(t)
	fixed := int(unsafe.Sizeof(Decoder{})) + cached*int(unsafe.Sizeof(codes{})) + int(unsafe.Sizeof(builder{}))
	if fixed > fixedMemory {
		t.Errorf("a Decoder takes %d bytes for any file, more than %d", fixed, fixedMemory)
	}
	n := 0
	for _, layout := range [][]sampling{{{1, 1}}, {{2, 2}, {1, 1}, {1, 1}}, {{4, 1}, {1, 1}, {1, 1}}} {
		p := newTestPicture(r, 301, 203, layout...)
		for form, data := range p.files() {
			h, err := ReadHeader(data)
			if err != nil || h.Width != 301 || h.Height != 203 || h.Components != len(layout) || h.Progressive != (form[0] == 'p') {
				t.Fatalf("%s: %+v, %v", form, h, err)
			}
			for _, scale := range scales {
				var d Decoder
				var out plane.Plane
				if _, err := d.Decode(context.Background(), data, scale, &out); err != nil {
					t.Fatal(err)
				}
				took := fixed + cap(out.Pix) + d.held()
				if int64(took) > h.Memory(scale) {
					t.Errorf("%s at scale %d took %d bytes, of %d", form, scale, took, h.Memory(scale))
				}
				d.Shrink(d.held())
				if form[0] == 'p' && scale == 1 && d.held() < 301*203*2 {
					t.Errorf("%s holds %d bytes", form, d.held())
				}
				if d.Shrink(d.held() - 1); d.held() != 0 {
					t.Errorf("%d bytes are left", d.held())
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 40, n, "decodings")
}

// stopping is a context that ends when it has been asked some times.
type stopping struct {
	context.Context
	left int
}

func (s *stopping) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

func (*stopping) Deadline() (time.Time, bool) { return time.Time{}, false }

// A context that ends in the middle stops the work, wherever it is.
func TestContext(t *testing.T) {
	r := testkit.Rand(t)
	p := newTestPicture(r, 40, 160, sampling{1, 1}, sampling{1, 1}, sampling{1, 1})
	stops := 0
	for form, data := range p.files() {
		for _, scale := range scales {
			var d Decoder
			var out plane.Plane
			for left := 0; ; left++ {
				_, err := d.Decode(&stopping{context.Background(), left}, data, scale, &out)
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("%s: %v", form, err)
				}
				stops++
			}
		}
	}
	testkit.AtLeast(t, 300, stops, "places to stop at")
}
