package plane

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func equal(a, b *Axis) bool {
	return a.cells == b.cells && slices.Equal(a.first, b.first) && slices.Equal(a.taps, b.taps) && slices.Equal(a.by, b.by)
}

// held is the memory of all that a kernel keeps, counted anew.
func held(k *Kernel) (bytes, axes int) {
	c := &k.folded
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, shelf := range []map[cacheKey]*Axis{c.new, c.old} {
		for _, a := range shelf {
			bytes += a.bytes()
			axes++
		}
	}
	return bytes, axes
}

func TestAxisKeeps(t *testing.T) {
	k := tent(64)
	for _, mirrored := range []bool{false, true} {
		for _, scale := range []int{1, 8} {
			a := k.Axis(1000, scale, mirrored)
			if !equal(a, k.Fold(1000, scale, mirrored)) {
				t.Errorf("scale %d, mirrored %v: not what Fold gives", scale, mirrored)
			}
			if again := k.Axis(1000, scale, mirrored); again != a {
				t.Error("folded twice")
			}
		}
	}
	if _, n := held(k); n != 4 {
		t.Errorf("%d axes are kept, want 4", n)
	}
}

// TestCacheIsBounded asks for more than fits, over and over, among it sides that no picture has, and one axis all the
// time, which must stay.
func TestCacheIsBounded(t *testing.T) {
	k := tent(64)
	often := k.Axis(777, 1, false)
	rnd := testkit.Rand(t)
	most := 0
	for i := range 400 {
		full := 1 + rnd.IntN(5000)
		if i%100 == 0 {
			full = 1<<18 - rnd.IntN(100)
		}
		k.Axis(full, 1, rnd.IntN(2) == 0)
		if k.Axis(777, 1, false) != often {
			t.Fatalf("after %d others an axis in use was dropped", i)
		}
		if i%20 == 0 {
			bytes, _ := held(k)
			most = max(most, bytes)
		}
	}
	if most > cacheBytes {
		t.Errorf("%d bytes are kept, at most %d", most, cacheBytes)
	}
	if most < cacheBytes/2 {
		t.Errorf("no more than %d bytes were ever kept: the test filled nothing", most)
	}
	if huge := k.Axis(1<<18, 1, false); huge.bytes() <= cacheBytes/16 || k.Axis(1<<18, 1, false) == huge {
		t.Errorf("an axis of %d bytes is kept", huge.bytes())
	}
}

func TestCacheConcurrently(t *testing.T) {
	k := box(64)
	want := map[int]*Axis{}
	for full := 100; full < 160; full++ {
		want[full] = k.Fold(full, 4, false)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 600 {
				full := 100 + (i*7+g*13)%60
				if a := k.Axis(full, 4, false); !equal(a, want[full]) {
					t.Errorf("%d: another axis", full)
					return
				}
				if i%40 == g {
					k.Axis(20000+i*4+g, 1, true) // large, so that shelves are turned over
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkAxis(b *testing.B) {
	k := tent(64)
	k.Axis(4000, 8, false)
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			k.Axis(4000, 8, false)
		}
	})
	b.Run("keptParallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				k.Axis(4000, 8, false)
			}
		})
	})
	for _, full := range []int{640, 4000} {
		b.Run(fmt.Sprintf("folded/%d", full), func(b *testing.B) {
			for b.Loop() {
				k.Fold(full, 8, false)
			}
		})
	}
}
