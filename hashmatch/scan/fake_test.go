package scan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/hashmatch/engine/hashmatch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hasherFunc is a Hasher.
type hasherFunc func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error)

func (f hasherFunc) Sum(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	return f(ctx, r)
}

// sum is the hasher of most tests: a SHA-256, and a fault for contents that begin with its name.
var sum hasherFunc = func(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return hashmatch.Fingerprint{Size: int64(len(data))}, fmt.Errorf("sum: reading: %w", err)
	}
	fp := hashmatch.Fingerprint{Size: int64(len(data)), Digests: []hashmatch.Hash{digest(data)}, Format: hashmatch.FormatOther}
	for word, err := range faults {
		if bytes.HasPrefix(data, []byte(word)) {
			fp.Format = "jpeg"
			return fp, fmt.Errorf("sum: jpeg: %w", err)
		}
	}
	if bytes.HasPrefix(data, []byte("partial")) {
		fp.Format, fp.Partial = "jpeg", 0.25
	}
	return fp, nil
}

var faults = map[string]error{
	"limit":       hashmatch.ErrLimit,
	"slow":        context.DeadlineExceeded,
	"crashed":     hashmatch.ErrCrashed,
	"corrupt":     hashmatch.ErrCorrupt,
	"unsupported": hashmatch.ErrUnsupported,
	"odd":         errors.New("odd"),
}

func digest(data []byte) hashmatch.Hash {
	d := sha256.Sum256(data)
	h, err := hashmatch.NewHash(hashmatch.SHA256, d[:])
	if err != nil {
		panic(err)
	}
	return h
}

// querierFunc is a Querier.
type querierFunc func(ctx context.Context, fp *hashmatch.Fingerprint) (hashmatch.Result, error)

func (f querierFunc) Match(ctx context.Context, fp *hashmatch.Fingerprint) (hashmatch.Result, error) {
	return f(ctx, fp)
}

func (f querierFunc) MatchBatch(ctx context.Context, fps []*hashmatch.Fingerprint, yield func(int, *hashmatch.Result) bool) error {
	for i, fp := range fps {
		r, err := f(ctx, fp)
		if err != nil || !yield(i, &r) {
			return err
		}
	}
	return nil
}

func answer(r hashmatch.Result) querierFunc {
	return func(context.Context, *hashmatch.Fingerprint) (hashmatch.Result, error) { return r, nil }
}

var (
	clear      = hashmatch.Result{Status: hashmatch.Clear}
	partial    = hashmatch.Result{Status: hashmatch.Unexamined, Reason: hashmatch.ReasonPartial}
	unexamined = hashmatch.Result{Status: hashmatch.Unexamined, Reason: hashmatch.ReasonHashes}
	known      = hashmatch.Result{Status: hashmatch.Known, Matches: []hashmatch.Match{{Set: "set", Kind: hashmatch.SHA256}}, More: 2}
)

// knowing is a Querier that knows some contents by their SHA-256, and asks for whole pictures.
func knowing(contents ...string) querierFunc {
	var list []hashmatch.Hash
	for _, c := range contents {
		list = append(list, digest([]byte(c)))
	}
	return func(_ context.Context, fp *hashmatch.Fingerprint) (hashmatch.Result, error) {
		d := fp.Digest(hashmatch.SHA256)
		if d.IsZero() {
			return unexamined, nil
		}
		if i := slices.Index(list, d); i >= 0 {
			m := hashmatch.Match{Set: "set", Entry: uint32(i), Kind: hashmatch.SHA256}
			return hashmatch.Result{Status: hashmatch.Known, Matches: []hashmatch.Match{m}}, nil
		}
		if fp.Incomplete() {
			return partial, nil
		}
		return clear, nil
	}
}

// textItem is an item whose content is in memory.
func textItem(name, content string) Item {
	return Item{Name: name, Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(content))), nil
	}}
}

// numbered is a source of n items, named and filled by their number; after them comes err, if it is not nil.
func numbered(n int, err error) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i := range n {
			if !yield(textItem(fmt.Sprint(i), fmt.Sprintf("content %d", i)), nil) {
				return
			}
		}
		if err != nil {
			yield(Item{}, err)
		}
	}
}

func listed(items ...Item) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// collect runs a scan to its end and holds the accounts that a caller would keep against it.
func collect(t testing.TB, s Scanner, items iter.Seq2[Item, error]) ([]hashmatch.Record, error) {
	t.Helper()
	var account Account
	s.Observer = &account
	var recs []hashmatch.Record
	for rec, err := range s.Run(t.Context(), items) {
		if err != nil {
			if rec.Path != "" || rec.Outcome != 0 {
				t.Errorf("an error came with the record %+v", rec)
			}
			return recs, err
		}
		recs = append(recs, rec)
	}
	tally := account.Tally()
	if err := tally.Check(); err != nil || tally.Seen != int64(len(recs)) {
		t.Errorf("the accounts do not balance: %v, of %d records: %v", &tally, len(recs), err)
	}
	return recs, nil
}

// mustCollect is collect for a scan that is to be complete.
func mustCollect(t testing.TB, s Scanner, items iter.Seq2[Item, error]) []hashmatch.Record {
	t.Helper()
	recs, err := collect(t, s, items)
	if err != nil {
		t.Fatal(err)
	}
	return recs
}
