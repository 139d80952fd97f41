package media

import (
	"context"
	"errors"
	"math/bits"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/jpegluma"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/hashmatch/media/internal/views"
)

// arithmetic names the arithmetic of a plane's hashes.
func arithmetic(p *plane.Plane) hashmatch.Arithmetic {
	switch p.Scale {
	case 8:
		return hashmatch.Luma8
	case 4:
		return hashmatch.Luma4
	}
	return hashmatch.Luma1
}

// hash adds to the fingerprint the hashes of a picture by its luma; over is the luma of its premultiplied pixels. It
// returns errCoarse, and adds nothing, if a finer plane is needed.
func (j *job) hash(ctx context.Context, luma, over *plane.Plane) error {
	how := arithmetic(luma)
	quality := 0
	turned := j.turns()
	if turned {
		quality = j.w.pdq.Eight(luma, &j.w.codes)
	} else {
		j.w.codes[0], quality = j.w.pdq.Upright(luma)
	}
	if luma.Scale > 1 && j.view != hashmatch.Thumbnail && j.w.pdq.Coarse() {
		return errCoarse
	}
	view := j.view
	if j.fp.Hashes == nil {
		j.fp.Hashes = make([]hashmatch.PictureHash, 0, j.expected(turned))
	}
	if view == hashmatch.Upright {
		j.graphic = j.w.views.Graphic(luma)
	}
	j.add(view, hashmatch.PDQ, j.w.codes[0][:], quality, how)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	j.addSmall(view, luma, over, quality, how)
	if turned {
		for i, v := range hashmatch.Orientations()[1:] {
			j.add(v, hashmatch.PDQ, j.w.codes[i+1][:], quality, how)
		}
		j.variants(ctx, luma, quality, how)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// variants adds the hashes of the views of the upright picture that are no orientations of it.
func (j *job) variants(ctx context.Context, luma *plane.Plane, quality int, how hashmatch.Arithmetic) {
	whole := j.graphic
	add := func(h *views.Hash) bool {
		j.graphic = h.Graphic
		j.add(h.View, hashmatch.PDQ, h.Code[:], h.Quality, how)
		return ctx.Err() == nil
	}
	switch j.hasher.Views {
	case Light:
		j.w.views.Light(luma, &j.w.pdq, quality, add)
	case Full:
		j.w.views.Full(luma, &j.w.pdq, quality, add)
	}
	j.graphic = whole
}

// turns reports whether the picture is hashed in all orientations.
func (j *job) turns() bool {
	return j.hasher.Views != None && j.hasher.wants(hashmatch.PDQ) && j.view == hashmatch.Upright
}

// expected returns how many hashes a picture gets, if there is no thumbnail.
func (j *job) expected(turned bool) (n int) {
	for _, k := range j.hasher.kinds() {
		if k.Perceptual() {
			n++
		}
	}
	if turned {
		n += j.hasher.Views.Hashes() - 1
	}
	return n
}

// addSmall adds the 64-bit hashes of a plane.
func (j *job) addSmall(view hashmatch.View, luma, over *plane.Plane, quality int, how hashmatch.Arithmetic) {
	h := j.hasher
	if h.wants(hashmatch.AHash) || h.wants(hashmatch.DHash) || h.wants(hashmatch.PHash) {
		a, d, p := j.w.small.All(over)
		j.add64(view, hashmatch.AHash, a, quality, how)
		j.add64(view, hashmatch.DHash, d, quality, how)
		j.add64(view, hashmatch.PHash, p, quality, how)
	}
	if h.wants(hashmatch.PyAHash) || h.wants(hashmatch.PyDHash) || h.wants(hashmatch.PyPHash) {
		a, d, p := j.w.py.All(luma)
		j.add64(view, hashmatch.PyAHash, a, quality, how)
		j.add64(view, hashmatch.PyDHash, d, quality, how)
		j.add64(view, hashmatch.PyPHash, p, quality, how)
	}
}

// add adds a hash to the fingerprint if its kind was asked for.
func (j *job) add(view hashmatch.View, k hashmatch.Kind, value []byte, quality int, how hashmatch.Arithmetic) {
	if !j.hasher.wants(k) {
		return
	}
	hash, err := hashmatch.NewHash(k, value)
	if err != nil {
		panic(err) // a hash of the wrong length is a mistake of this package
	}
	j.fp.Hashes = append(j.fp.Hashes, hashmatch.PictureHash{
		Hash: hash, View: view, Quality: hashmatch.QualityOf(quality), Arithmetic: how, Graphic: j.graphic,
	})
}

func (j *job) add64(view hashmatch.View, k hashmatch.Kind, value uint64, quality int, how hashmatch.Arithmetic) {
	if j.hasher.wants(k) {
		j.fp.Hashes = append(j.fp.Hashes, hashmatch.PictureHash{
			Hash: hashmatch.Hash64(k, value), View: view, Quality: hashmatch.QualityOf(quality), Arithmetic: how, Graphic: j.graphic,
		})
	}
}

// mostThumbnail is the most pixels of an embedded picture that is taken for a thumbnail.
const mostThumbnail = 1 << 20

// thumbnail hashes the small picture inside a file as a view of its own, whatever could be had of the picture itself. A
// thumbnail that cannot be read, or for which there is no memory, is none.
func (j *job) thumbnail(ctx context.Context) error {
	if len(j.inside) == 0 || !j.hasher.wants(hashmatch.PDQ) {
		return nil
	}
	h, err := jpegluma.ReadHeader(j.inside)
	if err != nil || int64(h.Width)*int64(h.Height) > mostThumbnail {
		return nil
	}
	cost := h.Memory(1) + folding(h.Width, h.Height, 1)
	budget := j.hasher.shared()
	switch err := budget.picture(ctx, cost); {
	case errors.Is(err, hashmatch.ErrLimit):
		return nil
	case err != nil:
		return err
	}
	defer budget.pixels.Release(cost)
	return j.guarded(ctx, "jpegluma", func() error { return j.hashThumbnail(ctx) })
}

func (j *job) hashThumbnail(ctx context.Context) error {
	main, hashed := j.fp.Hash(hashmatch.PDQ, hashmatch.Upright)
	mainQuality, _ := j.fp.Quality().Value()
	r, err := j.w.jpeg.Decode(ctx, j.inside, 1, &j.w.luma)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil || r.Share < 1:
		return nil
	}
	asCells(&j.w.luma, j.fp.Width)
	quality := j.w.pdq.Eight(&j.w.luma, &j.w.codes)
	how := arithmetic(&j.w.luma)
	j.add(hashmatch.Thumbnail, hashmatch.PDQ, j.w.codes[0][:], quality, how)
	j.addSmall(hashmatch.Thumbnail, &j.w.luma, &j.w.luma, quality, how)
	if !hashed || j.fp.Incomplete() || min(quality, mainQuality) < hashmatch.DefaultQuality {
		return nil // of a plain picture, or a part of one, nobody can say
	}
	code := [32]byte(main.Hash.Bytes())
	nearest := j.nearest(&code)
	if crop, ok := unboxed(&j.w.luma, j.fp.Width, j.fp.Height); ok && nearest > sameThumbnail {
		j.w.pdq.Eight(&crop, &j.w.codes)
		nearest = min(nearest, j.nearest(&code))
	}
	j.fp.ThumbnailDiffers = nearest > sameThumbnail
	return nil
}

// asCells makes the plane of a thumbnail that of a picture eight times as large, if the picture that it was made from is
// some times larger: a thumbnail's samples are means of the picture's pixels, as those of a reduced plane are, and hashed
// as such it comes within 5 bits of the picture on average where it would be 15 bits off as a picture of its own.
func asCells(p *plane.Plane, width int) {
	if width >= 4*p.Width {
		p.Scale, p.FullWidth, p.FullHeight = 8, 8*p.Width, 8*p.Height
	}
}

// sameThumbnail is the most bits by which a thumbnail made of a picture differs from it.
const sameThumbnail = 60

// nearest returns the least distance of code to any of the worker's codes.
func (j *job) nearest(code *[32]byte) int {
	least := 256
	for i := range j.w.codes {
		d := 0
		for b := range code {
			d += bits.OnesCount8(code[b] ^ j.w.codes[i][b])
		}
		least = min(least, d)
	}
	return least
}

// unboxed returns the middle of a thumbnail that has the proportions of a width x height picture: cameras put pictures
// of other proportions between black bars.
func unboxed(p *plane.Plane, width, height int) (crop plane.Plane, ok bool) {
	crop = *p
	w, h := p.Width, p.Height
	if int64(w)*int64(height) > int64(h)*int64(width) {
		w = int(int64(h) * int64(width) / int64(height))
	} else {
		h = int(int64(w) * int64(height) / int64(width))
	}
	if w < 16 || h < 16 || w == p.Width && h == p.Height {
		return crop, false
	}
	x, y := (p.Width-w)/2, (p.Height-h)/2
	crop.Pix = p.Pix[y*p.Stride+x:]
	crop.Width, crop.Height, crop.FullWidth, crop.FullHeight = w, h, w*p.Scale, h*p.Scale
	return crop, true
}
