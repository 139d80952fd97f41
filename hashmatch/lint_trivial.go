package hashmatch

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"sync"
)

// trivialDigests are the digests of content that says nothing about who holds it: nothing at all, one byte, sectors and
// clusters that were never written, and the least documents of common formats, which programs make by the thousand.
var trivialDigests = sync.OnceValue(func() map[Hash]bool {
	d := map[Hash]bool{}
	for _, fill := range []byte{0x00, 0xff} {
		addFilled(d, fill)
	}
	for c := range 256 {
		addContent(d, []byte{byte(c)})
	}
	for _, text := range []string{
		"\r\n", "\n\n", "\r\n\r\n", "\ufeff", "\ufeff\r\n", "\xff\xfe", "\xfe\xff", "0\n", "1\n", "{}", "{}\n", "[]", "[]\n", "null", "null\n", "\"\"", "true", "false",
		"<html></html>", "<html><head></head><body></body></html>", "<!DOCTYPE html>", "<?xml version=\"1.0\"?>", "OK", "ok", "OK\n", "ok\n",
	} {
		addContent(d, []byte(text))
	}
	for _, content := range leastDocuments() {
		addContent(d, content)
	}
	return d
})

// functions are the digests of a set, each with a new state.
var functions = map[Kind]func() hash.Hash{MD5: md5.New, SHA1: sha1.New, SHA256: sha256.New}

func addContent(d map[Hash]bool, content []byte) {
	for k, start := range functions {
		f := start()
		f.Write(content)
		addSum(d, k, f)
	}
}

func addSum(d map[Hash]bool, k Kind, f hash.Hash) {
	h := Hash{kind: k}
	f.Sum(h.b[:0])
	d[h] = true
}

// addFilled adds files of one byte over and over: none of it, powers of two up to 1 MiB, and multiples of a sector up to
// 64 KiB. Each function reads the bytes once, since a digest of the beginning is taken on the way.
func addFilled(d map[Hash]bool, fill byte) {
	const sector, fine, last = 512, 64 << 10, 1 << 20
	var block [sector]byte
	for i := range block {
		block[i] = fill
	}
	for k, start := range functions {
		f := start()
		addSum(d, k, f)
		size := 0
		to := func(next int) {
			for size < next {
				n := min(next-size, sector)
				f.Write(block[:n])
				size += n
			}
			addSum(d, k, f)
		}
		for next := 1; next < sector; next *= 2 {
			to(next)
		}
		for next := sector; next <= fine; next += sector {
			to(next)
		}
		for next := 2 * fine; next <= last; next *= 2 {
			to(next)
		}
	}
}

// leastDocuments returns files of common formats that hold nothing.
func leastDocuments() [][]byte {
	docs := [][]byte{
		append([]byte("PK\x05\x06"), make([]byte, 18)...), // a ZIP archive of no files
		make([]byte, 10<<10),                              // a tar archive of no files, as GNU tar pads it
		append([]byte("7z\xbc\xaf\x27\x1c\x00\x04\x8d\x9b\xd5\x0f"), make([]byte, 20)...), // 7z
		[]byte("!<arch>\n"), // ar
		[]byte("\x42\x5a\x68\x39\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00"), // bzip2 of nothing
	}
	for _, os := range []byte{0, 3, 10, 11, 255} { // gzip of nothing: stored, or in an empty Deflate block
		for _, flags := range []byte{0, 2, 4} {
			head := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, flags, os}
			docs = append(docs, append(append([]byte{}, head...), append([]byte{3, 0}, make([]byte, 8)...)...))
			docs = append(docs, append(append([]byte{}, head...), append([]byte{1, 0, 0, 0xff, 0xff}, make([]byte, 8)...)...))
		}
	}
	return append(docs, leastGIFs()...)
}

// leastGIFs returns the pictures of one pixel that web pages measure their readers with: of either version, with or
// without a table of two colours, transparent or not.
func leastGIFs() (gifs [][]byte) {
	heads := [][]byte{{0, 0, 0}}
	for _, packed := range []byte{0x80, 0xf0} {
		for _, background := range []byte{0, 1, 0xff} {
			for _, first := range []byte{0x00, 0xc0, 0xff} {
				for _, second := range []byte{0x00, 0xc0, 0xff} {
					heads = append(heads, []byte{packed, background, 0, first, first, first, second, second, second})
				}
			}
		}
	}
	controls := [][]byte{
		nil, {0x21, 0xf9, 4, 0, 0, 0, 0, 0}, {0x21, 0xf9, 4, 1, 0, 0, 0, 0}, {0x21, 0xf9, 4, 1, 0, 0, 1, 0}, {0x21, 0xf9, 4, 1, 10, 0, 1, 0},
	}
	pixels := [][]byte{{2, 1, 0x44, 0}, {2, 1, 0x4c, 0}, {2, 2, 0x44, 1, 0}, {2, 2, 0x4c, 1, 0}, {2, 2, 0x54, 1, 0}}
	for _, version := range []string{"GIF87a", "GIF89a"} {
		for _, head := range heads {
			for _, control := range controls {
				for _, pixel := range pixels {
					parts := [][]byte{[]byte(version), {1, 0, 1, 0}, head, control, {',', 0, 0, 0, 0, 1, 0, 1, 0, 0}, pixel, {';'}}
					gifs = append(gifs, bytes.Join(parts, nil))
				}
			}
		}
	}
	return gifs
}
