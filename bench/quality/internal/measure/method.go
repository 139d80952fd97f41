// Package measure finds out how well altered pictures are found again, and how often unrelated ones are taken for each
// other: by every kind of hash, with every set of views. Pictures become files first, and are hashed as files.
package measure

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"math/bits"

	"github.com/corona10/goimagehash"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Method is a way to tell that a picture is known: a kind of hash, and the views of the query that it is made from.
type Method struct {
	Name   string
	Usual  int // the radius that is usual for it
	Far    int // the greatest that anyone should use; false matches are counted as far as this
	kind   hashmatch.Kind
	views  media.Views
	peer   func(image.Image) (*goimagehash.ImageHash, error) // the library itself, on the pixels of Go's own decoders
	origin int                                               // the method whose hasher also makes this one's hashes
}

// PDQ reports whether it compares PDQ hashes.
func (m *Method) PDQ() bool { return m.kind == hashmatch.PDQ }

// Peer reports whether another program makes the hash.
func (m *Method) Peer() bool { return m.peer != nil }

// Upright and the other names are where methods stand in Methods.
const (
	Upright = iota // PDQ as everybody has it
	Light
	Full
)

var methods = []Method{
	Upright: {Name: "PDQ", Usual: 31, Far: 60, kind: hashmatch.PDQ, views: media.None},
	Light:   {Name: "PDQ, light views", Usual: 31, Far: 60, kind: hashmatch.PDQ, views: media.Light, origin: Light},
	Full:    {Name: "PDQ, full views", Usual: 31, Far: 60, kind: hashmatch.PDQ, views: media.Full, origin: Full},
	{Name: "phash", Usual: 10, Far: 14, kind: hashmatch.PHash},
	{Name: "dhash", Usual: 10, Far: 14, kind: hashmatch.DHash},
	{Name: "ahash", Usual: 5, Far: 10, kind: hashmatch.AHash},
	{Name: "goimagehash phash", Usual: 10, Far: 14, peer: goimagehash.PerceptionHash},
	{Name: "goimagehash dhash", Usual: 10, Far: 14, peer: goimagehash.DifferenceHash},
	{Name: "goimagehash ahash", Usual: 5, Far: 10, peer: goimagehash.AverageHash},
}

// Methods returns all methods, in the order of tables.
func Methods() []Method { return methods }

// farthest is the greatest distance that can be counted, with room for tests that look farther than any Far.
const farthest = 100

// code is a hash; those of 64 bits leave the other words zero, so that one kind of index serves all.
type code = [4]uint64

func distance(a, b code) int {
	return bits.OnesCount64(a[0]^b[0]) + bits.OnesCount64(a[1]^b[1]) + bits.OnesCount64(a[2]^b[2]) + bits.OnesCount64(a[3]^b[3])
}

// hashed is what was made of one file.
type hashed struct {
	quality int      // of the whole upright picture
	views   [][]view // by method: those that pass the gate, the upright one first
}

// view is the hash of one view of a picture.
type view struct {
	code
	graphic bool // it looks drawn: it is compared within the usual radius only
}

// counts tells whether a matcher takes a hit of the view at a distance for a match, within the radius.
func (v *view) counts(distance int) bool { return !v.graphic || distance <= methods[Upright].Usual }

// hashers hashes files. It is safe for concurrent use.
type hashers []media.Hasher

// newHashers makes hashers for some of the methods; of a method whose hasher is not asked for there are no views.
func newHashers(wanted ...int) hashers {
	all := make(hashers, len(methods))
	for _, i := range wanted {
		all[i].Views = methods[i].views
		all[i].Kinds = []hashmatch.Kind{hashmatch.PDQ}
		if i == Upright {
			all[i].Kinds = append(all[i].Kinds, hashmatch.PHash, hashmatch.DHash, hashmatch.AHash)
		}
	}
	return all
}

// every is each method that has a hasher of its own.
func every() (list []int) {
	for i := range methods {
		if methods[i].origin == i && methods[i].peer == nil {
			list = append(list, i)
		}
	}
	return list
}

// hash hashes a file. peers says that goimagehash's are wanted too.
func (h hashers) hash(file []byte, peers bool) (p hashed, err error) {
	p.views = make([][]view, len(methods))
	for i := range h {
		if h[i].Kinds == nil {
			continue
		}
		fp, err := h[i].SumBytes(context.Background(), file)
		if err != nil {
			return p, err
		}
		p.quality, _ = fp.Quality().Value()
		for j := range methods {
			if m := &methods[j]; m.peer == nil && m.origin == i {
				p.views[j] = gated(&fp, m.kind)
			}
		}
	}
	if !peers {
		return p, nil
	}
	m, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return p, fmt.Errorf("measure: %w", err)
	}
	for j := range methods {
		if hash := methods[j].peer; hash != nil {
			value, err := hash(m)
			if err != nil {
				return p, fmt.Errorf("measure: %s: %w", methods[j].Name, err)
			}
			p.views[j] = []view{{code: code{value.GetHash()}}}
		}
	}
	return p, nil
}

// gated returns the hashes of a kind that a matcher would compare.
func gated(fp *hashmatch.Fingerprint, k hashmatch.Kind) (list []view) {
	for i := range fp.Hashes {
		h := &fp.Hashes[i]
		switch {
		case h.Hash.Kind() != k || h.Quality.Below(gate):
		case k == hashmatch.PDQ:
			list = append(list, view{h.Hash.Code256(), h.Graphic})
		default:
			list = append(list, view{code: code{h.Hash.Code64()}})
		}
	}
	return list
}
