package exchange

import (
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// sums is what md5sum, sha1sum and sha256sum print: "hex  name", "hex *name", with a leading backslash where the name is
// escaped, or with --tag "MD5 (name) = hex". The names are kept with the entries.
var sums = Format{
	Name:  "sums",
	About: "what md5sum, sha1sum and sha256sum print",
	Sniff: countLines(func(line string) bool {
		_, _, err := parseSum(line, 0)
		return err == nil
	}),
	Read: readSums,
}

func readSums(r io.Reader, o Options, s *Sink) error {
	return readEntries(r, s, func(text string) (hashmatch.Entry, error) {
		h, name, err := parseSum(text, o.HexKind)
		return hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: h}}, Names: []string{name}}, err
	})
}

var sumKinds = map[int]hashmatch.Kind{32: hashmatch.MD5, 40: hashmatch.SHA1, 64: hashmatch.SHA256}

var tagKinds = map[string]hashmatch.Kind{"MD5": hashmatch.MD5, "SHA1": hashmatch.SHA1, "SHA256": hashmatch.SHA256}

// parseSum reads one line. hexKind is what the user says that untagged digits of its length are.
func parseSum(line string, hexKind hashmatch.Kind) (hashmatch.Hash, string, error) {
	line, escaped := strings.CutPrefix(line, `\`)
	h, name, err := parseUntagged(line, hexKind)
	if err != nil {
		var tagged bool
		if h, name, tagged = parseTagged(line); !tagged {
			return hashmatch.Hash{}, "", err
		}
	}
	if escaped {
		name = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(name)
	}
	return h, name, nil
}

func parseUntagged(line string, hexKind hashmatch.Kind) (hashmatch.Hash, string, error) {
	digits, rest, _ := strings.Cut(line, " ")
	k := sumKinds[len(digits)]
	if hexKind != 0 && len(digits) == 2*hexKind.Size() {
		k = hexKind
	}
	if k == 0 || !isHex(digits) {
		return hashmatch.Hash{}, "", fmt.Errorf("exchange: %w: the line does not begin with an md5, sha1 or sha256", hashmatch.ErrFormat)
	}
	if len(rest) < 2 || rest[0] != ' ' && rest[0] != '*' {
		return hashmatch.Hash{}, "", fmt.Errorf("exchange: %w: no file name after the digest", hashmatch.ErrFormat)
	}
	h, err := hashmatch.ParseHex(k, digits)
	return h, rest[1:], err
}

// parseTagged reads the BSD form, whose name may hold ") = " itself: the last one counts.
func parseTagged(line string) (hashmatch.Hash, string, bool) {
	tag, rest, ok := strings.Cut(line, " (")
	k := tagKinds[tag]
	i := strings.LastIndex(rest, ") = ")
	if !ok || k == 0 || i < 0 {
		return hashmatch.Hash{}, "", false
	}
	h, err := hashmatch.ParseHex(k, rest[i+len(") = "):])
	return h, rest[:i], err == nil
}
