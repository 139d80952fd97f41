package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/synth"
)

// keyWidth is that of SHA-1.
const keyWidth = 20

type key = [keyWidth]byte

// lookup is one way to answer which keys are there. What it builds counts how many of the asked ones are.
type lookup struct {
	name  string
	build func(keys []byte) func(asked []byte) int
}

// lookups are the table, and what one would write without it.
var lookups = []lookup{
	{"table", func(keys []byte) func([]byte) int {
		table := index.NewTable(slices.Clone(keys), keyWidth, nil)
		var dst []uint32
		return one(func(k []byte) bool {
			dst = table.Lookup(dst[:0], k)
			return len(dst) > 0
		})
	}},
	{"table, batch", func(keys []byte) func([]byte) int {
		table := index.NewTable(slices.Clone(keys), keyWidth, nil)
		return func(asked []byte) (found int) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			table.LookupBatch(asked, func(_ int, ids []uint32) bool {
				found += min(1, len(ids))
				return true
			})
			return found
		}
	}},
	{"map", func(keys []byte) func([]byte) int {
		m := mapOf(keys)
		return one(func(k []byte) bool {
			_, ok := m[key(k)]
			return ok
		})
	}},
	{"bloom/v3 and map", func(keys []byte) func([]byte) int {
		m := mapOf(keys)
		filter := bloom.NewWithEstimates(uint(len(m)), 0.01)
		for k := range m {
			filter.Add(k[:])
		}
		return one(func(k []byte) bool {
			if !filter.Test(k) {
				return false
			}
			_, ok := m[key(k)]
			return ok
		})
	}},
}

// one asks for one key after the other.
func one(find func(k []byte) bool) func([]byte) int {
	return func(asked []byte) (found int) {
		for ; len(asked) > 0; asked = asked[keyWidth:] {
			if find(asked[:keyWidth]) {
				found++
			}
		}
		return found
	}
}

func mapOf(keys []byte) map[key]uint32 {
	m := make(map[key]uint32, len(keys)/keyWidth)
	for i := range len(keys) / keyWidth {
		m[key(keys[i*keyWidth:])] = uint32(i)
	}
	return m
}

// measureKeys times look-ups of keys that are there and that are not.
func (j job) measureKeys(emit func(result) error) error {
	const asked = 1 << 16
	keys := synth.Noise(seed, j.N*keyWidth)
	absent := synth.Noise(seed+1, asked*keyWidth)
	present := make([]byte, 0, asked*keyWidth)
	for i := range asked {
		at := i * 7919 % j.N // in another order than they were added
		present = append(present, keys[at*keyWidth:][:keyWidth]...)
	}
	for _, l := range lookups {
		r := j.blank(l.name, 0)
		before, start := inUse(), time.Now()
		find := l.build(keys)
		r.Build = time.Since(start).Seconds()
		r.Bytes = float64(int64(inUse())-int64(before)) / float64(j.N)
		r.Extra = map[string]float64{}
		for name, c := range map[string]struct {
			keys []byte
			want int
		}{"miss": {absent, 0}, "hit": {present, asked}} {
			least, rounds := time.Duration(1<<62), 0
			for start := time.Now(); time.Since(start) < 3*j.Effort || rounds < 2; {
				round := time.Now()
				found := find(c.keys)
				least = min(least, time.Since(round))
				if found != c.want {
					return fmt.Errorf("%s: %d of %d keys are there, not %d", l.name, found, asked, c.want)
				}
				rounds++
			}
			r.Extra[name] = float64(least) / asked
		}
		r.Agreed = 2 * asked
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}
