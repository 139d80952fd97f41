package exchange

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// What a JSON text holds besides plain ASCII.
const (
	hasEscape  = 1 << iota // a backslash
	hasHigh                // bytes of 0x80 and above
	hasControl             // tabs or line ends, unescaped
	hasBad                 // other control characters, which no text file holds
)

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// zeroBytes marks the highest bit of each zero byte of x; above the first mark others may be wrong.
func zeroBytes(x uint64) uint64 { return (x - lowBits) &^ x & highBits }

// scanText finds the quote that ends a text of which b[i] is the first byte: -1 when b ends before it.
func scanText(b []byte, i int) (end int, holds uint8) {
	var seen uint64
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		special := zeroBytes(x^'"'*lowBits) | zeroBytes(x^'\\'*lowBits) | (x-' '*lowBits)&^x&highBits
		if special == 0 {
			seen |= x
			i += 8
			continue
		}
		n := bits.TrailingZeros64(special) &^ 7
		seen |= x & (1<<n - 1)
		i += n / 8
		switch c := b[i]; {
		case c == '"':
			return i, holds | highFlag(seen)
		case c == '\\':
			holds |= hasEscape
			i += 2
		default:
			holds |= controlFlag(c)
			i++
		}
	}
	for i < len(b) {
		c := b[i]
		switch {
		case c == '"':
			return i, holds | highFlag(seen)
		case c == '\\':
			holds |= hasEscape
			i++
		case c < ' ':
			holds |= controlFlag(c)
		}
		seen |= uint64(c)
		i++
	}
	return -1, holds | highFlag(seen)
}

func highFlag(seen uint64) uint8 {
	if seen&highBits != 0 {
		return hasHigh
	}
	return 0
}

func controlFlag(c byte) uint8 {
	if c == '\t' || c == '\n' || c == '\r' {
		return hasControl
	}
	return hasBad
}

// unescape appends the text that raw spells. A lone surrogate, which Windows allows in file names, becomes the three
// bytes that UTF-8 would give it, and appendText spells it again.
func unescape(dst, raw []byte) ([]byte, bool) {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			n := i + 1
			for n < len(raw) && raw[n] != '\\' {
				n++
			}
			dst = append(dst, raw[i:n]...)
			i = n
			continue
		}
		if i+1 == len(raw) {
			return dst, false
		}
		c := raw[i+1]
		if c != 'u' {
			plain := escaped[c]
			if plain == 0 {
				return dst, false
			}
			dst = append(dst, plain)
			i += 2
			continue
		}
		r, ok := fourHex(raw[i+2:])
		if !ok {
			return dst, false
		}
		i += 6
		if r>>10 == 0xd800>>10 && i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
			if low, ok := fourHex(raw[i+2:]); ok && low>>10 == 0xdc00>>10 {
				r = (r-0xd800)<<10 + (low - 0xdc00) + 0x10000
				i += 6
			}
		}
		if r>>11 == 0xd800>>11 {
			dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst, true
}

var escaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func fourHex(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		v := hexValue[c]
		if v == noHex {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	return r, true
}

const noHex = 0xff

var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = noHex
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = byte(10+i), byte(10+i)
	}
	return t
}()

// hexCase is in which letters hex digits are written.
type hexCase uint8

const (
	notHex hexCase = iota
	upperHex
	lowerHex
	mixedHex
)

// decodeHex decodes len(dst) bytes, a multiple of four, of hex digits, eight digits at a time. Digits without a letter count
// as upper case, in which hash sets are handed on.
func decodeHex(dst, digits []byte) hexCase {
	if len(digits) != 2*len(dst) || len(dst)%4 != 0 {
		return notHex
	}
	var bad, small, large uint64
	for ; len(dst) > 0; dst, digits = dst[4:], digits[8:] {
		x := binary.LittleEndian.Uint64(digits)
		folded := x | 0x20*lowBits
		// Of bytes below 0x80, the highest bit of each sum tells whether the byte reaches a bound.
		digit := (x&^highBits + (0x80-'0')*lowBits) &^ (x&^highBits + (0x7f-'9')*lowBits)
		letter := (folded&^highBits + (0x80-'a')*lowBits) &^ (folded&^highBits + (0x7f-'f')*lowBits) & highBits
		bad |= ^(digit | letter) | x
		small |= x & (letter >> 2)
		large |= ^x & (letter >> 2)
		n := x&(0x0f*lowBits) + letter>>7*9
		n = (n<<4 | n>>8) & 0x00ff00ff00ff00ff
		n = (n | n>>8) & 0x0000ffff0000ffff
		binary.LittleEndian.PutUint32(dst, uint32(n|n>>16))
	}
	switch {
	case bad&highBits != 0:
		return notHex
	case small == 0:
		return upperHex
	case large == 0:
		return lowerHex
	}
	return mixedHex
}

// appendHex appends upper or lower case hex digits.
func appendHex(dst, raw []byte, c hexCase) []byte {
	digits := "0123456789ABCDEF"
	if c == lowerHex {
		digits = "0123456789abcdef"
	}
	for _, b := range raw {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

// scanNumber returns the end of the JSON number that begins at b[i], or -1 where none does. A number that touches the
// end of b may go on behind it.
func scanNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i == len(b):
		return i
	case b[i] == '0':
		i++
	case b[i] >= '1' && b[i] <= '9':
		i = scanDigits(b, i)
	default:
		return -1
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = scanDigits(b, from); i == from && i < len(b) {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		if i = scanDigits(b, from); i == from && i < len(b) {
			return -1
		}
	}
	return i
}

func scanDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	return i
}

// isNumber reports whether text is a JSON number and nothing else.
func isNumber(text string) bool {
	if text == "" {
		return false
	}
	last := text[len(text)-1]
	return last-'0' < 10 && scanNumber([]byte(text), 0) == len(text)
}
