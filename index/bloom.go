package index

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bits-and-blooms/bloom/v3"
)

const (
	// firstSegment is the number of keys in the first segment of a Growing.
	firstSegment = 1 << 12
	// segmentGrowth is how many times as many keys each further segment has, up to lastSegment.
	segmentGrowth = 4
	lastSegment   = 1 << 26
	// segmentFalsePositives is the share of absent keys that a full segment's filter takes for present; it costs 9.6 bits
	// a key.
	segmentFalsePositives = 0.01
)

// Growing is a Table to which keys are added, and from which they are deleted, while it is searched. It is safe for
// concurrent use. Look-ups never wait, and never see half of an addition; one that begins after Add or Delete returned
// sees what they did.
//
// Keys are appended to an open segment, in which a hash table finds them. When that is full, its Bloom filter, which grew
// with it, is put in front of it, and a larger segment is opened. So an absent key costs a look into one hash table and
// some filters. Hashes depend on a random seed of the process, which nobody who chooses keys knows. A key takes 25 bytes
// of memory beside the key itself, and keeps them when it is deleted: Table makes a table of what is left.
type Growing struct {
	width int
	seed  maphash.Seed
	live  atomic.Int64
	parts atomic.Pointer[[]part] // oldest first; the last is open

	mu     sync.Mutex         // held by writers
	filter *bloom.BloomFilter // of the open segment
}

// part is a segment, with its filter if it is full.
type part struct {
	*segment
	filter *bloom.BloomFilter
}

// segment is a log of keys and a hash table of them. What a reader finds through an atomic slot was written before, and
// stays.
type segment struct {
	width    int
	keys     []byte // as many as there will be
	ids      []uint32
	previous []uint32        // the entry before with the same key, as in slots
	dead     []atomic.Uint32 // a bit for each entry
	slots    []atomic.Uint64 // upper half of the hash << 32 | 1 + newest entry of the key; 0 where there is none
	used     int             // entries; writers only
}

// NewGrowing makes an empty table of keys of width bytes (16, 20 or 32).
func NewGrowing(width int) *Growing {
	checkWidth(width)
	g := &Growing{width: width, seed: maphash.MakeSeed()}
	g.open(nil, firstSegment)
	return g
}

// open opens a segment for n keys behind the given ones.
func (g *Growing) open(full []part, n int) {
	s := &segment{
		width:    g.width,
		keys:     make([]byte, n*g.width),
		ids:      make([]uint32, n),
		previous: make([]uint32, n),
		dead:     make([]atomic.Uint32, (n+31)/32),
		slots:    make([]atomic.Uint64, 2*n),
	}
	parts := append(slices.Clone(full), part{segment: s})
	g.parts.Store(&parts)
	m, k := bloom.EstimateParameters(uint(n), segmentFalsePositives)
	g.filter = bloom.New(m, k)
}

// Len is the number of keys, duplicates counted.
func (g *Growing) Len() int { return int(g.live.Load()) }

// Add adds a key with an ID. Both may be there already, even together, and are then found as often as they were added. It
// panics when key is not of the table's width.
func (g *Growing) Add(key []byte, id uint32) {
	hash := g.hash(key)
	g.mu.Lock()
	defer g.mu.Unlock()
	parts := *g.parts.Load()
	last := parts[len(parts)-1]
	if n := len(last.ids); last.used == n {
		full := slices.Clone(parts)
		full[len(full)-1].filter = g.filter
		g.open(full, min(n*segmentGrowth, lastSegment))
		parts = *g.parts.Load()
		last = parts[len(parts)-1]
	}
	g.filter.Add(hash.bytes())
	last.add(hash, key, id)
	g.live.Add(1)
}

// Delete deletes all entries that have both key and ID and returns how many there were. It takes time in proportion to the
// number of entries with the key. It panics when key is not of the table's width.
func (g *Growing) Delete(key []byte, id uint32) int {
	hash := g.hash(key)
	g.mu.Lock()
	defer g.mu.Unlock()
	deleted := 0
	for _, p := range *g.parts.Load() {
		for e := p.find(hash, key); e != 0; e = p.previous[e-1] {
			if p.ids[e-1] == id && p.isLive(e) {
				p.dead[(e-1)/32].Or(1 << ((e - 1) % 32))
				deleted++
			}
		}
	}
	g.live.Add(-int64(deleted))
	return deleted
}

// Lookup is like Table's.
func (g *Growing) Lookup(dst []uint32, key []byte) []uint32 {
	hash := g.hash(key)
	from := len(dst)
	for _, p := range *g.parts.Load() {
		if p.filter != nil && !p.filter.Test(hash.bytes()) {
			continue
		}
		for e := p.find(hash, key); e != 0; e = p.previous[e-1] {
			if p.isLive(e) {
				dst = append(dst, p.ids[e-1])
			}
		}
	}
	slices.Sort(dst[from:])
	return dst
}

// Table makes a table of the keys that are there now. Additions and deletions wait until it has copied them.
func (g *Growing) Table(opts ...TableOption) *Table {
	keys, ids := g.all()
	return NewTable(keys, g.width, ids, append(slices.Clip(opts), InPlace())...)
}

// all copies what is not deleted.
func (g *Growing) all() (keys []byte, ids []uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	keys = make([]byte, 0, g.Len()*g.width)
	ids = make([]uint32, 0, g.Len())
	for _, p := range *g.parts.Load() {
		for i := range p.used {
			if p.isLive(uint32(i + 1)) {
				keys = append(keys, p.key(uint32(i+1))...)
				ids = append(ids, p.ids[i])
			}
		}
	}
	return keys, ids
}

// keyHash is a key's hash. Filters too are asked for it, as their own hash of a key is no secret.
type keyHash uint64

func (g *Growing) hash(key []byte) keyHash {
	if len(key) != g.width {
		panic(fmt.Sprintf("index: a key of %d bytes for a table of keys of %d bytes", len(key), g.width))
	}
	return keyHash(maphash.Bytes(g.seed, key))
}

func (h keyHash) bytes() []byte { return binary.LittleEndian.AppendUint64(nil, uint64(h)) }

// add appends an entry, and shows it to readers at the end. There must be room.
func (s *segment) add(hash keyHash, key []byte, id uint32) {
	i := s.used
	copy(s.keys[i*s.width:], key)
	s.ids[i] = id
	slot, newest := s.slot(hash, key)
	s.previous[i] = newest
	s.used++
	slot.Store(uint64(hash)>>32<<32 | uint64(s.used))
}

// find returns 1 + the newest entry with key, or 0.
func (s *segment) find(hash keyHash, key []byte) uint32 {
	_, newest := s.slot(hash, key)
	return newest
}

// slot returns the slot of key, or the empty one where it would go, and 1 + the newest entry that it held, or 0. A reader
// must not look into the slot again: if it was empty, another key may be there by now. A slot's key never changes, and half
// of the slots stay empty. There are a power of two of them.
func (s *segment) slot(hash keyHash, key []byte) (*atomic.Uint64, uint32) {
	mask := len(s.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		v := s.slots[i].Load()
		if v == 0 || v>>32 == uint64(hash)>>32 && bytes.Equal(s.key(uint32(v)), key) {
			return &s.slots[i], uint32(v)
		}
	}
}

// key is an entry's key.
func (s *segment) key(entry uint32) []byte { return s.keys[int(entry-1)*s.width:][:s.width] }

func (s *segment) isLive(entry uint32) bool {
	return s.dead[(entry-1)/32].Load()>>((entry-1)%32)&1 == 0
}
