package media

import (
	"context"
	"image"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
)

// reference adds the hashes of a whole picture in the references' own arithmetic; its plane is in the worker.
func (j *job) reference(ctx context.Context, img image.Image) error {
	rows, err := rowsOf(img)
	if err != nil {
		return err
	}
	size := img.Bounds().Size()
	luma := rows.luma(size.X)
	turned := j.turns()
	if j.view == hashmatch.Upright {
		j.graphic = j.w.views.Graphic(&j.w.luma)
	}
	quality := 0
	switch {
	case turned && j.hasher.Views == Dihedral:
		quality = pdq.Dihedral(size.X, size.Y, luma, &j.w.codes)
	case turned:
		quality = pdq.SumEight(size.X, size.Y, luma, &j.w.codes)
	default:
		j.w.codes[0], quality = pdq.Sum(size.X, size.Y, luma)
	}
	j.add(j.view, hashmatch.PDQ, j.w.codes[0][:], quality, hashmatch.Reference)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if j.hasher.premultiplied() {
		a, d, p, err := j.w.small.Picture(img)
		if err != nil {
			return err
		}
		j.add64(j.view, hashmatch.AHash, a, quality, hashmatch.Reference)
		j.add64(j.view, hashmatch.DHash, d, quality, hashmatch.Reference)
		j.add64(j.view, hashmatch.PHash, p, quality, hashmatch.Reference)
	}
	if j.hasher.wants(hashmatch.PyAHash) || j.hasher.wants(hashmatch.PyDHash) || j.hasher.wants(hashmatch.PyPHash) {
		if err := j.w.py.Start(size.X, size.Y); err != nil {
			return err
		}
		row, gray := make([]byte, size.X), rows.pillow(size.X)
		for y := range size.Y {
			gray(y, row)
			j.w.py.Row(row)
		}
		a, d, p := j.w.py.Sums()
		j.add64(j.view, hashmatch.PyAHash, a, quality, hashmatch.Reference)
		j.add64(j.view, hashmatch.PyDHash, d, quality, hashmatch.Reference)
		j.add64(j.view, hashmatch.PyPHash, p, quality, hashmatch.Reference)
	}
	if turned {
		for i, v := range hashmatch.Orientations()[1:] {
			j.add(v, hashmatch.PDQ, j.w.codes[i+1][:], quality, hashmatch.Reference)
		}
		j.variants(ctx, &j.w.luma, quality, arithmetic(&j.w.luma))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
