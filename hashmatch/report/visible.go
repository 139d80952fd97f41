package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns s with everything that would not show as itself written out: control characters, among them those that
// reorder text or drive a terminal, invisible ones and spaces other than U+0020 as \n, \x1b, \u202e or \U000e0041, bytes
// that are not UTF-8 as \xff, and the backslash as \\. Two different strings never give the same text.
func Visible(s string) string {
	i := strings.IndexFunc(s, hidden)
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for s = s[i:]; s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !hidden(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// hidden reports whether Visible has to look at r. U+FFFD is among them because ranging over a string gives it for bytes
// that are not UTF-8, too.
func hidden(r rune) bool { return r == '\\' || r == utf8.RuneError || !shows(r) }

// shows reports whether r is to be seen as itself. Some letters, marks and signs are not, though unicode.IsPrint takes them
// for graphic: the Hangul fillers, variation selectors and others that a font may pass over, and the braille cell without
// dots. With them two names that differ look alike.
func shows(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsPrint(r) && r != '\u2800' && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// visibleJSON returns a line of JSON with the hidden characters that JSON leaves as they are (DEL, the C1 controls, those
// that reorder text, blank ones) as JSON's own \u escapes, so that a terminal shows the line as it is. The meaning stays the same:
// outside its strings JSON is ASCII.
func visibleJSON(line []byte) []byte {
	plain := func(r rune) bool { return r < 0x7f || r == utf8.RuneError || shows(r) }
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
