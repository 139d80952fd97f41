package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"

	"github.com/hashmatch/engine/hashmatch"
)

// encase is a binary hash set of EnCase up to version 6: a head that holds the set's name, then records of an MD5 and two
// bytes whose meaning is not public. The name of the set is the source of each entry. (Layout: tsk/hashdb/encase.c of The
// Sleuth Kit.)
var encase = Format{
	Name:  "encase",
	About: "a hash set of EnCase 4 to 6 (binary)",
	Sniff: func(head []byte) int {
		if bytes.HasPrefix(head, []byte(encaseMagic)) {
			return Certain
		}
		return 0
	},
	Read: readEncase,
}

const (
	encaseMagic  = "HASH\r\n\xff\x00"
	encaseNameAt = 1032
	encaseName   = 39 // characters of UTF-16
	encaseHead   = 1152
	encaseRecord = 18
)

func readEncase(r io.Reader, _ Options, s *Sink) error {
	b := bufio.NewReader(r)
	head := make([]byte, encaseHead)
	if _, err := io.ReadFull(b, head); err != nil {
		return fmt.Errorf("the head: %w", cutShort(err))
	}
	if !bytes.HasPrefix(head, []byte(encaseMagic)) {
		return fmt.Errorf("%w: a hash set of EnCase begins with HASH", hashmatch.ErrFormat)
	}
	var sources []string
	if name := utf16Name(head[encaseNameAt : encaseNameAt+2*encaseName]); name != "" {
		sources = []string{name}
	}
	record := make([]byte, encaseRecord)
	for at := int64(encaseHead); ; at += encaseRecord {
		if _, err := io.ReadFull(b, record); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("offset %d: %w", at, cutShort(err))
		}
		h, err := hashmatch.NewHash(hashmatch.MD5, record[:16])
		if err != nil {
			return err
		}
		e := hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}, Sources: slices.Clone(sources)}
		if err := s.Take(Place{Offset: at}, e); err != nil {
			return err
		}
	}
}

// cutShort turns the error of a read that a document's end cut short into ErrIncomplete.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the document breaks off", hashmatch.ErrIncomplete)
	}
	return err
}

// utf16Name returns the text of little-endian UTF-16 up to a zero.
func utf16Name(b []byte) string {
	var units []uint16
	for i := 0; i+2 <= len(b); i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
