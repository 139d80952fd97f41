package heif

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
)

// locations reads where the items' bytes are. An item that the item information does not list is passed over.
func (f *file) locations(body []byte) error {
	r := reader{data: body}
	version, _ := r.full()
	sizes := r.uint(2)
	offsetBytes, lengthBytes, baseBytes, indexBytes := nibble(sizes, 3), nibble(sizes, 2), nibble(sizes, 1), nibble(sizes, 0)
	if version == 0 {
		indexBytes = 0
	}
	if version > 2 || max(offsetBytes, lengthBytes, baseBytes, indexBytes) > 8 {
		return fmt.Errorf("version %d with fields of %d, %d, %d and %d bytes: %w",
			version, offsetBytes, lengthBytes, baseBytes, indexBytes, hashmatch.ErrCorrupt)
	}
	n := 2
	if version == 2 {
		n = 4
	}
	total := 0
	for count := r.uint(n); count > 0 && !r.short; count-- {
		id := uint32(r.uint(n))
		method := uint64(0)
		if version > 0 {
			method = r.uint(2) & 15
		}
		elsewhere := r.uint(2) != 0 || method > 1
		base := r.uint(baseBytes)
		extents := r.uint(2)
		if total += int(extents); total > mostExtents {
			return fmt.Errorf("more than %d extents: %w", mostExtents, hashmatch.ErrLimit)
		}
		if one := indexBytes + offsetBytes + lengthBytes; extents*uint64(one) > uint64(len(r.data)) {
			r.short = true
			break
		}
		it := f.items[id]
		if it == nil || it.extents != nil {
			r.take(int(extents) * (indexBytes + offsetBytes + lengthBytes))
			continue
		}
		it.inIdat, it.elsewhere = method == 1, it.elsewhere || elsewhere
		it.extents = make([]extent, extents)
		for i := range it.extents {
			r.uint(indexBytes)
			it.extents[i] = extent{offset: base + r.uint(offsetBytes), length: r.uint(lengthBytes)}
		}
	}
	return r.err("the box")
}

// nibble is the i-th half byte of v, from its end.
func nibble(v uint64, i int) int { return int(v>>(4*i)) & 15 }

// itemProperties reads the properties, and which item uses which.
func (f *file) itemProperties(body []byte) error {
	var associations [][]byte
	err := split(body, false, func(b box) error {
		switch {
		case b.kind.is("ipco") && f.properties == nil:
			return split(b.body, false, func(p box) error {
				f.properties = append(f.properties, p)
				return nil
			})
		case b.kind.is("ipma"):
			associations = append(associations, b.body)
		}
		return nil
	})
	total := 0
	for _, body := range associations {
		if err == nil {
			err = f.associations(body, &total)
		}
	}
	return err
}

// associations reads an ipma box. Its order is that in which transformations apply.
func (f *file) associations(body []byte, total *int) error {
	r := reader{data: body}
	version, flags := r.full()
	long := 1 + int(flags&1)
	for count := r.uint(4); count > 0 && !r.short; count-- {
		id := uint32(r.uint(idBytes(version)))
		n := int(r.uint(1))
		if *total += n; *total > mostUses {
			return fmt.Errorf("more than %d uses of properties: %w", mostUses, hashmatch.ErrLimit)
		}
		it := f.items[id]
		for range n {
			v := r.uint(long)
			top := uint64(1) << (8*long - 1)
			index := int(v &^ top)
			if index > len(f.properties) {
				return fmt.Errorf("item %d has property %d of %d: %w", id, index, len(f.properties), hashmatch.ErrCorrupt)
			}
			if it != nil && index > 0 {
				it.uses = append(it.uses, use{property: index - 1, essential: v&top != 0})
			}
		}
	}
	return r.err("ipma")
}

// references keeps two kinds: what is a thumbnail of the primary item, and what derived items are made of.
func (f *file) references(body []byte) error {
	r := reader{data: body}
	version, _ := r.full()
	if err := r.err("the box"); err != nil {
		return err
	}
	total := 0
	n := idBytes(version)
	return split(r.data, false, func(b box) error {
		r := reader{data: b.body}
		from := uint32(r.uint(n))
		count := int(r.uint(2))
		if count*n > len(r.data) {
			r.short = true
		}
		if err := r.err("a reference"); err != nil {
			return err
		}
		if total += count; total > mostInputs {
			return fmt.Errorf("more than %d references: %w", mostInputs, hashmatch.ErrLimit)
		}
		switch {
		case b.kind.is("thmb"):
			for range count {
				if uint32(r.uint(n)) == f.primary {
					f.thumbnails = append(f.thumbnails, from)
				}
			}
		case b.kind.is("dimg") && f.inputs[from] == nil:
			to := make([]uint32, count)
			for i := range to {
				to[i] = uint32(r.uint(n))
			}
			f.inputs[from] = to
		}
		return nil
	})
}

// errCut is an extent that ends where the file does not go to.
var errCut = fmt.Errorf("cut short: %w", hashmatch.ErrCorrupt)

// bytes returns the runs of an item's bytes, and their length together.
func (f *file) bytes(it *item) (runs [][]byte, length int64, err error) {
	if it.elsewhere {
		return nil, 0, fmt.Errorf("item %d is protected or elsewhere: %w", it.id, hashmatch.ErrUnsupported)
	}
	in, name := f.data, "file"
	if it.inIdat {
		in, name = f.idat, "idat"
	}
	for _, e := range it.extents {
		if e.offset > uint64(len(in)) || e.length > uint64(len(in))-e.offset {
			return nil, 0, fmt.Errorf("item %d is at byte %d, %d long, and the %s has %d: %w",
				it.id, e.offset, e.length, name, len(in), errCut)
		}
		end := e.offset + e.length
		if e.length == 0 {
			end = uint64(len(in))
		}
		runs = append(runs, in[e.offset:end:end])
		length += int64(end - e.offset)
	}
	if length == 0 {
		return nil, 0, fmt.Errorf("item %d has no bytes: %w", it.id, hashmatch.ErrCorrupt)
	}
	return runs, length, nil
}
