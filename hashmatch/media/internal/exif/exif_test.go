package exif

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// note is a TIFF structure with an orientation, of a type, and a thumbnail behind both directories.
func note(order binary.AppendByteOrder, kind uint16, orientation uint32, thumbnail string) []byte {
	b := []byte("MM")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II")
	}
	entry := func(tag, kind uint16, v uint32) {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, tag), kind), 1)
		if kind == 3 {
			b = order.AppendUint16(order.AppendUint16(b, uint16(v)), 0)
		} else {
			b = order.AppendUint32(b, v)
		}
	}
	b = order.AppendUint32(order.AppendUint16(b, 42), 8)
	b = order.AppendUint16(b, 1)
	entry(tagOrientation, kind, orientation)
	b = order.AppendUint32(b, 26)
	b = order.AppendUint16(b, 2)
	entry(tagThumbnailOffset, 4, 56)
	entry(tagThumbnailLength, 4, uint32(len(thumbnail)))
	return append(order.AppendUint32(b, 0), thumbnail...)
}

func TestRead(t *testing.T) {
	const small = "\xff\xd8\xff\xd9"
	n := 0
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, c := range []struct {
			kind            uint16
			orientation     uint32
			thumbnail       string
			wantOrientation int
			wantThumbnail   string
		}{
			{3, 1, small, 1, small}, {3, 8, small, 8, small}, {4, 6, small, 6, small}, // a long, as some software writes
			{3, 0, small, 0, small}, {3, 9, small, 0, small}, {1, 6, small, 0, small},
			{3, 6, "\xff\xd8\xff", 6, ""}, {3, 6, "BM no JPEG", 6, ""}, {3, 6, "", 6, ""},
		} {
			orientation, thumbnail := Read(note(order, c.kind, c.orientation, c.thumbnail))
			if orientation != c.wantOrientation || string(thumbnail) != c.wantThumbnail {
				t.Errorf("%+v: %d and %q", c, orientation, thumbnail)
			}
			n++
		}
	}
	testkit.AtLeast(t, 18, n, "notes")
	if o, s := Read([]byte("IM*\x00\x08\x00\x00\x00")); o != 0 || s != nil {
		t.Errorf("of no byte order: %d, %q", o, s)
	}
}

// A note that is cut anywhere, or holds anything, is harmless.
func FuzzRead(f *testing.F) {
	whole := note(binary.BigEndian, 3, 5, "\xff\xd8\xff\xd9")
	for n := range len(whole) + 1 {
		f.Add(whole[:n])
	}
	f.Add(note(binary.LittleEndian, 4, 2, "\xff\xd8 and more"))
	f.Fuzz(func(t *testing.T, tiff []byte) {
		before := bytes.Clone(tiff)
		orientation, thumbnail := Read(tiff)
		if orientation < 0 || orientation > 8 || len(thumbnail) > 0 && !bytes.Contains(tiff, thumbnail) || !bytes.Equal(tiff, before) {
			t.Fatalf("%d and %q", orientation, thumbnail)
		}
	})
}

// Seeded damage, since the fuzz target runs its corpus only.
func TestBadNotes(t *testing.T) {
	r := testkit.Rand(t)
	whole := note(binary.BigEndian, 3, 5, "\xff\xd8\xff\xd9")
	n := 0
	for range 20_000 {
		tiff := bytes.Clone(whole[:r.IntN(len(whole)+1)])
		for range r.IntN(4) {
			if len(tiff) > 0 {
				tiff[r.IntN(len(tiff))] = byte(r.Uint32())
			}
		}
		if orientation, thumbnail := Read(tiff); orientation < 0 || orientation > 8 || len(thumbnail) > len(tiff) {
			t.Fatalf("%d and %q of % x", orientation, thumbnail, tiff)
		}
		n++
	}
	testkit.AtLeast(t, 20_000, n, "notes")
}
