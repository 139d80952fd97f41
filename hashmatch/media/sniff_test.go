package media

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// ftyp makes the first box of an ISO media file.
func ftyp(brands ...string) string {
	body := brands[0] + "\x00\x00\x00\x00" + strings.Join(brands[1:], "")
	return be(4, uint64(8+len(body))) + "ftyp" + body + "\x00\x00\x00\x08free"
}

func packets(first, size int) string {
	p := strings.Repeat("\x00", first) + "G" + strings.Repeat("\x11", size-1-first)
	return strings.Repeat(p, 6)
}

func TestSniff(t *testing.T) {
	cases := []struct{ begin, want string }{
		{"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"},
		{rawPNG(1, 1, 8, 0, 0, 2), "png"},
		{"GIF87a", "gif"},
		{rawGIF(1, 1, 1, 1), "gif"},
		{rawBMP(1, 1, 24), "bmp"},
		{"BM" + strings.Repeat("\x00", 12) + le(4, 12) + le(2, 5) + le(2, 5) + le(2, 1) + le(2, 24) + "\x00\x00\x00\x00", "bmp"},
		{"II*\x00\x08\x00\x00\x00", "tiff"},
		{"MM\x00*\x00\x00\x00\x08", "tiff"},
		{"II*\x00\x10\x00\x00\x00CR\x02\x00", "cr2"},
		{"II+\x00\x08\x00\x00\x00", "bigtiff"},
		{rawWebP("VP8L", vp8lFrame(1, 1)), "webp"},
		{ftyp("heic", "mif1", "heic"), "heic"},
		{ftyp("mif1", "mif1", "heic"), "heic"},
		{ftyp("mif1", "miaf", "avif"), "avif"},
		{ftyp("mif1", "miaf"), "heif"},
		{ftyp("avif", "mif1"), "avif"},
		{ftyp("isom", "iso2", "avc1"), "mp4"},
		{ftyp("mp42"), "mp4"},
		{ftyp("qt  "), "mov"},
		{ftyp("3gp4"), "3gp"},
		{ftyp("crx "), "cr3"},
		{ftyp("M4A "), ""},
		{"\x00\x00\x10\x00moov\x00\x00\x00\x6cmvhd", "mov"},
		{"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "mov"},
		{"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"},
		{"\xff\x0a\xfa\x1f\x41\x91\x08\x06\x01\x00\x50\x00", "jxl"},
		{"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"},
		{"8BPS\x00\x01", "psd"},
		{"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x68\x04\x00\x00\x16\x00\x00\x00", "ico"},
		{"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "webm"},
		{"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska", "mkv"},
		{"RIFF\x00\x10\x00\x00AVI LIST", "avi"},
		{"RIFF\x00\x10\x00\x00WAVEfmt ", ""},
		{"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "wmv"},
		{"FLV\x01\x05", "flv"},
		{"OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x80theora", "ogv"},
		{"OggS\x00\x02" + strings.Repeat("\x00", 22) + "\x01vorbis", ""},
		{"\x00\x00\x01\xba\x44", "mpeg"},
		{packets(0, 188), "mpegts"},
		{packets(4, 192), "mpegts"},

		// What only looks like it.
		{"", ""},
		{"B", ""},
		{"BM", ""},
		{"BMW is a maker of motor cars, and this is a text.", ""},
		{"II*", ""},
		{"GIF88a", ""},
		{"GGGGGG", ""},
		{strings.Repeat("Good morning. ", 100), ""},
		{"\xff\xd8", ""},
		{"\x00\x00\x01\x00\x00\x00", ""},
		{"the mdat box is mentioned in this text", ""},
		{strings.Repeat("\x00", 2000), ""},
		{"\xff\xfeU\x00T\x00F\x00-\x001\x006\x00", ""},
		{"PK\x03\x04\x14\x00\x00\x00", ""},
		{"%PDF-1.7\n", ""},
	}
	for _, c := range cases {
		if got := sniff([]byte(c.begin)[:min(len(c.begin), sniffLen)]); got != c.want {
			t.Errorf("%.40q is %q, want %q", c.begin, got, c.want)
		}
		for n := range min(len(c.begin), 64) {
			sniff([]byte(c.begin)[:n]) // no length may make it panic
		}
	}
	testkit.AtLeast(t, 50, len(cases), "beginnings")
}

// TestRecognisedOrNot tells three things apart: a picture that this build cannot decode, a file that is none, and the
// case that nobody asked for a picture.
func TestRecognisedOrNot(t *testing.T) {
	ctx := context.Background()
	heic := ftyp("heic", "mif1", "heic") + strings.Repeat("\x00", 3000)
	var h Hasher
	fp, err := h.Sum(ctx, strings.NewReader(heic))
	if !errors.Is(err, hashmatch.ErrUnsupported) || fp.Format != "heic" || len(fp.Digests) != 3 || !fp.Media() {
		t.Errorf("HEIC: %+v, %v", fp, err)
	}
	fp, err = h.Sum(ctx, strings.NewReader("a text"))
	if err != nil || fp.Format != hashmatch.FormatOther || fp.Size != 6 || len(fp.Digests) != 3 || fp.Media() {
		t.Errorf("text: %+v, %v", fp, err)
	}
	digests := Hasher{Kinds: []hashmatch.Kind{hashmatch.SHA256}}
	fp, err = digests.Sum(ctx, strings.NewReader(heic))
	if err != nil || fp.Format != "heic" || len(fp.Digests) != 1 {
		t.Errorf("HEIC, digests only: %+v, %v", fp, err)
	}
	fp, err = digests.Sum(ctx, bytes.NewReader(asPNG(t, waves(20, 20))))
	if err != nil || fp.Format != "png" || fp.Width != 0 || len(fp.Hashes) != 0 || fp.Decoder != "" {
		t.Errorf("PNG, digests only: %+v, %v", fp, err)
	}
	fp, err = h.Sum(ctx, strings.NewReader(""))
	if err != nil || fp.Size != 0 || fp.Format != hashmatch.FormatOther ||
		fp.Digest(hashmatch.MD5).Hex() != "d41d8cd98f00b204e9800998ecf8427e" {
		t.Errorf("empty file: %+v, %v", fp, err)
	}
}
