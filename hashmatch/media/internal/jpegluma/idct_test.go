package jpegluma

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// idctCases calls f with blocks of all sorts, many of which no picture has.
func idctCases(r *rand.Rand, count int, f func(block [64]int16, quant [64]uint16)) {
	for i := range count {
		var block [64]int16
		var quant [64]uint16
		for j := range quant {
			quant[j] = uint16(1 + r.IntN(60))
			if i%5 == 4 {
				quant[j] = uint16(r.Uint32())
			}
		}
		quant[0] = 1
		for range []int{0, 1, 3, 10, 64, 64}[i%6] {
			at := r.IntN(64)
			switch {
			case i%5 >= 3:
				block[at] = int16(r.Uint32())
			case i%5 == 2:
				block[at] = []int16{-32768, 32767, 8191, -8192, 1023}[r.IntN(5)]
			default:
				block[at] = int16(r.IntN(2000)-1000) / int16(quant[at])
			}
		}
		f(block, quant)
	}
}

// The assembly gives what its twin gives, clears the block, and writes nothing else.
func TestInverseAVX2(t *testing.T) {
	if !useAVX2 {
		t.Skip("no AVX2, or built without assembly")
	}
	r := testkit.Rand(t)
	n := 0
	idctCases(r, 20_000, func(block [64]int16, quant [64]uint16) {
		stride := 8 + r.IntN(20)
		before := make([]byte, 16+7*stride+8+16) // the rows, and what must stay as it is
		for i := range before {
			before[i] = byte(r.Uint32())
		}
		want, got := bytes.Clone(before), bytes.Clone(before)
		a, b := block, block
		inverseGeneric(&a, &quant, want[16:16+7*stride+8], stride)
		inverseAVX2(&b, &quant, &got[16], stride)
		if !bytes.Equal(got, want) {
			t.Fatalf("%v with %v: % d, want % d", block, quant, got, want)
		}
		if a != ([64]int16{}) || b != a {
			t.Fatal("a block was not cleared")
		}
		n++
	})
	testkit.AtLeast(t, 20_000, n, "blocks")
}

// The integer method is close to the definition for blocks that pictures have (IEEE 1180's bound of a step).
func TestInverseGeneric(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	most := 0.0
	for range 3000 {
		p := testPicture{}
		for i := range p.quant {
			p.quant[i] = 1 + r.IntN(20)
		}
		b := p.randomBlock(r)
		want := samples(&b, &p.quant)
		var block [64]int16
		var quant [64]uint16
		for i := range block {
			block[i], quant[i] = int16(b[i]), uint16(p.quant[i])
		}
		block[0], quant[0] = int16(b[0]*p.quant[0]), 1
		var got [64]byte
		inverseGeneric(&block, &quant, got[:], 8)
		for i, v := range got {
			d := math.Abs(float64(v) - min(max(want[i], 0), 255))
			if most = max(most, d); d > 0.85 {
				t.Fatalf("sample %d is %d, want %v", i, v, want[i])
			}
			n++
		}
	}
	t.Logf("at most %.3f from the definition", most)
	testkit.AtLeast(t, 100_000, n, "samples")
}

// A block of DC alone is the same by every way.
func TestFlatBlocks(t *testing.T) {
	quant := [64]uint16{1}
	n := 0
	for dc := -1 << 15; dc < 1<<15; dc += 7 {
		block := [64]int16{int16(dc)}
		var whole, flat [64]byte
		inverseGeneric(&block, &quant, whole[:], 8)
		flatBlock(clamp((int32(dc)+4)>>3+128), flat[:], 8)
		if whole != flat {
			t.Fatalf("DC %d: %d and %d", dc, whole[0], flat[0])
		}
		n++
	}
	testkit.AtLeast(t, 9000, n, "values")
}

// A decoding without the assembly is the same.
func TestWithoutAVX2(t *testing.T) {
	if !setAVX2(false) {
		t.Skip("no AVX2, or built without assembly")
	}
	defer setAVX2(true)
	r := testkit.Rand(t)
	p := newTestPicture(r, 100, 90, sampling{2, 2}, sampling{1, 1}, sampling{1, 1})
	for form, data := range p.files() {
		generic, _ := decode(t, data, 1)
		setAVX2(true)
		assembly, _ := decode(t, data, 1)
		setAVX2(false)
		if !samePlane(generic, assembly) {
			t.Errorf("%s differs", form)
		}
	}
}
