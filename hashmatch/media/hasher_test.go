package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func kindsOf(fp *hashmatch.Fingerprint) (kinds []hashmatch.Kind) {
	for _, h := range fp.Digests {
		kinds = append(kinds, h.Kind())
	}
	for _, h := range fp.Hashes {
		kinds = append(kinds, h.Hash.Kind())
	}
	return kinds
}

// TestKindsRestrict asks for every subset: the same values come out, and no others. Quality comes with any picture hash.
func TestKindsRestrict(t *testing.T) {
	data := asPNG(t, waves(70, 60))
	h := Hasher{Kinds: Computable()}
	all := mustSum(t, &h, data)
	plain := slices.DeleteFunc(Computable(), hashmatch.Kind.Trimmed) // nothing follows this picture
	for mask := 1; mask < 1<<len(plain); mask++ {
		var asked []hashmatch.Kind
		for i, k := range plain {
			if mask>>i&1 == 1 {
				asked = append(asked, k)
			}
		}
		some := Hasher{Kinds: asked}
		fp := mustSum(t, &some, data)
		if got := kindsOf(&fp); fmt.Sprint(got) != fmt.Sprint(asked) {
			t.Fatalf("asked for %v, got %v", asked, got)
		}
		for _, d := range fp.Digests {
			if d != all.Digest(d.Kind()) {
				t.Errorf("%v: %v", asked, d)
			}
		}
		for _, p := range fp.Hashes {
			if want, _ := all.Hash(p.Hash.Kind(), hashmatch.Upright); p != want {
				t.Errorf("%v: %v, want %v", asked, p, want)
			}
		}
	}
	if q, ok := all.Quality().Value(); !ok || q < 50 {
		t.Errorf("quality %d, %v", q, ok)
	}
}

func TestCheck(t *testing.T) {
	ctx := context.Background()
	for _, k := range []hashmatch.Kind{0, 99} {
		h := Hasher{Kinds: []hashmatch.Kind{hashmatch.MD5, k}}
		_, byReader := h.Sum(ctx, strings.NewReader("x"))
		_, byBytes := h.SumBytes(ctx, nil)
		for _, err := range []error{h.Check(), byReader, byBytes} {
			if !errors.Is(err, hashmatch.ErrUnsupported) || !strings.Contains(err.Error(), k.String()) {
				t.Errorf("%s: %v", k, err)
			}
		}
	}
	negative := Hasher{Limits: Limits{Time: -1}}
	if err := negative.Check(); !errors.Is(err, hashmatch.ErrFormat) {
		t.Errorf("a negative limit: %v", err)
	}
	for _, wrong := range []*Hasher{
		{Views: Dihedral}, {Views: Full + 1, Exact: true}, {Algorithms: []Algorithm{{}}},
		{Algorithms: []Algorithm{{Name: "x", Coarsest: 2, Sum: func(context.Context, Luma) ([]byte, error) { return nil, nil }}}},
	} {
		if err := wrong.Check(); !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("%+v: %v", wrong.Views, err)
		}
	}
	if err := new(Hasher).Check(); err != nil {
		t.Error(err)
	}
}

// TestSources reads one file from readers of all manners, and of all buffer sizes that may matter.
func TestSources(t *testing.T) {
	var h Hasher
	data := asBMP(t, waves(400, 300)) // 360 kB: beyond every first buffer
	want := fmt.Sprint(mustSum(t, &h, data))
	path := filepath.Join(t.TempDir(), "picture")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain := func() io.Reader { return struct{ io.Reader }{bytes.NewReader(data)} }
	for name, r := range map[string]io.Reader{
		"bytes": bytes.NewReader(data), "buffer": bytes.NewBuffer(bytes.Clone(data)), "file": file, "plain": plain(),
		"half": iotest.HalfReader(plain()), "one byte": iotest.OneByteReader(plain()), "EOF with data": iotest.DataErrReader(plain()),
	} {
		fp, err := h.Sum(context.Background(), r)
		if err != nil || fmt.Sprint(fp) != want {
			t.Errorf("%s: %v, %v\nwant %s", name, fp, err, want)
		}
	}
}

// TestReadFailure gives no digest of half a file.
func TestReadFailure(t *testing.T) {
	broken := errors.New("input/output error")
	var h Hasher
	data := asBMP(t, waves(400, 300))
	for _, n := range []int{0, 10, 100_000} {
		fp, err := h.Sum(context.Background(), io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || len(fp.Digests) != 0 || len(fp.Hashes) != 0 || fp.Size != int64(n) {
			t.Errorf("after %d bytes: %+v, %v", n, fp, err)
		}
	}
	if _, err := h.Sum(context.Background(), idle{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestFileAndPixelLimits(t *testing.T) {
	data := asBMP(t, waves(400, 300))
	for _, c := range []struct {
		limits Limits
		want   error
	}{
		{Limits{FileBytes: int64(len(data)) - 1}, hashmatch.ErrLimit},
		{Limits{FileBytes: int64(len(data))}, nil},
		{Limits{FileBytes: 10}, hashmatch.ErrLimit},
		{Limits{Memory: 1 << 20}, hashmatch.ErrLimit}, // an eighth of it counts for a file
		{Limits{Pixels: 400*300 - 1}, hashmatch.ErrLimit},
		{Limits{Pixels: 400 * 300}, nil},
		{Limits{Memory: 1}, hashmatch.ErrLimit},
	} {
		for _, r := range []io.Reader{bytes.NewReader(data), struct{ io.Reader }{bytes.NewReader(data)}} {
			h := Hasher{Limits: c.limits}
			fp, err := h.Sum(context.Background(), r)
			if !errors.Is(err, c.want) || fp.Size != int64(len(data)) || len(fp.Digests) != 3 || fp.Format != "bmp" {
				t.Errorf("%+v: %+v, %v", c.limits, fp, err)
			}
			if c.want == nil && len(fp.Hashes) != 4 {
				t.Errorf("%+v: no hashes", c.limits)
			}
		}
	}
	alone := Hasher{Limits: Limits{Memory: 512 << 10}}
	fp, err := alone.SumBytes(context.Background(), data) // the caller's bytes do not count, the pixels do
	if !errors.Is(err, hashmatch.ErrLimit) || fp.Width != 400 || !strings.Contains(err.Error(), "400x300") {
		t.Errorf("%+v, %v", fp, err)
	}
}

// TestThinPictures hashes what is too small or flat to be found again: quality 0 says so beside every hash.
func TestThinPictures(t *testing.T) {
	var h Hasher
	for _, size := range []image.Point{{1, 1}, {1, 300}, {300, 1}, {4, 4}, {3, 90}, {100, 100}} {
		fp := mustSum(t, &h, asPNG(t, image.NewGray(image.Rectangle{Max: size})))
		if len(fp.Hashes) != 4 {
			t.Errorf("%v: %d hashes", size, len(fp.Hashes))
		}
		for _, p := range fp.Hashes {
			if q, ok := p.Quality.Value(); !ok || q != 0 || p.View != hashmatch.Upright {
				t.Errorf("%v: %+v", size, p)
			}
		}
	}
}

// TestStreams reads far more than it may hold, from readers that claim nothing.
func TestStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 256 MiB")
	}
	h := Hasher{Kinds: []hashmatch.Kind{hashmatch.SHA256, hashmatch.PDQ}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fp, err := h.Sum(context.Background(), io.LimitReader(zeros{}, 256<<20))
	runtime.ReadMemStats(&after)
	if err != nil || fp.Size != 256<<20 ||
		fp.Digest(hashmatch.SHA256).Hex() != "a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484" {
		t.Errorf("%+v, %v", fp, err)
	}
	if grew := after.TotalAlloc - before.TotalAlloc; grew > 1<<20 {
		t.Errorf("%d bytes allocated", grew)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestConcurrent hashes all vectors at once with a budget that holds little more than one of them, through readers whose
// length nobody knows, and expects what one call after another gives.
func TestConcurrent(t *testing.T) {
	vectors := loadVectors(t)
	rounds := 2
	if testing.Short() || testkit.Race {
		vectors = slices.DeleteFunc(vectors, func(v vector) bool { return len(v.data) > 25_000 })
		rounds = 1
	}
	testkit.AtLeast(t, 24, len(vectors), "files")
	var alone Hasher
	want := make([]string, len(vectors))
	for i, v := range vectors {
		want[i] = fmt.Sprint(mustSum(t, &alone, v.data))
	}
	h := Hasher{Limits: Limits{Memory: 18 << 20}}
	var wait sync.WaitGroup
	for range rounds {
		for i, v := range vectors {
			wait.Go(func() {
				fp, err := h.Sum(context.Background(), struct{ io.Reader }{bytes.NewReader(v.data)})
				if err != nil || fmt.Sprint(fp) != want[i] {
					t.Errorf("%s: %v, %v\nwant %s", v.name, fp, err, want[i])
				}
			})
		}
	}
	wait.Wait()
}
