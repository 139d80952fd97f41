package dataset

import (
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func distance[C Code](a, b C) (d int) {
	for i, w := range Words(&a) {
		d += bits.OnesCount64(w ^ Words(&b)[i])
	}
	return d
}

func testMake[C Code](t *testing.T, kind Kind) {
	const n, radius = 3000, 9
	codes := Make[C](kind, n, 1)
	if !slices.Equal(codes, Make[C](kind, n, 1)) || slices.Equal(codes, Make[C](kind, n, 2)) {
		t.Error("codes do not depend on the seed, or on more than it")
	}
	ones, company := 0, 0
	for i, c := range codes[:500] {
		ones += distance(c, *new(C))
		if slices.ContainsFunc(codes[i+1:], func(o C) bool { return distance(c, o) <= Width[C]()/10 }) {
			company++
		}
	}
	if share := float64(ones) / float64(500*Width[C]()); share < .4 || share > .6 {
		t.Errorf("%.2f of the bits are set", share)
	}
	if kind == Clustered && company < 100 || kind == Uniform && company > 20 {
		t.Errorf("%d of 500 codes have others near them", company)
	}
	qs := Queries(kind, codes, radius, 200, 1)
	if !slices.Equal(qs, Queries(kind, codes, radius, 200, 1)) {
		t.Error("queries depend on more than their seed")
	}
	for i := 1; i < len(qs); i += 2 {
		if !slices.ContainsFunc(codes, func(c C) bool { return distance(c, qs[i]) <= radius }) {
			t.Errorf("query %d is not near a code", i)
		}
	}
}

func TestViews(t *testing.T) {
	codes := Make[[4]uint64](Uniform, 100, 1)
	qs := Views(Uniform, codes, 20, 99, 8, 10, 1)
	if len(qs) != 99 {
		t.Fatalf("%d queries", len(qs))
	}
	for i := range qs {
		if first := i / 8 * 8; distance(qs[first], qs[i]) > 10 {
			t.Errorf("query %d is %d bits from the first of its picture", i, distance(qs[first], qs[i]))
		}
	}
	if distance(qs[0], qs[8]) < 60 {
		t.Error("views of two pictures are near each other")
	}
}

func TestMake(t *testing.T) {
	for _, kind := range []Kind{Uniform, Clustered} {
		t.Run(string(kind), func(t *testing.T) {
			testMake[uint64](t, kind)
			testMake[[4]uint64](t, kind)
		})
	}
}

// The marginal bits differ: a model without bias would make the task easier than sets are.
func TestBitsAreBiased(t *testing.T) {
	codes := Make[uint64](Clustered, 5000, 3)
	biased := 0
	for bit := range 64 {
		ones := 0
		for _, c := range codes {
			ones += int(c >> bit & 1)
		}
		if ones < 2000 || ones > 3000 {
			biased++
		}
	}
	if biased < 10 {
		t.Errorf("only %d of 64 bits are biased", biased)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes")
	for _, n := range []int{0, 1, 100} {
		codes := Make[[4]uint64](Uniform, n, 1)
		if err := Write(path, codes); err != nil {
			t.Fatal(err)
		}
		if got, err := Read[[4]uint64](path); err != nil || !slices.Equal(got, codes) {
			t.Errorf("%d codes came back as %d: %v", n, len(got), err)
		}
		if _, err := Read[uint64](path); err == nil {
			t.Error("a file of another width was read")
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 8, 31, 32, len(whole) - 8, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read[[4]uint64](path); err == nil {
			t.Errorf("a file cut at %d was read", n)
		}
	}
}
