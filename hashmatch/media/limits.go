package media

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/hashmatch/engine/hashmatch"
)

// Limits bounds what hostile files can make a Hasher spend. A zero field means its default.
//
// What a picture will cost is charged to Memory before it is decoded, from the size that it claims. The charge is every
// byte that the call may allocate, as if nothing were collected before its end, so that it holds whenever the collector
// runs. JPEG, PNG, GIF, BMP and most TIFF are drawn by rows onto a plane of luma, whose samples are 64, 16 or 1 pixels: a
// byte a sample, with alpha two, and a progressive JPEG two bytes for each 64 pixels at scale 8, else two for each pixel. A whole
// picture is decoded where Hasher.Exact asks for it, for JPEG in CMYK, rare forms of TIFF, WebP (up to 18 bytes a pixel),
// and by registered decoders; it takes 1 to 24 bytes a pixel, and where that is more than there is, the picture is too
// large.
//
// Between two calls up to some 20 MiB are kept for each that ran at a time, so that the next allocates nothing, and Go's
// heap may hold as much again as garbage; a host that must not exceed a hard limit sets debug.SetMemoryLimit as well.
type Limits struct {
	// FileBytes is the largest picture file that is held in memory; a larger one is digested, not decoded. Default:
	// Memory/8, 64 MiB; no more counts.
	FileBytes int64
	// Pixels is the most pixels a picture may claim. Default: 400 million. No side may exceed 262,144.
	Pixels int64
	// Memory is the budget, in bytes, that all concurrent calls of a Hasher share: files held for decoding, and
	// pictures. A call waits until the others leave it room. Default: 512 MiB.
	Memory int64
	// Time is how long decoding and hashing one picture may take. It begins when the file has been read and memory is
	// to be had, so that neither a slow disk nor other files count; those are for the caller's context. Default: 30 s.
	Time time.Duration
}

// check returns an error that wraps hashmatch.ErrFormat if a field is negative.
func (l Limits) check() error {
	if l.FileBytes < 0 || l.Pixels < 0 || l.Memory < 0 || l.Time < 0 {
		return fmt.Errorf("media: %w: a limit is negative: %+v", hashmatch.ErrFormat, l)
	}
	return nil
}

// withDefaults returns l with its zero fields filled in.
func (l Limits) withDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = 512 << 20
	}
	if l.FileBytes == 0 {
		l.FileBytes = l.Memory / 8
	}
	l.FileBytes = min(l.FileBytes, l.Memory/8)
	if l.Pixels == 0 {
		l.Pixels = 400_000_000
	}
	if l.Time == 0 {
		l.Time = 30 * time.Second
	}
	return l
}

// budget shares Limits.Memory among the calls of one Hasher. It has two parts, and a call that holds some of the first
// may wait for some of the second but never the other way round; so no two calls wait for each other.
type budget struct {
	limits Limits
	files  *semaphore.Weighted // bytes of files being read
	lane   *semaphore.Weighted // 1: see fileMemory
	pixels *semaphore.Weighted // bytes of pictures being decoded and hashed
	most   int64               // the whole of pixels
}

func newBudget(l Limits) *budget {
	l = l.withDefaults()
	most := l.Memory - l.FileBytes - grown(l.FileBytes)
	return &budget{
		limits: l,
		files:  semaphore.NewWeighted(l.FileBytes),
		lane:   semaphore.NewWeighted(1),
		pixels: semaphore.NewWeighted(most),
		most:   most,
	}
}

// picture waits for cost bytes. The caller gives them back with b.pixels.Release.
func (b *budget) picture(ctx context.Context, cost int64) error {
	if cost > b.most {
		return fmt.Errorf("it needs up to %d bytes to hash, and %d of Limits.Memory are for pictures: %w",
			cost, b.most, hashmatch.ErrLimit)
	}
	if err := b.pixels.Acquire(ctx, cost); err != nil {
		return context.Cause(ctx)
	}
	return nil
}

// fileMemory is the memory of one file that is being read into a growing buffer.
//
// Growing while others grow could end with everybody waiting for everybody. So a call that finds no room takes the lane,
// which has room set aside for the largest file and one user at a time: that user never waits for memory again, and
// those who wait for the lane hold what they have.
type fileMemory struct {
	budget *budget
	held   int64
	inLane bool
}

// uncounted is how long a buffer may be before it counts: most files that are no photographs are shorter.
const uncounted = 64 << 10

// grown returns what growing a buffer to n bytes takes for a moment: the new one, and the old of half that size.
func grown(n int64) int64 { return n + n/2 }

// grow makes sure that the buffer may have n bytes, at most Limits.FileBytes.
func (m *fileMemory) grow(ctx context.Context, n int64) error {
	if n <= uncounted || m.inLane {
		return nil
	}
	want := grown(n)
	if m.budget.files.TryAcquire(want - m.held) {
		m.held = want
		return nil
	}
	if err := m.budget.lane.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	m.inLane = true
	m.budget.files.Release(m.held)
	m.held = 0
	return nil
}

// release gives everything back.
func (m *fileMemory) release() {
	m.budget.files.Release(m.held)
	if m.inLane {
		m.budget.lane.Release(1)
	}
	*m = fileMemory{budget: m.budget}
}
