package setfile

import (
	"context"
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
)

// content is what a file holds up to its table of CRCs: pieces, and zeros between them.
type content struct {
	layout *layout
	pieces []piece // in the order of their offsets
}

// piece is a stretch of bytes of a section, or of the header.
type piece struct {
	offset  uint64
	data    []byte
	section int // its row; -1 for the header
}

func (p *piece) end() uint64 { return p.offset + uint64(len(p.data)) }

// sums are the checksums of a content.
type sums struct {
	blocks   []uint32            // CRC-32C of each block
	sections [][sha256.Size]byte // of each section; see sectionSum
	leaves   [][][sha256.Size]byte
}

func newSums(l *layout) *sums {
	s := &sums{
		blocks:   make([]uint32, l.blocks()),
		sections: make([][sha256.Size]byte, len(l.rows)),
		leaves:   make([][][sha256.Size]byte, len(l.rows)),
	}
	for i := range l.rows {
		first, last := l.rows[i].span()
		s.leaves[i] = make([][sha256.Size]byte, last-first)
	}
	return s
}

// span returns the blocks that a section has bytes in.
func (r *row) span() (first, last uint64) {
	if r.length == 0 {
		return 0, 0
	}
	return r.offset / blockSize, (r.offset + r.length + blockSize - 1) / blockSize
}

// walk goes through the bytes of a block: what is of a piece, and the zeros (section -2) between pieces.
func (c *content) walk(block int, visit func(section int, data []byte)) {
	at := uint64(block) * blockSize
	to := min(at+blockSize, c.layout.end)
	i := sort.Search(len(c.pieces), func(i int) bool { return c.pieces[i].end() > at })
	for ; i < len(c.pieces) && c.pieces[i].offset < to; i++ {
		p := &c.pieces[i]
		if p.offset > at {
			visit(-2, zeros[:p.offset-at])
			at = p.offset
		}
		end := min(p.end(), to)
		if end > at { // a piece can be empty
			visit(p.section, p.data[at-p.offset:end-p.offset])
			at = end
		}
	}
	if to > at {
		visit(-2, zeros[:to-at])
	}
}

var zeros [align]byte

// crc returns the CRC-32C of a block.
func (c *content) crc(block int) (crc uint32) {
	c.walk(block, func(_ int, data []byte) { crc = crc32.Update(crc, castagnoli, data) })
	return crc
}

// hashLeaves takes the SHA-256 of what each section has in a block.
func (c *content) hashLeaves(block int, s *sums) {
	section, h := -1, hash.Hash(nil)
	done := func() {
		if section >= 0 {
			first, _ := c.layout.rows[section].span()
			h.Sum(s.leaves[section][uint64(block)-first][:0])
		}
	}
	c.walk(block, func(of int, data []byte) {
		if of < 0 {
			return
		}
		if of != section {
			done()
			section, h = of, sha256.New()
		}
		h.Write(data)
	})
	done()
}

// join makes the sum of each section: the SHA-256 of the SHA-256s of what it has in each block, so that one large section
// keeps all cores busy.
func (s *sums) join() {
	for i, leaves := range s.leaves {
		h := sha256.New()
		for j := range leaves {
			h.Write(leaves[j][:])
		}
		h.Sum(s.sections[i][:0])
	}
}

// sum computes all checksums, on all cores. guard, when not nil, runs the work of each goroutine that it starts. It ends
// early when ctx does.
func (c *content) sum(ctx context.Context, guard func(func() error) error) (*sums, error) {
	s := newSums(c.layout)
	n := len(s.blocks)
	var next atomic.Int64
	work := func() error {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			s.blocks[i] = c.crc(i)
			c.hashLeaves(i, s)
		}
		return nil
	}
	if err := onAllCores(n, guard, work); err != nil {
		return nil, err
	}
	s.join()
	return s, nil
}

// onAllCores runs work once for each core, at most n times, and returns an error of one that failed. A single one runs on
// the caller's goroutine, and unguarded.
func onAllCores(n int, guard func(func() error) error, work func() error) error {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		return work()
	}
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			if guard == nil {
				errs[i] = work()
			} else {
				errs[i] = guard(work)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
