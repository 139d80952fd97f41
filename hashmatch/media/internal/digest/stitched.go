package digest

//go:generate go test -run ^TestGeneratedAssembly$ . -update

import (
	"crypto/fips140"
	"encoding/binary"
	"sync"
)

// stitched says whether this process computes with blocks: the processor can, the self-test agrees, and the standard
// library is not running as a validated module (FIPS 140-3), which a loop of ours is no part of. In tests it is set.
var stitched = sync.OnceValue(func() bool {
	return supported() && !fips140.Enabled() && selfTest(blocks, blocks2)
})

// selfTest compares the kernels with the standard library, once in a process and in some microseconds, so that a
// processor, an emulator or a memory that computes wrongly costs speed and not a wrong digest. (One that announces
// instructions it does not have ends the process at the first of them: that is loud.)
func selfTest(blocks func(*state, []byte), blocks2 func(*state, *state, []byte, []byte)) bool {
	var p, q [5 * blockLen]byte
	for i := range p { // every byte value, in no order that repeats with the blocks
		p[i], q[i] = byte(i*i*31+i>>3), byte(i*167+89)
	}
	want, want2 := initial, initial
	blocksGeneric(&want, p[:])
	blocksGeneric(&want2, q[:])

	alone, one, two := initial, initial, initial
	blocks(&alone, p[:])
	blocks2(&one, &two, p[:], q[:])
	return alone == want && one == want && two == want2
}

// lane is one stream on its way through blocks.
type lane struct {
	state state
	size  uint64         // bytes written
	tail  [blockLen]byte // the last size%blockLen of them
}

func (l *lane) reset() { l.state, l.size = initial, 0 }

// longestRun is how much the assembly gets in one call: a goroutine cannot be stopped inside it, and all others would
// wait for one garbage collection. It is crypto/md5's own figure.
const longestRun = 64 << 10

func (l *lane) write(p []byte) {
	p = l.fill(p)
	for len(p) >= blockLen {
		n := min(len(p)&^(blockLen-1), longestRun)
		blocks(&l.state, p[:n])
		l.size += uint64(n)
		p = p[n:]
	}
	l.keep(p)
}

// write2 writes p to l and q to m: as many whole blocks as both have side by side.
func write2(l, m *lane, p, q []byte) {
	p, q = l.fill(p), m.fill(q)
	for len(p) >= blockLen && len(q) >= blockLen {
		n := min(len(p)&^(blockLen-1), len(q)&^(blockLen-1), longestRun)
		blocks2(&l.state, &m.state, p[:n], q[:n])
		l.size += uint64(n)
		m.size += uint64(n)
		p, q = p[n:], q[n:]
	}
	l.write(p)
	m.write(q)
}

// fill completes the block that was begun, as far as p reaches, and returns the rest of p. When there is a rest, no
// block is begun.
func (l *lane) fill(p []byte) []byte {
	used := int(l.size % blockLen)
	if used == 0 {
		return p
	}
	n := copy(l.tail[used:], p)
	l.size += uint64(n)
	if used+n == blockLen {
		blocks(&l.state, l.tail[:])
	}
	return p[n:]
}

// keep begins a block with p, which is shorter than one and empty if one is begun already.
func (l *lane) keep(p []byte) {
	if len(p) > 0 {
		l.size += uint64(copy(l.tail[:], p))
	}
}

// sum returns the state after the padding, which is each digest's value, and leaves l as it is. The padding is a one
// bit, zeros and the length in bits, to the end of a block; MD5 alone writes the length with its low byte first, so
// the last block is taken twice, side by side.
func (l *lane) sum() state {
	var low, high [2 * blockLen]byte
	used := copy(low[:], l.tail[:l.size%blockLen])
	low[used] = 0x80
	end := blockLen
	if used+1+8 > blockLen {
		end = 2 * blockLen
	}
	high = low
	binary.LittleEndian.PutUint64(low[end-8:], l.size<<3)
	binary.BigEndian.PutUint64(high[end-8:], l.size<<3)
	sum, sha := l.state, l.state
	blocks2(&sum, &sha, low[:end], high[:end])
	sum.sha1, sum.sha256 = sha.sha1, sha.sha256
	return sum
}
