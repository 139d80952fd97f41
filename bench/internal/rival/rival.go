// Package rival holds the slow ways that engines are measured beside and checked against, written as books have them and
// no worse.
package rival

import (
	"math/bits"
	"unsafe"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/hashmatch/engine/index"
)

// Brute compares the query with every code, in plain Go.
type Brute[C index.Code] []C

// Within appends the hits of q in the order of the codes.
func (b Brute[C]) Within(dst []index.Hit, q C, radius int) []index.Hit {
	switch codes := any(b).(type) {
	case Brute[uint64]:
		q := any(q).(uint64)
		for i, c := range codes {
			if d := bits.OnesCount64(c ^ q); d <= radius {
				dst = append(dst, index.Hit{ID: uint32(i), Distance: uint32(d)})
			}
		}
	case Brute[[4]uint64]:
		q := any(q).([4]uint64)
		for i, c := range codes {
			d := bits.OnesCount64(c[0]^q[0]) + bits.OnesCount64(c[1]^q[1]) + bits.OnesCount64(c[2]^q[2]) + bits.OnesCount64(c[3]^q[3])
			if d <= radius {
				dst = append(dst, index.Hit{ID: uint32(i), Distance: uint32(d)})
			}
		}
	}
	return dst
}

// Textbook is a BK-tree as books draw it, nodes with a map of children, behind a Bloom filter of whole codes, which can
// say no only at radius 0.
type Textbook[C index.Code] struct {
	root   *node[C]
	filter *bloom.BloomFilter
}

type node[C index.Code] struct {
	code     C
	ids      []uint32
	children map[int]*node[C]
}

// NewTextbook builds a tree of codes, each found by its position.
func NewTextbook[C index.Code](codes []C) *Textbook[C] {
	t := &Textbook[C]{filter: bloom.NewWithEstimates(uint(max(1, len(codes))), 0.01)}
	for i, c := range codes {
		t.filter.Add(key(&c))
		t.insert(c, uint32(i))
	}
	return t
}

func key[C index.Code](c *C) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(c)), unsafe.Sizeof(*c))
}

func (t *Textbook[C]) insert(c C, id uint32) {
	at := &t.root
	for *at != nil {
		d := index.Distance((*at).code, c)
		if d == 0 {
			(*at).ids = append((*at).ids, id)
			return
		}
		if (*at).children == nil {
			(*at).children = map[int]*node[C]{}
		}
		child, ok := (*at).children[d]
		if !ok {
			(*at).children[d] = &node[C]{code: c, ids: []uint32{id}}
			return
		}
		at = &child
	}
	*at = &node[C]{code: c, ids: []uint32{id}}
}

// Within appends the hits of q in any order.
func (t *Textbook[C]) Within(dst []index.Hit, q C, radius int) []index.Hit {
	if t.root == nil || radius == 0 && !t.filter.Test(key(&q)) {
		return dst
	}
	for stack := []*node[C]{t.root}; len(stack) > 0; {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		d := index.Distance(n.code, q)
		if d <= radius {
			for _, id := range n.ids {
				dst = append(dst, index.Hit{ID: id, Distance: uint32(d)})
			}
		}
		for k, child := range n.children {
			if k >= d-radius && k <= d+radius {
				stack = append(stack, child)
			}
		}
	}
	return dst
}
