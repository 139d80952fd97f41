package heif

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
)

// fourCC is the type of a box, an item or a reference.
type fourCC [4]byte

func (c fourCC) is(s string) bool { return string(c[:]) == s }

// box is one box of a file.
type box struct {
	kind fourCC
	body []byte // what follows the header, to the box's end
	at   int    // where the body begins, from the beginning of what was split; for errors
}

// mostBoxes is the most boxes that one container, or the file itself, may hold: a phone's photo has some ten, and a
// property container one or two for each tile at the very worst.
const mostBoxes = 4096

// split calls visit for the boxes in data, one after another, until it returns an error. A last box may be longer than
// what there is only if cut allows it: a file that was cut short still has the boxes before the cut. Source: ISO/IEC
// 14496-12:2022, 4.2.
func split(data []byte, cut bool, visit func(box) error) error {
	at := 0
	for n := 0; len(data)-at >= 8; n++ {
		if n == mostBoxes {
			return fmt.Errorf("more than %d boxes in a row: %w", mostBoxes, hashmatch.ErrLimit)
		}
		r := reader{data: data[at:]}
		size := r.uint(4)
		kind := r.fourCC()
		header := 8
		switch size {
		case 0:
			size = uint64(len(data) - at)
		case 1:
			size = r.uint(8)
			header = 16
		}
		rest := uint64(len(data) - at)
		if cut && size > rest {
			size = rest
		}
		if size < uint64(header) || size > rest {
			return fmt.Errorf("box %q at byte %d has %d bytes, %d are there: %w", kind[:], at, size, rest, hashmatch.ErrCorrupt)
		}
		end := at + int(size)
		if err := visit(box{kind: kind, body: data[at+header : end : end], at: at + header}); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// reader takes numbers, most significant byte first, off a box's body. After the first read past the end everything is
// zero and short is set, so that a run of reads needs one check.
type reader struct {
	data  []byte
	short bool
}

// uint reads a number of n bytes, at most 8; of none it is 0.
func (r *reader) uint(n int) (v uint64) {
	for _, b := range r.take(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (r *reader) fourCC() (c fourCC) {
	copy(c[:], r.take(4))
	return c
}

// take returns the next n bytes, none if there are fewer.
func (r *reader) take(n int) []byte {
	if n > len(r.data) {
		r.data, r.short = nil, true
		return nil
	}
	head := r.data[:n:n]
	r.data = r.data[n:]
	return head
}

// full reads the version and flags that begin a full box.
func (r *reader) full() (version byte, flags uint32) {
	v := r.uint(4)
	return byte(v >> 24), uint32(v & 0xffffff)
}

// err is what a box that was too short for its fields comes to.
func (r *reader) err(what string) error {
	if r.short {
		return fmt.Errorf("%s is too short for its fields: %w", what, hashmatch.ErrCorrupt)
	}
	return nil
}
