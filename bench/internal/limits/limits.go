// Package limits measures what the machine can do at best, so that an engine's time can be told as a share of what no
// program could better: how fast memory is read from end to end, how fast words are compared in registers, and how long a
// line from a random place takes. Only one goroutine may measure at a time.
package limits

import (
	"math/bits"
	"runtime"
	"time"

	"github.com/hashmatch/engine/internal/cpu"
)

// Machine is what was measured. A value of 0 was not.
type Machine struct {
	Path    string  `json:"path"`    // the instructions that were used
	Read    float64 `json:"read"`    // bytes a second of the memory that was given, read in order
	Compare float64 `json:"compare"` // words of 64 bits a second: exclusive or, number of bits, comparison, in registers
	Line    float64 `json:"line"`    // seconds for a cache line of the memory, many at once
	Chain   float64 `json:"chain"`   // seconds for a cache line of the memory whose place the one before tells
}

// Best is the better of two measurements in each of its figures.
func (m Machine) Best(o Machine) Machine {
	return Machine{m.Path, max(m.Read, o.Read), max(m.Compare, o.Compare), min(m.Line, o.Line), min(m.Chain, o.Chain)}
}

// rounds is how often each thing is measured, for some milliseconds. The best counts: whatever else the machine does only
// ever adds time.
const rounds = 20

// Measure uses words, which it does not change, as the memory. Each measurement takes some hundredths of a second.
func Measure(words []uint64) Machine {
	m := Machine{Path: cpu.Best().String()}
	if len(words) < 1<<10 {
		return m
	}
	passes := 1 + 1<<20/len(words)
	m.Read = float64(passes*len(words)*8) / best(func() {
		for range passes {
			runtime.KeepAlive(read(words)) // or the compiler might leave it out
		}
	})
	const compared = 1 << 22
	m.Compare = compared / best(func() { runtime.KeepAlive(compare(compared)) })
	const lines = 1 << 16
	m.Line = best(func() { runtime.KeepAlive(independent(words, lines)) }) / lines
	m.Chain = best(func() { runtime.KeepAlive(dependent(words, lines/8)) }) / (lines / 8)
	return m
}

// best is the least time of f in seconds.
func best(f func()) float64 {
	least := time.Duration(1 << 62)
	for range rounds {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	return max(least.Seconds(), 1e-9)
}

// readGo reads all words and returns a mix of them.
func readGo(words []uint64) uint64 {
	var a, b, c, d uint64
	for len(words) >= 8 {
		w := words[:8]
		a |= w[0] | w[4]
		b |= w[1] | w[5]
		c |= w[2] | w[6]
		d |= w[3] | w[7]
		words = words[8:]
	}
	for _, w := range words {
		a |= w
	}
	return a | b | c | d
}

// within is a distance that no word is within, which the compiler does not know.
var within = -1

// compareGo compares so many words as a scan in Go does, four in turn: none is near enough.
func compareGo(words int) uint64 {
	r := within
	for i := range uint64(words / 4) {
		if bits.OnesCount64(1^i) <= r || bits.OnesCount64(2^i) <= r || bits.OnesCount64(3^i) <= r || bits.OnesCount64(4^i) <= r {
			return i
		}
	}
	return 0
}

const lineWords = 64 / 8

// independent reads n lines at random places, of which the processor may fetch many at once.
func independent(words []uint64, n int) (sum uint64) {
	lines := uint64(len(words) / lineWords)
	at := uint64(1)
	for range n {
		at = at*6364136223846793005 + 1442695040888963407
		sum += words[at>>32*lines>>32*lineWords]
	}
	return sum
}

// dependent reads n lines at random places, each of which is known only after the one before was read.
func dependent(words []uint64, n int) (sum uint64) {
	lines := uint64(len(words) / lineWords)
	at := uint64(1)
	for range n {
		at = (at+sum)*6364136223846793005 + 1442695040888963407
		sum += words[at>>32*lines>>32*lineWords] & 1
	}
	return sum
}
