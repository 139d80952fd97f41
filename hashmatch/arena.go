package hashmatch

import "encoding/binary"

// arena holds what entries say while a set is built, in pieces that never move. A record lies in one piece: twice the
// length of its public fields (uvarint), one more if there are private ones; the length of those; public fields, private
// fields.
type arena struct {
	pieces [][]byte
}

const (
	arenaBits  = 20 // a piece has room for 1 MiB; a longer record gets one of its own, with as many empty ones behind it as it covers
	arenaPiece = 1 << arenaBits
)

// add copies a record in and returns its address. Addresses ascend.
func (a *arena) add(public, private []byte) uint64 {
	var head [2 * binary.MaxVarintLen64]byte
	n := 0
	if len(private) == 0 {
		n = binary.PutUvarint(head[:], uint64(len(public))<<1)
	} else {
		n = binary.PutUvarint(head[:], uint64(len(public))<<1|1)
		n += binary.PutUvarint(head[n:], uint64(len(private)))
	}
	size := n + len(public) + len(private)
	last := len(a.pieces) - 1
	if last < 0 || size > cap(a.pieces[last])-len(a.pieces[last]) {
		last++
		a.pieces = append(a.pieces, make([]byte, 0, a.room(size)))
		for covered := arenaPiece; covered < size; covered += arenaPiece {
			a.pieces = append(a.pieces, nil)
		}
	}
	p := a.pieces[last]
	at := len(p)
	p = append(p, head[:n]...)
	p = append(p, public...)
	a.pieces[last] = append(p, private...)
	return uint64(last)<<arenaBits | uint64(at)
}

// room returns how large the next piece is: small sets get by with little.
func (a *arena) room(size int) int {
	if size > arenaPiece {
		return size
	}
	return max(size, min(arenaPiece, 4096<<min(2*len(a.pieces), 8)))
}

// at returns the record at an address.
func (a *arena) at(address uint64) (public, private []byte) {
	p := a.pieces[address>>arenaBits][address&(arenaPiece-1):]
	head, n := binary.Uvarint(p)
	behind := uint64(0)
	if head&1 != 0 {
		var w int
		behind, w = binary.Uvarint(p[n:])
		n += w
	}
	end := uint64(n) + head>>1
	return p[n:end:end], p[end : end+behind : end+behind]
}

// addresses are those of the records of entries, in the order of Add: four bytes each, beside eight for every group.
type addresses struct {
	bases   []uint64   // of each group of addressGroup entries, the address of its first record
	offsets [][]uint32 // from the group's base; in pieces of addressPiece
	n       int
}

const (
	addressGroup = 128 // so many of the longest records do not reach 4 GiB
	addressPiece = 16 << 10
)

func (a *addresses) add(address uint64) {
	if a.n%addressGroup == 0 {
		a.bases = append(a.bases, address)
	}
	if a.n%addressPiece == 0 {
		var piece []uint32 // the first one grows: most sets are small
		if a.n > 0 {
			piece = make([]uint32, 0, addressPiece)
		}
		a.offsets = append(a.offsets, piece)
	}
	last := &a.offsets[len(a.offsets)-1]
	*last = append(*last, uint32(address-a.bases[len(a.bases)-1]))
	a.n++
}

func (a *addresses) of(entry uint32) uint64 {
	return a.bases[entry/addressGroup] + uint64(a.offsets[entry/addressPiece][entry%addressPiece])
}
