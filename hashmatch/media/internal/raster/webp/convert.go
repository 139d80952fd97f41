package webp

import "image"

// convert writes row y of a 4:2:0 picture as RGBA, opaque, as libwebp does. Each chroma value is mixed from the four
// samples around its pixel, 9:3:3:1 ("fancy upsampling"). The planes are as VP8 has them, with luma in 16..235, where
// Go's own conversion expects JPEG's 0..255.
func convert(m *image.YCbCr, y int, dst []byte) {
	w := m.Rect.Dx()
	near, far := y/2, y/2-1+y%2*2
	far = min(max(far, 0), (m.Rect.Dy()-1)/2) // at the edges a row is its own neighbour
	luma := m.Y[y*m.YStride:][:w]
	chroma := (w + 1) / 2
	nearU, nearV := m.Cb[near*m.CStride:][:chroma], m.Cr[near*m.CStride:][:chroma]
	farU, farV := m.Cb[far*m.CStride:][:chroma], m.Cr[far*m.CStride:][:chroma]

	pixel(dst, luma[0], edge(nearU[0], farU[0]), edge(nearV[0], farV[0]))
	for x := 1; x+1 < w; x += 2 {
		i := x / 2
		u0, u1 := inner(nearU[i], nearU[i+1], farU[i], farU[i+1])
		v0, v1 := inner(nearV[i], nearV[i+1], farV[i], farV[i+1])
		pixel(dst[4*x:], luma[x], u0, v0)
		pixel(dst[4*x+4:], luma[x+1], u1, v1)
	}
	if w%2 == 0 {
		i := w/2 - 1
		pixel(dst[4*w-4:], luma[w-1], edge(nearU[i], farU[i]), edge(nearV[i], farV[i]))
	}
}

// edge mixes a column that has no neighbour.
func edge(near, far byte) int { return (3*int(near) + int(far) + 2) >> 2 }

// inner mixes the chroma of the two pixels between two columns.
func inner(near0, near1, far0, far1 byte) (left, right int) {
	n0, n1, f0, f1 := int(near0), int(near1), int(far0), int(far1)
	sum := n0 + n1 + f0 + f1 + 8
	left = ((sum+2*(n1+f0))>>3 + n0) >> 1
	right = ((sum+2*(n0+f1))>>3 + n1) >> 1
	return left, right
}

// pixel converts by BT.601 from studio range, in libwebp's 14-bit fixed point.
func pixel(dst []byte, luma byte, u, v int) {
	y := int(luma) * 19077 >> 8
	dst = dst[:4]
	dst[0] = clip(y + v*26149>>8 - 14234)
	dst[1] = clip(y - u*6419>>8 - v*13320>>8 + 8708)
	dst[2] = clip(y + u*33050>>8 - 17685)
	dst[3] = 255
}

// clip drops six bits of fraction.
func clip(v int) byte { return byte(min(max(v>>6, 0), 255)) }
