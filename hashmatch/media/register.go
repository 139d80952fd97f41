package media

import (
	"context"
	"fmt"
	"image"
	"sync"

	"github.com/hashmatch/engine/hashmatch"
)

// Decoder reads pictures of a format that this package does not decode itself. Its functions may be called concurrently;
// they neither keep nor change data. A panic in them costs one file.
type Decoder struct {
	// Format is the format that it reads, as Fingerprint.Format names it: "heic", "avif", ...
	Format string
	// Name is the decoder's name and version, for Fingerprint.Decoder: its choice changes hashes.
	Name string
	// Header reads what is known before any pixel. It must be quick and allocate little whatever the file says.
	Header func(data []byte) (Header, error)
	// Decode returns the picture, of one of the types that Go's own decoders return and, unless it is a thumbnail, of the
	// size that the header says. It should look at ctx, which ends with Limits.Time, if it takes long. An error may wrap
	// hashmatch's sentinels; another counts as ErrCorrupt.
	Decode func(ctx context.Context, data []byte, h Header) (image.Image, error)
}

// Header is what a file claims of its picture.
type Header struct {
	Width, Height int   // of the main picture, in pixels as stored
	Orientation   int   // as EXIF counts, 1..8; 0 if the file does not say
	Memory        int64 // the most bytes that Decode allocates, charged to Limits.Memory; 0 from a decoder with a budget of its own
	// View says what Decode will give: hashmatch.Upright for the picture itself ("" means that too), or Thumbnail for a
	// smaller one that the file carries beside it. A thumbnail finds matches, and never makes a file clear.
	View hashmatch.View
}

var (
	registered     = map[string]decoder{}
	registeredLock sync.RWMutex
)

// Register adds a decoder for all Hashers, in place of an earlier one for the same format. The formats that this package
// decodes itself cannot be replaced: it panics for those, and for a Decoder that is not whole.
func Register(d Decoder) {
	_, own := decoders[d.Format]
	if own || d.Format == "" || d.Format == hashmatch.FormatOther || d.Name == "" || d.Header == nil || d.Decode == nil {
		panic(fmt.Sprintf("media: a decoder %q for format %q cannot be registered", d.Name, d.Format))
	}
	registeredLock.Lock()
	defer registeredLock.Unlock()
	registered[d.Format] = decoder{d.Name, d.header, d.decode}
}

func (d *Decoder) header(_ *reader, data []byte) (header, error) {
	h, err := d.Header(data)
	if err != nil {
		return header{}, err
	}
	if h.Memory < 0 || h.Memory > 1<<50 {
		return header{}, fmt.Errorf("the decoder %s asks for %d bytes: %w", d.Name, h.Memory, hashmatch.ErrLimit)
	}
	return header{
		width: h.Width, height: h.Height, orientation: h.Orientation, memory: h.Memory, view: h.View,
	}, nil
}

func (d *Decoder) decode(r *reader, data []byte, h header) (image.Image, error) {
	ctx, cancel := r.within()
	defer cancel()
	return d.Decode(ctx, data, Header{
		Width: h.width, Height: h.height, Orientation: h.orientation, Memory: h.memory, View: h.view,
	})
}

// within returns a context of its own for code that may wait for the end of one, or keep it.
func (r *reader) within() (context.Context, context.CancelFunc) {
	if d, ok := r.ctx.(*deadline); ok {
		return context.WithDeadline(d.Context, d.at)
	}
	return context.WithCancel(r.ctx)
}

// decoder returns the decoder of whole pictures of a format.
func (h *Hasher) decoder(format string) (decoder, bool) {
	if h.decoders != nil {
		d, ok := h.decoders[format]
		return d, ok
	}
	if d, ok := decoders[format]; ok {
		return d, true
	}
	registeredLock.RLock()
	defer registeredLock.RUnlock()
	d, ok := registered[format]
	return d, ok
}

// Decodes reports whether pictures of a format, as Fingerprint.Format names it, can be decoded: by this package or by a
// registered decoder.
func Decodes(format string) bool {
	_, ok := new(Hasher).decoder(format)
	return ok
}
