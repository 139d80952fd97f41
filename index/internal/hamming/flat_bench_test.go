package hamming

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// BenchmarkFlatScan compares a scan with plain reading of the same bytes, for sizes that lie in a cache and in memory.
// The limit is what bytes.IndexByte reaches, which is AVX2 code that loads, compares and tests.
func BenchmarkFlatScan(b *testing.B) {
	for _, size := range []int{16 << 10, 256 << 10, 8 << 20, 32 << 20, 128 << 20} {
		codes := make([][4]uint64, size/32)
		for i := range codes {
			codes[i] = [4]uint64{rand.Uint64() | 1<<56, rand.Uint64(), rand.Uint64(), rand.Uint64()}
		}
		raw := unsafe.Slice((*byte)(unsafe.Pointer(&codes[0])), size)
		for i := range raw {
			raw[i] |= 1 // no byte is 0
		}
		words := unsafe.Slice(&codes[0][0], size/8)
		name := fmt.Sprintf("%dKiB", size>>10)
		var dst [64]Found
		b.Run(name+"/read", func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				if bytes.IndexByte(raw, 0) >= 0 {
					b.Fatal("found")
				}
			}
		})
		b.Run(name+"/scan64", func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				Scan64(dst[:], words, 12345, 4)
			}
		})
		b.Run(name+"/scan256", func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				Scan256(dst[:], codes, &[4]uint64{1, 2, 3, 4}, 31)
			}
		})
	}
}

// BenchmarkFlatBlock is the time of a block of 256 codes for each query, and of filling it. A million codes are 3,906
// blocks.
func BenchmarkFlatBlock(b *testing.B) {
	codes := make([][4]uint64, BlockCodes)
	words := make([]uint64, BlockCodes)
	for i := range codes {
		codes[i] = [4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()}
		words[i] = rand.Uint64()
	}
	var block Block
	for _, radius := range []int{4, 8, 12} {
		steps := Steps64(radius)
		benchBlock(b, &block, 64, radius, steps, func() { block.Fill64(words, steps) },
			func(dst []uint64) { Pick64(dst, rand.Uint64(), steps) })
	}
	for _, radius := range []int{8, 31, 60, 75, 100, 128} {
		steps := Steps256(radius)
		benchBlock(b, &block, 256, radius, steps, func() { block.Fill256(codes, steps) }, func(dst []uint64) {
			Pick256(dst, &[4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()}, steps)
		})
	}
}

// benchBlock times fill, which fills block, and comparing queries with it, whose picks pick writes.
func benchBlock(b *testing.B, block *Block, width, radius, steps int, fill func(), pick func(dst []uint64)) {
	masks := make([]Mask, 512)
	picks := make([]uint64, len(masks)*PickSize(steps))
	for i := range masks {
		pick(picks[i*PickSize(steps):])
	}
	b.Run(fmt.Sprintf("%d/fill/r=%d", width, radius), func(b *testing.B) {
		for b.Loop() {
			fill()
		}
	})
	b.Run(fmt.Sprintf("%d/compare/r=%d/bits=%d", width, radius, steps*StepBits), func(b *testing.B) {
		n := 0
		for b.Loop() {
			n += block.Compare(masks, picks, radius)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(masks)), "ns/query")
		b.ReportMetric(float64(n)/float64(b.N)/float64(len(masks)), "masks/query")
	})
}
