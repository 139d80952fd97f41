package media

import (
	"context"
	"sync"
	"time"

	"github.com/hashmatch/engine/hashmatch"
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
	"github.com/hashmatch/engine/hashmatch/media/internal/views"
)

// worker is the memory of one call, from the file's first byte to its last hash. It is kept for the next call, so that
// in the long run a file costs no allocation but its fingerprint.
type worker struct {
	job     job
	fp      hashmatch.Fingerprint // that the job makes
	intake  intake
	offer   offer
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

	deadline deadline
	pdq      pdq.Hasher
	small    imagehash.Hasher
	py       pyimagehash.Hasher
	views    views.Hasher
	codes    [8][32]byte
}

var workers = sync.Pool{New: func() any { return new(worker) }}

// mostKept is the most bytes of one file or picture that a worker keeps for the next. Larger ones are rare, and what
// they took should go back.
const mostKept = 8 << 20

// deadline is a context that is over at a time. Unlike context.WithTimeout it costs no allocation and no timer, and its
// Done channel is that of the context around it: it serves what asks for Err while it works, as drawers do.
type deadline struct {
	context.Context
	at time.Time
}

// Err returns why the work is to end.
func (d *deadline) Err() error {
	if err := d.Context.Err(); err != nil {
		return err
	}
	if time.Now().After(d.at) {
		return context.DeadlineExceeded
	}
	return nil
}

// Deadline returns when the work is to end.
func (d *deadline) Deadline() (time.Time, bool) {
	if at, ok := d.Context.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}
