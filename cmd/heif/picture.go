package heif

import (
	"errors"
	"fmt"
	"image"

	"github.com/hashmatch/engine/hashmatch"
)

// codec is how the pixels of a picture are coded.
type codec uint8

const (
	hevc codec = iota + 1 // items "hvc1"
	av1                   // items "av01"
)

func (c codec) String() string { return [...]string{"no codec", "HEVC", "AV1"}[c] }

// maxSide is the most pixels that a side of a coded picture or of a grid may have: what both coding formats can say.
const maxSide = 65536

// picture is an item that can be decoded: a coded one, or a grid of coded ones.
type picture struct {
	codec         codec
	items         []*item // the coded item; of a grid the grid and then its tiles, row by row
	width, height int     // as stored, before any crop or turn
	crop          image.Rectangle
	orientation   int           // how to turn what is cropped, as EXIF counts it, 1..8; 0 if nothing says so
	coded         int64         // bytes of the items
	cut           error         // why some of them are not there, in a file that was cut short
	parts         []image.Point // sizes of the coded pictures, as their parameter sets say; of one, or of a grid's tiles
	layout        layout        // of the first of them
	nclx          nclx
}

// layout is how the samples of a coded picture lie.
type layout struct {
	chroma int // 0 gray, 1 4:2:0, 2 4:2:2, 3 4:4:4
	depth  int // bits a sample
}

// nclx is what a colour box says of how the samples came from red, green and blue: ISO/IEC 23091-2.
type nclx struct {
	present bool // whether anything says
	matrix  int
	full    bool // 0..255 and not 16..235
}

// picture reads what the file says of item id as a picture, without looking at its coded bytes.
func (f *file) picture(id uint32) (picture, error) {
	it := f.items[id]
	if it == nil {
		return picture{}, fmt.Errorf("item %d is not there: %w", id, hashmatch.ErrCorrupt)
	}
	p := picture{items: []*item{it}}
	if err := f.appearance(it, &p); err != nil {
		return picture{}, fmt.Errorf("item %d: %w", id, err)
	}
	var err error
	if it.kind.is("grid") {
		err = f.grid(it, &p)
	} else {
		err = f.codedItem(it, &p)
	}
	if err != nil {
		return picture{}, fmt.Errorf("item %d: %w", id, err)
	}
	if p.colours() == unknown {
		return picture{}, fmt.Errorf("item %d: colours by matrix %d: %w", id, p.nclx.matrix, hashmatch.ErrUnsupported)
	}
	if p.codec == hevc && len(p.items) == 1 && (p.parts[0].X < p.width || p.parts[0].Y < p.height) {
		return picture{}, fmt.Errorf("item %d is said to have %dx%d pixels and codes %dx%d: %w",
			id, p.width, p.height, p.parts[0].X, p.parts[0].Y, hashmatch.ErrCorrupt)
	}
	return p, nil
}

// codedItem adds a coded item to what p is made of.
func (f *file) codedItem(it *item, p *picture) error {
	kind := codec(0)
	switch {
	case it.kind.is("hvc1"):
		kind = hevc
	case it.kind.is("av01"):
		kind = av1
	}
	if kind == 0 || p.codec != 0 && kind != p.codec {
		return fmt.Errorf("coded as %q: %w", it.kind[:], hashmatch.ErrUnsupported)
	}
	_, n, err := f.bytes(it)
	if errors.Is(err, errCut) {
		p.cut, err = err, nil
	}
	if err != nil {
		return err
	}
	size, lay, err := f.configuration(it, kind)
	if err != nil {
		return err
	}
	if p.codec == 0 {
		p.codec, p.layout = kind, lay
	}
	if lay != p.layout {
		return fmt.Errorf("tiles of different layouts: %w", hashmatch.ErrUnsupported)
	}
	p.coded += n
	if p.coded > int64(len(f.data)) {
		return fmt.Errorf("its items share bytes: %w", hashmatch.ErrUnsupported)
	}
	p.parts = append(p.parts, size)
	return nil
}

// grid adds the tiles of a grid. Source: ISO/IEC 23008-12:2022, 6.6.2.3.
func (f *file) grid(it *item, p *picture) error {
	runs, n, err := f.bytes(it)
	if err != nil {
		return err
	}
	if n > 12 {
		return fmt.Errorf("a grid of %d bytes: %w", n, hashmatch.ErrCorrupt)
	}
	var body []byte
	for _, run := range runs {
		body = append(body, run...)
	}
	r := reader{data: body}
	version, flags := r.uint(1), r.uint(1)
	rows, columns := int(r.uint(1))+1, int(r.uint(1))+1
	side := 2 + 2*int(flags&1)
	width, height := r.uint(side), r.uint(side)
	if err := r.err("the grid"); err != nil {
		return err
	}
	tiles := f.inputs[it.id]
	if version != 0 || len(tiles) != rows*columns || width != uint64(p.width) || height != uint64(p.height) {
		return fmt.Errorf("a grid of version %d with %d tiles for %dx%d, of %dx%d pixels in a picture of %dx%d: %w",
			version, len(tiles), columns, rows, width, height, p.width, p.height, hashmatch.ErrCorrupt)
	}
	p.coded = n
	var tile image.Point
	for i, id := range tiles {
		t := f.items[id]
		if t == nil {
			return fmt.Errorf("tile %d is not there: %w", id, hashmatch.ErrCorrupt)
		}
		var look picture
		if err := f.appearance(t, &look); err != nil {
			return fmt.Errorf("tile %d: %w", id, err)
		}
		if look.orientation != 0 || look.crop != image.Rect(0, 0, look.width, look.height) {
			return fmt.Errorf("tile %d is turned or cropped: %w", id, hashmatch.ErrUnsupported)
		}
		if size := image.Pt(look.width, look.height); i == 0 {
			tile = size
		} else if size != tile {
			return fmt.Errorf("tile %d has %v pixels, the first %v: %w", id, size, tile, hashmatch.ErrCorrupt)
		}
		if err := f.codedItem(t, p); err != nil {
			return fmt.Errorf("tile %d: %w", id, err)
		}
		if p.codec == hevc && p.parts[i] != tile {
			return fmt.Errorf("tile %d is said to have %v pixels and codes %v: %w", id, tile, p.parts[i], hashmatch.ErrCorrupt)
		}
		p.items = append(p.items, t)
	}
	if tile.X*columns < p.width || tile.Y*rows < p.height {
		return fmt.Errorf("%dx%d tiles of %v pixels do not cover %dx%d: %w",
			columns, rows, tile, p.width, p.height, hashmatch.ErrCorrupt)
	}
	return nil
}
