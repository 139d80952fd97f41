// Package cell writes text of others so that it shows as what it is, and puts it into cells of tables that spreadsheets
// open without running it.
package cell

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
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
func hidden(r rune) bool { return r == '\\' || r == utf8.RuneError || !Shows(r) }

// Shows reports whether r is to be seen as itself. Some letters, marks and signs are not, though unicode.IsPrint takes them
// for graphic: the Hangul fillers, variation selectors and others that a font may pass over, and the braille cell without
// dots. With them two names that differ look alike.
func Shows(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsPrint(r) && r != '\u2800' && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// startsFormula finds text that spreadsheets take for a formula, spaces and quotes before it included. TAB and CR, which
// start one too, are not in it: Visible has written them out. The wide forms count where full-width characters are usual.
var startsFormula = regexp.MustCompile(`^[ '"]*[=+\-@＝＋－＠]`)

// splitsToFormula finds a semicolon with a formula behind it. Where the comma is the decimal sign, spreadsheets separate
// cells by semicolons, whatever quotes stand around the text.
var splitsToFormula = regexp.MustCompile(`;([ '"]*[=+\-@＝＋－＠])`)

// Text is a cell of text that others chose: Visible, and kept from being a formula. See OWASP, "CSV Injection".
func Text(s string) string { return Guard(Visible(s)) }

// Guard keeps visible text from being a formula.
func Guard(visible string) string {
	s := splitsToFormula.ReplaceAllString(visible, `\x3b${1}`)
	if startsFormula.MatchString(s) {
		return "'" + s
	}
	return s
}

// Unguard takes off the quote that Guard set before a formula.
func Unguard(text string) string {
	if rest, ok := strings.CutPrefix(text, "'"); ok && startsFormula.MatchString(rest) {
		return rest
	}
	return text
}

// Parse is the inverse of Visible, with or without the semicolons that Guard wrote out. What no Visible wrote is an error
// that does not repeat it.
func Parse(visible string) (string, error) {
	if strings.IndexByte(visible, '\\') < 0 {
		return visible, nil
	}
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(visible, `"`, `\"`) + `"`)
	if err != nil {
		return "", errors.New("cell: a backslash that stands for nothing")
	}
	return s, nil
}
