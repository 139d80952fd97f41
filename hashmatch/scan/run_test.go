package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// jittered is sum, now and then after a pause.
var jittered hasherFunc = func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	if rand.IntN(8) == 0 {
		time.Sleep(time.Duration(rand.IntN(500)) * time.Microsecond)
	}
	return sum(ctx, r)
}

// Records come in the order of the items and are the same at any number of workers.
func TestOrder(t *testing.T) {
	const n = 1000
	s := Scanner{Querier: knowing("content 7", "content 700"), Hasher: jittered}
	var first []hashmatch.Record
	for _, workers := range []int{1, 2, 8, 0, -1} {
		s.Workers = workers
		recs := mustCollect(t, s, numbered(n, nil))
		testkit.AtLeast(t, n, len(recs), "records")
		for i, rec := range recs {
			want := hashmatch.Cleared
			if i == 7 || i == 700 {
				want = hashmatch.Matched
			}
			if rec.Path != fmt.Sprint(i) || rec.Outcome != want || rec.Fingerprint.Digests[0] != digest(fmt.Appendf(nil, "content %d", i)) {
				t.Fatalf("workers %d: record %d is %+v", workers, i, rec)
			}
		}
		if first == nil {
			first = recs
		}
		if !reflect.DeepEqual(first, recs) {
			t.Errorf("workers %d: the records differ from those of 1 worker", workers)
		}
	}
}

func TestNothingToScan(t *testing.T) {
	if recs := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, numbered(0, nil)); len(recs) != 0 {
		t.Errorf("no item became %d records", len(recs))
	}
}

// Each range over what Run returns is a scan of its own, and scans may run side by side.
func TestRunAgain(t *testing.T) {
	s := Scanner{Querier: answer(clear), Hasher: jittered, Workers: 2}
	seq := s.Run(t.Context(), numbered(50, nil))
	for range 2 {
		next, stop := iter.Pull2(seq)
		n := 0
		for range seq {
			if rec, err, ok := next(); !ok || err != nil || rec.Path != fmt.Sprint(n) {
				t.Fatalf("record %d of the scan beside: %q, %v", n, rec.Path, err)
			}
			n++
		}
		stop()
		if n != 50 {
			t.Errorf("%d records of 50", n)
		}
	}
}

// An error ends the scan after the records of all items before it, at any number of workers.
func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	at100 := func(do func() (hashmatch.Result, error)) querierFunc { return onContent("content 100", do) }
	fail := func() (hashmatch.Result, error) { return hashmatch.Result{}, broken }
	none := func() (hashmatch.Result, error) { return hashmatch.Result{}, nil }
	oh := func() { panic("oh") }
	ohToo := func() (hashmatch.Result, error) { panic("oh") }
	exiting := hasherFunc(func(context.Context, io.Reader) (hashmatch.Fingerprint, error) {
		runtime.Goexit()
		panic("not reached")
	})
	incomplete := hashmatch.ErrIncomplete
	tests := []struct {
		name    string
		items   iter.Seq2[Item, error]
		querier querierFunc
		hasher  hasherFunc
		records int
		want    error
		text    string // part of the error
	}{
		{"the source fails", numbered(200, broken), answer(clear), jittered, 200, broken, ""},
		{"the source fails at once", numbered(0, broken), answer(clear), sum, 0, broken, ""},
		{"the source panics", after(100, oh), answer(clear), jittered, 100, incomplete, "source of items: incomplete: panic: oh"},
		{"the source ends its goroutine", after(100, runtime.Goexit), answer(clear), jittered, 100, incomplete, "source"},
		{"the querier fails", numbered(200, nil), at100(fail), jittered, 100, broken, `"100"`},
		{"the querier panics", numbered(200, nil), at100(ohToo), jittered, 100, incomplete, `"100": incomplete: panic: oh`},
		{"the hasher panics", numbered(200, nil), answer(clear), hashing("content 100", oh), 100, incomplete, `"100": incomplete: panic: oh`},
		{"the hasher ends its goroutine", numbered(200, nil), answer(clear), hashing("content 100", runtime.Goexit), 100, incomplete, `"100"`},
		{"all workers end", numbered(200, nil), answer(clear), exiting, 0, incomplete, `"0"`},
		{"no answer", numbered(200, nil), at100(none), jittered, 100, incomplete, `"100"`},
		{"no querier", numbered(1, nil), nil, sum, 0, nil, `"0": there is no Querier`},
		{"no hasher", numbered(1, nil), answer(clear), nil, 0, nil, `"0": there is no Hasher`},
	}
	for _, tt := range tests {
		for _, workers := range []int{1, 2, 8} {
			s := Scanner{Workers: workers}
			if tt.querier != nil {
				s.Querier = tt.querier
			}
			if tt.hasher != nil {
				s.Hasher = tt.hasher
			}
			recs, err := collect(t, s, tt.items)
			switch {
			case err == nil || tt.want != nil && !errors.Is(err, tt.want):
				t.Errorf("%s, %d workers: the error is %v", tt.name, workers, err)
			case !strings.Contains(err.Error(), tt.text):
				t.Errorf("%s, %d workers: %q is not in %v", tt.name, workers, tt.text, err)
			}
			if len(recs) != tt.records {
				t.Errorf("%s, %d workers: %d records before the error, want %d", tt.name, workers, len(recs), tt.records)
			}
		}
	}
	testkit.AtLeast(t, 12, len(tests), "errors")
}

// after is a source that does something after n items.
func after(n int, do func()) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for item, err := range numbered(n, nil) {
			if !yield(item, err) {
				return
			}
		}
		do()
	}
}

// onContent answers clear, but for one content something else.
func onContent(content string, do func() (hashmatch.Result, error)) querierFunc {
	return func(_ context.Context, fp *hashmatch.Fingerprint) (hashmatch.Result, error) {
		if fp.Digest(hashmatch.SHA256) == digest([]byte(content)) {
			return do()
		}
		return clear, nil
	}
}

// hashing is a hasher that does something at one content.
func hashing(content string, do func()) hasherFunc {
	return func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
		fp, err := jittered(ctx, r)
		if fp.Digests[0] == digest([]byte(content)) {
			do()
		}
		return fp, err
	}
}

// A record that gets lost between the source and the reader does not go unnoticed.
func TestLostRecord(t *testing.T) {
	s := Scanner{Querier: answer(clear), Hasher: sum, Workers: 2}
	r := s.start(t.Context(), numbered(10, nil))
	defer r.stop()
	<-r.order
	n := 0
	for {
		rec, err := r.next()
		if rec == nil {
			if !errors.Is(err, hashmatch.ErrIncomplete) || !strings.Contains(err.Error(), "10 files seen, 9 accounted for") {
				t.Errorf("the end was %v", err)
			}
			break
		}
		n++
	}
	if n != 9 {
		t.Errorf("%d records", n)
	}
}

// At most Workers items are open, and the source gets only so far ahead of the reader.
func TestBounds(t *testing.T) {
	const workers = 3
	var open, most, taken atomic.Int64
	endless := func(yield func(Item, error) bool) {
		for i := 0; ; i++ {
			taken.Add(1)
			if !yield(textItem(fmt.Sprint(i), "content"), nil) {
				return
			}
		}
	}
	hasher := hasherFunc(func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
		for now := open.Load(); ; {
			if m := most.Load(); now <= m || most.CompareAndSwap(m, now) {
				break
			}
		}
		return jittered(ctx, r)
	})
	s := Scanner{Querier: answer(clear), Hasher: hasher, Workers: workers}
	n, furthest := int64(0), int64(0)
	for range s.Run(t.Context(), counting(endless, &open)) {
		n++
		for wait := 0; n == 100 && wait < 1000 && taken.Load()-n <= ahead*workers; wait++ {
			time.Sleep(5 * time.Millisecond) // a slow reader: the source runs into its bound
		}
		furthest = max(furthest, taken.Load()-n)
		if n == 1000 {
			break
		}
	}
	if m := most.Load(); m > workers || m < 2 {
		t.Errorf("%d items were open at a time, with %d workers", m, workers)
	}
	if furthest > ahead*workers+2 || furthest <= ahead*workers {
		t.Errorf("the source was %d items ahead, the bound is %d", furthest, ahead*workers+2)
	}
}

// A record is given as soon as it is there, even if the source has nothing more to give for now.
func TestSlowSource(t *testing.T) {
	given := make(chan struct{})
	source := func(yield func(Item, error) bool) {
		for i := range 3 {
			if !yield(textItem(fmt.Sprint(i), "content"), nil) {
				return
			}
			select {
			case <-given:
			case <-time.After(10 * time.Second):
				t.Error("the record waits for the next item")
			}
		}
	}
	s := Scanner{Querier: answer(clear), Hasher: sum, Workers: 2}
	for _, err := range s.Run(t.Context(), source) {
		if err != nil {
			t.Fatal(err)
		}
		given <- struct{}{}
	}
}
