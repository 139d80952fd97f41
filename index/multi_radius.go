package index

import "github.com/hashmatch/engine/index/internal/hamming"

// plan is how a radius is searched.
type plan struct {
	radius    int
	scan      bool // every code is compared: the buckets to ask are too many
	threshold []int8
	bound     [2][]int8 // of key and fingerprint together, and with the second fingerprint
	probes    int       // buckets to ask
	cost      uint64    // of one query, in picoseconds
	both      bool      // second fingerprints are compared at once: the first let many entries pass
	sliced    int       // queries from which on a block is asked slice by slice
	scanBlock bool      // in a block, every code is compared

	// Entries that may pass for a query alone, or on average in a block, before a scan would have been cheaper by far.
	budget, blockBudget int
}

// A search is given up for a scan when entries that passed have taken a part of the scan's time: who crafts queries or
// codes so that most entries pass makes a search little dearer than a scan.
const (
	passCost   = 15_000 // picoseconds to look at an entry that passed, at worst
	budgetPart = 5      // of the scan's time
)

// plan returns the plan of a radius from 0 to the width of a code.
func (m *multi) plan(radius int) *plan {
	if p := m.plans[radius].Load(); p != nil {
		return p
	}
	p := m.newPlan(radius)
	m.plans[radius].Store(p)
	return p
}

func (m *multi) newPlan(radius int) *plan {
	n := len(m.tables)
	p := &plan{radius: radius, threshold: make([]int8, n), bound: [2][]int8{make([]int8, n), make([]int8, n)}}
	c := costsOf(m.bits)
	if !thresholds(p.threshold, radius, func(i, d int) (uint64, bool) { return m.tables[i].stepCost(c, d) }) {
		p.scan, p.scanBlock = true, true
		return p
	}
	spans := make([]int, n)
	for both := range p.bound {
		for i := range spans {
			spans[i] = m.tables[i].span[both]
		}
		bounds(p.bound[both], p.threshold, spans, radius)
	}
	p.cost = c.query
	sorted := uint64(0) // for one query of a block
	for i := range m.tables {
		t := &m.tables[i]
		if p.threshold[i] < 0 {
			continue
		}
		count := t.masks.upTo(int(p.threshold[i]))
		p.probes += count
		p.cost += uint64(count) * (c.probe + c.chunk*t.moreChunks())
		sorted += uint64(count) * c.sorted * (2 + t.moreChunks()) / 2 // slices are in the cache: 32 entries more take half as long
	}
	passing := m.passing(p)
	if p.both = m.second && passing > uint64(p.probes)/bothPays; p.both {
		p.cost, sorted = p.cost+p.cost*3/4, sorted+sorted*3/4
	} else {
		p.cost, sorted = p.cost+passing*c.verify, sorted+passing*c.verify
	}
	scan, scanBlock := m.scanCosts(c)
	p.scan = p.cost > scan
	p.scanBlock = min(p.cost, sorted) > scanBlock
	p.budget = int(scan/passCost/budgetPart) + 16
	p.blockBudget = int(scanBlock/passCost/budgetPart) + 16
	p.sliced = m.sliced(p.probes)
	return p
}

// scanCosts are what it costs to compare a query with all codes, alone and in a block.
func (m *multi) scanCosts(c *costs) (alone, block uint64) {
	all := uint64(m.unique)
	if m.codes != nil {
		return all * c.code, all * c.codeBlock
	}
	return all * (c.code + c.whole), all * (c.codeBlock + c.whole/roomForQueries)
}

// passing is how many entries the fingerprint lets pass, when those of other keys are random.
func (m *multi) passing(p *plan) (n uint64) {
	for i := range m.tables {
		t := &m.tables[i]
		for d := range int(p.threshold[i]) + 1 {
			most := min(fingerprintBits, int(p.bound[0][i])-d)
			n += t.stepCount(d) * t.crowd / 16 * fingerprintPasses[most] >> fingerprintBits
		}
	}
	return n
}

// bothPays is the number of buckets in which one entry may pass before it pays to compare both fingerprints of all, which
// takes some 1.7 times as long.
const bothPays = 5

// stepCount is the number of keys at a distance.
func (t *multiTable) stepCount(distance int) uint64 {
	if distance == 0 {
		return 1
	}
	return uint64(t.masks.levels[distance] - t.masks.levels[distance-1])
}

// stepCost is the time to ask table t for the keys at a distance, in picoseconds. It is not ok when these are too many.
func (t *multiTable) stepCost(c *costs, distance int) (cost uint64, ok bool) {
	if distance >= len(t.masks.levels) {
		return 0, false
	}
	return t.stepCount(distance) * (c.probe + c.chunk*t.moreChunks()), true
}

// moreChunks is how many chunks more than one a bucket has.
func (t *multiTable) moreChunks() uint64 { return t.crowd / 16 / hamming.Lanes }
