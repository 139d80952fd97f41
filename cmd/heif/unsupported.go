//go:build !(heic && nodynamic)

package heif

import (
	"context"
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Built reports whether this build decodes HEIC and AVIF.
func Built() bool { return false }

func (p *pool) decode([]codec) func(context.Context, []byte, media.Header) (media.Picture, error) {
	return func(context.Context, []byte, media.Header) (media.Picture, error) {
		return media.Picture{}, fmt.Errorf("heif: %s: %w", Missing, hashmatch.ErrUnsupported)
	}
}
