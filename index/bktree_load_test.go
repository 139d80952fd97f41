package index

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// exercise searches what was loaded from hostile bytes. Its answers may be wrong, but it must come to an end.
func exercise[C Code](t *testing.T, s Searcher[C], qs []C) {
	t.Helper()
	for _, q := range qs {
		for _, radius := range []int{-1, 0, 1, 5, width[C]() / 4, width[C]()} {
			if hits := s.Within(nil, q, radius); len(hits) > s.Len() {
				t.Fatalf("%d hits among %d codes", len(hits), s.Len())
			}
		}
		s.Nearest(nil, q, 3)
	}
	s.WithinBatch(qs, 3, func(int, []Hit) bool { return true })
}

// smallTree is a deep tree of few codes, so that damage strikes what matters.
func smallTree[C Code](rnd *rand.Rand, n int) (*BKTree[C], []C) {
	codes := append(clustered[C](rnd, n), fill(n/4, ones[C]())...)
	return newBKTree(codes, nil, 3), codes
}

// Damage that gets past every checksum makes an error or a searcher that gives some answer.
func TestHostileTree(t *testing.T) {
	t.Run("64", testHostileTree[uint64])
	t.Run("256", testHostileTree[[4]uint64])
}

func testHostileTree[C Code](t *testing.T) {
	rnd := testkit.Rand(t)
	tree, codes := smallTree[C](rnd, 40)
	good, _ := tree.AppendBinary(nil)
	qs := []C{codes[0], randomCode[C](rnd), ones[C]()}
	loaded, refused := 0, 0
	for range 8000 / raceSlowdown {
		b := slices.Clone(good)
		for range 1 + rnd.IntN(3) {
			at := 32 + rnd.IntN(len(b)-32)
			switch rnd.IntN(3) {
			case 0:
				b[at] ^= 1 << rnd.IntN(8)
			case 1:
				b[at] = byte(rnd.Uint32())
			default: // a number for another
				copy(b[at&^3:at&^3+4], b[32+rnd.IntN(len(b)-36)&^3:])
			}
		}
		b = repair(slices.Clone(b))
		for _, opts := range [][]LoadOption{nil, {Trusted()}} {
			got, err := LoadBKTree[C](b, opts...)
			if err != nil {
				if !errors.Is(err, ErrCorrupt) {
					t.Fatalf("not ErrCorrupt: %v", err)
				}
				refused++
				continue
			}
			loaded++
			exercise(t, got, qs)
		}
	}
	testkit.AtLeast(t, 400/raceSlowdown, loaded, "damaged trees that are loaded")
	testkit.AtLeast(t, 400/raceSlowdown, refused, "damaged trees that are refused")
}

// Each rule about where nodes lie is enforced.
func TestMisplacedNodes(t *testing.T) {
	rnd := testkit.Rand(t)
	tree, _ := smallTree[uint64](rnd, 60)
	leaf := slices.IndexFunc(tree.nodes, func(n node) bool { return n.child == 0 })
	inner := slices.IndexFunc(tree.nodes[1:], func(n node) bool { return n.child != 0 }) + 1
	if leaf < 0 || inner < 1 {
		t.Fatal("the tree is too small")
	}
	cases := 0
	for name, damage := range map[string]func(nodes []node){
		"root that lacks codes":       func(n []node) { n[0].hi-- },
		"root that begins late":       func(n []node) { n[0].lo++ },
		"circle":                      func(n []node) { n[inner].child = uint32(inner) },
		"way up":                      func(n []node) { n[inner].child = 0; n[inner].children = 2 },
		"shared children":             func(n []node) { n[inner].child = n[0].child },
		"children beyond the end":     func(n []node) { n[inner].children = 65535 },
		"child out of its parent":     func(n []node) { n[n[inner].child].lo-- },
		"gap between children":        func(n []node) { n[n[0].child].hi-- },
		"empty leaf":                  func(n []node) { n[leaf].lo = n[leaf].hi },
		"leaf turned round":           func(n []node) { n[leaf].lo, n[leaf].hi = n[leaf].hi, n[leaf].lo },
		"codes beyond the end":        func(n []node) { n[leaf].hi = 1 << 31 },
		"leaf with children":          func(n []node) { n[leaf].children = 1 },
		"parent of equal codes":       func(n []node) { n[inner].same = true },
		"parent without children":     func(n []node) { n[inner].children = 0 },
		"distance beyond the width":   func(n []node) { n[leaf].far = 65 },
		"nearest beyond the farthest": func(n []node) { n[leaf].near = n[leaf].far + 1 },
	} {
		bad := *tree
		bad.nodes = slices.Clone(tree.nodes)
		damage(bad.nodes)
		if _, why := bad.misplaced(); why == "" {
			t.Errorf("%s: nothing is wrong", name)
		}
		b, _ := bad.AppendBinary(nil)
		if _, err := LoadBKTree[uint64](b, Trusted()); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: loaded, %v", name, err)
		}
		cases++
	}
	if i, why := tree.misplaced(); why != "" {
		t.Errorf("node %d of a good tree: %s", i, why)
	}
	testkit.AtLeast(t, 16, cases, "damages")
}

func FuzzLoadBKTree(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	tree, _ := smallTree[uint64](rnd, 20)
	good, _ := tree.AppendBinary(nil)
	f.Add(good, uint64(5))
	empty, _ := newBKTree[uint64](nil, nil, 8).AppendBinary(nil)
	f.Add(empty, uint64(0))
	wide, _ := smallTree[[4]uint64](rnd, 20)
	goodWide, _ := wide.AppendBinary(nil)
	f.Add(goodWide, uint64(7))
	f.Fuzz(func(t *testing.T, b []byte, q uint64) {
		whole := slices.Equal(b, good)
		b = repair(slices.Clone(b))
		if x, err := LoadBKTree[uint64](b); err == nil {
			exercise(t, x, []uint64{q})
			if o := newOracle(tree.codes, tree.ids, q); whole {
				if s := o.check(o.within(9), x.Within(nil, q, 9)); s != "" {
					t.Error(s)
				}
			}
		} else if !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
		if x, err := LoadBKTree[[4]uint64](b); err == nil {
			exercise(t, x, [][4]uint64{{q, ^q}})
		}
		if x, err := LoadFlat[uint64](b); err == nil {
			exercise(t, x, []uint64{q})
		}
		if x, err := LoadFlat[[4]uint64](b); err == nil {
			exercise(t, x, [][4]uint64{{q, ^q}})
		}
	})
}
