//go:build heic && nodynamic

package heif

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
)

// Built reports whether this build decodes HEIC and AVIF.
func Built() bool { return true }

func (p *pool) decode(codecs []codec) func(context.Context, []byte, media.Header) (image.Image, error) {
	return func(ctx context.Context, data []byte, _ media.Header) (image.Image, error) {
		plan, err := newPlan(data, codecs, p.thorough)
		if err != nil {
			return nil, fmt.Errorf("heif: %w", err)
		}
		img, err := p.run(ctx, &plan)
		if err != nil {
			return nil, fmt.Errorf("heif: item %d: %w", plan.decode.items[0].id, err)
		}
		return img, nil
	}
}

// addressable is how much memory WebAssembly of 32 bits can have.
const addressable = 1 << 32

// run decodes when the budget has room.
func (p *pool) run(ctx context.Context, plan *plan) (image.Image, error) {
	limit := plan.decode.workBytes(plan.file.size())
	if limit*copies > p.memory || limit > addressable {
		return nil, fmt.Errorf("decoding takes up to %d bytes, and Options.Memory is %d: %w", limit*copies, p.memory, hashmatch.ErrLimit)
	}
	if err := p.budget.Acquire(ctx, limit*copies); err != nil {
		return nil, context.Cause(ctx)
	}
	defer p.budget.Release(limit * copies)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	in, err := modules[plan.decode.codec].open(ctx, limit)
	if err != nil {
		return nil, err
	}
	defer in.close()
	return in.decode(plan)
}

// decode returns the picture of a plan.
func (i *instance) decode(plan *plan) (image.Image, error) {
	whole := i.heic
	if plan.decode.codec == av1 {
		whole = i.avif
	}
	img, err := whole(plan)
	if err != nil {
		return nil, err
	}
	return img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(plan.decode.crop), nil
}

// nan is the bits of a NaN.
const nan = 1<<64 - 1

// words reads n numbers of 32 bits.
func (i *instance) words(at uint32, n int) ([]int, error) {
	b, err := i.read(at, 4*n)
	if err != nil {
		return nil, err
	}
	v := make([]int, n)
	for k := range v {
		v[k] = int(binary.LittleEndian.Uint32(b[4*k:]))
	}
	return v, nil
}

// heic decodes with libheif. The C function that is called, decode of gen2brain/heic's heif.c, is asked twice: for the
// picture's size and form, and for its planes, one after another, with the rows as libheif pads them.
func (i *instance) heic(plan *plan) (image.Image, error) {
	in, err := i.put(&plan.file)
	if err != nil {
		return nil, err
	}
	told, err := i.alloc(5 * 4)
	if err != nil {
		return nil, err
	}
	ask := func(headOnly uint64, out uint32) error {
		ok, err := i.call("decode", uint64(in), uint64(plan.file.size()), headOnly, uint64(told), uint64(told+4),
			uint64(told+8), uint64(told+12), uint64(told+16), uint64(out))
		return i.verdict(ok, err)
	}
	if err := ask(1, 0); err != nil {
		return nil, err
	}
	v, err := i.words(told, 4)
	if err != nil {
		return nil, err
	}
	p := &plan.decode
	if v[0] != p.width || v[1] != p.height {
		return nil, fmt.Errorf("libheif takes it for %dx%d pixels: %w", v[0], v[1], hashmatch.ErrCorrupt)
	}
	form, err := newForm(p, v[2], v[3])
	if err != nil {
		return nil, err
	}
	out, err := i.alloc(int64(form.bytes()))
	if err != nil {
		return nil, err
	}
	if err := ask(0, out); err != nil {
		return nil, err
	}
	planes, err := i.read(out, form.bytes())
	if err != nil {
		return nil, err
	}
	return p.converted(form.picture(planes)), nil
}

// verdict is the error of a call of decode, which returns 1 if it could.
func (i *instance) verdict(ok uint64, err error) error {
	switch {
	case err != nil:
		return err
	case ok == 1:
		return nil
	case i.memory.refused:
		return errFull(i.memory.limit)
	}
	return fmt.Errorf("it cannot be decoded: %w", hashmatch.ErrCorrupt)
}

// avif decodes with libavif, whose C function, decode of gen2brain/avif's decode.c, gives RGBA, of pictures with more than
// 8 bits in 16 each, the low byte first. It returns 1 also when it could not decode, and has written nothing then: that
// shows in the frame's duration, which it writes with the picture and which is no NaN.
func (i *instance) avif(plan *plan) (image.Image, error) {
	in, err := i.put(&plan.file)
	if err != nil {
		return nil, err
	}
	told, err := i.alloc(6 * 4)
	if err != nil {
		return nil, err
	}
	ask := func(headOnly uint64, out uint32) error {
		ok, err := i.call("decode", uint64(in), uint64(plan.file.size()), headOnly, 0, uint64(told), uint64(told+4),
			uint64(told+8), uint64(told+12), uint64(told+16), uint64(out))
		return i.verdict(ok, err)
	}
	if err := ask(1, 0); err != nil {
		return nil, err
	}
	v, err := i.words(told, 3)
	if err != nil {
		return nil, err
	}
	p := &plan.decode
	if v[0] != p.width || v[1] != p.height {
		return nil, fmt.Errorf("libavif takes it for %dx%d pixels: %w", v[0], v[1], hashmatch.ErrCorrupt)
	}
	sample := 1
	if v[2] > 8 {
		sample = 2
	}
	size := 4 * sample * p.width * p.height
	out, err := i.alloc(int64(size))
	if err != nil {
		return nil, err
	}
	duration := told + 16
	if !i.Memory().WriteUint64Le(duration, nan) {
		return nil, errOutside
	}
	if err := ask(0, out); err != nil {
		return nil, err
	}
	if left, ok := i.Memory().ReadUint64Le(duration); !ok || left == nan {
		return nil, i.verdict(0, nil)
	}
	pixels, err := i.read(out, size)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	if sample == 1 {
		copy(img.Pix, pixels)
		return img, nil
	}
	for k := range img.Pix {
		img.Pix[k] = pixels[2*k+1]
	}
	return img, nil
}
