package report

import (
	"fmt"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch/internal/cell"
)

// Visible returns s with everything that would not show as itself written out: control characters, among them those that
// reorder text or drive a terminal, invisible ones and spaces other than U+0020 as \n, \x1b, \u202e or \U000e0041, bytes
// that are not UTF-8 as \xff, and the backslash as \\. Two different strings never give the same text.
func Visible(s string) string { return cell.Visible(s) }

// visibleJSON returns a line of JSON with the hidden characters that JSON leaves as they are (DEL, the C1 controls, those
// that reorder text, blank ones) as JSON's own \u escapes, so that a terminal shows the line as it is. The meaning stays the same:
// outside its strings JSON is ASCII.
func visibleJSON(line []byte) []byte {
	plain := func(r rune) bool { return r < 0x7f || r == utf8.RuneError || cell.Shows(r) }
	out := line[:0:0]
	from := 0
	for i := 0; i < len(line); {
		r, n := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(line[i:])
		}
		if !plain(r) {
			out = append(out, line[from:i]...)
			if r > 0xffff {
				r -= 0x10000
				out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			from = i + n
		}
		i += n
	}
	if from == 0 {
		return line
	}
	return append(out, line[from:]...)
}
