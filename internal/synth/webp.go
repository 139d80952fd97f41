package synth

import "embed"

// Go cannot write WebP, so these were made once, with cwebp 1.2.4, from Picture(Style, Seed, 160, 120) saved as PNG:
//
//	cwebp -q 80 x.png -o x.webp         the lossy ones (VP8)
//	cwebp -lossless x.png -o x.webp     the lossless one (VP8L)
//
// The picture of the one with alpha had the alpha 255-x in column x. When Picture changes, they must be made anew.
//
//go:embed webp/*.webp
var webpFiles embed.FS

// WebPFile is a WebP of 160 x 120 pixels that shows a Picture.
type WebPFile struct {
	Name     string
	Data     []byte
	Style    Style
	Seed     uint64
	Lossless bool
	Alpha    bool // fades out to the right: column x has the alpha 255-x
}

// WebP returns the embedded files. Their bytes belong to the caller.
func WebP() []WebPFile {
	files := []WebPFile{
		{Name: "landscape-1.webp", Style: Landscape, Seed: 1},
		{Name: "landscape-2.webp", Style: Landscape, Seed: 2},
		{Name: "landscape-6.webp", Style: Landscape, Seed: 6},
		{Name: "shapes-4.webp", Style: Shapes, Seed: 4},
		{Name: "shapes-5-lossless.webp", Style: Shapes, Seed: 5, Lossless: true},
		{Name: "shapes-3-alpha.webp", Style: Shapes, Seed: 3, Alpha: true},
	}
	for i := range files {
		data, err := webpFiles.ReadFile("webp/" + files[i].Name)
		if err != nil {
			panic(err) // they are part of the program
		}
		files[i].Data = data
	}
	return files
}
