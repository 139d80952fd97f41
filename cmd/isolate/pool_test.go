package isolate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// samples returns files of many kinds, whole, damaged and hostile.
var samples = sync.OnceValue(func() map[string][]byte {
	files := map[string][]byte{
		"empty":   nil,
		"text":    []byte("no picture at all\n"),
		"zeros":   make([]byte, 300_000),
		"video":   append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42"), make([]byte, 100_000)...),
		"heic":    []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1"),
		"magic":   []byte("\x89PNG\r\n\x1a\n"),
		"garbage": append([]byte("\xff\xd8\xff\xe0"), bytes.Repeat([]byte{0x5a}, 1000)...),
		// 60,000 x 60,000 pixels in 57 bytes
		"bomb": []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x06\x00\x00\x00\x3d\x98\x2f\x8e" + "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"),
	}
	sizes := []int{17, 120, 500}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for i, format := range synth.Formats() {
		for j, size := range sizes {
			var file bytes.Buffer
			m := synth.Picture(synth.Styles()[(i+j)%len(synth.Styles())], uint64(100*i+j), size, size*3/4)
			if err := synth.Encode(&file, m, format); err != nil {
				panic(err)
			}
			name := fmt.Sprintf("%s %d", format, size)
			files[name] = file.Bytes()
			files[name+" cut"] = file.Bytes()[:file.Len()*2/3]
			files[name+" and more"] = append(slices.Clip(file.Bytes()), "bytes behind the picture's end"...)
		}
	}
	return files
})

// generous is a limit for memory that no test comes near.
const generous int64 = 16 << 30

// alike reports whether two fingerprints say the same: lists of nothing and no lists are one.
func alike(a, b hashmatch.Fingerprint) bool {
	for _, fp := range []*hashmatch.Fingerprint{&a, &b} {
		if len(fp.Digests) == 0 {
			fp.Digests = nil
		}
		if len(fp.Hashes) == 0 {
			fp.Hashes = nil
		}
	}
	return reflect.DeepEqual(a, b)
}

// same fails t unless two answers are the same: fingerprint, class and words.
func same(t *testing.T, name string, got, want hashmatch.Fingerprint, gotErr, wantErr error) {
	t.Helper()
	if !alike(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
	}
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
		t.Errorf("%s:\n got %v\nwant %v", name, gotErr, wantErr)
	}
	for _, c := range classes {
		if errors.Is(gotErr, c.err) != errors.Is(wantErr, c.err) {
			t.Errorf("%s: is it %v? %v", name, c.err, gotErr)
		}
	}
}

// Many files at once through a few children have the answers that they have in one process, whatever the reader is like.
func TestSameAsInProcess(t *testing.T) {
	p := newPool(t, Config{Command: as("confined", fmt.Sprint(generous)), Workers: 3, Files: 20})
	t.Logf("walls: %v", p.Confinement())
	testkit.AtLeast(t, 38, len(samples()), "files")
	var wait sync.WaitGroup
	for name, data := range samples() {
		want, wantErr := new(media.Hasher).SumBytes(t.Context(), data)
		wait.Go(func() {
			for how, r := range map[string]io.Reader{
				"in one":       bytes.NewReader(data),
				"without size": struct{ io.Reader }{bytes.NewReader(data)},
				"by halves":    iotest.HalfReader(bytes.NewReader(data)),
				"with its end": iotest.DataErrReader(bytes.NewReader(data)),
			} {
				got, err := p.Sum(t.Context(), r)
				same(t, name+" "+how, got, want, err, wantErr)
			}
		})
	}
	wait.Wait()
}

// What children add beside the upright view comes through.
func TestViews(t *testing.T) {
	p := newPool(t, Config{Command: as("light"), Workers: 1})
	for _, name := range []string{"jpeg 120", "gif 120 and more", "png 17"} {
		data := samples()[name]
		in := media.Hasher{Views: media.Light}
		want, wantErr := in.SumBytes(t.Context(), data)
		got, err := p.Sum(t.Context(), bytes.NewReader(data))
		same(t, name, got, want, err, wantErr)
		if len(got.Hashes) < 10 {
			t.Errorf("%s: %d hashes", name, len(got.Hashes))
		}
	}
}

// A file that is too large for the parent, which holds it for its trimmed digests, is too large.
func TestTooLarge(t *testing.T) {
	limits := media.Limits{FileBytes: 100_000}
	p := newPool(t, Config{Workers: 1, Limits: limits})
	in := media.Hasher{Limits: limits}
	for _, n := range []int{99_000, 101_000, 500_000} {
		data := append(slices.Clip(samples()["png 17"]), make([]byte, n)...)
		want, wantErr := in.SumBytes(t.Context(), data)
		if n > 100_000 {
			want, wantErr = in.Sum(t.Context(), bytes.NewReader(data))
		}
		got, err := p.Sum(t.Context(), bytes.NewReader(data))
		same(t, fmt.Sprint(n), got, want, err, wantErr)
		if errors.Is(err, hashmatch.ErrLimit) != (n > 100_000) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// Kinds are those of a Hasher, and a child is started only when one is needed.
func TestKinds(t *testing.T) {
	files := samples()
	for _, kinds := range [][]hashmatch.Kind{
		{hashmatch.SHA256}, {hashmatch.MD5, hashmatch.SHA1}, {hashmatch.PDQ}, {hashmatch.PHash, hashmatch.SHA1},
	} {
		in := media.Hasher{Kinds: kinds}
		p := newPool(t, Config{Kinds: kinds, Workers: 1, Command: as("plain")})
		for _, name := range []string{"jpeg 120", "text", "empty", "video"} {
			want, wantErr := in.SumBytes(t.Context(), files[name])
			got, err := p.Sum(t.Context(), bytes.NewReader(files[name]))
			if name == "jpeg 120" && !p.plain {
				// The children of the test compute all kinds: more than was asked for is refused.
				if !errors.Is(err, hashmatch.ErrCrashed) || !slices.Equal(got.Digests, want.Digests) || len(got.Hashes) > 0 {
					t.Errorf("%v of %s: %+v, %v", kinds, name, got, err)
				}
				continue
			}
			same(t, fmt.Sprint(kinds, name), got, want, err, wantErr)
		}
		if p.plain != (p.Confinement() == nil && len(p.all) == 0 && len(p.idle) == 0) {
			t.Errorf("%v: %d children", kinds, len(p.all))
		}
	}
}

// Files of formats without a decoder are not sent, but have the same status.
func TestDecodes(t *testing.T) {
	p := newPool(t, Config{Workers: 1, Decodes: func(format string) bool { return format != "mp4" && format != "jpeg" }})
	for name, data := range samples() {
		if !strings.HasPrefix(name, "jpeg") && name != "video" {
			continue
		}
		got, err := p.Sum(t.Context(), bytes.NewReader(data))
		if !errors.Is(err, hashmatch.ErrUnsupported) || len(got.Digests) < 3 || got.Width != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if c := p.rested(); c.serial != 0 {
		t.Errorf("%d files were sent", c.serial)
	} else {
		p.rest(c)
	}
}

// A child is given Config.Files files and no more; one whose decoder panicked gets none after that.
func TestRecycling(t *testing.T) {
	p := newPool(t, Config{Workers: 1, Files: 3})
	pid := func() int {
		fp, err := p.Sum(t.Context(), strings.NewReader(order("pid")))
		if err != nil {
			t.Fatal(err)
		}
		return fp.Width
	}
	first := pid()
	if second, third := pid(), pid(); first != second || first != third {
		t.Errorf("three files went to %d, %d and %d", first, second, third)
	}
	fourth := pid()
	if fourth == first {
		t.Error("a fourth file went to the same child")
	}
	if _, err := p.Sum(t.Context(), strings.NewReader(order("crashed"))); !errors.Is(err, hashmatch.ErrCrashed) {
		t.Error(err)
	}
	if pid() == fourth {
		t.Error("a child went on after its decoder had panicked")
	}
}

// A child has nothing of the parent's environment, and no directory that a case could be in.
func TestEnvironment(t *testing.T) {
	t.Setenv("CASE_NUMBER", "1234")
	p := newPool(t, Config{Workers: 1})
	_, err := p.Sum(t.Context(), strings.NewReader(order("environment")))
	if err == nil || strings.Contains(err.Error(), "CASE_NUMBER") || strings.Contains(err.Error(), "PATH=") {
		t.Errorf("the environment: %v", err)
	}
	exe, err2 := os.Executable()
	if err2 != nil {
		t.Fatal(err2)
	}
	root := filepath.VolumeName(exe) + string(filepath.Separator)
	if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf(" in %q", root)) {
		t.Errorf("the directory: %v", err)
	}
}

// Errors of the reader are the reader's, wherever they come.
func TestBrokenReader(t *testing.T) {
	broken := errors.New("bad sector")
	p := newPool(t, Config{Workers: 1})
	for _, n := range []int{0, 10, 1023, 1024, 1025, 70_000, 500_000} {
		data := order("exit") + strings.Repeat("x", 600_000)
		fp, err := p.Sum(t.Context(), io.MultiReader(strings.NewReader(data[:n]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || fp.Size != int64(n) || len(fp.Digests) > 0 {
			t.Errorf("after %d bytes: %+v, %v", n, fp, err)
		}
	}
	if _, err := p.Sum(t.Context(), strings.NewReader(order("pid"))); err != nil {
		t.Error(err)
	}
	if _, err := p.Sum(t.Context(), idle{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestConfig(t *testing.T) {
	for want, configs := range map[error][]Config{
		hashmatch.ErrFormat:      {{Workers: -1}, {Memory: 1}, {Memory: -1}, {Memory: 1 << 60}, {Time: -1}, {Files: -1}, {Limits: media.Limits{Memory: -1}}},
		hashmatch.ErrUnsupported: {{Kinds: []hashmatch.Kind{99}}},
	} {
		for _, c := range configs {
			if p, err := New(c); !errors.Is(err, want) {
				t.Errorf("%+v: %v, %v", c, p, err)
			}
		}
	}
}

// A command that is no child of ours is found out at once.
func TestNotAChild(t *testing.T) {
	for role, text := range map[string]string{
		"stillborn": "exit status 2: stillborn: no such verb",
		"foreign":   "malformed",
		"future":    "version 2",
	} {
		if p, err := New(Config{Command: as(role)}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, %v", role, p, err)
		}
	}
	gone := as("plain")()
	gone.Path = filepath.Join(t.TempDir(), "gone")
	if p, err := New(Config{Command: func() *exec.Cmd { return gone }}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, %v", p, err)
	}
}

// When no child can be started any more, files still have their digests.
func TestNoMoreChildren(t *testing.T) {
	role := "plain"
	p := newPool(t, Config{Workers: 1, Files: 1, Command: func() *exec.Cmd { return as(role)() }})
	role = "stillborn"
	for i, want := range []error{nil, hashmatch.ErrCrashed} {
		fp, err := p.Sum(t.Context(), strings.NewReader(order("pid")))
		if !errors.Is(err, want) || len(fp.Digests) != 3 {
			t.Errorf("%d: %+v, %v", i, fp, err)
		}
	}
}

// The fingerprint has no field that an answer does not carry or the parent does not make.
func TestFingerprintIsCovered(t *testing.T) {
	known := map[string]bool{
		"Size": true, "Trimmed": true, "Digests": true, "Format": true, // the parent's
		"Hashes": true, "Extras": true, "Width": true, "Height": true, "Orientation": true, "Partial": true, "Decoder": true,
		"ThumbnailDiffers": true,
		"Hash":             true, "View": true, "Quality": true, "Arithmetic": true, "Graphic": true,
	}
	fields := reflect.VisibleFields(reflect.TypeFor[hashmatch.Fingerprint]())
	fields = append(fields, reflect.VisibleFields(reflect.TypeFor[hashmatch.PictureHash]())...)
	testkit.AtLeast(t, len(known), len(fields), "fields")
	for _, f := range fields {
		if !known[f.Name] {
			t.Errorf("does an answer carry %s?", f.Name)
		}
	}
}
