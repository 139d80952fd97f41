// Package digest computes MD5, SHA-1 and SHA-256 of one stream in one pass.
package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// blockSize is how much each digest is given in turn: small enough that the second and third find the bytes still in
// the core's first cache, large enough that the turns cost nothing.
const blockSize = 32 << 10

// Digester takes a stream through Write and gives its digests. It is not safe for concurrent use.
type Digester struct {
	kinds  []hashmatch.Kind
	states []hash.Hash // one for each of kinds
	size   int64
}

// New returns a Digester of those among kinds that are digests, each once; the others are passed over.
func New(kinds []hashmatch.Kind) *Digester {
	d := &Digester{}
	for _, k := range hashmatch.Kinds() {
		if !slices.Contains(kinds, k) {
			continue
		}
		switch k {
		case hashmatch.MD5:
			d.add(k, md5.New())
		case hashmatch.SHA1:
			d.add(k, sha1.New())
		case hashmatch.SHA256:
			d.add(k, sha256.New())
		}
	}
	return d
}

func (d *Digester) add(k hashmatch.Kind, state hash.Hash) {
	d.kinds, d.states = append(d.kinds, k), append(d.states, state)
}

// Write takes the next bytes of the stream. It never fails.
func (d *Digester) Write(p []byte) (int, error) {
	n := len(p)
	d.size += int64(n)
	for len(p) > 0 {
		block := p[:min(blockSize, len(p))]
		for _, s := range d.states {
			s.Write(block)
		}
		p = p[len(block):]
	}
	return n, nil
}

// Size returns the number of bytes written.
func (d *Digester) Size() int64 { return d.size }

// Sums returns the digests of what was written, in the order of their kinds. Writing may go on afterwards.
func (d *Digester) Sums() []hashmatch.Hash {
	var sums []hashmatch.Hash
	for i, k := range d.kinds {
		h, err := hashmatch.NewHash(k, d.states[i].Sum(nil))
		if err != nil {
			panic(err) // a digest of the wrong length cannot come out of the standard library
		}
		sums = append(sums, h)
	}
	return sums
}
