package media

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// Digests are the same whoever computed them, at any number of calls at a time, and calls that end early spoil none.
func TestPairs(t *testing.T) {
	rnd := testkit.Rand(t)
	files := make([][]byte, 200)
	want := make([]string, len(files))
	alone := Hasher{Kinds: []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}}
	for i := range files {
		files[i] = make([]byte, rnd.IntN(40_000))
		for j := range files[i] {
			files[i][j] = byte(rnd.Uint32())
		}
		want[i] = fmt.Sprint(mustSum(t, &alone, files[i]).Digests)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	h := Hasher{Kinds: alone.Kinds}
	var wait sync.WaitGroup
	var lock sync.Mutex
	done := 0
	for worker := range 8 {
		wait.Go(func() {
			for i := worker; i < len(files); i += 4 { // each file twice
				if i%7 == 0 {
					h.SumBytes(over, files[i])
				}
				fp, err := h.SumBytes(context.Background(), files[i])
				if err != nil || fmt.Sprint(fp.Digests) != want[i] {
					t.Errorf("file %d of %d bytes: %v, %v", i, len(files[i]), fp.Digests, err)
				}
				lock.Lock()
				done++
				lock.Unlock()
			}
		})
	}
	wait.Wait()
	testkit.AtLeast(t, 380, done, "files")
	if h.pairs.offered != nil {
		t.Error("an offer was left behind")
	}
}

// Two offers meet: the second call does the work of both.
func TestPairIsTaken(t *testing.T) {
	var p pairs
	a, b := workers.Get().(*worker), new(worker)
	kinds := []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}
	a.digests.Reset(kinds)
	b.digests.Reset(kinds)
	first := p.begin(&a.offer, &a.digests, []byte("the first"))
	if first == nil {
		t.Fatal("nothing was on offer, and it was taken")
	}
	if second := p.begin(&b.offer, &b.digests, []byte("the second")); second != nil || p.offered != nil {
		t.Fatal("the offer was not taken")
	}
	p.finish(first)
	var h Hasher
	for data, d := range map[string]*worker{"the first": a, "the second": b} {
		if got, want := fmt.Sprint(d.digests.Sums()), fmt.Sprint(mustSum(t, &h, []byte(data)).Digests); got != want {
			t.Errorf("%s: %s, want %s", data, got, want)
		}
	}
}
