package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// brokenItem cannot be opened.
func brokenItem(err error) Item { return failing("name", err) }

// brokenHalfway fails after 10 of its 100 bytes.
func brokenHalfway(err error) Item {
	return Item{Name: "name", Size: 100, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("0123456789"), iotest.ErrReader(err))), nil
	}}
}

// pathError is what package os makes of an error, with a path that must not show.
func pathError(err error) error {
	return fmt.Errorf("opening: %w", &fs.PathError{Op: "open", Path: "/secret/mount/name", Err: os.NewSyscallError("openat", err)})
}

// Every way in which a file can end has its outcome.
func TestOutcomes(t *testing.T) {
	quality := hashmatch.Result{Status: hashmatch.Unexamined, Reason: hashmatch.ReasonQuality}
	never := querierFunc(func(context.Context, *hashmatch.Fingerprint) (hashmatch.Result, error) {
		return hashmatch.Result{}, errors.New("looked up all the same")
	})
	tests := []struct {
		item    Item
		querier querierFunc
		want    hashmatch.Outcome
		fault   hashmatch.Outcome
		text    string // all of Record.Error
		size    int64
	}{
		// What cannot be read is not looked up.
		{brokenItem(notRegular(fs.ModeSymlink)), never, hashmatch.NotRegular, 0, "not a regular file: symbolic link", 0},
		{brokenItem(notRegular(fs.ModeNamedPipe)), never, hashmatch.NotRegular, 0, "not a regular file: FIFO", 0},
		{brokenItem(notRegular(fs.ModeSocket)), never, hashmatch.NotRegular, 0, "not a regular file: socket", 0},
		{brokenItem(notRegular(fs.ModeDevice | fs.ModeCharDevice)), never, hashmatch.NotRegular, 0, "not a regular file: device", 0},
		{brokenItem(notRegular(fs.ModeIrregular)), never, hashmatch.NotRegular, 0, "not a regular file: irregular", 0},
		{brokenItem(pathError(syscall.EACCES)), never, hashmatch.Denied, 0, "permission denied", 0},
		{brokenItem(fs.ErrPermission), never, hashmatch.Denied, 0, "permission denied", 0},
		{brokenItem(pathError(syscall.ENOENT)), never, hashmatch.IOError, 0, "file does not exist", 0},
		{brokenItem(pathError(errors.New("bad block"))), never, hashmatch.IOError, 0, "bad block", 0},
		{brokenItem(fmt.Errorf("zip: %w", hashmatch.ErrCorrupt)), never, hashmatch.IOError, 0, "zip: corrupt", 0},
		{brokenItem(fmt.Errorf("%w: replaced", ErrChanged)), never, hashmatch.Changed, 0, "changed while it was read: replaced", 0},
		{brokenHalfway(pathError(errors.New("bad block"))), never, hashmatch.IOError, 0, "bad block", 100},
		{brokenHalfway(io.ErrUnexpectedEOF), never, hashmatch.IOError, 0, "unexpected EOF", 100},
		{brokenHalfway(pathError(syscall.EPERM)), never, hashmatch.Denied, 0, "permission denied", 100},
		{brokenHalfway(fmt.Errorf("%w: from 1 to 2 bytes", ErrChanged)), never, hashmatch.Changed, 0, "changed while it was read: from 1 to 2 bytes", 100},

		// What was read but not made into everything keeps its fault, whatever was compared.
		{textItem("name", "limit"), answer(clear), hashmatch.TooLarge, 0, "sum: jpeg: over the limit", 5},
		{textItem("name", "slow"), answer(unexamined), hashmatch.Timeout, 0, "sum: jpeg: context deadline exceeded", 4},
		{textItem("name", "crashed"), answer(unexamined), hashmatch.Crashed, 0, "sum: jpeg: decoder crashed", 7},
		{textItem("name", "corrupt"), answer(clear), hashmatch.Corrupt, 0, "sum: jpeg: corrupt", 7},
		{textItem("name", "odd"), answer(unexamined), hashmatch.Corrupt, 0, "sum: jpeg: odd", 3},
		{textItem("name", "partial"), answer(partial), hashmatch.Partial, 0, "25 % of the picture could be decoded", 7},
		{textItem("name", "fine"), answer(partial), hashmatch.Partial, 0, hashmatch.ReasonPartial, 4},
		{textItem("name", "partial"), answer(clear), hashmatch.Cleared, 0, "25 % of the picture could be decoded", 7}, // sets of digests alone
		{textItem("name", "unsupported"), answer(clear), hashmatch.Unsupported, 0, "sum: jpeg: unsupported", 11},
		{textItem("name", "unsupported"), answer(unexamined), hashmatch.Unsupported, 0, "sum: jpeg: unsupported", 11},

		// A match counts before the fault, which is kept.
		{textItem("name", "limit"), answer(known), hashmatch.Matched, hashmatch.TooLarge, "sum: jpeg: over the limit", 5},
		{textItem("name", "slow"), answer(known), hashmatch.Matched, hashmatch.Timeout, "sum: jpeg: context deadline exceeded", 4},
		{textItem("name", "corrupt"), answer(known), hashmatch.Matched, hashmatch.Corrupt, "sum: jpeg: corrupt", 7},
		{textItem("name", "partial"), answer(known), hashmatch.Matched, hashmatch.Partial, "25 % of the picture could be decoded", 7},
		{textItem("name", "unsupported"), answer(known), hashmatch.Matched, hashmatch.Unsupported, "sum: jpeg: unsupported", 11},

		// Nothing is wrong with the file: the answer decides.
		{textItem("name", "fine"), answer(known), hashmatch.Matched, 0, "", 4},
		{textItem("name", "fine"), answer(clear), hashmatch.Cleared, 0, "", 4},
		{textItem("name", ""), answer(clear), hashmatch.Cleared, 0, "", 0},
		{textItem("name", "fine"), answer(quality), hashmatch.Unhashable, 0, hashmatch.ReasonQuality, 4},
		{textItem("name", "fine"), answer(unexamined), hashmatch.Skipped, 0, hashmatch.ReasonHashes, 4},
	}
	seen := map[hashmatch.Outcome]bool{}
	for _, tt := range tests {
		rec := mustCollect(t, Scanner{Querier: tt.querier, Hasher: sum}, listed(tt.item))[0]
		if rec.Outcome != tt.want || rec.Fault != tt.fault || rec.Error != tt.text || rec.Fingerprint.Size != tt.size || rec.Path != "name" {
			t.Errorf("want %v, %v, %q, %d bytes; got %+v", tt.want, tt.fault, tt.text, tt.size, rec)
		}
		if whole := rec.Outcome > hashmatch.Changed || rec.Outcome == hashmatch.Skipped; whole != (len(rec.Fingerprint.Digests) == 1) {
			t.Errorf("%v: the digests are %v", rec.Outcome, rec.Fingerprint.Digests)
		}
		if matched := rec.Outcome == hashmatch.Matched; matched != (len(rec.Matches) == 1 && rec.More == 2) {
			t.Errorf("%v: %d matches and %d more", rec.Outcome, len(rec.Matches), rec.More)
		}
		seen[rec.Outcome] = true
	}
	testkit.AtLeast(t, len(hashmatch.Outcomes()), len(seen), "outcomes")
	testkit.AtLeast(t, 34, len(tests), "ways to end")
}

// A reader's error decides, whatever the hasher makes of it.
func TestReaderBeforeDecoder(t *testing.T) {
	fp := hashmatch.Fingerprint{Digests: []hashmatch.Hash{digest(nil)}, Format: "jpeg"}
	for _, answered := range []error{nil, hashmatch.ErrCorrupt, hashmatch.ErrUnsupported, context.DeadlineExceeded} {
		h := hasherFunc(func(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
			io.Copy(io.Discard, r)
			return fp, answered
		})
		rec := mustCollect(t, Scanner{Querier: answer(known), Hasher: h}, listed(brokenHalfway(io.ErrUnexpectedEOF)))[0]
		if rec.Outcome != hashmatch.IOError || len(rec.Fingerprint.Digests)+len(rec.Matches) > 0 || rec.Fingerprint.Format != "jpeg" {
			t.Errorf("the hasher says %v: %+v", answered, rec)
		}
	}
}

// The fingerprint of a file that was not read to its end is not looked up: it would be another file's.
func TestHasherStopsShort(t *testing.T) {
	tests := []struct {
		err  error
		want hashmatch.Outcome // 0: the scan ends
	}{
		{nil, 0},
		{hashmatch.ErrUnsupported, 0},
		{hashmatch.ErrLimit, hashmatch.TooLarge},
		{context.DeadlineExceeded, hashmatch.Timeout},
	}
	for _, tt := range tests {
		h := hasherFunc(func(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
			io.ReadFull(r, make([]byte, 2))
			return hashmatch.Fingerprint{Digests: []hashmatch.Hash{digest([]byte("co"))}}, tt.err
		})
		recs, err := collect(t, Scanner{Querier: answer(known), Hasher: h}, numbered(1, nil))
		switch {
		case tt.want == 0:
			if !errors.Is(err, hashmatch.ErrIncomplete) || tt.err != nil && !errors.Is(err, tt.err) || len(recs) != 0 {
				t.Errorf("the hasher says %v: %v", tt.err, err)
			}
		case err != nil || recs[0].Outcome != tt.want || len(recs[0].Fingerprint.Digests) != 0 || recs[0].Fingerprint.Size != 9:
			t.Errorf("the hasher says %v: %+v, %v", tt.err, recs, err)
		}
	}
}

// An answer that is none, or contradicts itself, ends the scan.
func TestUnclearAnswers(t *testing.T) {
	for i, r := range []hashmatch.Result{
		{},
		{Status: 9},
		{Status: hashmatch.Known},
		{Status: hashmatch.Clear, Matches: known.Matches},
		{Status: hashmatch.Unexamined, Matches: known.Matches, Reason: hashmatch.ReasonHashes},
		{Status: hashmatch.Unexamined},
		{Status: hashmatch.Unexamined, Reason: "a reason of its own"},
	} {
		for _, content := range []string{"fine", "corrupt"} {
			recs, err := collect(t, Scanner{Querier: answer(r), Hasher: sum}, listed(textItem("name", content)))
			clash := r.Status != hashmatch.Unexamined || len(r.Matches) > 0 // else the fault stands, whatever the reason
			if (content == "fine" || clash) && (!errors.Is(err, hashmatch.ErrIncomplete) || len(recs) > 0) {
				t.Errorf("%d, %+v, of a %s file: %v, %v", i, r, content, recs, err)
			}
		}
	}
}

// An item without content is looked up by the hashes that it brings.
func TestGivenHashes(t *testing.T) {
	md5, err := hashmatch.ParseHash("md5:00112233445566778899aabbccddeeff")
	if err != nil {
		t.Fatal(err)
	}
	sha, pdq, phash := digest([]byte("x")), hashmatch.Hash{}, hashmatch.Hash64(hashmatch.PHash, 7)
	if pdq, err = hashmatch.NewHash(hashmatch.PDQ, make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	item := Item{Name: "name", Root: 3, Size: -1, Hashes: []hashmatch.Hash{phash, sha, pdq, md5}}
	rec := mustCollect(t, Scanner{Querier: knowing("x")}, listed(item))[0]
	want := hashmatch.Record{
		Root: 3, Path: "name", Outcome: hashmatch.Matched,
		Fingerprint: hashmatch.Fingerprint{
			Digests: []hashmatch.Hash{md5, sha},
			Hashes:  []hashmatch.PictureHash{{Hash: pdq, View: hashmatch.Upright}, {Hash: phash, View: hashmatch.Upright}},
		},
		Matches: []hashmatch.Match{{Set: "set", Kind: hashmatch.SHA256}},
	}
	if !reflect.DeepEqual(rec, want) {
		t.Errorf("got  %+v\nwant %+v", rec, want)
	}
	rec = mustCollect(t, Scanner{Querier: knowing()}, listed(Item{Name: "name", Size: 5}))[0]
	if rec.Outcome != hashmatch.Skipped || rec.Fingerprint.Size != 5 {
		t.Errorf("an item of nothing: %+v", rec)
	}
	for _, bad := range [][]hashmatch.Hash{{sha, sha}, {{}}} {
		if _, err := collect(t, Scanner{Querier: answer(known)}, listed(Item{Hashes: bad})); !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

// A record's size is what was read, whatever the item said before.
func TestSize(t *testing.T) {
	for _, said := range []int64{-1, 0, 4, 100} {
		item := textItem("name", "content")
		item.Size = said
		if rec := mustCollect(t, Scanner{Querier: answer(clear), Hasher: sum}, listed(item))[0]; rec.Fingerprint.Size != 7 {
			t.Errorf("%d bytes were said, the record has %d", said, rec.Fingerprint.Size)
		}
	}
}

// The hasher gets a hint of the size, as far as the item knows it.
func TestSizeHint(t *testing.T) {
	for _, tt := range []struct{ size, read, want int64 }{{10, 0, 10}, {10, 4, 6}, {3, 4, 0}, {-1, 0, 0}, {-1, 4, 0}} {
		src := source{ctx: t.Context(), r: zeros{}, size: tt.size}
		src.Read(make([]byte, tt.read))
		if got := src.Len(); int64(got) != tt.want {
			t.Errorf("of %d bytes %d are read: %d are left, want %d", tt.size, tt.read, got, tt.want)
		}
	}
}

// With the matcher itself: a known file is found although it is damaged, and a digest that was not computed is missed.
func TestMatcher(t *testing.T) {
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "mine", Disposition: hashmatch.Other})
	for _, c := range []string{"corrupt known", "fine known"} {
		if err := b.Add(hashmatch.Entry{ID: c, Hashes: []hashmatch.EntryHash{{Hash: digest([]byte(c))}}}); err != nil {
			t.Fatal(err)
		}
	}
	var file strings.Builder
	if _, err := b.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	set, err := hashmatch.OpenBytes([]byte(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	m, err := hashmatch.NewMatcher(hashmatch.Config{}, set)
	if err != nil {
		t.Fatal(err)
	}
	recs := mustCollect(t, Scanner{Querier: m, Hasher: sum}, listed(
		textItem("a", "corrupt known"), textItem("b", "corrupt unknown"), textItem("c", "fine known"), textItem("d", "fine unknown"),
		Item{Name: "e", Hashes: []hashmatch.Hash{hashmatch.Hash64(hashmatch.PHash, 1)}},
	))
	var tally hashmatch.Tally
	got := ""
	for i := range recs {
		tally.Seen++
		tally.Add(&recs[i])
		got += fmt.Sprintf("%s %v/%v ", recs[i].Path, recs[i].Outcome, recs[i].Fault)
	}
	if want := "a matched/corrupt b corrupt/ c matched/ d clear/ e skipped/ "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if tally.Trouble != 2 || tally.Faults != 1 || tally.Matches != 2 || tally.Check() != nil {
		t.Errorf("%v: %+v", &tally, tally)
	}
}
