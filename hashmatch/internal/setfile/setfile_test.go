package setfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func written(t testing.TB, sections ...Section) []byte {
	t.Helper()
	var out bytes.Buffer
	if n, err := Write(&out, sections); err != nil || n != int64(out.Len()) {
		t.Fatalf("%d of %d bytes, %v", n, out.Len(), err)
	}
	return out.Bytes()
}

func TestSectionsComeBack(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 200 {
		var sections []Section
		for id := range r.IntN(6) {
			data := make([]byte, r.IntN(40))
			for i := range data {
				data[i] = byte(r.Uint32())
			}
			sections = append(sections, Section{ID: uint32(10 * id), Data: data})
			n++
		}
		f, err := Parse(written(t, sections...))
		if err != nil || len(f.Sections) != len(sections) {
			t.Fatalf("%d sections of %d, %v", len(f.Sections), len(sections), err)
		}
		for i, s := range sections {
			if got := f.Sections[i]; got.ID != s.ID || !bytes.Equal(got.Data, s.Data) {
				t.Fatalf("section %d: %x, want %d: %x", got.ID, got.Data, s.ID, s.Data)
			}
		}
	}
	testkit.AtLeast(t, 300, n, "sections")
}

// Faults in several sections are told together, so that one look at a file tells all of them.
func TestFaultsAreJoined(t *testing.T) {
	data := written(t, Section{1, []byte("aaaaaaaa")}, Section{2, []byte("bbbbb")}, Section{3, []byte("cccccccc")})
	for _, s := range []string{"aaaaaaaa", "bbbbb"} {
		data[bytes.Index(data, []byte(s))]++
	}
	_, err := Parse(data)
	for _, want := range []string{"section 0x1", "section 0x2", "whole file"} {
		if err == nil || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
	if bytes.Contains([]byte(err.Error()), []byte("section 0x3")) {
		t.Errorf("%v tells of a sound section", err)
	}
}

// reseal makes the header's checksum right again after a change.
func reseal(data []byte) {
	tableEnd := headerSize + entrySize*int(binary.LittleEndian.Uint32(data[12:]))
	binary.LittleEndian.PutUint32(data[tableEnd:], crc32.Checksum(data[:tableEnd], castagnoli))
}

// A header with a right checksum can still lie.
func TestLyingHeaders(t *testing.T) {
	le := binary.LittleEndian
	lies := map[string]struct {
		lie func(data []byte)
		is  error
	}{
		"too many sections":          {func(d []byte) { le.PutUint32(d[12:], 1<<30) }, ErrLayout},
		"sections beyond the end":    {func(d []byte) { le.PutUint32(d[12:], 900) }, ErrTruncated},
		"a longer file":              {func(d []byte) { le.PutUint64(d[16:], 1<<40) }, ErrTruncated},
		"a shorter file":             {func(d []byte) { le.PutUint64(d[16:], 40) }, ErrLayout},
		"reserved bytes":             {func(d []byte) { d[24] = 1; reseal(d) }, ErrLayout},
		"IDs that do not ascend":     {func(d []byte) { le.PutUint32(d[headerSize+entrySize:], 1); reseal(d) }, ErrLayout},
		"a gap before a section":     {func(d []byte) { le.PutUint64(d[headerSize+8:], 800); reseal(d) }, ErrLayout},
		"a section of endless bytes": {func(d []byte) { le.PutUint64(d[headerSize+16:], 1<<63); reseal(d) }, ErrLayout},
		"a length that wraps around": {func(d []byte) { le.PutUint64(d[headerSize+16:], ^uint64(0)); reseal(d) }, ErrLayout},
		"a shorter section":          {func(d []byte) { le.PutUint64(d[headerSize+entrySize+16:], 0); reseal(d) }, ErrLayout},
		"a newer version":            {func(d []byte) { le.PutUint32(d[8:], 1); reseal(d) }, ErrVersion},
		"another magic":              {func(d []byte) { d[4] = '\n' }, ErrMagic},
	}
	for name, l := range lies {
		data := written(t, Section{1, []byte("aaaaaaaa")}, Section{2, []byte("bbbbbbbbbbbbbbbbbbbbbbb")})
		l.lie(data)
		if _, err := Parse(data); !errors.Is(err, l.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
	testkit.AtLeast(t, 12, len(lies), "lies")
}

// failingWriter fails after n bytes.
type failingWriter struct{ n int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriteTellsOfFailures(t *testing.T) {
	sections := []Section{{1, []byte("aaaaaaaa")}, {2, []byte("bbb")}}
	whole := len(written(t, sections...))
	for n := range whole {
		if _, err := Write(&failingWriter{n}, sections); err == nil {
			t.Errorf("no error although only %d of %d bytes were written", n, whole)
		}
	}
	testkit.AtLeast(t, 100, whole, "failures")
}
