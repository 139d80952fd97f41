package index

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/internal/cpu"
)

var measureCosts = flag.Bool("costs", false, "measure what the planner reckons with on every path that can run here, and write costs.go; on a quiet machine")

// The table of costs is as the generator writes it. With -costs it is measured anew first.
func TestCosts(t *testing.T) {
	all := map[cpu.Path]*[2]costs{}
	for p, c := range measuredCosts {
		all[p] = c
	}
	if *measureCosts {
		for p := cpu.Go; p <= cpu.AVX512; p++ {
			if cpu.Has(p) {
				undo := hamming.Use(p)
				all[p] = &[2]costs{measure[uint64](t), measure[[4]uint64](t)}
				undo()
			}
		}
	}
	want := costsFile(t, all)
	if *measureCosts {
		if err := os.WriteFile("costs.go", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, err := os.ReadFile("costs.go"); err != nil || !bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("costs.go is not what the generator writes (%v)", err)
	}
	if measuredCosts[cpu.Go] == nil || measuredCosts[cpu.AVX2] == nil {
		t.Error("Go or AVX2 was never measured")
	}
}

// costsFile is the text of costs.go.
func costsFile(t *testing.T, all map[cpu.Path]*[2]costs) []byte {
	var b bytes.Buffer
	b.WriteString(`// Written by go test ./index -run TestCosts -costs: what is measured on the machine that runs it takes the place of what
// stood here for its instructions.

package index

import "github.com/hashmatch/engine/internal/cpu"

// measuredCosts are the costs for codes of 64 bits and of 256 bits.
var measuredCosts = map[cpu.Path]*[2]costs{
`)
	names := []string{"Go", "NEON", "AVX2", "AVX512"}
	for p, name := range names {
		c := all[cpu.Path(p)]
		if c == nil {
			continue
		}
		fmt.Fprintf(&b, "cpu.%s: {\n", name)
		for _, c := range c {
			fmt.Fprintf(&b, "{code: %d, codeBlock: %d, leaf: %d, node: %d, whole: %d, query: %d, probe: %d, chunk: %d, sorted: %d, verify: %d},\n",
				c.code, c.codeBlock, c.leaf, c.node, c.whole, c.query, c.probe, c.chunk, c.sorted, c.verify)
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// measure measures the costs on the path in use, with one core.
func measure[C Code](t *testing.T) (c costs) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n = 1_000_000
	rnd := rand.New(rand.NewPCG(1, 1))
	codes, qs := uniform[C](rnd, n), uniform[C](rnd, 4096)
	near, far := 8, 12
	if width[C]() == maxWidth {
		near, far = 31, 60
	}
	var dst []Hit

	flat := NewFlat(codes, nil)
	c.code = perStep(1, n, func(int) { dst = flat.Within(dst[:0], qs[0], near) })
	c.codeBlock = perStep(1, n*256, func(int) { flat.block(nil, qs[:256], near) })

	var x Index[C]
	x.useTree(NewBKTree(codes, nil))
	c.leaf, c.node = measureTree(x.tree, qs, c.code)

	m := newMulti(codes, nil, partWidths(n, width[C]()), false)
	search := func(m *Multi[C], radius int) (ps, probes, passing int64) {
		s := m.m.search()
		p := m.m.newPlan(radius)
		p.scan, p.budget = false, 1<<30
		ps = int64(perStep(max(1, 20_000_000/(p.probes*1000+20_000)), 1, func(i int) {
			s.own = words(&qs[i%len(qs)])
			s.placed = s.placed[:0]
			s.find(0, &s.own, p)
		}))
		return ps, int64(p.probes), int64(m.m.passing(p))
	}
	if m.m.codes == nil {
		buf := make([]uint64, roomForCodes)
		c.whole = perStep(1, n, func(int) { m.m.wholeCodes(buf, func([]uint64, int) {}) })
	}
	least, _, _ := search(m, 0)
	low, lowProbes, lowPassing := search(m, near)
	high, highProbes, highPassing := search(m, far)
	// Two radii tell apart what a bucket takes and what an entry that passes takes.
	c.verify = uint64(max(2000, ((high-least)*lowProbes-(low-least)*highProbes)/max(1, highPassing*lowProbes-lowPassing*highProbes)))
	c.probe = uint64(max(500, (low-least-lowPassing*int64(c.verify))/lowProbes))
	c.query = uint64(max(0, least-int64(c.probe)))

	crowded := newMulti(codes, nil, divideBits(width[C](), 24), false)
	if width[C]() == 64 {
		crowded = newMulti(codes, nil, divideBits(64, 5), false)
	}
	crowd, crowdProbes, crowdPassing := search(crowded, near)
	rest := crowd - int64(c.query) - crowdProbes*int64(c.probe) - crowdPassing*int64(c.verify)
	c.chunk = uint64(max(500, rest/crowdProbes/int64(crowded.m.tables[0].moreChunks())))

	m = newMulti(codes, nil, partWidths(n, width[C]()), true)
	s := m.m.search()
	p := m.m.newPlan(far)
	p.sliced, p.scanBlock, p.blockBudget = 0, false, 1<<30
	var block [][4]uint64
	for i := range qs {
		block = append(block, words(&qs[i]))
	}
	c.sorted = perStep(1, len(qs)*p.probes, func(int) {
		s.placed = s.placed[:0]
		s.ask(block, p)
	})
	if p.both {
		c.sorted = c.sorted * 4 / 7 // as newPlan reckons
	}
	t.Logf("%v, %d bits: %+v", hamming.Path(), width[C](), c)
	return c
}

// measureTree is what a leaf takes beyond its codes, and a node.
func measureTree[C Code](tree *BKTree[C], qs []C, perCode uint64) (leaf, node uint64) {
	var byRadius [3][maxWidth + 1]uint64
	need := make([]uint16, len(tree.nodes))
	const asked = 256
	for _, q := range qs[:asked] {
		tree.price(q, &costs{node: 1}, need, &byRadius[0])
		tree.price(q, &costs{leaf: 1}, need, &byRadius[1])
		tree.price(q, &costs{code: 1}, need, &byRadius[2])
	}
	up := func(kind, radius int) (sum uint64) {
		for _, v := range byRadius[kind][:radius+1] {
			sum += v
		}
		return sum / asked
	}
	walk := perStep(asked, 1, func(i int) {
		var room [stackSize]frame
		n, stack := tree.next(tree.start(room[:0]), qs[i%asked], 2)
		for ; n != nil; n, stack = tree.next(stack, qs[i%asked], 2) {
		}
	})
	node = walk / max(1, up(0, 2))
	radius := width[C]() / 16
	var dst []Hit
	whole := perStep(asked, 1, func(i int) { dst = tree.Within(dst[:0], qs[i%asked], radius) })
	rest := int64(whole) - int64(up(0, radius)*node) - int64(up(2, radius)*perCode)
	return uint64(max(20_000, rest/int64(max(1, up(1, radius))))), node
}

// perStep is the least time of a call of do, divided by the steps that it takes, in picoseconds.
func perStep(calls, steps int, do func(i int)) uint64 {
	best := time.Duration(1 << 62)
	for range 5 {
		start := time.Now()
		for i := range calls {
			do(i)
		}
		best = min(best, time.Since(start))
	}
	return uint64(best.Nanoseconds()) * 1000 / uint64(calls) / uint64(steps)
}
