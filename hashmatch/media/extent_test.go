package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// extents are pictures whose end can be told, and which end with their last byte.
func extents(t *testing.T) map[string][]byte {
	files := map[string][]byte{
		"png": asPNG(t, waves(70, 60)), "jpeg": asJPEG(t, waves(70, 60)), "gif": asGIF(t, waves(70, 60)),
		"large jpeg": asJPEG(t, waves(1700, 1450)),
	}
	for _, v := range loadVectors(t) {
		files[v.name] = v.data
	}
	return files
}

// Bytes behind a picture's end hide nothing: the digests up to the end are those of the picture alone.
func TestTrimmedDigests(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	var h Hasher
	only := Hasher{Kinds: []hashmatch.Kind{hashmatch.SHA256Trimmed}}
	files := extents(t)
	testkit.AtLeast(t, 59, len(files), "pictures")
	for name, data := range files {
		n, format := Extent(data)
		plain := mustSum(t, &h, data)
		if n != len(data) || format != plain.Format || plain.Trimmed != 0 || len(plain.Digests) != 3 {
			t.Errorf("%s: %d bytes of %d, %d digests", name, n, len(data), len(plain.Digests))
		}
		for _, tail := range []string{"nine more", "\x00", strings.Repeat("x", 5000), "\xff\xd8\xff\xd9", string(data)} {
			longer := append(bytes.Clone(data), tail...)
			fp := mustSum(t, &h, longer)
			n := len(plain.Hashes) // behind them may be those of a picture that was appended
			if fp.Trimmed != int64(len(data)) || len(fp.Digests) != 6 || !slices.Equal(fp.Hashes[:n], plain.Hashes) {
				t.Errorf("%s: trimmed to %d bytes of %d", name, fp.Trimmed, len(data))
			}
			for _, d := range plain.Digests {
				trimmed := fp.Digest(d.Kind().TrimmedForm())
				if trimmed.Hex() != d.Hex() || fp.Digest(d.Kind()) == d {
					t.Errorf("%s: %s, and %s for the picture alone", name, trimmed, d)
				}
			}
			fp = mustSum(t, &only, longer)
			sum := sha256.Sum256(data)
			if len(fp.Digests) != 1 || !bytes.Equal(fp.Digests[0].Bytes(), sum[:]) || len(fp.Hashes) != 0 {
				t.Errorf("%s: asked for one kind, got %v and %d hashes", name, fp.Digests, len(fp.Hashes))
			}
		}
	}
}

// Pictures behind a picture are hashed as views of their own.
func TestAppendedPictures(t *testing.T) {
	var h Hasher
	first, second, third := asJPEG(t, waves(90, 80)), asPNG(t, waves(120, 90)), asGIF(t, waves(70, 110))
	of := func(data []byte) hashmatch.Hash {
		fp := mustSum(t, &h, data)
		return fp.Hashes[0].Hash
	}
	for name, c := range map[string]struct {
		tail string
		want []hashmatch.Hash
	}{
		"none":                        {"nothing of the kind", nil},
		"one":                         {string(second), []hashmatch.Hash{of(second)}},
		"two":                         {string(second) + string(third), []hashmatch.Hash{of(second), of(third)}},
		"one and rubble":              {string(third) + "rubble", []hashmatch.Hash{of(third)}},
		"one that is broken, and one": {string(second[:40]) + string(third), nil},
	} {
		fp := mustSum(t, &h, append(bytes.Clone(first), c.tail...))
		var got []hashmatch.Hash
		for _, v := range []hashmatch.View{hashmatch.Appended, "appended2", "appended3"} {
			if p, ok := fp.Hash(hashmatch.PDQ, v); ok {
				got = append(got, p.Hash)
			}
		}
		if upright, _ := fp.Hash(hashmatch.PDQ, hashmatch.Upright); !slices.Equal(got, c.want) || upright.Hash != of(first) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What is cut has no end, and what is no picture has none either; nothing reads past the bytes there are.
func TestExtentOfCutFiles(t *testing.T) {
	ran := 0
	for _, data := range [][]byte{asPNG(t, waves(20, 20)), asJPEG(t, waves(20, 20)), asGIF(t, waves(20, 20))} {
		for n := range len(data) {
			if end, _ := Extent(data[:n]); end != 0 {
				t.Fatalf("%d bytes of %d end at %d", n, len(data), end)
			}
			ran++
		}
	}
	testkit.AtLeast(t, 1000, ran, "cut files")
	for _, other := range [][]byte{nil, []byte("hello"), asBMP(t, waves(9, 9))} {
		if end, _ := Extent(other); end != 0 {
			t.Errorf("%.10q ends at %d", other, end)
		}
	}
}

// The beginning of a picture that is none must not make every file behind it the same.
func TestNothingIsNoPicture(t *testing.T) {
	var h Hasher
	nothing := []string{
		"\xff\xd8\xff\xd9", "\xff\xd8\xff\xff\xd9", "\x89PNG\r\n\x1a\n" + pngChunk("IEND", ""),
		"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "\xff\xd8\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xd9",
	}
	testkit.AtLeast(t, 5, len(nothing), "files")
	for _, begin := range nothing {
		fp, _ := h.SumBytes(context.Background(), []byte(begin+strings.Repeat("anything else", 50)))
		if n, _ := Extent([]byte(begin)); n != 0 || fp.Trimmed != 0 || len(fp.Digests) != 3 {
			t.Errorf("%q: ends at %d, trimmed to %d", begin, n, fp.Trimmed)
		}
	}
}

func FuzzExtent(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	h := Hasher{Limits: tight}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, _ := Extent(data)
		if n < 0 || n > len(data) {
			t.Fatalf("%d of %d bytes", n, len(data))
		}
		if fp, _ := h.SumBytes(context.Background(), data); fp.Trimmed < 0 || fp.Trimmed >= fp.Size && fp.Size > 0 {
			t.Fatalf("trimmed to %d of %d bytes", fp.Trimmed, fp.Size)
		}
	})
}
