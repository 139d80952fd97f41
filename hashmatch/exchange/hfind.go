package exchange

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// hfindIndex is what The Sleuth Kit's hfind -i writes beside a hash database, X-md5.idx or X-sha1.idx: two lines of its
// own, then the sorted digests, each with its place in the database. The names stay in the database, so entries have none.
var hfindIndex = Format{
	Name:  "hfind",
	About: "an index of The Sleuth Kit's hfind (X-md5.idx, X-sha1.idx)",
	Sniff: func(head []byte) int {
		if bytes.HasPrefix(head, []byte(hfindType)) {
			return Certain
		}
		return 0
	},
	Read: readHfind,
}

// The first line of an index is hfindType and the type of its database, the second hfindName and its name.
var (
	hfindType = strings.Repeat("0", 41) + "|"
	hfindName = strings.Repeat("0", 40) + "1|"
)

// hfindOffset is how many digits the place of a digest has.
const hfindOffset = 16

func readHfind(r io.Reader, _ Options, s *Sink) error {
	last := ""
	for line, err := range lines(r) {
		switch {
		case err != nil:
			return fmt.Errorf("line %d: %w", line.number, err)
		case line.number == 1 && strings.HasPrefix(line.text, hfindType), line.number == 2 && strings.HasPrefix(line.text, hfindName):
			continue
		case line.number == 1:
			return fmt.Errorf("line 1: %w: an index of hfind begins with 41 zeros and the type of its database", hashmatch.ErrFormat)
		case line.tooLong:
			s.Refuse(line.place(), reasonTooLong)
			continue
		}
		h, digits, ok := parseHfind(line.text)
		switch {
		case !ok && line.cut:
			return fmt.Errorf("line %d: %w: the document breaks off", line.number, hashmatch.ErrIncomplete)
		case !ok:
			s.Refuse(line.place(), "not an md5 or sha1 with its place in the database")
			continue
		case digits < last:
			s.Note(line.place(), "the index is not in order: hfind itself would miss digests of it")
		}
		last = digits
		if err := s.Take(line.place(), hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}}); err != nil {
			return err
		}
	}
	return nil
}

// parseHfind reads a line of digits, a bar, and hfindOffset digits.
func parseHfind(text string) (h hashmatch.Hash, digits string, ok bool) {
	digits, offset, _ := strings.Cut(text, "|")
	if len(offset) != hfindOffset || strings.Trim(offset, "0123456789") != "" {
		return h, "", false
	}
	k, ok := map[int]hashmatch.Kind{32: hashmatch.MD5, 40: hashmatch.SHA1}[len(digits)]
	if !ok {
		return h, "", false
	}
	h, err := hashmatch.ParseHex(k, digits)
	return h, strings.ToUpper(digits), err == nil
}

// hfindJumps is the file X-md5.idx2 that hfind writes beside an index: where in it the digests of each first three digits
// begin. It holds no digest, so it is passed over; whoever gives all the files of a folder should not fail for it.
var hfindJumps = Format{
	Name:  "hfind-idx2",
	About: "what hfind writes beside its index (X-md5.idx2); it holds no hashes and is passed over",
	Sniff: func(head []byte) int {
		if len(head) == jumpsSize && ascending(head) {
			return Certain
		}
		return 0
	},
	Read: func(r io.Reader, _ Options, s *Sink) error {
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			return err
		}
		if n != jumpsSize {
			return fmt.Errorf("%w: it has %d bytes, not %d", hashmatch.ErrFormat, n, jumpsSize)
		}
		s.Ignore("the file only says where in an index of hfind to look: build from the .idx itself")
		return nil
	},
}

const (
	jumpsSize = 4096 * 8
	noJump    = 1<<64 - 1 // no digest begins so
	farthest  = 1 << 48   // the end of any index there is
)

// ascending reports whether the 64-bit numbers of b, which are ours or of a big-endian machine, rise, but for noJump.
func ascending(b []byte) bool {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		last, some := uint64(0), false
		good := true
		for i := 0; i+8 <= len(b) && good; i += 8 {
			if at := order.Uint64(b[i:]); at != noJump {
				good = at >= last && at < farthest
				last, some = at, true
			}
		}
		if good && some {
			return true
		}
	}
	return false
}
