package media

import (
	"sync"

	"github.com/hashmatch/engine/hashmatch/media/internal/digest"
	"github.com/hashmatch/engine/hashmatch/media/internal/imagehash"
	"github.com/hashmatch/engine/hashmatch/media/internal/jpegluma"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/pngluma"
	"github.com/hashmatch/engine/hashmatch/media/internal/pyimagehash"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/bmp"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/gif"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/tiff"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/webp"
)

// worker is the memory of one call, from the file's first byte to its last hash. It is kept for the next call, so that
// in the long run a file costs no allocation but its fingerprint.
type worker struct {
	digests digest.Digester
	block   [blockSize]byte
	file    []byte // of the last file that was kept, to be used again

	jpeg jpegluma.Decoder
	png  pngluma.Decoder
	bmp  bmp.Decoder
	gif  gif.Decoder
	tiff tiff.Decoder
	webp webp.Decoder

	luma plane.Plane // of the picture as stored
	over plane.Plane // of the premultiplied picture, where it is not opaque

	pdq   pdq.Hasher
	small imagehash.Hasher
	py    pyimagehash.Hasher
	codes [8][32]byte
}

var workers = sync.Pool{New: func() any { return new(worker) }}

// mostKept is the most bytes of one file or picture that a worker keeps for the next. Larger ones are rare, and what
// they took should go back.
const mostKept = 32 << 20

// done gives w back for another call.
func (w *worker) done() {
	if cap(w.file) > mostKept {
		w.file = nil
	}
	workers.Put(w)
}
