// Package digest computes MD5, SHA-1 and SHA-256 of one stream in one pass.
//
// MD5 is a chain of dependent additions that leaves most of a core idle. On amd64 with the SHA instructions the other two
// run in its shadow: three digests in the time of MD5, and [Pair] takes two streams in little more than that. Elsewhere,
// with the build tag purego, and when the standard library runs as a FIPS 140-3 module (crypto/fips140), the standard
// library computes everything. Both give the same digests; a process compares the two once before it trusts the first.
//
// The digests identify files. MD5 and SHA-1 protect against nobody who can choose the files.
package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// kinds are the digests in their order. Arrays over digests have this order.
var kinds = [...]hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}

// Digester takes a stream through Write and gives its digests. It can be used again after Reset, without allocating.
// The zero Digester computes nothing but the size. It is not safe for concurrent use.
type Digester struct {
	asked    [len(kinds)]bool
	stitched bool // lane has the stream, and not standard
	short    bool // standard gets short turns
	size     int64
	lane     lane
	standard [len(kinds)]hash.Hash // made when first asked for
	raw      [sha256.Size]byte     // of one digest, here because a variable handed to hash.Hash would be allocated
}

// Reset begins a new stream, of which those asked for that are digests are computed; other kinds are passed over.
func (d *Digester) Reset(asked []hashmatch.Kind) {
	n := 0
	for i, k := range kinds {
		d.asked[i] = slices.Contains(asked, k)
		if d.asked[i] {
			n++
		}
	}
	d.size, d.short = 0, n > 1 && shaInstructions()
	// The stitched loop has MD5's speed whatever is left out, so it serves MD5 with at least one other.
	d.stitched = d.asked[0] && n > 1 && stitched()
	if d.stitched {
		d.lane.reset()
		return
	}
	for i, asked := range d.asked {
		switch {
		case !asked:
		case d.standard[i] == nil:
			d.standard[i] = libraries[i]()
		default:
			d.standard[i].Reset()
		}
	}
}

// Write takes the next bytes of the stream. It never fails.
func (d *Digester) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	if d.stitched {
		d.lane.write(p)
		return len(p), nil
	}
	unenforced(func() { d.inTurns(p) })
	return len(p), nil
}

// Pair is a.Write(p) and b.Write(q). Where the stitched path serves both it is nearly twice as fast, for as many whole
// blocks of 64 bytes as p and q both have: give it pieces of equal length while both streams last.
func Pair(a, b *Digester, p, q []byte) {
	if a == b || !a.stitched || !b.stitched {
		a.Write(p)
		b.Write(q)
		return
	}
	a.size += int64(len(p))
	b.size += int64(len(q))
	write2(&a.lane, &b.lane, p, q)
}

// Size returns the number of bytes written.
func (d *Digester) Size() int64 { return d.size }

// Way names what computes MD5 together with another digest in this process: "stitched", or "standard" for the standard
// library.
func Way() string {
	if stitched() {
		return "stitched"
	}
	return "standard"
}

// Sums returns the digests of what was written, in the order of their kinds. Writing may go on afterwards.
func (d *Digester) Sums() []hashmatch.Hash { return d.AppendSums(nil) }

// AppendSums appends what Sums returns to dst.
func (d *Digester) AppendSums(dst []hashmatch.Hash) []hashmatch.Hash {
	var end state
	if d.stitched {
		end = d.lane.sum()
	}
	for i, k := range kinds {
		if !d.asked[i] {
			continue
		}
		raw := d.raw[:0]
		switch {
		case !d.stitched:
			unenforced(func() { raw = d.standard[i].Sum(raw) })
		case i == 0:
			for _, v := range end.md5 {
				raw = binary.LittleEndian.AppendUint32(raw, v)
			}
		case i == 1:
			raw = appendBig(raw, end.sha1[:])
		case i == 2:
			raw = appendBig(raw, end.sha256[:])
		}
		h, err := hashmatch.NewHash(k, raw)
		if err != nil {
			panic(err) // a digest of the wrong length
		}
		dst = append(dst, h)
	}
	return dst
}

func appendBig(dst []byte, words []uint32) []byte {
	for _, v := range words {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	return dst
}
