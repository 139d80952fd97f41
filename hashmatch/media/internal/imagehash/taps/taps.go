// Package taps sums a row of bytes under rows of small weights: what every resampling filter does along a row, in exact
// integers.
package taps

import "fmt"

// Row is the weights of one sample: of the bytes from First on. Each weight is from -32,768 to 32,767.
type Row struct {
	First   int
	Weights []int32
}

// Bank holds the weights of many samples of rows of one width. It may be used concurrently once it is set.
type Bank struct {
	width, samples, stride int
	weights                []int16 // samples rounded up to a group, each stride weights
	first                  []int32 // by sample: the byte that its first weight is for
	from, to               []int32 // by sample: the weights that are not padding
}

const (
	block = 16 // bytes that one step of the assembly takes
	group = 4  // samples that it computes side by side
)

// Set makes b the bank of rows for rows of width bytes. It panics on a weight that is out of range or has no byte.
func (b *Bank) Set(width int, rows []Row) {
	longest := 0
	for _, r := range rows {
		longest = max(longest, len(r.Weights))
	}
	b.Reset(width, len(rows), longest)
	for i, r := range rows {
		b.Put(i, r)
	}
}

// Reset makes b a bank of samples that weigh nothing, for rows of width bytes, each with room for longest weights. It
// uses its memory again where there is enough.
func (b *Bank) Reset(width, samples, longest int) {
	b.width, b.samples, b.stride = width, samples, max(1, (longest+block-1)/block)*block
	padded := b.Room()
	b.weights = cleared(b.weights, padded*b.stride)
	b.first, b.from, b.to = cleared(b.first, padded), cleared(b.from, padded), cleared(b.to, padded)
}

// Put sets sample i, which must not have been set since Reset. It panics on a weight that is out of range or has no byte,
// or on too many.
func (b *Bank) Put(i int, r Row) {
	n := len(r.Weights)
	if r.First < 0 || r.First+n > b.width || n > b.stride {
		panic(fmt.Sprintf("taps: %d weights from byte %d of a row of %d, with room for %d", n, r.First, b.width, b.stride))
	}
	// the assembly takes a whole stride, which must not reach past the row: there the padding goes before the weights;
	// a row shorter than the stride never goes there
	first := r.First
	if b.width >= b.stride {
		first = min(first, b.width-b.stride)
	}
	shift := r.First - first
	for t, w := range r.Weights {
		if w != int32(int16(w)) {
			panic(fmt.Sprintf("taps: weight %d does not fit 16 bits", w))
		}
		b.weights[i*b.stride+shift+t] = int16(w)
	}
	b.first[i], b.from[i], b.to[i] = int32(first), int32(shift), int32(shift+n)
}

// Room returns how many values Sum writes: the number of samples, rounded up.
func (b *Bank) Room() int { return (b.samples + group - 1) / group * group }

// Sum writes each sample's weighted sum of row to dst, which must have room for Room values; those past the samples are
// zero. It panics on a row that is not of the bank's width. Sums are modulo 2^32.
func (b *Bank) Sum(dst []int32, row []byte) {
	if len(row) != b.width {
		panic(fmt.Sprintf("taps: a row of %d bytes, and the bank is for %d", len(row), b.width))
	}
	dst = dst[:b.Room()]
	if useAVX2 && b.width >= b.stride && b.samples > 0 {
		sumAVX2(&dst[0], len(dst), &row[0], &b.first[0], &b.weights[0], b.stride)
		return
	}
	b.sumGo(dst, row)
}

// sumGo is Sum in Go.
func (b *Bank) sumGo(dst []int32, row []byte) {
	for i := range dst {
		from, to := int(b.from[i]), int(b.to[i])
		weights := b.weights[i*b.stride:][from:to]
		in := row[int(b.first[i])+from:][:len(weights)]
		var one, two int32 // side by side
		for len(weights) >= 8 && len(in) >= 8 {
			w, x := (*[8]int16)(weights), (*[8]byte)(in)
			one += int32(w[0])*int32(x[0]) + int32(w[1])*int32(x[1]) + int32(w[2])*int32(x[2]) + int32(w[3])*int32(x[3])
			two += int32(w[4])*int32(x[4]) + int32(w[5])*int32(x[5]) + int32(w[6])*int32(x[6]) + int32(w[7])*int32(x[7])
			weights, in = weights[8:], in[8:]
		}
		for t, w := range weights {
			one += int32(w) * int32(in[t])
		}
		dst[i] = one + two
	}
}

// AddScaled adds k times each of src, which must be as long, to dst, modulo 2^32.
func AddScaled(dst, src []int32, k int32) {
	src = src[:len(dst)]
	if n := len(dst) &^ 7; useAVX2 && n > 0 {
		addScaledAVX2(&dst[0], &src[0], n, k)
		dst, src = dst[n:], src[n:]
	}
	addScaledGo(dst, src, k)
}

func addScaledGo(dst, src []int32, k int32) {
	for i := range dst {
		dst[i] += k * src[i]
	}
}

// Divide writes sums, none below zero, divided by divisors to dst and truncates, where inverse holds 1/divisor. Both must
// be as long as dst. It is exact while a quotient times its divisor's square is below 2^51: the sum and a half lies at
// least half a divisor's part from every integer.
func Divide(dst, sums []int32, inverse []float64) {
	sums, inverse = sums[:len(dst)], inverse[:len(dst)]
	if n := len(dst) &^ 3; useAVX2 && n > 0 {
		divideAVX2(&dst[0], &sums[0], &inverse[0], n)
		dst, sums, inverse = dst[n:], sums[n:], inverse[n:]
	}
	divideGo(dst, sums, inverse)
}

func divideGo(dst, sums []int32, inverse []float64) {
	for i := range dst {
		dst[i] = int32((float64(sums[i]) + 0.5) * inverse[i])
	}
}

// cleared returns n zeros, in s's memory if there is enough.
func cleared[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}
