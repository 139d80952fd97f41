package exchange

import (
	"fmt"
	"io"

	"github.com/hashmatch/engine/hashmatch"
)

// leash is a reader for decoders that keep all of what they are within: of a quote that is never closed, the rest of the
// document. It fails when a decoder takes more than maxLine bytes (and what it had read ahead) since loosen.
type leash struct {
	r    io.Reader
	left int
}

func newLeash(r io.Reader) *leash { return &leash{r, maxLine} }

// loosen is called before each piece of the document.
func (l *leash) loosen() { l.left = maxLine }

func (l *leash) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("%w: more than 1 MiB in one piece, as when a quote or tag is left open", hashmatch.ErrLimit)
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
