package media

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// sniffLen is how many of a file's first bytes sniff looks at.
const sniffLen = 1024

// magic lists formats that begin with fixed bytes. A weak beginning ("BM", two bytes) has a function below instead.
var magic = []struct{ begin, format string }{
	{"\x89PNG\r\n\x1a\n", "png"},
	{"GIF87a", "gif"},
	{"GIF89a", "gif"},
	{"II*\x00\x10\x00\x00\x00CR\x02", "cr2"},
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
	{"II+\x00", "bigtiff"},
	{"MM\x00+", "bigtiff"},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "jxl"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"},
	{"\xff\x4f\xff\x51", "jp2"},
	{"8BPS\x00\x01", "psd"},
	{"8BPS\x00\x02", "psd"},
	{"gimp xcf", "xcf"},
	{"AT&TFORM", "djvu"},
	{"v/1\x01", "exr"},
	{"#?RADIANCE", "hdr"},
	{"DDS |\x00\x00\x00", "dds"},
	{"qoif", "qoi"},
	{"FUJIFILMCCD-RAW", "raf"},
	{"IIRO", "orf"},
	{"IIRS", "orf"},
	{"IIU\x00", "rw2"},
	{"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "wmv"},
	{"FLV\x01", "flv"},
	{".RMF\x00\x00\x00", "rm"},
	{"\x00\x00\x01\xba", "mpeg"},
	{"\x00\x00\x01\xb3", "mpeg"},
}

// sniff returns the format that a file's first bytes show, "" if they show none. head holds sniffLen bytes, or the whole
// file if it is shorter. Formats that this build cannot decode are recognised too, so that a report can name them. Files
// of sound alone are no media here.
func sniff(head []byte) string {
	for _, m := range magic {
		if len(head) >= len(m.begin) && string(head[:len(m.begin)]) == m.begin {
			return m.format
		}
	}
	for _, f := range []func([]byte) string{
		sniffJPEG, sniffBMP, sniffRIFF, sniffISO, sniffMatroska, sniffOgg, sniffTS, sniffICO, sniffJXL,
	} {
		if format := f(head); format != "" {
			return format
		}
	}
	return ""
}

// sniffJPEG wants a segment that a JPEG begins with. Decoders pass over stray bytes before a marker, and so may somebody
// who puts some there.
func sniffJPEG(head []byte) string {
	if !bytes.HasPrefix(head, []byte("\xff\xd8")) {
		return ""
	}
	if len(head) > 2 && head[2] == 0xff {
		return "jpeg"
	}
	for i := 2; i+3 < len(head); i++ {
		m := head[i+1]
		if head[i] == 0xff && (m == 0xc0 || m == 0xc2 || m == 0xc4 || m == 0xdb || m >= 0xe0 && m <= 0xef || m == 0xfe) {
			return "jpeg"
		}
	}
	return ""
}

// sniffBMP wants a known header size and fields that fit it: any text may begin with "BM".
func sniffBMP(head []byte) string {
	if len(head) < 30 || string(head[:2]) != "BM" {
		return ""
	}
	size := binary.LittleEndian.Uint32(head[14:])
	planes, depth := binary.LittleEndian.Uint16(head[26:]), binary.LittleEndian.Uint16(head[28:])
	if size == 12 {
		planes, depth = binary.LittleEndian.Uint16(head[22:]), binary.LittleEndian.Uint16(head[24:])
	}
	if slices.Contains([]uint32{12, 16, 40, 52, 56, 64, 108, 124}, size) && planes == 1 && depth <= 32 {
		return "bmp"
	}
	return ""
}

func sniffRIFF(head []byte) string {
	if len(head) < 12 || string(head[:4]) != "RIFF" {
		return ""
	}
	switch string(head[8:12]) {
	case "WEBP":
		return "webp"
	case "AVI ":
		return "avi"
	}
	return ""
}

// isoBrands tells the formats of the ISO base media family by their brand.
var isoBrands = map[string]string{
	"heic": "heic", "heix": "heic", "heim": "heic", "heis": "heic", "hevc": "heic", "hevx": "heic", "hevm": "heic",
	"hevs": "heic", "avif": "avif", "avis": "avif", "mif1": "heif", "mif2": "heif", "msf1": "heif", "jxl ": "jxl",
	"qt  ": "mov", "crx ": "cr3", "M4A ": "", "M4B ": "", "M4P ": "", "F4A ": "", "F4B ": "",
}

// sniffISO knows the box that such a file begins with, and the boxes of older QuickTime files, which have no brand. A
// brand that says no more than "a picture" is made out from those that follow it.
func sniffISO(head []byte) string {
	if len(head) < 12 {
		return ""
	}
	size := binary.BigEndian.Uint32(head)
	switch string(head[4:8]) {
	case "moov", "mdat", "wide", "pnot":
		if size == 0 || size == 1 || size >= 8 && size < 1<<28 {
			return "mov"
		}
		return ""
	case "ftyp":
	default:
		return ""
	}
	brand := string(head[8:12])
	format, known := isoBrands[brand]
	if format == "heif" {
		for at := 16; at+4 <= min(len(head), int(min(size, sniffLen))); at += 4 {
			if f := isoBrands[string(head[at:at+4])]; f == "heic" || f == "avif" {
				return f
			}
		}
	}
	if known {
		return format
	}
	if brand[:2] == "3g" {
		return "3gp"
	}
	return "mp4"
}

func sniffMatroska(head []byte) string {
	if !bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")) {
		return ""
	}
	if bytes.Contains(head[:min(len(head), 64)], []byte("webm")) {
		return "webm"
	}
	return "mkv"
}

func sniffOgg(head []byte) string {
	if bytes.HasPrefix(head, []byte("OggS")) && bytes.Contains(head[:min(len(head), 128)], []byte("\x80theora")) {
		return "ogv"
	}
	return ""
}

// sniffTS wants the sync byte of five packets in a row; in the form of cameras and discs each has four bytes before it.
func sniffTS(head []byte) string {
	for _, form := range []struct{ first, packet int }{{0, 188}, {4, 192}} {
		synced := 0
		for at := form.first; at < len(head) && head[at] == 'G'; at += form.packet {
			synced++
		}
		if synced >= 5 {
			return "mpegts"
		}
	}
	return ""
}

// sniffICO wants a first entry that fits the directory.
func sniffICO(head []byte) string {
	if len(head) < 22 || string(head[:4]) != "\x00\x00\x01\x00" {
		return ""
	}
	count := int(binary.LittleEndian.Uint16(head[4:]))
	planes, depth := binary.LittleEndian.Uint16(head[10:]), binary.LittleEndian.Uint16(head[12:])
	size, at := binary.LittleEndian.Uint32(head[14:]), int64(binary.LittleEndian.Uint32(head[18:]))
	if count > 0 && head[9] == 0 && planes <= 1 && depth <= 32 && size > 0 && at >= int64(6+16*count) {
		return "ico"
	}
	return ""
}

// sniffJXL is a bare codestream, which begins with two bytes only.
func sniffJXL(head []byte) string {
	if len(head) >= 12 && head[0] == 0xff && head[1] == 0x0a {
		return "jxl"
	}
	return ""
}
