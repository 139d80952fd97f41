package heif

import (
	"bytes"
	"fmt"
	"image"

	"github.com/hashmatch/engine/hashmatch"
)

// property returns the body of the first property of a kind that an item uses.
func (f *file) property(it *item, kind string) ([]byte, bool) {
	for _, u := range it.uses {
		if b := f.properties[u.property]; b.kind.is(kind) {
			return b.body, true
		}
	}
	return nil, false
}

// configuration reads an item's decoder configuration: how large its coded picture is, as far as that says, and how its
// samples lie.
func (f *file) configuration(it *item, kind codec) (image.Point, layout, error) {
	if kind == av1 {
		body, ok := f.property(it, "av1C")
		if !ok || len(body) < 4 {
			return image.Point{}, layout{}, fmt.Errorf("no av1C: %w", hashmatch.ErrCorrupt)
		}
		lay, err := av1Layout(body)
		return image.Point{}, lay, err
	}
	body, ok := f.property(it, "hvcC")
	if !ok {
		return image.Point{}, layout{}, fmt.Errorf("no hvcC: %w", hashmatch.ErrCorrupt)
	}
	sets, err := parameterSets(body)
	if err != nil {
		return image.Point{}, layout{}, err
	}
	return sequence(sets)
}

// av1Layout reads the third byte of an av1C box. Source: AV1 Codec ISO Media File Format Binding, 2.3.3.
func av1Layout(body []byte) (layout, error) {
	if body[0] != 0x81 {
		return layout{}, fmt.Errorf("av1C begins with %#x: %w", body[0], hashmatch.ErrUnsupported)
	}
	high, twelve, mono, x, y := body[2]>>6&1, body[2]>>5&1, body[2]>>4&1, body[2]>>3&1, body[2]>>2&1
	lay := layout{chroma: 3 - int(x) - int(y), depth: 8 + 2*int(high) + 2*int(high&twelve)}
	if mono == 1 {
		lay.chroma = 0
	}
	return lay, nil
}

// parameterSets returns the sequence parameter set of an hvcC box. Source: ISO/IEC 14496-15:2022, 8.3.2.1.
func parameterSets(body []byte) ([]byte, error) {
	r := reader{data: body}
	r.take(22)
	for arrays := r.uint(1); arrays > 0 && !r.short; arrays-- {
		kind := r.uint(1) & 0x3f
		for count := r.uint(2); count > 0 && !r.short; count-- {
			unit := r.take(int(r.uint(2)))
			if kind == 33 && len(unit) > 2 {
				return unit[2:], nil
			}
		}
	}
	return nil, fmt.Errorf("hvcC has no sequence parameter set: %w", hashmatch.ErrCorrupt)
}

// sequence reads the size and layout of a coded picture from its sequence parameter set. Source: ITU-T H.265 (2021),
// 7.3.2.2.1 and 7.4.3.2.1.
func sequence(set []byte) (size image.Point, lay layout, err error) {
	b := bits{data: bytes.ReplaceAll(set, []byte{0, 0, 3}, []byte{0, 0})}
	b.skip(4)
	layers := b.take(3)
	b.skip(1)
	b.profile(int(layers))
	b.golomb()
	lay.chroma = int(b.golomb())
	planes := uint64(0)
	if lay.chroma == 3 {
		planes = b.take(1)
	}
	w, h := b.golomb(), b.golomb()
	var window [4]uint64 // left, right, top, bottom, in chroma samples
	if b.take(1) == 1 {
		for i := range window {
			window[i] = b.golomb()
		}
	}
	luma, chroma := b.golomb(), b.golomb()
	x, y := uint64(1), uint64(1)
	if lay.chroma == 1 || lay.chroma == 2 {
		x = 2
	}
	if lay.chroma == 1 {
		y = 2
	}
	lay.depth = 8 + int(luma)
	switch {
	case b.short, lay.chroma > 3, luma > 8, chroma > 8, w == 0, h == 0:
		return size, lay, fmt.Errorf("the sequence parameter set cannot be read: %w", hashmatch.ErrCorrupt)
	case w > maxSide || h > maxSide:
		return size, lay, fmt.Errorf("it codes %dx%d pixels: %w", w, h, hashmatch.ErrLimit)
	case planes == 1, lay.chroma != 0 && luma != chroma:
		return size, lay, fmt.Errorf("it codes planes apart, or of different depths: %w", hashmatch.ErrUnsupported)
	}
	if cut := x * (window[0] + window[1]); cut < w {
		w -= cut
	} else {
		w = 0
	}
	if cut := y * (window[2] + window[3]); cut < h {
		h -= cut
	} else {
		h = 0
	}
	if w == 0 || h == 0 {
		return size, lay, fmt.Errorf("nothing is left of the coded picture: %w", hashmatch.ErrCorrupt)
	}
	return image.Pt(int(w), int(h)), lay, nil
}

// bits takes numbers off a parameter set; past its end everything is zero and short is set.
type bits struct {
	data  []byte
	at    int // in bits
	short bool
}

func (b *bits) take(n int) (v uint64) {
	if b.at+n > 8*len(b.data) {
		b.at, b.short = 8*len(b.data), true
		return 0
	}
	for range n {
		v = v<<1 | uint64(b.data[b.at/8]>>(7-b.at%8)&1)
		b.at++
	}
	return v
}

func (b *bits) skip(n int) {
	if b.at += n; b.at > 8*len(b.data) {
		b.at, b.short = 8*len(b.data), true
	}
}

// golomb reads ue(v), an Exp-Golomb number below 2^32.
func (b *bits) golomb() uint64 {
	zeros := 0
	for zeros <= 32 && !b.short && b.take(1) == 0 {
		zeros++
	}
	if zeros > 31 {
		b.at, b.short = 8*len(b.data), true
	}
	if b.short {
		return 0
	}
	return 1<<zeros - 1 + b.take(zeros)
}

// profile skips profile_tier_level.
func (b *bits) profile(layers int) {
	b.skip(96)
	var present [8][2]uint64
	for i := range layers {
		present[i] = [2]uint64{b.take(1), b.take(1)}
	}
	if layers > 0 {
		b.skip(2 * (8 - layers))
	}
	for i := range layers {
		b.skip(88*int(present[i][0]) + 8*int(present[i][1]))
	}
}
