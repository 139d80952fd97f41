//go:build !(heic && nodynamic)

package heif

import (
	"context"
	"fmt"
	"image"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Built reports whether this build decodes HEIC and AVIF.
func Built() bool { return false }

func (p *pool) decode([]codec) func(context.Context, []byte, media.Header) (image.Image, error) {
	return func(context.Context, []byte, media.Header) (image.Image, error) {
		return nil, fmt.Errorf("heif: %s: %w", Missing, hashmatch.ErrUnsupported)
	}
}
