// Package scan turns items, usually the files of a tree, into records: what each file matched, or why it could not be
// examined. It owns the goroutines, the order and the accounting; hashing and matching are done by a Hasher and a
// hashmatch.Querier that it is given.
//
//	s := scan.Scanner{Querier: matcher, Hasher: new(media.Hasher)}
//	for rec, err := range s.Run(ctx, scan.Dir(root)) {
//		if err != nil {
//			return err // the scan is not complete
//		}
//		...
//	}
//
// A file that cannot be read or decoded is a record, never the end of a scan. What ends a scan is an error of the source
// of items, of the Querier, of the program itself, or of the context.
//
// Everything is opened for reading only. Where the system allows it, reading leaves no trace in access times.
package scan

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/hashmatch/engine/hashmatch"
)

// The errors by which an item says what kept it from being read. Item.Open and its readers wrap them.
var (
	ErrNotRegular = errors.New("not a regular file")        // a link, FIFO, socket or device: it was not opened
	ErrChanged    = errors.New("changed while it was read") // what was read is of no single state of the file
)

// Item is one thing to be examined.
type Item struct {
	Name string // raw bytes, "/"-separated, relative to the root
	Root int    // which of several roots it is of
	Size int64  // in bytes, as far as known beforehand; negative when unknown
	// Open opens the content for reading. It is called at most once, from another goroutine than the one that yielded
	// the item, and often after the source has gone on to later items. The reader is closed before the record is given.
	//
	// Without Open, nothing is read and Hashes are looked up as they are.
	Open func() (io.ReadCloser, error)
	// Hashes are those that a host knows already: at most one digest of a kind, perceptual hashes of the upright view,
	// of unknown quality. They count only where Open is nil.
	Hashes []hashmatch.Hash
}

// Hasher makes a fingerprint of content. Implementations are safe for concurrent use.
type Hasher interface {
	// Sum reads r to its end, whatever it finds in it, and returns the fingerprint.
	//
	// With an error that is not r's, the fingerprint still holds what was had, digests above all. Such an error wraps
	// hashmatch.ErrLimit, ErrCrashed, ErrUnsupported, ErrCorrupt or context.DeadlineExceeded, for a picture that took
	// longer than allowed; any other counts as ErrCorrupt.
	Sum(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error)
}

// Observer is told how a scan goes on. Taken and Done may be called concurrently with each other, but neither with
// itself. They should be quick: the scan waits for them.
type Observer interface {
	// Taken tells that an item came from the source.
	Taken(item Item)
	// Done tells of a record, just before it is given out. The record must not be changed.
	Done(rec *hashmatch.Record)
}

// Scanner examines items. Its fields must not change during a Run; it may run several scans at a time.
type Scanner struct {
	Querier  hashmatch.Querier
	Hasher   Hasher   // may be nil if no item has an Open
	Workers  int      // how many items are worked on at a time; below 1, one for each processor that Go uses
	Observer Observer // may be nil
}

// Run gives one record for each item, in the order of the items: the same records at any number of workers. Each range
// over the result is a scan of its own.
//
// An error ends the scan and is given last, with a zero record, after the records of all items before it: that of the
// source, unchanged; that of the Querier, or of a worker that panicked, with the name of the item; context.Cause when
// ctx ends. At the end the items taken from the source are held against the records given; if one is missing, the error
// wraps hashmatch.ErrIncomplete.
//
// At any time at most Workers items are open, and a bounded number is waiting. When the loop is left, and before an
// error is given, all goroutines have ended. They end when the calls that they are in return: a source, Open or Read
// that can block for long should look at ctx itself.
func (s *Scanner) Run(ctx context.Context, items iter.Seq2[Item, error]) iter.Seq2[hashmatch.Record, error] {
	return func(yield func(hashmatch.Record, error) bool) {
		r := s.start(ctx, items)
		defer r.stop()
		for {
			rec, err := r.next()
			if err != nil {
				r.stop()
				yield(hashmatch.Record{}, err)
				return
			}
			if rec == nil || !yield(*rec, nil) {
				return
			}
		}
	}
}
