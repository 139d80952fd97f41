package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestVisible(t *testing.T) {
	cases := map[string]string{
		"":                   "",
		"a b.jpg":            "a b.jpg",
		"日本語/ü'\"<&>":        "日本語/ü'\"<&>",
		"a\nb\rc\td":         `a\nb\rc\td`,
		"\x00\x1b[2J\x7f":    `\x00\x1b[2J\x7f`,
		"\u009b":             `\u009b`,
		"x\u202egpj":         `x\u202egpj`,
		"\u2066\u2069\u061c": `\u2066\u2069\u061c`,
		"\u200b\ufeff\u00ad": `\u200b\ufeff\u00ad`,
		"\u00a0\u2028":       `\u00a0\u2028`,
		"\U000e0041":         `\U000e0041`,
		"a\u3164b\u2800c":    `a\u3164b\u2800c`, // letters and signs by their category, but blank
		"\u115f\uffa0\u17b4": `\u115f\uffa0\u17b4`,
		"1\ufe0f\U000e0100":  `1\ufe0f\U000e0100`, // change the form of what comes before, or nothing
		"a\u034fb":           `a\u034fb`,
		"a\xffb\xe2\x82":     `a\xffb\xe2\x82`,
		"\ufffd":             "\ufffd",
		`a\nb`:               `a\\nb`,
	}
	for in, want := range cases {
		if got := Visible(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	testkit.AtLeast(t, 18, len(cases), "strings")
}

// Go's own reader of string literals turns what Visible gives back into what it was given: nothing is lost, and no two
// strings look alike.
func TestVisibleIsReversible(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 20_000 {
		s := randomName(r)
		v := Visible(s)
		for _, c := range v {
			if !unicode.IsPrint(c) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c) || unicode.Is(unicode.Variation_Selector, c) {
				t.Fatalf("%q: %q still holds %U", s, v, c)
			}
		}
		back, err := strconv.Unquote(`"` + strings.ReplaceAll(v, `"`, `\"`) + `"`)
		if err != nil || back != s {
			t.Fatalf("%q: %s is read back as %q, %v", s, v, back, err)
		}
		n++
	}
	testkit.AtLeast(t, 20_000, n, "strings")
}

func TestVisibleJSONMeansTheSame(t *testing.T) {
	r := testkit.Rand(t)
	n, changed := 0, 0
	for range 20_000 {
		line, err := json.Marshal(map[string]string{randomName(r): randomName(r)})
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(line)
		shown := visibleJSON(line)
		if !bytes.Equal(line, before) {
			t.Fatalf("%q was changed in place", before)
		}
		for _, c := range string(shown) {
			if !unicode.IsPrint(c) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c) || unicode.Is(unicode.Variation_Selector, c) {
				t.Fatalf("%q still holds %U", shown, c)
			}
		}
		if !reflect.DeepEqual(oneLine(t, shown), oneLine(t, line)) {
			t.Fatalf("%q means something else than %q", shown, line)
		}
		if !bytes.Equal(shown, line) {
			changed++
		}
		n++
	}
	testkit.AtLeast(t, 20_000, n, "lines")
	testkit.AtLeast(t, 5_000, changed, "lines with something to show")
}
