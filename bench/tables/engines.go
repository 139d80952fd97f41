package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/hashmatch/engine/bench/internal/rival"
	"github.com/hashmatch/engine/index"
)

// searcher is what engines and rivals share.
type searcher[C index.Code] interface {
	Within(dst []index.Hit, q C, radius int) []index.Hit
}

// batcher is what engines have and rivals have not.
type batcher[C index.Code] interface {
	WithinBatch(qs []C, radius int, yield func(q int, hits []index.Hit) bool)
}

// chooser is what says which engine it asks at a radius, and why.
type chooser interface {
	Engine(radius int) string
	Stats() index.Stats
}

// engine is a built engine, with what building it took.
type engine[C index.Code] struct {
	name  string
	s     searcher[C]
	build float64 // seconds
	bytes float64 // for each code
}

// builders make the engines by name. Each gets codes of its own, which it may keep.
func builders[C index.Code]() map[string]func(codes []C) searcher[C] {
	return map[string]func([]C) searcher[C]{
		"index":    func(codes []C) searcher[C] { return index.New(codes, nil) },
		"multi":    func(codes []C) searcher[C] { return index.NewMulti(codes, nil) },
		"flat":     func(codes []C) searcher[C] { return index.NewFlat(codes, nil) },
		"bktree":   func(codes []C) searcher[C] { return index.NewBKTree(codes, nil) },
		"textbook": func(codes []C) searcher[C] { return rival.NewTextbook(codes) },
		"brute":    func(codes []C) searcher[C] { return rival.Brute[C](codes) },
	}
}

// newEngine builds an engine of a copy of codes. What is in use afterwards and was not before is the engine's memory: the
// copy belongs to it where it keeps it.
func newEngine[C index.Code](name string, codes []C) (engine[C], error) {
	build, ok := builders[C]()[name]
	if !ok {
		return engine[C]{}, fmt.Errorf("no engine %q", name)
	}
	before := inUse()
	e := engine[C]{name: name}
	copied := append(make([]C, 0, len(codes)), codes...)
	start := time.Now()
	e.s = build(copied)
	e.build = time.Since(start).Seconds()
	copied = nil
	e.bytes = float64(int64(inUse())-int64(before)) / float64(max(1, len(codes)))
	return e, nil
}

// inUse is the bytes of live memory. It collects twice: the first time, pools only move what they hold to their victims.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
