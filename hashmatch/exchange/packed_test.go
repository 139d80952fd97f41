package exchange

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

func gzipped(t testing.TB, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(doc); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, doc []byte, o ...zstd.EOption) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil, append(o, zstd.WithEncoderConcurrency(1))...)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(doc, nil)
}

// packedList is a list of n digests and what comes of it.
func packedList(n int) (doc []byte, entries int) {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "%032x\n", i*i+1)
	}
	return b.Bytes(), n
}

// kept reads a document and returns the number of entries.
func kept(doc []byte) (Report, error) {
	return Read(iotest.HalfReader(bytes.NewReader(doc)), Options{}, func(hashmatch.Entry) error { return nil })
}

func TestPackedDocuments(t *testing.T) {
	doc, n := packedList(3000)
	half := len(doc) / 2
	skippable := binary.LittleEndian.AppendUint32([]byte("\x50\x2a\x4d\x18"), 3)
	skippable = append(skippable, "abc"...)
	cases := []struct {
		name, packed string
		doc          []byte
	}{
		{"gzip", "gzip", gzipped(t, doc)},
		{"zstd", "zstd", zstandard(t, doc)},
		{"zstd with a checksum for none", "zstd", zstandard(t, doc, zstd.WithEncoderCRC(false))},
		{"several gzip members", "gzip", append(gzipped(t, doc[:half]), gzipped(t, doc[half:])...)},
		{"an empty gzip member first", "gzip", append(gzipped(t, nil), gzipped(t, doc)...)},
		{"several zstd frames", "zstd", append(zstandard(t, doc[:half]), zstandard(t, doc[half:])...)},
		{"a zstd frame that is passed over", "zstd", append(skippable, zstandard(t, doc)...)},
		{"zstd in gzip", "zstd in gzip", gzipped(t, zstandard(t, doc))},
		{"gzip in gzip", "gzip in gzip", gzipped(t, gzipped(t, doc))},
		{"not packed", "", doc},
	}
	for _, c := range cases {
		report, err := kept(c.doc)
		if err != nil || report.Kept != n || report.Format != "list" || report.Packed != c.packed {
			t.Errorf("%s: %d kept, format %q packed %q, %v", c.name, report.Kept, report.Format, report.Packed, err)
		}
	}
	testkit.AtLeast(t, 10, len(cases), "documents")
	nsrl := nsrlRows(100)
	if report, err := kept(gzipped(t, nsrl)); err != nil || report.Variant != "nsrl2" || report.Kept != 100 {
		t.Errorf("a packed table: %+v, %v", report, err)
	}
}

func TestPackedDocumentsRefused(t *testing.T) {
	doc, _ := packedList(400)
	gz, zst := gzipped(t, doc), zstandard(t, doc)
	bomb := zstdFrame(7<<3, append(rawBlock(doc[:33]), bytes.Repeat(rleBlock(128<<10), 3000)...))
	flip := func(b []byte, i int) []byte { b = bytes.Clone(b); b[i] ^= 0x10; return b }
	cases := []struct {
		name string
		doc  []byte
		is   error
	}{
		{"garbage behind gzip", append(bytes.Clone(gz), "garbage, and more of it"...), hashmatch.ErrFormat},
		{"zeros behind gzip", append(bytes.Clone(gz), make([]byte, 512)...), hashmatch.ErrFormat},
		{"garbage behind zstd", append(bytes.Clone(zst), "garbage"...), hashmatch.ErrFormat},
		{"gzip behind zstd", append(bytes.Clone(zst), gz...), hashmatch.ErrFormat},
		{"a wrong checksum, gzip", flip(gz, len(gz)-8), hashmatch.ErrCorrupt},
		{"a wrong length, gzip", flip(gz, len(gz)-4), hashmatch.ErrCorrupt},
		{"a wrong checksum, zstd", flip(zst, len(zst)-1), hashmatch.ErrCorrupt},
		{"packed three times", gzipped(t, gzipped(t, zst)), hashmatch.ErrUnsupported},
		{"nothing, packed", gzipped(t, nil), hashmatch.ErrFormat},
		{"nothing, packed with zstd", zstandard(t, nil, zstd.WithZeroFrames(true)), hashmatch.ErrFormat},
		{"a window of 1 GiB", zstdFrame(20<<3, rleBlock(1000)), hashmatch.ErrLimit},
		{"a frame that grows", bomb, hashmatch.ErrLimit},
		{"a frame that grows, packed", gzipped(t, bomb), hashmatch.ErrLimit},
	}
	for _, c := range cases {
		if report, err := kept(c.doc); !errors.Is(err, c.is) || strings.Contains(fmt.Sprint(err), "%!") {
			t.Errorf("%s: %v; %s", c.name, err, reported(&report, nil))
		}
	}
	testkit.AtLeast(t, 13, len(cases), "documents")
}

// zstdFrame is a frame with the given window descriptor (RFC 8878, section 3.1.1.1.2) and blocks.
func zstdFrame(window byte, blocks []byte) []byte {
	return append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0, window}, blocks...)
}

// rawBlock is a block of the text as it is. It is not the last.
func rawBlock(text []byte) []byte {
	head := uint32(len(text)) << 3
	return append([]byte{byte(head), byte(head >> 8), byte(head >> 16)}, text...)
}

// rleBlock is a block of n letters, n at most 128 KiB. It is not the last.
func rleBlock(n int) []byte {
	head := uint32(n)<<3 | 1<<1
	return []byte{byte(head), byte(head >> 8), byte(head >> 16), 'x'}
}

// A few bytes that claim a window make the reader take no memory that the operating system has to find.
func TestPackedClaimsTakeNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		if _, err := kept(zstdFrame(20<<3, rleBlock(1))); err == nil {
			t.Fatal("no error")
		}
	}
	runtime.ReadMemStats(&after)
	if took := (after.TotalAlloc - before.TotalAlloc) / 10; took > 4<<20 {
		t.Errorf("%d bytes for a frame that claims a window of 1 GiB", took)
	}
}

// A stream that is cut anywhere keeps nothing and says so; one that is damaged is an error or the same document.
func TestPackedCutAndDamaged(t *testing.T) {
	doc, n := packedList(100)
	half := len(doc) / 33 / 2 * 33
	frames := append(zstandard(t, doc[:half]), zstandard(t, doc[half:])...)
	members := append(gzipped(t, doc[:half]), gzipped(t, doc[half:])...)
	cuts, flips := 0, 0
	for name, packed := range map[string][]byte{"gzip": members, "zstd": frames, "zstd in gzip": gzipped(t, frames)} {
		whole := len(gzipped(t, doc[:half])) // where a cut cannot be told: between two members
		if name == "zstd" {
			whole = len(zstandard(t, doc[:half]))
		}
		for i := range packed {
			report, err := kept(packed[:i])
			if i == whole && name != "zstd in gzip" {
				if err != nil || report.Kept != n/2 {
					t.Errorf("%s cut between two: %d kept, %v", name, report.Kept, err)
				}
			} else if err == nil || i > 18 && !errors.Is(err, hashmatch.ErrIncomplete) {
				t.Errorf("%s cut after %d bytes of %d: %d kept, %v", name, i, len(packed), report.Kept, err)
			}
			cuts++
			damaged := bytes.Clone(packed)
			damaged[i] ^= 1 << (i % 8)
			if report, err := kept(damaged); err == nil && report.Kept != n {
				t.Errorf("%s with bit %d of byte %d flipped: %d kept", name, i%8, i, report.Kept)
			}
			flips++
		}
	}
	testkit.AtLeast(t, 1000, cuts, "cuts")
	testkit.AtLeast(t, 1000, flips, "flips")
}

// What the reader below fails with is what comes out, wherever it happens.
func TestPackedReaderFails(t *testing.T) {
	doc, _ := packedList(500)
	broken := errors.New("broken")
	n := 0
	for _, packed := range [][]byte{gzipped(t, doc), zstandard(t, doc), gzipped(t, zstandard(t, doc))} {
		for i := 0; i <= len(packed); i += 7 {
			for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
				r := io.MultiReader(bytes.NewReader(packed[:i]), iotest.ErrReader(cause))
				if _, err := Read(r, Options{}, func(hashmatch.Entry) error { return nil }); !errors.Is(err, cause) {
					t.Errorf("after %d bytes of %d: %v, want %v", i, len(packed), err, cause)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 500, n, "failures")
}

func FuzzPacked(f *testing.F) {
	doc, _ := packedList(20)
	for _, seed := range [][]byte{gzipped(f, doc), zstandard(f, doc), gzipped(f, zstandard(f, doc)), append(gzipped(f, doc), gzipped(f, doc)...), zstdFrame(7<<3, rleBlock(10))} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		report, err := Read(bytes.NewReader(doc), Options{}, func(hashmatch.Entry) error { return nil })
		if report.Read != report.Kept+report.RefusedTotal() || err == nil && report.Kept == 0 {
			t.Errorf("%v: %s", err, reported(&report, nil))
		}
	})
}
