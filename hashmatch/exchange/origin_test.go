package exchange

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// What a list calls phash is refused until somebody says whose it is; what our own lists say stays as it is.
func TestListedOrigins(t *testing.T) {
	cases := []struct {
		line                        string
		unsaid, goimagehash, python string // the hash's kind; "" is refused
	}{
		{"phash:" + shortHex, "phash", "phash", "phash"},
		{"p:" + shortHex, "phash", "phash", "phash"},
		{"pyphash:" + shortHex, "pyphash", "pyphash", "pyphash"},
		{"phash " + shortHex, "", "phash", "pyphash"},
		{"phash: " + shortHex, "", "phash", "pyphash"},
		{"PHASH\t" + shortHex, "", "phash", "pyphash"},
		{"average_hash=" + shortHex, "", "ahash", "pyahash"},
		{"average hash:" + shortHex, "", "ahash", "pyahash"},
		{"Difference-Hash, " + shortHex, "", "dhash", "pydhash"},
		{"perceptual hash;" + shortHex, "", "phash", "pyphash"},
		{"dhash " + shortHex, "", "dhash", "pydhash"},
		{"whash " + shortHex, "", "", ""},
		{"phash " + shortHex + "0", "", "", ""},
		{shortHex, "", "", ""},
	}
	for _, c := range cases {
		for origin, want := range map[Origin]string{"": c.unsaid, Goimagehash: c.goimagehash, Imagehash: c.python} {
			got := ""
			_, err := Read(strings.NewReader(md5Hex+"\n"+c.line+"\n"), Options{Format: "list", Origin: origin}, func(e hashmatch.Entry) error {
				if k := e.Hashes[0].Hash.Kind(); k != hashmatch.MD5 {
					got = k.String()
				}
				return nil
			})
			if err != nil || got != want {
				t.Errorf("%q of origin %q: %q, want %q; %v", c.line, origin, got, want, err)
			}
		}
		if looks := looksListed(c.line); looks != (c.python != "" || c.line == shortHex) && c.line != "phash "+shortHex+"0" {
			t.Errorf("%q looks listed: %t", c.line, looks)
		}
	}
	testkit.AtLeast(t, 14, len(cases), "lines")
	if _, err := ParseOrigin("phash"); !errors.Is(err, hashmatch.ErrFormat) {
		t.Error(err)
	}
}
