package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// waves draws a colourful picture with detail enough for PDQ, opaque.
func waves(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x*x/9 + y), uint8(x + y*y/7), uint8(x*y/11 ^ x), 255})
		}
	}
	return m
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func asJPEG(t testing.TB, m image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) })
}

func asGIF(t testing.TB, m image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) })
}

func asBMP(t testing.TB, m image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, m) })
}

func asTIFF(t testing.TB, m image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, m, &tiff.Options{Compression: tiff.Deflate}) })
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustSum(t testing.TB, h *Hasher, data []byte) hashmatch.Fingerprint {
	t.Helper()
	fp, err := h.SumBytes(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	return fp
}

func sameHashes(a, b hashmatch.Fingerprint) bool {
	if len(a.Hashes) != len(b.Hashes) || len(a.Hashes) == 0 {
		return false
	}
	for i, h := range a.Hashes {
		if h != b.Hashes[i] {
			return false
		}
	}
	return true
}

// TestWebPIsLibwebp compares with the pixels that libwebp gives for the same files: cwebp 1.2.4 made them from the
// reference vectors, and dwebp -nodither the PNGs from them.
func TestWebPIsLibwebp(t *testing.T) {
	var h Hasher
	files := []string{"lossy_100x75", "lossy_127x128", "alpha_81x60", "lossless_64x48"}
	for _, name := range files {
		data := readFile(t, name+".webp")
		in := &reader{ctx: context.Background(), data: data}
		head, err := webpHead(in, data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := webpPicture(in, data, head)
		if err != nil {
			t.Fatal(err)
		}
		want, err := png.Decode(bytes.NewReader(readFile(t, name+".png")))
		if err != nil {
			t.Fatal(err)
		}
		for y := range want.Bounds().Dy() {
			for x := range want.Bounds().Dx() {
				if g, w := color.NRGBAModel.Convert(got.At(x, y)), color.NRGBAModel.Convert(want.At(x, y)); g != w {
					t.Fatalf("%s: pixel %d,%d is %v, libwebp has %v", name, x, y, g, w)
				}
			}
		}
		a, b := mustSum(t, &h, data), mustSum(t, &h, readFile(t, name+".png"))
		if a.Format != "webp" || !sameHashes(a, b) {
			t.Errorf("%s: hashes differ from those of the decoded picture:\n%v\n%v", name, a.Hashes, b.Hashes)
		}
	}
}

// TestFormatsAgree hashes the same pixels from every lossless form.
func TestFormatsAgree(t *testing.T) {
	var h Hasher
	m := waves(90, 70)
	want := mustSum(t, &h, asPNG(t, m))
	deep := image.NewNRGBA64(m.Rect)
	for y := range 70 {
		for x := range 90 {
			c := m.NRGBAAt(x, y)
			deep.SetNRGBA64(x, y, color.NRGBA64{uint16(c.R)<<8 | 3, uint16(c.G)<<8 | 200, uint16(c.B) << 8, 0xffff})
		}
	}
	forms := map[string][]byte{
		"bmp": asBMP(t, m), "tiff": asTIFF(t, m), "png": asPNG(t, deep),
	}
	for format, data := range forms {
		got := mustSum(t, &h, data)
		if got.Format != format || distance(t, &got, want.Hashes[0].Hash) != 0 || got.Quality() != want.Quality() {
			t.Errorf("%s: %v\nwant %v", format, got, want.Hashes)
		}
	}

	few := image.NewPaletted(m.Rect, color.Palette{color.Black, color.NRGBA{250, 10, 90, 255}, color.NRGBA{9, 200, 77, 255}})
	for i := range few.Pix {
		few.Pix[i] = uint8(i/7+i/900) % 3
	}
	want = mustSum(t, &h, asPNG(t, few))
	for format, data := range map[string][]byte{"gif": asGIF(t, few), "bmp": asBMP(t, few), "tiff": asTIFF(t, few)} {
		if got := mustSum(t, &h, data); got.Format != format || !sameHashes(got, want) {
			t.Errorf("%s: %v\nwant %v", format, got.Hashes, want.Hashes)
		}
	}

	gray := image.NewGray(m.Rect)
	gray16 := image.NewGray16(m.Rect)
	for i := range gray.Pix {
		gray.Pix[i] = m.Pix[4*i]
		gray16.Pix[2*i], gray16.Pix[2*i+1] = m.Pix[4*i], 0x7f
	}
	want = mustSum(t, &h, asPNG(t, gray))
	for name, data := range map[string][]byte{"bmp": asBMP(t, gray), "tiff": asTIFF(t, gray), "png16": asPNG(t, gray16)} {
		if got := mustSum(t, &h, data); distance(t, &got, want.Hashes[0].Hash) != 0 {
			t.Errorf("%s: %v\nwant %v", name, got.Hashes[0], want.Hashes[0])
		}
	}
}

// TestAlphaIsDropped gives PDQ the same red, green and blue under any alpha, also in a palette.
func TestAlphaIsDropped(t *testing.T) {
	var h Hasher
	m := waves(80, 80)
	opaque := mustSum(t, &h, asPNG(t, m))
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = uint8(i/4%254) + 1
	}
	clear := mustSum(t, &h, asPNG(t, m))
	if d := distance(t, &clear, opaque.Hashes[0].Hash); d != 0 {
		t.Errorf("alpha moves pdq by %d bits", d)
	}
	if distance(t, &clear, opaque.Hashes[1].Hash) == 0 {
		t.Error("alpha does not move ahash, which goimagehash takes from premultiplied pixels")
	}
	palette := color.Palette{color.NRGBA{10, 20, 30, 255}, color.NRGBA{200, 90, 30, 255}, color.NRGBA{90, 250, 99, 255}}
	few := image.NewPaletted(m.Rect, palette)
	for i := range few.Pix {
		few.Pix[i] = m.Pix[4*i] % 3
	}
	opaque = mustSum(t, &h, asPNG(t, few))
	for i, c := range palette {
		c := c.(color.NRGBA)
		c.A = uint8(60 * i)
		palette[i] = c
	}
	clear = mustSum(t, &h, asPNG(t, few))
	if d := distance(t, &clear, opaque.Hashes[0].Hash); d != 0 {
		t.Errorf("alpha in the palette moves pdq by %d bits", d)
	}
}

// TestGIFOnItsScreen puts a frame somewhere on a larger screen, with a transparent colour: all else is black.
func TestGIFOnItsScreen(t *testing.T) {
	palette := color.Palette{color.NRGBA{200, 30, 90, 255}, color.NRGBA{30, 220, 60, 255}, color.Transparent}
	frame := image.NewPaletted(image.Rect(20, 11, 81, 64), palette)
	screen := image.NewRGBA(image.Rect(0, 0, 100, 75))
	for i := 3; i < len(screen.Pix); i += 4 {
		screen.Pix[i] = 255
	}
	for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
		for x := frame.Rect.Min.X; x < frame.Rect.Max.X; x++ {
			index := uint8(x/5+y/3) % 3
			frame.SetColorIndex(x, y, index)
			if index < 2 {
				screen.Set(x, y, palette[index])
			}
		}
	}
	data := encoded(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{
			Image: []*image.Paletted{frame, frame}, Delay: []int{0, 0}, Config: image.Config{Width: 100, Height: 75},
		})
	})
	var h Hasher
	got, want := mustSum(t, &h, data), mustSum(t, &h, asPNG(t, screen))
	if got.Width != 100 || got.Height != 75 || !sameHashes(got, want) {
		t.Errorf("%dx%d %v\nwant %v", got.Width, got.Height, got.Hashes, want.Hashes)
	}
}

func TestLumaRowsOfEveryType(t *testing.T) {
	rnd := testkit.Rand(t)
	r := image.Rect(0, 0, 21, 13)
	ran := 0
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		m := image.NewYCbCr(r, ratio)
		for _, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
			for i := range plane {
				plane[i] = byte(rnd.Uint32())
			}
		}
		for _, cut := range []image.Image{m, m.SubImage(image.Rect(3, 5, 20, 12))} {
			checkLuma(t, cut)
			ran++
		}
	}
	cmyk, rgba := image.NewCMYK(r), image.NewRGBA64(r)
	for _, pix := range [][]byte{cmyk.Pix, rgba.Pix} {
		for i := range pix {
			pix[i] = byte(rnd.Uint32())
		}
	}
	for _, m := range []image.Image{cmyk, cmyk.SubImage(image.Rect(1, 2, 9, 9)), rgba, rgba.SubImage(image.Rect(4, 4, 21, 13))} {
		checkLuma(t, m)
		ran++
	}
	testkit.AtLeast(t, 16, ran, "pictures")
	if _, err := rowsOf(image.NewAlpha(r)); !errors.Is(err, hashmatch.ErrUnsupported) {
		t.Errorf("a type of no decoder: %v", err)
	}
}

// checkLuma compares with the luma of each pixel's own RGBA method.
func checkLuma(t *testing.T, m image.Image) {
	t.Helper()
	rows, err := rowsOf(m)
	if err != nil || rows.channels != 3 {
		t.Fatalf("%T: %d channels, %v", m, rows.channels, err)
	}
	b := m.Bounds()
	dst := make([]float32, b.Dx())
	luma := rows.luma(b.Dx())
	for y := range b.Dy() {
		luma(y, dst)
		for x, got := range dst {
			r, g, bl, _ := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			p := [3]float32{float32(r >> 8), float32(g >> 8), float32(bl >> 8)}
			want := float32(float32(0.299)*p[0]) + float32(float32(0.587)*p[1])
			want += float32(float32(0.114) * p[2])
			if got != want {
				t.Fatalf("%T %v: pixel %d,%d has luma %v, want %v", m, b, x, y, got, want)
			}
		}
	}
}

// TestJPEGPaths decodes what a JPEG may hold besides YCbCr.
func TestJPEGPaths(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	data := asJPEG(t, waves(120, 90))
	gray := image.NewGray(image.Rect(0, 0, 120, 90))
	for i := range gray.Pix {
		gray.Pix[i] = uint8(i * i / 97)
	}
	for _, c := range []struct {
		name  string
		data  []byte
		exact bool
		by    string
		how   hashmatch.Arithmetic
	}{
		{"default", data, false, "jpegluma ", hashmatch.Luma1},
		{"exact", data, true, "image/jpeg go", hashmatch.Reference},
		{"gray", asJPEG(t, gray), false, "jpegluma ", hashmatch.Luma1},
		{"RGB whose red is finer", adobe(data, 0), false, "image/jpeg go", hashmatch.Luma1},
		{"stored as RGB", adobe(data, 0), true, "image/jpeg go", hashmatch.Reference},
		{"YCbCr by Adobe", adobe(data, 1), false, "jpegluma ", hashmatch.Luma1},
		{"large", asJPEG(t, synth.Picture(synth.Landscape, 1, 2000, 1500)), false, "jpegluma ", hashmatch.Luma8},
		{"middling", asJPEG(t, synth.Picture(synth.Landscape, 1, 1000, 900)), false, "jpegluma ", hashmatch.Luma4},
		{"large with fine detail", asJPEG(t, waves(2000, 1500)), false, "jpegluma ", hashmatch.Luma1},
	} {
		h := Hasher{Exact: c.exact}
		fp := mustSum(t, &h, c.data)
		if !strings.HasPrefix(fp.Decoder, c.by) {
			t.Errorf("%s: decoder %q, want %q...", c.name, fp.Decoder, c.by)
		}
		for _, hash := range fp.Hashes {
			if hash.Arithmetic != c.how || hash.Approximate() != (hash.Hash.Kind() == hashmatch.DHash && !c.exact) {
				t.Errorf("%s: %s by %s, approximate: %v", c.name, hash.Hash, hash.Arithmetic, hash.Approximate())
			}
		}
	}
}

// adobe puts an Adobe segment that says how colours were transformed behind a JPEG's first two bytes.
func adobe(data []byte, transform byte) []byte {
	segment := append([]byte("\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"), transform)
	return append(append(append([]byte(nil), data[:2]...), segment...), data[2:]...)
}

func TestDecoderNames(t *testing.T) {
	h := Hasher{Exact: true}
	for data, want := range map[string]string{
		string(asPNG(t, waves(9, 9))):              "image/png go",
		string(asGIF(t, waves(9, 9))):              "image/gif go",
		string(asBMP(t, waves(9, 9))):              "x/image/bmp",
		string(asTIFF(t, waves(9, 9))):             "x/image/tiff",
		string(readFile(t, "lossless_64x48.webp")): "x/image/webp",
	} {
		fp := mustSum(t, &h, []byte(data))
		if !strings.HasPrefix(fp.Decoder, want) || strings.Count(fp.Decoder, " ") > 2 {
			t.Errorf("decoder %q, want %q...", fp.Decoder, want)
		}
	}
}

// The small picture that a raw file begins with is a thumbnail of another: it can match, and makes nothing clear.
func TestReducedTIFF(t *testing.T) {
	data := asTIFF(t, waves(120, 90))
	at := binary.LittleEndian.Uint32(data[4:])
	n := binary.LittleEndian.Uint16(data[at:])
	directory := append([]byte(nil), data[at+2:at+2+12*uint32(n)]...)
	subfile := []byte("\xfe\x00\x04\x00\x01\x00\x00\x00\x01\x00\x00\x00") // first, since tags ascend
	reduced := append([]byte(nil), data...)
	binary.LittleEndian.PutUint32(reduced[4:], uint32(len(reduced)))
	reduced = binary.LittleEndian.AppendUint16(reduced, n+1)
	reduced = append(append(append(reduced, subfile...), directory...), 0, 0, 0, 0)
	for _, exact := range []bool{false, true} {
		h := Hasher{Exact: exact, Kinds: []hashmatch.Kind{hashmatch.PDQ}}
		whole, small := mustSum(t, &h, data), mustSum(t, &h, reduced)
		if whole.Incomplete() || !small.Incomplete() || len(small.Hashes) != 1 || small.Hashes[0].View != hashmatch.Thumbnail ||
			small.Hashes[0].Hash != whole.Hashes[0].Hash {
			t.Errorf("exact %v: %+v, and reduced %+v", exact, whole.Hashes, small.Hashes)
		}
	}
}
