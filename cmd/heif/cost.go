package heif

// pixelBytes is what the decoded picture takes in Go's memory, and another of the same size where it is converted.
func (p *picture) pixelBytes() int64 {
	w, h := int64(p.width), int64(p.height)
	if p.codec == av1 {
		return 4 * w * h
	}
	planes := 3 * w * h
	switch p.layout.chroma {
	case 0:
		planes = w * h
	case 1:
		planes = w*h + 2*((w+1)/2)*((h+1)/2)
	case 2:
		planes = w*h + 2*((w+1)/2)*h
	}
	if p.colours() == viaRGB {
		return planes + 4*w*h
	}
	return planes
}

// workBytes is where the decoder's own memory ends for a picture in a file of so many bytes. Measured: of HEIC with 4:2:0
// and 8 bits 7 bytes a pixel, with 4:4:4 and 10 bits 20; of AVIF 18 to 20, with more than 8 bits 25 to 28, each with a
// margin of 80 pixels around the picture; of grids less. What the limits leave above that is for bitstreams of other
// encoders. A picture that needs more fails, and no other one does.
func (p *picture) workBytes(file int64) int64 {
	w, h := int64(p.width), int64(p.height)
	deep := int64(1)
	if p.layout.depth > 8 {
		deep = 2
	}
	if p.codec == av1 {
		return whole(4<<20 + 2*file + (16+8*deep)*(w+160)*(h+160))
	}
	halves := [...]int64{2, 3, 4, 6}[p.layout.chroma] // samples of two pixels
	return whole(2<<20 + 2*file + (4+2*deep*halves)*(w+64)*(h+64))
}

// page is what the memory of WebAssembly is counted in.
const page = 64 << 10

// whole rounds up to whole pages.
func whole(n int64) int64 {
	return (n + page - 1) / page * page
}
