package index

import "github.com/hashmatch/engine/index/internal/layout"

// ErrCorrupt is wrapped by every error of loading an engine from bytes: they are damaged, cut, of another engine or
// width, or of a version that this program does not know. The text names the part and the byte.
var ErrCorrupt = layout.ErrCorrupt

// A LoadOption changes how an engine is loaded from bytes.
type LoadOption func(*loading)

// loading is what the options of a load say.
type loading struct{ trusted bool }

// Trusted leaves out what takes a look at every byte, the checksum above all: the caller knows by other means, a digest
// of a whole file, that the bytes are as they were written. Bytes that are not may then give wrong answers, but no panic
// and no read outside of them.
func Trusted() LoadOption { return func(l *loading) { l.trusted = true } }

// isTrusted tells whether the options hold Trusted.
func isTrusted(opts []LoadOption) bool {
	var l loading
	for _, o := range opts {
		o(&l)
	}
	return l.trusted
}
