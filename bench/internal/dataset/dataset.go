// Package dataset makes the codes that searches are measured on, and the queries, from seeds: the same arguments give the
// same codes. It reads and writes them in the format that all engines and rivals share, so that every one of them answers
// the same questions about the same data.
package dataset

import (
	"fmt"
	"math"
	"unsafe"
)

// Code is what index.Code is. It is written out so that a rival's program, which needs the data, needs no engine.
type Code interface{ uint64 | [4]uint64 }

// Kind is a family of codes.
type Kind string

const (
	// Uniform codes are random bits: the easiest case of every index, and the one that papers show.
	Uniform Kind = "uniform"
	// Clustered codes are what sets of pictures hold: bits that are biased and hang together, and versions of one picture
	// beside each other, from two to two thousand. Of 64-bit codes one in a thousand clusters is a flat picture, whose code is
	// nearly constant.
	Clustered Kind = "clustered"
)

// Width is the number of bits of a code.
func Width[C Code]() int {
	var c C
	return int(unsafe.Sizeof(c)) * 8
}

// Words is a code as words that may be changed.
func Words[C Code](c *C) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(c)), unsafe.Sizeof(*c)/8)
}

// Flat is codes as words, in the same memory.
func Flat[C Code](codes []C) []uint64 {
	var c C
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(codes))), uintptr(len(codes))*unsafe.Sizeof(c)/8)
}

// Make returns n codes. The bits of clustered codes are biased in the same way whatever n and seed.
func Make[C Code](kind Kind, n int, seed uint64) []C {
	s := &source{seed + uint64(Width[C]())<<32}
	codes := make([]C, n)
	switch kind {
	case Uniform:
		words := Flat(codes)
		for i := range words {
			words[i] = s.next()
		}
	case Clustered:
		m := newModel[C]()
		for i := 0; i < n; {
			i += cluster(m, s, codes[i:])
		}
		for i := n - 1; i > 0; i-- { // or each cluster would lie side by side
			j := s.below(i + 1)
			codes[i], codes[j] = codes[j], codes[i]
		}
	default:
		panic(fmt.Sprintf("dataset: unknown kind %q", kind))
	}
	return codes
}

// clusterSize draws how many versions of one picture a set holds: most pictures are alone, a few have very many (Pareto,
// shape 1.1), but no more than most.
func (s *source) clusterSize(most int) int {
	return int(min(float64(most), math.Pow(1-s.unit(), -1/1.1)))
}

// cluster fills the first of codes with a picture and its versions, and returns how many these are.
func cluster[C Code](m *model[C], s *source, codes []C) int {
	size := min(s.clusterSize(2000), len(codes))
	if Width[C]() == 64 && s.unit() < 0.001 {
		codes[0] = flatPicture[C](s)
		return 1
	}
	codes[0] = m.draw(s)
	most := 6
	if Width[C]() == 256 {
		most = 24
	}
	for i := 1; i < size; i++ {
		codes[i] = flip(s, codes[0], s.below(most+1))
	}
	return size
}

// flatPicture is the code of a picture of one colour: all bits equal but for a few.
func flatPicture[C Code](s *source) C {
	var c C
	c = flip(s, c, s.below(5))
	if s.below(2) == 0 {
		for i, w := range Words(&c) {
			Words(&c)[i] = ^w
		}
	}
	return c
}

// Queries returns n queries about codes: by turns one that is unrelated to them, and a copy of one of them in which 0 to
// radius bits are changed.
func Queries[C Code](kind Kind, codes []C, radius, n int, seed uint64) []C {
	s := &source{seed ^ uint64(radius)<<40 ^ uint64(len(codes)) ^ 0xabcdef<<16}
	m := newModel[C]()
	qs := make([]C, n)
	for i := range qs {
		switch {
		case i%2 == 1:
			qs[i] = flip(s, codes[s.below(len(codes))], s.below(radius+1))
		case kind == Uniform:
			for j := range Words(&qs[i]) {
				Words(&qs[i])[j] = s.next()
			}
		case Width[C]() == 64 && s.below(500) == 0:
			qs[i] = flatPicture[C](s)
		default:
			qs[i] = m.draw(s)
		}
	}
	return qs
}

// Views returns n queries of which each so many in a row are views of one picture: copies of a query as Queries makes it,
// each with at most apart/2 bits changed, so that no two are farther than apart from each other.
func Views[C Code](kind Kind, codes []C, radius, n, views, apart int, seed uint64) []C {
	s := &source{seed}
	qs := make([]C, 0, n)
	for _, q := range Queries(kind, codes, radius, (n+views-1)/views, seed) {
		for range min(views, n-len(qs)) {
			qs = append(qs, flip(s, q, s.below(apart/2+1)))
		}
	}
	return qs
}

// flip changes n different bits of a code.
func flip[C Code](s *source, c C, n int) C {
	var changed C
	for n > 0 {
		bit := s.below(Width[C]())
		w, mask := bit/64, uint64(1)<<(bit%64)
		if Words(&changed)[w]&mask == 0 {
			Words(&changed)[w] |= mask
			Words(&c)[w] ^= mask
			n--
		}
	}
	return c
}

// model draws codes of unrelated pictures: a square field of smoothed noise, white noise and (64 bits) a slope, of which
// each point is held against a threshold of its own. Bits of 256-bit codes stand for coefficients of a DCT and are nearly
// independent.
type model[C Code] struct {
	threshold []float64
	side      int
	slope     [3]float64 // how strong: overall, from left to right, from top to bottom
	smooth    float64
}

func newModel[C Code]() *model[C] {
	m := &model[C]{threshold: make([]float64, Width[C]()), side: 8, slope: [3]float64{.35, .6, .6}, smooth: .33}
	if Width[C]() == 256 {
		m.side, m.slope, m.smooth = 16, [3]float64{0, .09, .09}, .08
	}
	s := &source{uint64(Width[C]())}
	for i := range m.threshold {
		m.threshold[i] = .35 * s.normal()
	}
	return m
}

func (m *model[C]) draw(s *source) (c C) {
	const stride = 18
	var noise [stride * stride]float64
	for y := range m.side + 2 {
		for x := range m.side + 2 {
			noise[y*stride+x] = s.normal()
		}
	}
	level, right, down := m.slope[0]*s.normal(), m.slope[1]*s.normal(), m.slope[2]*s.normal()
	half := float64(m.side-1) / 2
	for y := range m.side {
		for x := range m.side {
			sum := 0.0
			for row := y; row < y+3; row++ {
				at := noise[row*stride+x:][:3]
				sum += at[0] + at[1] + at[2]
			}
			v := level + right*(float64(x)-half)/half + down*(float64(y)-half)/half + m.smooth*sum + .8*s.normal()
			if i := y*m.side + x; v > m.threshold[i] {
				Words(&c)[i/64] |= 1 << (i % 64)
			}
		}
	}
	return c
}

// source is SplitMix64 (Steele, Lea and Flood 2014): the standard library does not promise its values.
type source struct{ state uint64 }

func (s *source) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *source) unit() float64   { return float64(s.next()>>11) / (1 << 53) }
func (s *source) below(n int) int { return int(s.next() >> 32 * uint64(n) >> 32) }

// normal is close to a normal deviate: the sum of twelve uniform ones of 16 bits, less its mean. It is the same on every
// processor, as sums of small whole numbers are exact.
func (s *source) normal() float64 {
	sum := uint64(0)
	for range 3 {
		v := s.next()
		sum += v&0xffff + v>>16&0xffff + v>>32&0xffff + v>>48
	}
	return float64(sum)/(1<<16) - 6
}
