package exchange

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// list is one hash a line: "kind:hex", goimagehash's own strings ("a:", "d:", "p:"), or bare hex digits. Blank lines and
// those that begin with # are passed over.
var list = Format{
	Name:  "list",
	About: "one hash a line: kind:hex, a:hex d:hex p:hex (goimagehash), or bare hex",
	Sniff: countLines(looksListed),
	Read:  readList,
}

// looksListed reports whether a line has the shape of a list's, whatever its kind.
func looksListed(line string) bool {
	if _, ok, _ := parseWorded(line, ""); ok {
		return true
	}
	if _, digits, ok := strings.Cut(line, ":"); ok {
		line = digits
	}
	return len(line) >= 16 && len(line) <= 64 && isHex(line)
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdefABCDEF") == "" && s != ""
}

func readList(r io.Reader, o Options, s *Sink) error {
	return readEntries(r, s, func(text string) (hashmatch.Entry, error) {
		text = strings.TrimSpace(text)
		h, worded, err := parseWorded(text, o.Origin)
		if !worded {
			h, err = ParseListed(text, o.HexKind)
		}
		return hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}}, err
	})
}

// ParseListed reads one hash as lists write it. hexKind says what bare hex digits are where their number leaves a choice
// (0: refuse them).
func ParseListed(text string, hexKind hashmatch.Kind) (hashmatch.Hash, error) {
	if name, _, ok := strings.Cut(text, ":"); ok {
		h, err := hashmatch.ParseHash(text)
		if _, known := hashmatch.ParseKind(name); err != nil && known != nil && len(name) > 1 {
			// What stands there may be a hash itself, and so must not be repeated.
			return h, fmt.Errorf("exchange: %w: no kind of hash stands before the colon", hashmatch.ErrFormat)
		}
		return h, err
	}
	if !isHex(text) {
		return hashmatch.Hash{}, fmt.Errorf("exchange: %w: neither kind:hex nor hex digits", hashmatch.ErrFormat)
	}
	switch len(text) {
	case 32:
		return hashmatch.ParseHex(hashmatch.MD5, text)
	case 40:
		return hashmatch.ParseHex(hashmatch.SHA1, text)
	case 2 * hexKind.Size():
		return hashmatch.ParseHex(hexKind, text)
	case 64:
		return hashmatch.Hash{}, fmt.Errorf("exchange: %w: 64 bare hex digits are a sha256 or a pdq, and nothing says which (--hex-kind does)", hashmatch.ErrFormat)
	case 16:
		return hashmatch.Hash{}, fmt.Errorf("exchange: %w: 16 bare hex digits are one of six kinds, and nothing says which (--hex-kind does)", hashmatch.ErrFormat)
	}
	return hashmatch.Hash{}, fmt.Errorf("exchange: %w: %d hex digits are no hash of a known kind", hashmatch.ErrFormat, len(text))
}

// WriteList writes the hashes of the entries, each once for each entry that has it, one "kind:hex" a line: what our own
// list reader takes. Everything else about the entries is left out.
func WriteList(w io.Writer, entries iter.Seq2[uint32, hashmatch.Entry]) error {
	b := bufio.NewWriter(w)
	for _, e := range entries {
		for _, h := range e.Hashes {
			b.WriteString(h.Hash.String())
			b.WriteByte('\n')
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	return nil
}
