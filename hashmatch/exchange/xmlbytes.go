package exchange

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// xmlBytes lets a decoder of XML read the documents of tools that write file names as they find them: with bytes that are
// no UTF-8, and characters that XML forbids. Each such byte b comes out as the character spare+b; rawName makes the bytes
// of it again. So that nothing else is changed by that, the bytes of characters that lie there already go the same way.
type xmlBytes struct {
	b    *bufio.Reader
	left []byte // of what was made, that which did not fit
	buf  [3 * utf8.UTFMax * utf8.UTFMax]byte
}

// spare is the first of 256 characters for private use, at the end of Unicode's plane 15.
const spare = 0xffe00

func newXMLBytes(r io.Reader) *xmlBytes { return &xmlBytes{b: bufio.NewReader(r)} }

// Read gives on what is plain ASCII in one go: nearly all of any document.
func (x *xmlBytes) Read(p []byte) (int, error) {
	if len(x.left) > 0 {
		n := copy(p, x.left)
		x.left = x.left[n:]
		return n, nil
	}
	if _, err := x.b.Peek(1); err != nil {
		return 0, err
	}
	there, _ := x.b.Peek(min(x.b.Buffered(), len(p)))
	n := 0
	for n < len(there) && plain(there[n]) {
		n++
	}
	if n > 0 {
		copy(p, there[:n])
		_, err := x.b.Discard(n)
		return n, err
	}
	x.left = x.one(x.buf[:0])
	n = copy(p, x.left)
	x.left = x.left[n:]
	return n, nil
}

// plain reports whether XML allows a byte as it is, by itself.
func plain(b byte) bool {
	return b >= ' ' && b < utf8.RuneSelf || b == '\n' || b == '\r' || b == '\t'
}

// one appends the next character, or what stands for its bytes.
func (x *xmlBytes) one(dst []byte) []byte {
	raw, _ := x.b.Peek(utf8.UTFMax)
	r, size := utf8.DecodeRune(raw)
	if r >= ' ' && r != 0xfffe && r != 0xffff && (r != utf8.RuneError || size > 1) && (r < spare || r > spare+0xff) {
		dst = append(dst, raw[:size]...)
	} else {
		for _, b := range raw[:size] {
			dst = utf8.AppendRune(dst, spare+rune(b))
		}
	}
	x.b.Discard(size)
	return dst
}

// rawName returns the bytes that stood in the document.
func rawName(s string) string {
	if !strings.ContainsFunc(s, spared) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if spared(r) {
			b.WriteByte(byte(r - spare))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func spared(r rune) bool { return r >= spare && r <= spare+0xff }
