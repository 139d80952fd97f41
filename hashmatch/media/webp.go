package media

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/webp"

	"github.com/hashmatch/engine/hashmatch"
)

// webpChunks is what the chunks up to the picture's own say.
type webpChunks struct {
	animated, alpha, lossless bool
	cut                       bool // a chunk claims more bytes than the file has
}

func readWebPChunks(data []byte) (c webpChunks) {
	for at := int64(12); at+8 <= int64(len(data)); {
		id, size := string(data[at:at+4]), int64(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		c.cut = size > int64(len(body))
		switch {
		case id == "VP8 " || id == "VP8L":
			c.lossless = id == "VP8L"
			return c
		case c.cut:
			return c
		case id == "VP8X" && size > 0:
			c.animated = body[0]&2 != 0
		case id == "ALPH":
			c.alpha = true
		}
		at += 8 + size + size&1
	}
	return c
}

// webpHead counts the planes, the RGB picture, the alpha plane, which is decoded as a lossless picture of its own, and
// the copy that the decoder makes of a lossy picture's bytes. What is lossless brings its own Huffman codes: up to 2,600
// groups of them, 80 KiB each at worst, from a few dozen bytes of file.
func webpHead(r io.Reader, data []byte) (header, error) {
	chunks := readWebPChunks(data)
	if chunks.animated {
		return header{}, fmt.Errorf("animation: %w", hashmatch.ErrUnsupported)
	}
	c, err := webp.DecodeConfig(r)
	if err != nil {
		return header{}, err
	}
	h := header{width: c.Width, height: c.Height}
	if hopeless(c) {
		return h, nil
	}
	if chunks.cut {
		// The decoder allocates what a chunk claims before it reads it.
		return h, fmt.Errorf("a chunk is longer than the file: %w", hashmatch.ErrCorrupt)
	}
	codes := min(2048*int64(len(data)), 208<<20)
	if chunks.lossless {
		h.memory = 9*area(c) + codes
		return h, nil
	}
	blocks := int64((c.Width+15)/16) * int64((c.Height+15)/16)
	h.memory = 400*blocks + 4*area(c) + int64(len(data))
	if chunks.alpha {
		h.memory += 10*area(c) + codes
	}
	return h, nil
}

// webpPicture decodes a WebP and gives a lossy one the RGB pixels that libwebp gives it. The decoder leaves its planes as
// VP8 has them, with luma in 16..235, where Go's colour conversions expect JPEG's 0..255.
func webpPicture(r io.Reader, _ []byte, _ header) (image.Image, error) {
	img, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	switch m := img.(type) {
	case *image.YCbCr:
		rgb := image.NewRGBA(m.Rect)
		for y := range m.Rect.Dy() {
			webpRow(m, y, rgb.Pix[y*rgb.Stride:][:4*m.Rect.Dx()])
		}
		return rgb, nil
	case *image.NYCbCrA:
		rgb := image.NewNRGBA(m.Rect)
		for y := range m.Rect.Dy() {
			row := rgb.Pix[y*rgb.Stride:][:4*m.Rect.Dx()]
			webpRow(&m.YCbCr, y, row)
			for x, a := range m.A[y*m.AStride:][:m.Rect.Dx()] {
				row[4*x+3] = a
			}
		}
		return rgb, nil
	}
	return img, nil
}

// webpRow writes row y of a 4:2:0 picture as RGBA. Each chroma value is mixed from the four samples around its pixel,
// 9:3:3:1, rounded as libwebp does ("fancy upsampling": src/dsp/upsampling.c, and yuv.h for the conversion).
func webpRow(m *image.YCbCr, y int, dst []byte) {
	w := m.Rect.Dx()
	near, far := y/2, y/2-1+y%2*2
	far = min(max(far, 0), (m.Rect.Dy()-1)/2) // at the edges a row is its own neighbour
	luma := m.Y[y*m.YStride:][:w]
	nearU, nearV := m.Cb[near*m.CStride:], m.Cr[near*m.CStride:]
	farU, farV := m.Cb[far*m.CStride:], m.Cr[far*m.CStride:]

	webpPixel(dst, luma[0], edge(nearU[0], farU[0]), edge(nearV[0], farV[0]))
	for x := 1; x+1 < w; x += 2 {
		i := x / 2
		u0, u1 := inner(nearU[i], nearU[i+1], farU[i], farU[i+1])
		v0, v1 := inner(nearV[i], nearV[i+1], farV[i], farV[i+1])
		webpPixel(dst[4*x:], luma[x], u0, v0)
		webpPixel(dst[4*x+4:], luma[x+1], u1, v1)
	}
	if w%2 == 0 {
		i := w/2 - 1
		webpPixel(dst[4*w-4:], luma[w-1], edge(nearU[i], farU[i]), edge(nearV[i], farV[i]))
	}
}

// edge mixes a column that has no neighbour.
func edge(near, far byte) int { return (3*int(near) + int(far) + 2) >> 2 }

// inner mixes the chroma of the two pixels between columns 0 and 1.
func inner(near0, near1, far0, far1 byte) (left, right int) {
	n0, n1, f0, f1 := int(near0), int(near1), int(far0), int(far1)
	sum := n0 + n1 + f0 + f1 + 8
	left = ((sum+2*(n1+f0))>>3 + n0) >> 1
	right = ((sum+2*(n0+f1))>>3 + n1) >> 1
	return left, right
}

// webpPixel converts by BT.601 from studio range, in libwebp's 14-bit fixed point.
func webpPixel(dst []byte, luma byte, u, v int) {
	y := int(luma) * 19077 >> 8
	dst[0] = clip6(y + v*26149>>8 - 14234)
	dst[1] = clip6(y - u*6419>>8 - v*13320>>8 + 8708)
	dst[2] = clip6(y + u*33050>>8 - 17685)
	dst[3] = 255
}

// clip6 drops six bits of fraction.
func clip6(v int) byte { return byte(min(max(v>>6, 0), 255)) }
