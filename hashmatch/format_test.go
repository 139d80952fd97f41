package hashmatch

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/testkit"
)

// The annotated dump of the small set is what doc/format.md explains.
func TestFormatDump(t *testing.T) {
	testkit.Golden(t, "testdata/format.golden", dump(t, smallSet(t)))
}

// dump spells a set file out with the meaning of each stretch of bytes.
func dump(t testing.TB, data []byte) []byte {
	f, err := setfile.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	at := 0
	put := func(n int, format string, args ...any) {
		for i := 0; i < n; i += 16 {
			note := ""
			if i == 0 {
				note = fmt.Sprintf(format, args...)
			}
			fmt.Fprintf(&out, "%s\n", strings.TrimRight(fmt.Sprintf("%06x  %-32x  %s", at+i, data[at+i:at+min(i+16, n)], note), " "))
		}
		at += n
	}
	zeros := func(n int, what string) {
		if !bytes.Equal(data[at:at+n], make([]byte, n)) {
			t.Fatalf("%s at %d is not zero", what, at)
		}
		fmt.Fprintf(&out, "%06x  %-32s  %s\n", at, fmt.Sprintf("00 x %d", n), what)
		at += n
	}
	put(8, "magic")
	put(4, "format version 1")
	put(4, "required features")
	put(4, "optional features")
	put(4, "%d sections", len(f.Sections))
	put(8, "length of the file, %d", len(data))
	put(8, "generation, %d", f.Generation)
	zeros(24, "reserved")
	for _, s := range f.Sections {
		put(4, "section %#x", s.ID)
		put(4, "  flags")
		put(8, "  offset")
		put(8, "  length, %d", len(s.Data))
		put(32, "  SHA-256 of the SHA-256s of its parts in each MiB")
	}
	zeros(setfile.HeadSize-4-at, "rows of no section")
	put(4, "CRC-32C of the header")
	pad := func() {
		if n := (64 - at%64) % 64; n > 0 {
			zeros(n, "padding")
		}
	}
	for _, s := range f.Sections {
		fmt.Fprintf(&out, "\n")
		dumpSection(put, s)
		pad()
	}
	fmt.Fprintf(&out, "\n")
	put(4, "CRC-32C of the first MiB of the file, here of all before")
	put(32, "SHA-256 of the header and all CRCs: the digest")
	zeros(32, "public key: not signed")
	zeros(64, "signature")
	if at != len(data) {
		t.Fatalf("the dump ends at %d of %d", at, len(data))
	}
	return out.Bytes()
}

func dumpSection(put func(int, string, ...any), s setfile.Section) {
	le := func(b []byte) (n uint64) {
		for i, v := range b[:8] {
			n |= uint64(v) << (8 * i)
		}
		return n
	}
	switch {
	case s.ID == sectionInfo:
		put(len(s.Data), "info, JSON: %s", s.Data)
	case s.ID == sectionEntries:
		n := int(le(s.Data))
		put(8, "%d entries", n)
		dumpRecords(put, s.Data[8:], n, "entry %d: number of hashes named, each (kind, row), then fields")
	case s.ID == sectionPrivate:
		n := int(le(s.Data))
		put(8, "%d entries say something private", n)
		for i := range n {
			put(4, "private record %d: entry", i)
		}
		dumpRecords(put, s.Data[8+4*n:], n, "private record %d: fields")
	default:
		k := Kind(s.ID - sectionHashes)
		n := int(le(s.Data))
		put(8, "%d hashes of kind %s", n, k)
		for i := range n {
			put(k.Size(), "row %d: hash", i)
		}
		rest := len(s.Data) - 8 - n*k.Size()
		if k.Perceptual() {
			rest -= n
		}
		for i := range rest / 4 {
			put(4, "row %d: entry", i)
		}
		if k.Perceptual() {
			put(n, "qualities: 0 unknown, else 1 + quality")
		}
	}
}

// dumpRecords spells out n ends and the records.
func dumpRecords(put func(int, string, ...any), ends []byte, n int, what string) {
	end := func(i int) int { return int(binary.LittleEndian.Uint64(ends[8*i:])) }
	for i := range n {
		put(8, "record %d ends at %d", i, end(i))
	}
	last := 0
	for i := range n {
		put(end(i)-last, what, i)
		last = end(i)
	}
}
