package cell

import (
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestText(t *testing.T) {
	cases := map[string]string{
		"a.jpg": "a.jpg", "a=b": "a=b", "a-b;c": "a-b;c", "": "",
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", " =1": "' =1", "\"=1": "'\"=1", "'=1": "''=1", "＝1": "'＝1",
		"\t=1": `\t=1`, "\r=1": `\r=1`, "\n=1": `\n=1`,
		"a;=1": `a\x3b=1`, "a; '\"+1": `a\x3b '"+1`, "a;;@": `a;\x3b@`,
		"\xff": `\xff`, "a\\b": `a\\b`,
	}
	for in, want := range cases {
		if got := Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	testkit.AtLeast(t, 20, len(cases), "cells")
}

// Whatever a cell is written of, it is read back.
func TestTextIsReversible(t *testing.T) {
	r := testkit.Rand(t)
	pieces := []string{"=", "+", "-", "@", "'", "\"", " ", ";", "\\", "\t", "\r", "\n", "a", "\xff", "\u202e", "\U000e0041", "＝", "\\x3b", "|", "ü", "\ufffd", "\x00"}
	guarded := 0
	for range 50_000 {
		s := ""
		for range r.IntN(8) {
			s += pieces[r.IntN(len(pieces))]
		}
		text := Text(s)
		if text != Visible(s) {
			guarded++
		}
		if back, err := Parse(Unguard(text)); err != nil || back != s {
			t.Fatalf("%q is written %q and read %q, %v", s, text, back, err)
		}
	}
	testkit.AtLeast(t, 10_000, guarded, "guarded cells")
	for _, s := range []string{`\`, `a\q`, `\x1`, `\u12`} {
		if got, err := Parse(s); err == nil {
			t.Errorf("%q gives %q", s, got)
		}
	}
}
