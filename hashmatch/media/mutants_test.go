package media

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"image"
	"maps"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/image/tiff"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// tight are limits under which no damaged file may take much.
var tight = Limits{Pixels: 1 << 20, Memory: 64 << 20, Time: 5 * time.Second}

// checkSound holds a fingerprint and its error to what the package promises of any bytes whatever.
func checkSound(t *testing.T, data []byte, fp hashmatch.Fingerprint, err error) {
	t.Helper()
	m, s, l := md5.Sum(data), sha1.Sum(data), sha256.Sum256(data)
	for k, want := range map[hashmatch.Kind][]byte{hashmatch.MD5: m[:], hashmatch.SHA1: s[:], hashmatch.SHA256: l[:]} {
		if got := fp.Digest(k); !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is %v, want %x", k, got, want)
		}
	}
	if fp.Size != int64(len(data)) || fp.Format == "" {
		t.Errorf("size %d of %d, format %q", fp.Size, len(data), fp.Format)
	}
	switch {
	case err == nil && fp.Format == hashmatch.FormatOther:
		if len(fp.Hashes) != 0 {
			t.Errorf("no media, and %d hashes", len(fp.Hashes))
		}
	case err == nil && fp.Partial > 0 && fp.Partial < leastShare:
		if len(fp.Hashes) != 0 || !fp.Incomplete() {
			t.Errorf("%.3f of a picture, and %+v", fp.Partial, fp)
		}
	case err == nil:
		if len(fp.Hashes) != 4 || fp.Width <= 0 || int64(fp.Width)*int64(fp.Height) > tight.Pixels || fp.Decoder == "" {
			t.Errorf("no error, and %+v", fp)
		}
		ones := 0
		for _, b := range fp.Hashes[0].Hash.Bytes() {
			ones += bits.OnesCount8(b)
		}
		if ones > 128 {
			t.Errorf("pdq with %d bits set", ones)
		}
	case errors.Is(err, hashmatch.ErrCrashed):
		t.Errorf("a decoder panicked: %v", err)
	case !known(err) && !errors.Is(err, context.DeadlineExceeded):
		t.Errorf("an error of no class: %v", err)
	case len(fp.Hashes) != 0:
		t.Errorf("hashes beside %v", err)
	}
}

// seeds returns small sound files of all six formats.
func seeds(t testing.TB) map[string][]byte {
	m := waves(40, 31)
	few := image.NewPaletted(m.Rect, paletteOf(3))
	for i := range few.Pix {
		few.Pix[i] = uint8(i/5) % 3
	}
	all := map[string][]byte{
		"png": asPNG(t, m), "png palette": asPNG(t, few), "png interlaced": []byte(interlacedPNG(20, 20)),
		"jpeg": asJPEG(t, m), "gif": asGIF(t, few), "gif on a screen": []byte(rawGIF(30, 30, 1, 1)),
		"bmp": asBMP(t, m), "bmp palette": asBMP(t, few), "tiff": asTIFF(t, m),
		"tiff plain": encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, few, nil) }),
		"webp lossy": readFile(t, "lossy_100x75.webp"), "webp alpha": readFile(t, "alpha_81x60.webp"),
		"webp lossless": readFile(t, "lossless_64x48.webp"),
	}
	for _, name := range []string{"j00_64x64_420.jpg", "e6_320x240.jpg", "j06_320x240_prog.jpg", "tiny_3x3.png", "flat_200x150.png"} {
		data, err := os.ReadFile(filepath.Join(vectorDir, "images", name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = data
	}
	return all
}

// mutate damages data, once or a few times.
func mutate(rnd *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	extremes := []uint32{0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 65500, 1 << 20}
	for range 1 + rnd.IntN(4) {
		if len(data) < 8 {
			return data
		}
		at := rnd.IntN(len(data) - 4)
		if rnd.IntN(2) == 0 {
			at = rnd.IntN(min(len(data)-4, 100)) // headers
		}
		extreme := extremes[rnd.IntN(len(extremes))]
		switch rnd.IntN(8) {
		case 0:
			data[at] ^= 1 << rnd.IntN(8)
		case 1:
			data[at] = byte(rnd.Uint32())
		case 2:
			binary.BigEndian.PutUint16(data[at:], uint16(extreme))
		case 3:
			binary.LittleEndian.PutUint32(data[at:], extreme)
		case 4:
			binary.BigEndian.PutUint32(data[at:], extreme)
		case 5: // cut
			data = data[:at]
		case 6: // a piece taken out
			data = append(data[:at], data[min(len(data), at+1+rnd.IntN(64)):]...)
		case 7: // a piece twice
			piece := bytes.Clone(data[at:min(len(data), at+1+rnd.IntN(64))])
			data = append(data[:at], append(piece, data[at:]...)...)
		}
	}
	return data
}

var long = flag.Bool("long", false, "many more mutants")

func TestMutants(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	count := 10_000
	switch {
	case *long:
		count = 100_000
	case testing.Short():
		count = 400
	}
	files := seeds(t)
	rnd := testkit.Rand(t)
	h := Hasher{Limits: tight}
	formats, outcomes, ran := map[string]bool{}, map[string]int{}, 0
	for _, name := range slices.Sorted(maps.Keys(files)) { // in one order: a seed must repeat its mutants
		data := files[name]
		fp, err := h.SumBytes(context.Background(), data)
		if err != nil && name != "gif on a screen" {
			t.Errorf("%s is not sound: %v", name, err)
		}
		formats[fp.Format] = true
		for range count / len(files) {
			mutant := mutate(rnd, data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			fp, err := h.SumBytes(context.Background(), mutant)
			runtime.ReadMemStats(&after)
			if grew := after.TotalAlloc - before.TotalAlloc; grew > uint64(tight.Memory) {
				t.Errorf("a mutant of %s took %d bytes: %x", name, grew, mutant[:min(len(mutant), 200)])
			}
			if checkSound(t, mutant, fp, err); t.Failed() {
				t.Fatalf("a mutant of %s: %x", name, mutant[:min(len(mutant), 2000)])
			}
			outcomes[outcome(&fp, err)]++
			ran++
		}
	}
	testkit.AtLeast(t, 6, len(formats), "formats")
	testkit.AtLeast(t, count*9/10, ran, "mutants")
	t.Logf("%d mutants: %v", ran, outcomes)
	for _, class := range []string{"hashed", "partial", "corrupt", "unsupported", "over the limit"} {
		if outcomes[class] == 0 {
			t.Errorf("no mutant was %s", class)
		}
	}
}

func outcome(fp *hashmatch.Fingerprint, err error) string {
	if fp.Partial > 0 {
		return "partial"
	}
	for _, class := range []error{
		hashmatch.ErrCorrupt, hashmatch.ErrUnsupported, hashmatch.ErrLimit, context.DeadlineExceeded,
	} {
		if errors.Is(err, class) {
			return class.Error()
		}
	}
	return "hashed"
}

func FuzzSumBytes(f *testing.F) {
	for _, data := range seeds(f) {
		f.Add(data)
	}
	for _, b := range bombs() {
		f.Add([]byte(b.data))
	}
	h := Hasher{Limits: tight}
	f.Fuzz(func(t *testing.T, data []byte) {
		fp, err := h.SumBytes(context.Background(), data)
		checkSound(t, data, fp, err)
		again, _ := h.Sum(context.Background(), bytes.NewReader(data))
		if len(fp.Hashes) > 0 && len(data) < int(tight.Memory/16) && !sameHashes(fp, again) {
			t.Errorf("Sum gives %v, SumBytes %v", again.Hashes, fp.Hashes)
		}
	})
}
