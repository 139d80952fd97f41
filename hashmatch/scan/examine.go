package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
)

// examine is the life of one item, from its name to its record. An error ends the scan.
func (s *Scanner) examine(ctx context.Context, item *Item) (hashmatch.Record, error) {
	rec := hashmatch.Record{Root: item.Root, Path: item.Name}
	rec.Fingerprint.Size = max(item.Size, 0)
	whole := true
	var err error
	if item.Open == nil {
		err = given(&rec.Fingerprint, item.Hashes)
	} else {
		whole, err = s.read(ctx, item, &rec)
	}
	if err == nil && whole {
		err = s.lookUp(ctx, &rec)
	}
	switch {
	case err == nil:
		return rec, nil
	case ctx.Err() != nil:
		return hashmatch.Record{}, context.Cause(ctx)
	}
	return hashmatch.Record{}, fmt.Errorf("scan: %q: %w", item.Name, err)
}

// given puts the hashes that a host knew into fp.
func given(fp *hashmatch.Fingerprint, hashes []hashmatch.Hash) error {
	for _, h := range hashes {
		k := h.Kind()
		switch {
		case k.Perceptual():
			fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{Hash: h, View: hashmatch.Upright})
		case !k.Digest():
			return fmt.Errorf("%w: an empty hash", hashmatch.ErrFormat)
		case !fp.Digest(k).IsZero():
			return fmt.Errorf("%w: two %s digests of one item", hashmatch.ErrFormat, k)
		default:
			fp.Digests = append(fp.Digests, h)
		}
	}
	slices.SortFunc(fp.Digests, func(a, b hashmatch.Hash) int { return cmp.Compare(a.Kind(), b.Kind()) })
	slices.SortStableFunc(fp.Hashes, func(a, b hashmatch.PictureHash) int { return cmp.Compare(a.Hash.Kind(), b.Hash.Kind()) })
	return nil
}

// read makes rec's fingerprint from the content of item. If something is wrong, it sets rec's outcome and error. It
// reports whether the content was read to its end: if not, the fingerprint says nothing about the file.
func (s *Scanner) read(ctx context.Context, item *Item, rec *hashmatch.Record) (whole bool, err error) {
	if s.Hasher == nil {
		return false, errors.New("there is no Hasher to read it with")
	}
	content, err := item.Open()
	if err != nil {
		rec.Outcome, rec.Error = readFault(err), text(err)
		return false, ctx.Err()
	}
	defer content.Close()
	src := source{ctx: ctx, r: content, size: item.Size}
	fp, err := s.Hasher.Sum(ctx, &src)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	fp.Size = rec.Fingerprint.Size
	rec.Fingerprint = fp
	switch {
	case src.err != nil:
		rec.Outcome, rec.Error = readFault(src.err), text(src.err)
	case err != nil:
		rec.Outcome, rec.Error = decodeFault(err), text(err)
	default:
		rec.Error = missing(&fp)
	}
	if src.end {
		rec.Fingerprint.Size = src.n
		return true, nil
	}
	if src.err == nil && (err == nil || !rec.Outcome.Trouble()) {
		return false, errors.Join(fmt.Errorf("%w: the hasher stopped after %d bytes, before the end", hashmatch.ErrIncomplete, src.n), err)
	}
	rec.Fingerprint.Digests, rec.Fingerprint.Hashes = nil, nil
	return false, nil
}

// missing says what of a picture was not compared; "" if all of it was.
func missing(fp *hashmatch.Fingerprint) string {
	switch {
	case fp.Partial > 0:
		return fmt.Sprintf("%v %% of the picture could be decoded", math.Floor(1000*fp.Partial)/10) // never more than there was
	case fp.Incomplete():
		return "the picture's embedded thumbnail alone was compared"
	}
	return ""
}

// source is the content of an item on its way to the hasher. It remembers how reading ended, since a decoder's error can
// hide the reader's.
type source struct {
	ctx  context.Context
	r    io.Reader
	size int64 // what the item says; negative unknown
	n    int64 // bytes read
	end  bool  // the end was reached, without an error before it
	err  error // the first error that was not the end
}

func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	switch {
	case err == nil || s.end || s.err != nil:
	case err == io.EOF:
		s.end = true
	default:
		s.err = err
	}
	return n, err
}

// Len returns how many bytes are left, as far as the item knows: hashers take it as a hint for the size of buffers.
func (s *source) Len() int { return int(min(max(s.size-s.n, 0), math.MaxInt)) }

// lookUp asks the Querier about rec's fingerprint and completes the record.
func (s *Scanner) lookUp(ctx context.Context, rec *hashmatch.Record) error {
	if s.Querier == nil {
		return errors.New("there is no Querier to look it up with")
	}
	r, err := s.Querier.Match(ctx, &rec.Fingerprint)
	if err != nil {
		return fmt.Errorf("looking up: %w", err)
	}
	rec.Matches, rec.More = r.Matches, r.More
	fault := rec.Outcome
	if fault == 0 && r.Status == hashmatch.Known && rec.Fingerprint.Incomplete() {
		fault = hashmatch.Partial // it matched, and what else it might have met nobody can say
	}
	switch {
	case (r.Status == hashmatch.Known) != (len(r.Matches) > 0):
		return unclear(&r)
	case r.Status == hashmatch.Known:
		rec.Outcome, rec.Fault = hashmatch.Matched, fault
	case r.Status != hashmatch.Clear && r.Status != hashmatch.Unexamined:
		return unclear(&r)
	case fault != 0: // it stands, whatever was compared: it is why that was not everything
	case r.Status == hashmatch.Clear:
		rec.Outcome = hashmatch.Cleared
	case r.Reason == hashmatch.ReasonQuality:
		rec.Outcome, rec.Error = hashmatch.Unhashable, r.Reason
	case r.Reason == hashmatch.ReasonPartial:
		rec.Outcome = hashmatch.Partial
		if rec.Error == "" {
			rec.Error = r.Reason
		}
	case r.Reason == hashmatch.ReasonHashes:
		rec.Outcome, rec.Error = hashmatch.Skipped, r.Reason
	default:
		return unclear(&r)
	}
	return nil
}

// unclear is the error of an answer that says nothing about the file.
func unclear(r *hashmatch.Result) error {
	return fmt.Errorf("looking up: %w: the answer is %q, for reason %q, with %d matches",
		hashmatch.ErrIncomplete, r.Status, r.Reason, len(r.Matches))
}
