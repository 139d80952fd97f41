package media

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

// fake returns a Hasher whose PNG decoder is d.
func fake(l Limits, d decoder) *Hasher {
	if d.name == "" {
		d.name = "fake"
	}
	if d.header == nil {
		d.header = func(*reader, []byte) (header, error) { return header{width: 20, height: 20}, nil }
	}
	return &Hasher{Limits: l, decoders: map[string]decoder{"png": d}}
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// TestWall turns what a bad decoder does into errors.
func TestWall(t *testing.T) {
	picture := func(*reader, []byte, header) (image.Image, error) { return waves(20, 20), nil }
	for name, c := range map[string]struct {
		decoder decoder
		want    error
		text    string
	}{
		"panics": {decoder{decode: func(*reader, []byte, header) (image.Image, error) { panic("index 7 of 3") }},
			hashmatch.ErrCrashed, "index 7 of 3"},
		"panics in the header": {decoder{header: func(*reader, []byte) (header, error) { panic(errors.New("no")) }, decode: picture},
			hashmatch.ErrCrashed, "no"},
		"panics at length": {decoder{decode: func(*reader, []byte, header) (image.Image, error) { panic(strings.Repeat("x", 9999)) }},
			hashmatch.ErrCrashed, "xxx"},
		"returns nothing": {decoder{decode: func(*reader, []byte, header) (image.Image, error) { return nil, nil }},
			hashmatch.ErrCrashed, ""},
		"returns short planes": {decoder{decode: func(*reader, []byte, header) (image.Image, error) {
			return &image.Gray{Stride: 20, Rect: image.Rect(0, 0, 20, 20), Pix: make([]byte, 20)}, nil
		}}, hashmatch.ErrCorrupt, ""},
		"returns another size": {decoder{decode: func(*reader, []byte, header) (image.Image, error) { return waves(21, 20), nil }},
			hashmatch.ErrCorrupt, "21x20"},
		"returns a type of its own": {decoder{decode: func(*reader, []byte, header) (image.Image, error) {
			return image.NewAlpha(image.Rect(0, 0, 20, 20)), nil
		}}, hashmatch.ErrUnsupported, "Alpha"},
		"fails": {decoder{decode: func(*reader, []byte, header) (image.Image, error) { return nil, io.ErrUnexpectedEOF }},
			hashmatch.ErrCorrupt, "unexpected EOF"},
		"is right": {decoder{decode: picture}, nil, ""},
	} {
		fp, err := fake(Limits{}, c.decoder).Sum(context.Background(), strings.NewReader(pngMagic))
		if !errors.Is(err, c.want) || len(fp.Digests) != 3 || fp.Format != "png" {
			t.Errorf("%s: %+v, %v", name, fp, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "png") || len(err.Error()) > 500) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(fp.Hashes) != 0 {
			t.Errorf("%s: hashes beside an error", name)
		}
	}
}

// endless is a decoder that reads the same bytes again and again until it is stopped.
func endless(r *reader, _ []byte, _ header) (image.Image, error) {
	for {
		if _, err := r.ReadAt(make([]byte, 4), 0); err != nil {
			return nil, errors.New("something of the decoder's own")
		}
	}
}

func TestDeadline(t *testing.T) {
	h := fake(Limits{Time: 20 * time.Millisecond}, decoder{decode: endless})
	fp, err := h.Sum(context.Background(), strings.NewReader(pngMagic))
	if !errors.Is(err, context.DeadlineExceeded) || len(fp.Digests) != 3 || fp.Width != 20 {
		t.Errorf("%+v, %v", fp, err)
	}
	if errors.Is(err, hashmatch.ErrCorrupt) {
		t.Errorf("a deadline is no damage: %v", err)
	}
	real := Hasher{Limits: Limits{Time: 1}}
	for _, data := range [][]byte{asPNG(t, waves(60, 60)), asJPEG(t, waves(60, 60)), asTIFF(t, waves(60, 60)), asGIF(t, waves(60, 60))} {
		if fp, err := real.SumBytes(context.Background(), data); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", fp.Format, err)
		}
	}
}

func TestCancel(t *testing.T) {
	cause := errors.New("the examiner pressed a key")
	stopped, stop := context.WithCancelCause(context.Background())
	stop(cause)
	var h Hasher
	if fp, err := h.Sum(stopped, strings.NewReader("text")); !errors.Is(err, cause) || len(fp.Digests) != 0 {
		t.Errorf("before reading: %+v, %v", fp, err)
	}
	if _, err := h.SumBytes(stopped, []byte("text")); !errors.Is(err, cause) {
		t.Errorf("before reading: %v", err)
	}

	ctx, stop := context.WithCancelCause(context.Background())
	data := asBMP(t, waves(400, 300))
	half := io.MultiReader(bytes.NewReader(data[:200_000]), stopper{func() { stop(cause) }}, bytes.NewReader(data[200_000:]))
	if fp, err := h.Sum(ctx, half); !errors.Is(err, cause) || len(fp.Digests) != 0 {
		t.Errorf("while reading: %+v, %v", fp, err)
	}

	ctx, stop = context.WithCancelCause(context.Background())
	decoding := fake(Limits{}, decoder{decode: func(r *reader, data []byte, h header) (image.Image, error) {
		stop(cause)
		return endless(r, data, h)
	}})
	if fp, err := decoding.Sum(ctx, strings.NewReader(pngMagic)); !errors.Is(err, cause) || len(fp.Digests) != 3 {
		t.Errorf("while decoding: %+v, %v", fp, err)
	}
}

// stopper is a source of nothing that does something when it is read.
type stopper struct{ do func() }

func (s stopper) Read([]byte) (int, error) {
	s.do()
	return 0, io.EOF
}

// TestMemoryIsShared keeps pictures waiting while others hold the budget, and lets a waiting call be cancelled.
func TestMemoryIsShared(t *testing.T) {
	var lock sync.Mutex
	var used, most int64
	limits := Limits{Memory: 18 << 20}
	h := fake(limits, decoder{
		header: func(_ *reader, data []byte) (header, error) {
			return header{width: 20, height: 20, memory: int64(data[8]) << 16}, nil
		},
		decode: func(_ *reader, data []byte, _ header) (image.Image, error) {
			cost := int64(data[8])<<16 + fixed
			lock.Lock()
			used += cost
			most = max(most, used)
			lock.Unlock()
			time.Sleep(time.Millisecond)
			lock.Lock()
			used -= cost
			lock.Unlock()
			return waves(20, 20), nil
		},
	})
	var wait sync.WaitGroup
	for i := range 60 {
		wait.Go(func() {
			data := append([]byte(pngMagic), byte(1+i*3))
			if _, err := h.SumBytes(context.Background(), data); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if most > limits.Memory || most < limits.Memory/2 {
		t.Errorf("at most %d bytes in use of %d", most, limits.Memory)
	}

	entered, leave := make(chan bool), make(chan bool)
	blocked := fake(Limits{Memory: 16 << 20}, decoder{
		header: func(*reader, []byte) (header, error) { return header{width: 20, height: 20, memory: 9 << 20}, nil },
		decode: func(*reader, []byte, header) (image.Image, error) {
			entered <- true
			<-leave
			return waves(20, 20), nil
		},
	})
	wait.Go(func() {
		if _, err := blocked.SumBytes(context.Background(), []byte(pngMagic)); err != nil {
			t.Error(err)
		}
	})
	<-entered
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if fp, err := blocked.SumBytes(ctx, []byte(pngMagic)); !errors.Is(err, context.DeadlineExceeded) || len(fp.Digests) != 3 {
		t.Errorf("waiting: %+v, %v", fp, err)
	}
	leave <- true
	wait.Wait()
}
