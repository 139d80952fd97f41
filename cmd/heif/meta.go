package heif

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
)

// file is what a file's meta box says of its items. It shares the file's bytes. Source: ISO/IEC 23008-12:2022 (HEIF) on
// the boxes of ISO/IEC 14496-12:2022, 8.11.
type file struct {
	data       []byte
	idat       []byte // items of construction method 1 lie in it
	primary    uint32
	items      map[uint32]*item
	properties []box
	thumbnails []uint32            // of the primary item
	inputs     map[uint32][]uint32 // what a derived item is made of, in order
}

// item is one item of the meta box.
type item struct {
	id        uint32
	kind      fourCC // "hvc1", "av01", "grid", "Exif", ...
	inIdat    bool   // its extents lie in idat, not in the file
	elsewhere bool   // it lies in another file or item: it cannot be read
	extents   []extent
	uses      []use
}

// extent is a run of an item's bytes; length 0 means up to the end.
type extent struct{ offset, length uint64 }

// use is a property of an item.
type use struct {
	property  int // index in file.properties
	essential bool
}

// Bounds on what a meta box may list. A 400-megapixel picture in tiles of 512x512 has 1,600 items.
const (
	mostItems   = 4096
	mostExtents = 16384 // of all items together
	mostUses    = 32768 // of all items together
	mostInputs  = 8192  // of all derived items together
)

// parse reads the meta box. What it allocates is bounded by the constants above, and by the length of data before that.
func parse(data []byte) (*file, error) {
	f := &file{data: data, items: map[uint32]*item{}, inputs: map[uint32][]uint32{}}
	var meta []byte
	movie := false
	first := true
	err := split(data, true, func(b box) error {
		switch {
		case first && !b.kind.is("ftyp"):
			return fmt.Errorf("no file type box at the beginning: %w", hashmatch.ErrCorrupt)
		case b.kind.is("meta") && meta == nil:
			meta = b.body
		case b.kind.is("moov"):
			movie = true
		}
		first = false
		return nil
	})
	if err != nil {
		return nil, err
	}
	if meta == nil {
		if movie {
			return nil, fmt.Errorf("a sequence without a picture of its own: %w", hashmatch.ErrUnsupported)
		}
		return nil, fmt.Errorf("no meta box in %d bytes: %w", len(data), hashmatch.ErrCorrupt)
	}
	return f, f.meta(meta)
}

// meta reads the boxes that matter, in an order in which each finds what it refers to, whatever their order in the file.
// Of two boxes of one type the first counts, here as in what is handed to the decoder.
func (f *file) meta(body []byte) error {
	r := reader{data: body}
	r.full()
	if err := r.err("the meta box"); err != nil {
		return err
	}
	boxes := map[string][]byte{}
	err := split(r.data, false, func(b box) error {
		switch string(b.kind[:]) {
		case "hdlr", "pitm", "iinf", "iloc", "iprp", "iref", "idat":
			if _, seen := boxes[string(b.kind[:])]; !seen {
				boxes[string(b.kind[:])] = b.body
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, step := range []struct {
		kind   string
		needed bool
		read   func([]byte) error
	}{
		{"hdlr", true, f.handler},
		{"pitm", true, f.primaryItem},
		{"iinf", true, f.itemInfo},
		{"iloc", true, f.locations},
		{"idat", false, func(body []byte) error { f.idat = body; return nil }},
		{"iprp", true, f.itemProperties},
		{"iref", false, f.references},
	} {
		body, ok := boxes[step.kind]
		if !ok {
			if step.needed {
				return fmt.Errorf("the meta box has no %s: %w", step.kind, hashmatch.ErrCorrupt)
			}
			continue
		}
		if err := step.read(body); err != nil {
			return fmt.Errorf("%s: %w", step.kind, err)
		}
	}
	return nil
}

func (f *file) handler(body []byte) error {
	r := reader{data: body}
	r.full()
	r.uint(4)
	if kind := r.fourCC(); !kind.is("pict") {
		return fmt.Errorf("the items are not pictures but %q: %w", kind[:], hashmatch.ErrUnsupported)
	}
	return nil
}

func (f *file) primaryItem(body []byte) error {
	r := reader{data: body}
	version, _ := r.full()
	f.primary = uint32(r.uint(idBytes(version)))
	return r.err("the box")
}

// idBytes is the length of an item's number in a box whose version 0 has the short form.
func idBytes(version byte) int {
	if version == 0 {
		return 2
	}
	return 4
}

// itemInfo reads the items' types. The count is not believed: the boxes are there or not.
func (f *file) itemInfo(body []byte) error {
	r := reader{data: body}
	version, _ := r.full()
	r.uint(idBytes(version))
	if err := r.err("the box"); err != nil {
		return err
	}
	return split(r.data, false, func(b box) error {
		if !b.kind.is("infe") {
			return nil
		}
		r := reader{data: b.body}
		version, _ := r.full()
		if version < 2 {
			return nil // without a type, so no picture
		}
		n := 2
		if version > 2 {
			n = 4
		}
		id := uint32(r.uint(n))
		protection := r.uint(2)
		kind := r.fourCC()
		if err := r.err("an entry"); err != nil {
			return err
		}
		if f.items[id] != nil {
			return fmt.Errorf("item %d is there twice: %w", id, hashmatch.ErrCorrupt)
		}
		if len(f.items) == mostItems {
			return fmt.Errorf("more than %d items: %w", mostItems, hashmatch.ErrLimit)
		}
		f.items[id] = &item{id: id, kind: kind, elsewhere: protection != 0}
		return nil
	})
}
