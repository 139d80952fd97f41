package scan

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"github.com/hashmatch/engine/hashmatch"
)

// ahead is how many items, for each worker, may be between the source and the reader of the records. It has to cover the
// time in which one slow file holds up the records behind it; a record takes about 1 KiB, at most some 20.
const ahead = 128

// slot is an item on its way to become a record.
type slot struct {
	item Item
	done chan struct{} // closed when rec and err are set
	rec  hashmatch.Record
	err  error // ends the scan
}

// run is one scan under way. The walker puts each item into a slot and the slot into both channels: one hands it to the
// workers, the other keeps the order for the reader of the records.
type run struct {
	ctx     context.Context
	cancel  context.CancelFunc
	scanner *Scanner
	account Account
	order   chan *slot // its capacity bounds the slots that there are
	work    chan *slot
	walked  bool           // the walker returned; set before order is closed
	group   errgroup.Group // its error is the walker's
}

// start sets the goroutines of a scan going.
func (s *Scanner) start(ctx context.Context, items iter.Seq2[Item, error]) *run {
	workers := s.Workers
	if workers < 1 {
		workers = runtime.GOMAXPROCS(0)
	}
	r := &run{scanner: s, order: make(chan *slot, ahead*workers), work: make(chan *slot, workers)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.group.Go(func() error { return r.walk(items) })
	for range workers {
		r.group.Go(func() error {
			for sl := range r.work {
				r.fill(sl)
			}
			return nil
		})
	}
	return r
}

// stop ends the scan, wherever it is, and waits for its goroutines.
func (r *run) stop() {
	r.cancel()
	r.group.Wait()
}

// next returns the next record; nil after the last.
//
// Errors come through here in the order of the items, and only here is the scan ended: a worker that stopped the others
// by itself would make it a matter of chance which records are still given.
func (r *run) next() (*hashmatch.Record, error) {
	if r.ctx.Err() != nil {
		return nil, context.Cause(r.ctx)
	}
	select {
	case sl, ok := <-r.order:
		if !ok {
			return nil, r.end()
		}
		select {
		case <-sl.done:
		case <-r.ctx.Done():
			return nil, context.Cause(r.ctx)
		}
		if sl.err != nil {
			return nil, sl.err
		}
		r.account.Done(&sl.rec)
		if o := r.scanner.Observer; o != nil {
			o.Done(&sl.rec)
		}
		return &sl.rec, nil
	case <-r.ctx.Done():
		return nil, context.Cause(r.ctx)
	}
}

// end returns why there are no more slots: nil if the source is at its end and every item has become a record.
func (r *run) end() error {
	if err := r.group.Wait(); err != nil {
		return err
	}
	if !r.walked {
		return crash("the source of items", nil)
	}
	tally := r.account.Tally()
	if err := tally.Check(); err != nil {
		return fmt.Errorf("scan: a record was lost: %w", err)
	}
	return nil
}

// walk takes the items from the source, until its end, its error, or the end of the scan.
func (r *run) walk(items iter.Seq2[Item, error]) (err error) {
	defer close(r.work)
	defer close(r.order)
	defer func() {
		if v := recover(); v != nil {
			err = crash("the source of items", v)
		}
	}()
	err = r.take(items)
	r.walked = true
	return err
}

func (r *run) take(items iter.Seq2[Item, error]) error {
	for item, err := range items {
		if err != nil {
			return err
		}
		r.account.Taken(item)
		if o := r.scanner.Observer; o != nil {
			o.Taken(item)
		}
		sl := &slot{item: item, done: make(chan struct{})}
		for _, c := range []chan *slot{r.order, r.work} {
			select {
			case c <- sl:
			case <-r.ctx.Done():
				return context.Cause(r.ctx)
			}
		}
	}
	return nil
}

// fill makes the record of a slot. Whatever happens the slot is marked as done: the reader waits for it.
func (r *run) fill(sl *slot) {
	defer close(sl.done)
	finished := false
	defer func() {
		if v := recover(); !finished {
			sl.err = crash(fmt.Sprintf("%q", sl.item.Name), v)
		}
	}()
	if r.ctx.Err() != nil {
		sl.err = context.Cause(r.ctx)
	} else {
		sl.rec, sl.err = r.scanner.examine(r.ctx, &sl.item)
	}
	finished = true
}

// crash returns the error of code that panicked with value, or that ended its goroutine, which leaves a nil value.
func crash(where string, value any) error {
	if value == nil {
		return fmt.Errorf("scan: %s: %w: it ended its goroutine", where, hashmatch.ErrIncomplete)
	}
	return fmt.Errorf("scan: %s: %w: panic: %v\n%s", where, hashmatch.ErrIncomplete, value, debug.Stack())
}
