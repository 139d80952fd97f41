package isolate

import (
	"strings"
	"testing"
	"unicode"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestLastWords(t *testing.T) {
	tests := []struct {
		writes []string
		want   string
		memory bool
	}{
		{nil, "", false},
		{[]string{"\n\n"}, "", false},
		{[]string{"one line"}, "one line", false},
		{[]string{"one\ntwo\n\n"}, "two", false},
		{[]string{"o", "n", "e\nt", "wo"}, "two", false},
		{[]string{"panic: here\n\ngoroutine 1 [running]:\nmain.main()\n"}, "panic: here", false},
		{[]string{"panic: here [recovered]\n\tpanic: there\n"}, "panic: here [recovered]", false},
		{[]string{"runtime: of 10 bytes\nfatal error: runtime: out of memory\n\nruntime stack:\n"}, "fatal error: runtime: out of memory", true},
		{[]string{"fatal error: runtime: cannot allocate memory"}, "fatal error: runtime: cannot allocate memory", true},
		{[]string{"out of memory\n"}, "out of memory", false},
		{[]string{"panic: out of memory\n"}, "panic: out of memory", false},
		{[]string{strings.Repeat("x", 500) + "\n"}, strings.Repeat("x", mostLine), false},
		{[]string{strings.Repeat("x", 500), strings.Repeat("y", 500) + "\nz"}, "z", false},
		{[]string{"open /mnt/case 7/a.jpg: no\n"}, "open (path) 7/a.jpg: no", false},
		{[]string{`panic: C:\case (\\server\x) "/home/x" image/jpeg: bad`}, `panic: (path) (path) (path) image/jpeg: bad`, false},
		{[]string{"a\x00b\x1b[31m\xff\u202e"}, "a?b?[31m\ufffd?", false},
	}
	for _, tt := range tests {
		var w lastWords
		for _, text := range tt.writes {
			if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("%q: %d, %v", text, n, err)
			}
		}
		if got := w.String(); got != tt.want || w.memory() != tt.memory {
			t.Errorf("%q: %q, %v", tt.writes, got, w.memory())
		}
		if w.forget(); w.String() != "" || w.memory() {
			t.Errorf("%q is not forgotten", tt.writes)
		}
	}
}

// However text is cut into writes, and however much it is, the same is kept.
func TestLastWordsInPieces(t *testing.T) {
	rng := testkit.Rand(t)
	for range 200 {
		var text []byte
		for range rng.IntN(2000) {
			text = append(text, "ab \n\n/\\:\x00\xffpanic: fatal error: "[rng.IntN(30)])
		}
		var whole, pieces lastWords
		whole.Write(text)
		for at := 0; at < len(text); {
			n := min(1+rng.IntN(50), len(text)-at)
			pieces.Write(text[at : at+n])
			at += n
		}
		a, b := whole.String(), pieces.String()
		if a != b || len(a) > mostLine*3 || cap(pieces.line) > 2*mostLine || strings.ContainsFunc(a, func(r rune) bool { return !unicode.IsPrint(r) && r != unicode.ReplacementChar }) {
			t.Fatalf("%q: %q, %q", text, a, b)
		}
	}
}
