package media

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// Files written by hand: they claim much and hold little.

func be(width int, v uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, v)[8-width:])
}

func le(width int, v uint64) string {
	return string(binary.LittleEndian.AppendUint64(nil, v)[:width])
}

func pngChunk(name, body string) string {
	return be(4, uint64(len(body))) + name + body + be(4, uint64(crc32.ChecksumIEEE([]byte(name+body))))
}

// rawPNG makes a PNG whose filtered rows are n zero bytes.
func rawPNG(w, h uint64, depth, colour, interlaced byte, n int) string {
	var z bytes.Buffer
	writer := zlib.NewWriter(&z)
	writer.Write(make([]byte, n))
	writer.Close()
	palette := ""
	if colour == 3 {
		palette = pngChunk("PLTE", "\x00\x00\x00\xff\xff\xff")
	}
	return "\x89PNG\r\n\x1a\n" + pngChunk("IHDR", be(4, w)+be(4, h)+string([]byte{depth, colour, 0, 0, interlaced})) +
		palette + pngChunk("IDAT", z.String()) + pngChunk("IEND", "")
}

// interlacedPNG makes a sound, black PNG of 8-bit RGBA, interlaced.
func interlacedPNG(w, h int) string {
	n := 0
	for _, pass := range []struct{ x, y, dx, dy int }{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		across, down := (w-pass.x+pass.dx-1)/pass.dx, (h-pass.y+pass.dy-1)/pass.dy
		n += down * (1 + 4*across)
	}
	return rawPNG(uint64(w), uint64(h), 8, 6, 1, n)
}

// rawJPEG makes a JPEG of 4:2:0 with the given start-of-frame marker and no scan worth the name.
func rawJPEG(marker byte, w, h uint64) string {
	return "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" +
		"\xff\xdb\x00\x43\x00" + strings.Repeat("\x01", 64) +
		"\xff" + string([]byte{marker}) + "\x00\x11\x08" + be(2, h) + be(2, w) + "\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00" +
		"\xff\xc4\x00\x14\x00\x01" + strings.Repeat("\x00", 15) + "\x00" +
		"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00" + strings.Repeat("\x00", 200) + "\xff\xd9"
}

func rawGIF(screenW, screenH, frameW, frameH uint64) string {
	return "GIF89a" + le(2, screenW) + le(2, screenH) + "\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
		"," + le(4, 0) + le(2, frameW) + le(2, frameH) + "\x00\x02\x02\x4c\x01\x00;"
}

func rawBMP(w, h, depth uint64) string {
	return "BM" + le(4, 54) + le(4, 0) + le(4, 54) + le(4, 40) + le(4, w) + le(4, h) + le(2, 1) + le(2, depth) + le(4, 0) +
		le(4, 0) + le(4, 0) + le(4, 0) + le(4, 0) + le(4, 0)
}

// rawTIFF makes a little-endian TIFF of one directory, entries in the order of their tags.
func rawTIFF(entries ...[3]uint64) string {
	s := "II*\x00" + le(4, 8) + le(2, uint64(len(entries)))
	for _, e := range entries { // tag, count, value; all long
		s += le(2, e[0]) + le(2, 4) + le(4, e[1]) + le(4, e[2])
	}
	return s + le(4, 0)
}

func rawWebP(chunks ...string) string {
	body := "WEBP"
	for i := 0; i < len(chunks); i += 2 {
		body += chunks[i] + le(4, uint64(len(chunks[i+1]))) + chunks[i+1]
		if len(chunks[i+1])%2 == 1 {
			body += "\x00"
		}
	}
	return "RIFF" + le(4, uint64(len(body))) + body
}

func vp8Frame(w, h uint64) string {
	return "\x10\x00\x00\x9d\x01\x2a" + le(2, w) + le(2, h) + strings.Repeat("\x00", 20)
}

func vp8lFrame(w, h uint64) string {
	return "\x2f" + le(4, (w-1)|(h-1)<<14) + strings.Repeat("\x00", 20)
}

type bomb struct {
	name string
	data string
	want error
}

func bombs() []bomb {
	limit, corrupt := hashmatch.ErrLimit, hashmatch.ErrCorrupt
	claim := rawWebP("VP8 ", vp8Frame(800, 600))
	claim = strings.Replace(claim, "VP8 \x1e\x00\x00\x00", "VP8 \x00\x00\x00\x07", 1)
	claim = strings.Replace(claim, claim[4:8], "\xff\xff\xff\x07", 1)
	return []bomb{
		{"PNG 60000x60000", rawPNG(60000, 60000, 8, 6, 0, 100), limit},
		{"PNG 60000x60000 interlaced, 16 bits", rawPNG(60000, 60000, 16, 6, 1, 100), limit},
		{"PNG 1 x 2147483647", rawPNG(1, 1<<31-1, 8, 0, 0, 100), limit},
		{"PNG of a side over 262144", rawPNG(300000, 2, 8, 0, 0, 600002), limit},
		{"PNG 9000x9000, 100 bytes of pixels", rawPNG(9000, 9000, 8, 2, 0, 100), corrupt},
		{"PNG 9000x9000, palette", rawPNG(9000, 9000, 8, 3, 0, 100), corrupt},
		{"JPEG 65500x65500", rawJPEG(0xc0, 65500, 65500), limit},
		{"JPEG 65500x65500 progressive", rawJPEG(0xc2, 65500, 65500), limit},
		{"JPEG 9000x9000", rawJPEG(0xc0, 9000, 9000), corrupt},
		{"GIF 65535x65535", rawGIF(65535, 65535, 65535, 65535), limit},
		{"GIF frame larger than its screen", rawGIF(10, 10, 60000, 60000), limit},
		{"BMP of 54 bytes, 4.6 GB", rawBMP(34000, 34000, 32), limit},
		{"BMP upside down", rawBMP(34000, 1<<32-34000, 24), limit},
		{"BMP of the lowest height", rawBMP(1, 1<<31, 24), limit},
		{"BMP of 54 bytes, 9000x9000", rawBMP(9000, 9000, 32), corrupt},
		{"TIFF 100000x100000", rawTIFF([3]uint64{256, 1, 100000}, [3]uint64{257, 1, 100000}, [3]uint64{258, 1, 8},
			[3]uint64{262, 1, 1}), corrupt},
		{"TIFF 9000x9000 without pixels", rawTIFF([3]uint64{256, 1, 9000}, [3]uint64{257, 1, 9000}, [3]uint64{258, 1, 8},
			[3]uint64{259, 1, 1}, [3]uint64{262, 1, 1}, [3]uint64{273, 1, 0}, [3]uint64{279, 1, 100}), corrupt},
		{"TIFF with two thousand million strips", rawTIFF([3]uint64{256, 1, 100}, [3]uint64{257, 1, 100}, [3]uint64{258, 1, 8},
			[3]uint64{259, 1, 8}, [3]uint64{262, 1, 1}, [3]uint64{273, 1 << 28, 8}, [3]uint64{278, 1, 1},
			[3]uint64{279, 1 << 28, 8}), corrupt},
		{"TIFF with tiles of 2^31", rawTIFF([3]uint64{256, 1, 100}, [3]uint64{257, 1, 100}, [3]uint64{258, 1, 8},
			[3]uint64{259, 1, 8}, [3]uint64{262, 1, 1}, [3]uint64{322, 1, 1 << 31}, [3]uint64{323, 1, 1 << 31},
			[3]uint64{324, 1, 8}, [3]uint64{325, 1, 8}), corrupt},
		{"TIFF with a directory longer than the file", "II*\x00" + le(4, 8) + "\xff\xff" + strings.Repeat("\x00", 100), corrupt},
		{"WebP canvas 40000x40000", rawWebP("VP8X", "\x00\x00\x00\x00"+le(3, 39999)+le(3, 39999), "VP8 ", vp8Frame(64, 64)), corrupt},
		{"WebP lossless 16384x16384", rawWebP("VP8L", vp8lFrame(16384, 16384)), limit},
		{"WebP lossy 16383x16383", rawWebP("VP8 ", vp8Frame(16383, 16383)), limit},
		{"WebP frame larger than its canvas", rawWebP("VP8X", "\x00\x00\x00\x00"+le(3, 63)+le(3, 63), "VP8L",
			vp8lFrame(16384, 16384)), corrupt},
		{"WebP chunk of 112 MB in 60 bytes", claim, corrupt},
		{"WebP animation", rawWebP("VP8X", "\x02\x00\x00\x00"+le(3, 39999)+le(3, 39999)), corrupt},
	}
}

// TestBombs holds each to 50 ms, with slack for a busy machine, and to 32 MiB.
func TestBombs(t *testing.T) {
	all := bombs()
	testkit.AtLeast(t, 12, len(all), "bombs")
	var h Hasher
	for _, b := range all {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		fp, err := h.Sum(context.Background(), strings.NewReader(b.data))
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		// Where an int has 32 bits, the decoders themselves refuse some sizes, by other names.
		if !errors.Is(err, b.want) && (strconv.IntSize == 64 || !known(err)) {
			t.Errorf("%s: %v; want %v", b.name, err, b.want)
		}
		if len(fp.Digests) != 3 || len(fp.Hashes) != 0 || fp.Format == hashmatch.FormatOther {
			t.Errorf("%s: %+v", b.name, fp)
		}
		if took > 500*time.Millisecond {
			t.Errorf("%s: refused after %v", b.name, took)
		}
		if grew := after.TotalAlloc - before.TotalAlloc; grew > 32<<20 {
			t.Errorf("%s: took %d bytes to refuse", b.name, grew)
		}
		if errors.Is(err, hashmatch.ErrLimit) && fp.Width == 0 {
			t.Errorf("%s: refused without its size: %v", b.name, err)
		}
	}
}

// TestMemoryCharge compares the memory charged for a picture with every byte that hashing it really allocates.
func TestMemoryCharge(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates too")
	}
	small := image.Rect(0, 0, 500, 400)
	colours := waves(500, 400)
	gray := image.NewGray(small)
	deep := image.NewNRGBA64(small)
	for i := range deep.Pix {
		deep.Pix[i] = byte(i * i / 11)
	}
	few := image.NewPaletted(small, paletteOf(3))
	files := map[string][]byte{
		"PNG RGB":            asPNG(t, colours),
		"PNG gray":           asPNG(t, gray),
		"PNG palette":        asPNG(t, few),
		"PNG 16 bits":        asPNG(t, deep),
		"PNG interlaced":     []byte(interlacedPNG(500, 400)),
		"PNG gray, 1 column": asPNG(t, image.NewGray(image.Rect(0, 0, 1, 50000))),
		"PNG palette, 1 row": asPNG(t, image.NewPaletted(image.Rect(0, 0, 50000, 6), paletteOf(3))),
		"JPEG 4:2:0":         asJPEG(t, colours),
		"JPEG stored as RGB": adobe(asJPEG(t, colours)[:], 0),
		"GIF":                asGIF(t, few),
		"GIF on a screen":    []byte(rawGIF(500, 400, 1, 1)),
		"BMP":                asBMP(t, colours),
		"BMP palette":        asBMP(t, few),
		"TIFF":               asTIFF(t, colours),
		"TIFF gray":          asTIFF(t, gray),
		"TIFF 16 bits":       asTIFF(t, deep),
		"WebP lossy":         readFile(t, "lossy_127x128.webp"),
		"WebP alpha":         readFile(t, "alpha_81x60.webp"),
		"WebP lossless":      readFile(t, "lossless_64x48.webp"),
		"WebP of codes":      []byte(hugeCodes(204, 204)),
	}
	for _, v := range loadVectors(t) {
		if strings.HasPrefix(v.name, "j12_") {
			files["JPEG "+v.name] = v.data
		}
	}
	testkit.AtLeast(t, 26, len(files), "pictures")
	for name, data := range files {
		for _, h := range []*Hasher{{Kinds: Computable()}, {Kinds: Computable(), Exact: true}, {Views: Light}, {Views: Light, Exact: true}} {
			charge, least := chargeOf(t, name, h, data)
			h.shared()   // it is not the picture's
			runtime.GC() // twice, and the pools are empty: a first picture pays for all it needs
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			mustSumOrCorrupt(t, h, data)
			runtime.ReadMemStats(&after)
			used := int64(after.TotalAlloc-before.TotalAlloc) - int64(unsafe.Sizeof(worker{}))
			if used > charge {
				t.Errorf("%s, exact %v, views %v: %d bytes used, %d charged", name, h.Exact, h.Views, used, charge)
			}
			if int64(len(data)) < least {
				t.Errorf("%s: %d bytes are said to be too few, at least %d", name, len(data), least)
			}
		}
	}
}

// chargeOf is what a picture is charged before it is decoded.
func chargeOf(t *testing.T, name string, h *Hasher, data []byte) (charge, least int64) {
	t.Helper()
	format := sniff(data[:min(len(data), sniffLen)])
	if d, ok := drawers[format]; ok && !h.Exact {
		o, err := d.outline(data, 8)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		charge, least = o.memory+folding(o.width, o.height, o.scale), o.least
		for scale := o.scale; scale > 1; { // it may be drawn again
			scale = finer(scale)
			if o, err = d.outline(data, scale); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			charge += o.memory + folding(o.width, o.height, o.scale)
		}
		return charge, least
	}
	d := decoders[format]
	head, err := d.header(&reader{ctx: context.Background(), data: data}, data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return head.memory + hashing(&head, h.Views == Light), head.least
}

func mustSumOrCorrupt(t *testing.T, h *Hasher, data []byte) {
	t.Helper()
	if _, err := h.SumBytes(context.Background(), data); err != nil && !errors.Is(err, hashmatch.ErrCorrupt) {
		t.Fatal(err)
	}
}
