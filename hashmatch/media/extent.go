package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"strconv"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/raster/gif"
)

// Extent returns how many bytes the picture that data begins with takes, up to and with its end marker, and its format.
// It is 0 for what is no JPEG, PNG or GIF, and for a picture whose end is not there. Nothing is decoded.
func Extent(data []byte) (n int, format string) {
	switch format = sniff(data[:min(len(data), sniffLen)]); format {
	case "jpeg":
		return jpegEnd(data), format
	case "png":
		return pngEnd(data), format
	case "gif":
		return gif.End(data), format
	}
	return 0, format
}

// jpegEnd walks the segments; between a scan's header and the next marker stands entropy-coded data, in which 0xff is
// followed by zero or a restart marker. What has no frame and no scan is no picture, and has no end.
func jpegEnd(data []byte) int {
	frame, scan := false, false
	for at := 2; ; {
		i := bytes.IndexByte(data[min(at, len(data)):], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return 0
		}
		at += i + 1
		switch marker := data[at]; {
		case marker == 0xd9 && frame && scan:
			return at + 1
		case marker == 0xd9:
			return 0
		case marker == 0xff: // fill bytes may stand before a marker
		case marker == 0, marker == 1, marker >= 0xd0 && marker <= 0xd8:
			at++
		default:
			if at+3 > len(data) {
				return 0
			}
			frame = frame || marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
			scan = scan || marker == 0xda && frame
			at += 1 + max(int(binary.BigEndian.Uint16(data[at+1:])), 2)
		}
	}
}

// pngEnd walks the chunks to IEND. What has no header and no pixels before it is no picture.
func pngEnd(data []byte) int {
	header, pixels := false, false
	for at := int64(8); at+12 <= int64(len(data)); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		end := at + 12 + n
		switch string(data[at+4 : at+8]) {
		case "IHDR":
			header = n == 13
		case "IDAT":
			pixels = pixels || header && n > 0
		case "IEND":
			if end > int64(len(data)) || !pixels {
				return 0
			}
			return int(end)
		}
		at = end
	}
	return 0
}

// ends returns where the file's picture ends: the file's length if nothing follows, or nobody knows.
func (j *job) ends() int {
	end := j.end
	if end == 0 {
		end, _ = Extent(j.data)
	}
	if end <= 0 || end > len(j.data) {
		return len(j.data)
	}
	return end
}

// trim adds the digests up to the picture's end, if other bytes follow. Where the picture was decoded, it must have been
// sound: the beginning of something that is none may stand before any other file, and would make them all one.
func (j *job) trim(ctx context.Context) error {
	if !j.hasher.trims(j.fp.Format) || len(j.data) == 0 {
		return nil
	}
	end := j.ends()
	if end == len(j.data) {
		return nil
	}
	var kinds []hashmatch.Kind
	for _, k := range j.hasher.kinds() {
		if k.Trimmed() {
			kinds = append(kinds, k.Whole())
		}
	}
	d := &j.w.digests
	d.Reset(kinds)
	if err := writeAll(ctx, d, j.data[:end]); err != nil {
		return err
	}
	j.fp.Trimmed = int64(end)
	for _, sum := range d.AppendSums(nil) {
		trimmed, err := hashmatch.NewHash(sum.Kind().TrimmedForm(), sum.Bytes())
		if err != nil {
			panic(err) // a digest and its trimmed form have one length
		}
		j.fp.Digests = append(j.fp.Digests, trimmed)
	}
	return nil
}

// mostAppended is how many pictures behind a picture's end are looked at.
const mostAppended = 3

// appended hashes the pictures that stand behind the end of the first, one behind the other, as views: what somebody put
// there is not hidden by what stands before it. One that cannot be read ends the row.
func (j *job) appended(ctx context.Context) error {
	if !j.hasher.wants(hashmatch.PDQ) || len(j.fp.Hashes) == 0 {
		return nil
	}
	tail := j.data[j.ends():]
	for n := 1; n <= mostAppended && len(tail) > 0; n++ {
		sub := j.hasher.start()
		sub.data, sub.fp.Format = tail, sniff(tail[:min(len(tail), sniffLen)])
		if _, ok := j.hasher.decoder(sub.fp.Format); !ok {
			sub.finish()
			return nil
		}
		sub.view = hashmatch.Appended
		if n > 1 {
			sub.view += hashmatch.View(strconv.Itoa(n))
		}
		err := sub.picture(ctx)
		end := sub.end
		fp := sub.finish()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return nil
		}
		j.fp.Hashes = append(j.fp.Hashes, fp.Hashes...)
		if end <= 0 || end > len(tail) {
			return nil
		}
		tail = tail[end:]
	}
	return nil
}
