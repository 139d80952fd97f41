package index

import (
	"fmt"

	"github.com/hashmatch/engine/index/internal/hamming"
	"github.com/hashmatch/engine/index/internal/layout"
)

// Index is the searcher that New builds: the engine that the planner chose.
type Index[C Code] struct {
	multi *Multi[C]  // the engine, or nil
	tree  *BKTree[C] // the engine up to a radius, or nil
	flat  *Flat[C]   // the engine where the others are not
	upTo  int        // the greatest radius at which the tree answers
	why   string
}

// An Option changes what New chooses.
type Option func(*options)

type options struct{ memory int }

// Memory bounds the bytes of memory that an index takes for each code, the code's own included. New chooses the fastest
// engine within that, and the scan, which takes the least, when nothing else is. The bound is for large sets: below some
// ten thousand codes the tables' own size counts more than the codes. Without this option, or with a bound of 0 or less,
// the fastest engine is chosen.
func Memory(bytes int) Option { return func(o *options) { o.memory = bytes } }

// New builds an index of codes, in which codes[i] is found as ids[i], or as i when ids is nil. Codes and ids may both
// hold duplicates. It panics when their lengths differ, or when there are more codes than an ID can number.
//
// Without options an index of a million codes takes about 29 bytes for each code of 64 bits and 150 for each of 256 bits,
// the code included, and does not hold on to codes and ids. The same arguments give the same index on every machine; how
// a radius is searched there depends on the machine's instructions, by a table of measured costs and not by a clock.
func New[C Code](codes []C, ids []uint32, opts ...Option) *Index[C] {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	checkIDs("codes", len(codes), ids)
	choice := choose(len(codes), width[C](), o.memory)
	x := &Index[C]{why: choice.why}
	switch {
	case choice.widths != nil:
		x.multi = newMulti(codes, ids, choice.widths, choice.second)
	case choice.tree:
		x.useTree(NewBKTree(codes, ids))
	default:
		x.flat = NewFlat(codes, ids)
	}
	return x
}

// useTree makes the tree the engine, up to the radius at which scanning its codes is cheaper.
func (x *Index[C]) useTree(t *BKTree[C]) {
	x.tree, x.flat, x.upTo = t, &Flat[C]{codes: t.codes, ids: t.ids}, -1
	if t.Len() > 0 {
		x.upTo = treeRadius(t)
	}
}

// choice is what the planner chose for a number of codes.
type choice struct {
	widths []int // of the parts of a multi-index; nil for another engine
	second bool  // with second fingerprints
	tree   bool
	why    string
}

// fewCodes is the number up to which a scan takes no longer than the few probes of a multi-index.
const fewCodes = 5000

// choose chooses the fastest engine that takes at most so many bytes of memory for each code; 0 is no bound.
func choose(n, codeBits, memory int) choice {
	if n <= fewCodes {
		return choice{why: fmt.Sprintf("at most %d codes: a scan is as fast as anything", fewCodes)}
	}
	best := partWidths(n, codeBits)
	if memory <= 0 {
		return choice{widths: best, second: codeBits == maxWidth, why: "the fastest engine, and no bound on memory"}
	}
	for tables := len(best); tables*mostPart >= codeBits; tables-- {
		widths := divideBits(codeBits, tables)
		for _, second := range []bool{codeBits == maxWidth, false} {
			if need := multiBytes(uint64(n), codeBits, widths, second); (need+uint64(n)-1)/uint64(n) <= uint64(memory) {
				return choice{widths: widths, second: second, why: fmt.Sprintf("the fastest engine within %d bytes a code: %d tables take %.1f", memory, tables, float64(need)/float64(n))}
			}
		}
	}
	if need := treeBytes(codeBits); need <= memory {
		return choice{tree: true, why: fmt.Sprintf("no multi-index takes at most %d bytes a code; a tree takes about %d", memory, need)}
	}
	return choice{why: fmt.Sprintf("nothing but a scan takes at most %d bytes a code", memory)}
}

// multiBytes is the memory of a multi-index of n different codes.
func multiBytes(n uint64, codeBits int, widths []int, second bool) uint64 {
	bytes := 4 * n // IDs
	if codeBits == maxWidth {
		bytes += 32 * n
	}
	for i, w := range widths {
		bytes += 4<<w + 2*n
		if second {
			bytes += 2 * n
		}
		if codeBits == 64 {
			t := multiTable{width: w}
			bytes += uint64(t.restSize()) * n
		} else if i > 0 {
			bytes += uint64(positionSize(int(n))) * n
		}
	}
	return bytes
}

// treeBytes is about the memory of a tree for each code.
func treeBytes(codeBits int) int {
	if codeBits == 64 {
		return 8 + 4 + 5
	}
	return 32 + 4 + 16
}

// Len is the number of codes, duplicates counted.
func (x *Index[C]) Len() int { return x.engine().Len() }

// engine is what answers when no radius is given.
func (x *Index[C]) engine() blockEngine[C] {
	switch {
	case x.multi != nil:
		return x.multi
	default:
		return x.flat
	}
}

// treeAnswers tells that the tree is asked for a radius.
func (x *Index[C]) treeAnswers(radius int) bool {
	return x.tree != nil && min(radius, width[C]()) <= x.upTo
}

// Within implements Searcher.
func (x *Index[C]) Within(dst []Hit, q C, radius int) []Hit {
	if x.treeAnswers(radius) {
		return x.tree.Within(dst, q, radius)
	}
	return x.engine().Within(dst, q, radius)
}

// WithinBatch implements Searcher. Large batches are answered by all cores.
func (x *Index[C]) WithinBatch(qs []C, radius int, yield func(q int, hits []Hit) bool) {
	if x.treeAnswers(radius) {
		x.tree.WithinBatch(qs, radius, yield)
		return
	}
	x.engine().WithinBatch(qs, radius, yield)
}

// Nearest implements Searcher. A tree is asked up to half the radius at which it is the cheaper engine, and if that finds
// too few, the flat scan: up to there a search in vain takes but a part of the time of the scan that must follow.
func (x *Index[C]) Nearest(dst []Hit, q C, k int) []Hit {
	if x.tree != nil {
		if dst, ok := x.tree.nearest(dst, q, k, x.upTo/2); ok {
			return dst
		}
	}
	return x.engine().Nearest(dst, q, k)
}

// WithinLimit implements Limiter.
func (x *Index[C]) WithinLimit(dst []Hit, q C, radius, limit int) (hits []Hit, more int) {
	return withinLimit(x, dst, q, radius, limit)
}

// WithinBatchLimit implements Limiter.
func (x *Index[C]) WithinBatchLimit(qs []C, radius, limit int, yield func(q int, hits []Hit, more int) bool) {
	withinBatchLimit(x, qs, radius, limit, yield)
}

// Engine names the engine that answers Within at a radius: "multi", "bktree" or "flat". A multi-index that compares the
// query with all codes, since it would have to ask too many buckets, is called flat.
func (x *Index[C]) Engine(radius int) string {
	switch {
	case x.treeAnswers(radius):
		return "bktree"
	case x.multi != nil && radius >= 0 && !x.multi.m.plan(min(radius, width[C]())).scan:
		return "multi"
	}
	return "flat"
}

// Stats is what the planner chose, and why.
type Stats struct {
	Engine       string // "multi", "bktree" or "flat"
	Why          string // in words
	Codes        int    // duplicates counted
	Different    int    // codes; 0 where the engine does not tell equal ones apart
	Tables       int    // of a multi-index
	Bytes        int    // of memory, codes and IDs that the index holds included
	ScanFrom     int    // the least radius at which one query is compared with all codes; -1 when there is none
	Instructions string // of the kernels: "avx2", "avx512", "neon" or "go"
}

// Stats tells what the planner chose, and why.
func (x *Index[C]) Stats() Stats {
	s := Stats{Engine: "flat", Why: x.why, Codes: x.Len(), ScanFrom: -1, Instructions: hamming.Path().String()}
	switch {
	case x.multi != nil:
		s.Engine, s.Different, s.Tables, s.Bytes = "multi", x.multi.m.unique, len(x.multi.m.tables), x.multi.m.bytes()
	case x.tree != nil:
		s.Engine, s.Bytes = "bktree", x.tree.bytes()
	default:
		s.Bytes = x.flat.bytes()
	}
	for radius := range width[C]() + 1 {
		if x.Engine(radius) == "flat" {
			s.ScanFrom = radius
			break
		}
	}
	return s
}

// AppendBinary implements encoding.BinaryAppender: it appends the engine in the form that LoadIndex takes. It returns no
// error.
func (x *Index[C]) AppendBinary(dst []byte) ([]byte, error) {
	switch {
	case x.multi != nil:
		return x.multi.AppendBinary(dst)
	case x.tree != nil:
		return x.tree.AppendBinary(dst)
	}
	return x.flat.AppendBinary(dst)
}

// LoadIndex returns the index that AppendBinary wrote, or any one engine that wrote itself. It uses b as LoadMulti does.
// All errors wrap ErrCorrupt.
func LoadIndex[C Code](b []byte, opts ...LoadOption) (*Index[C], error) {
	x := &Index[C]{why: "as it was written"}
	switch name := layout.Name(b); name {
	case flatName[C]():
		flat, err := LoadFlat[C](b, opts...)
		if err != nil {
			return nil, err
		}
		x.flat = flat
	case treeName[C]():
		tree, err := LoadBKTree[C](b, opts...)
		if err != nil {
			return nil, err
		}
		x.useTree(tree)
	default:
		multi, err := LoadMulti[C](b, opts...)
		if err != nil {
			return nil, err
		}
		x.multi = multi
	}
	return x, nil
}
