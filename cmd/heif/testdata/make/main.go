// Command make writes the samples of this folder's parent: pictures of internal/synth, encoded by heif-enc and avifenc.
// Run it in cmd/heif, with both installed: go run ./testdata/make
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashmatch/engine/internal/synth"
)

// sample is one file: a picture, and the command that encodes it, to which the names of PNG and output are added.
type sample struct {
	name    string
	picture image.Image
	command []string
}

func main() {
	landscape := func(w, h int) image.Image { return synth.Picture(synth.Landscape, 3, w, h) }
	heic := func(args ...string) []string { return append([]string{"heif-enc", "-q", "50"}, args...) }
	avif := func(args ...string) []string {
		return append([]string{"avifenc", "-s", "6", "--min", "20", "--max", "32"}, args...)
	}
	dir, err := os.MkdirTemp("", "heif")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, s := range []sample{
		{"thumb.heic", landscape(640, 480), []string{"heif-enc", "-q", "40", "-t", "320"}},
		{"plain.heic", landscape(200, 150), heic()},
		{"odd.heic", landscape(101, 75), heic()},
		{"narrow.heic", landscape(50, 70), heic()},
		{"gray.heic", gray(landscape(160, 120)), heic()},
		{"deep.heic", deep(landscape(160, 120)), heic("-b", "10")},
		{"deepgray.heic", deepGray(landscape(160, 120)), heic("-b", "10")},
		{"deepfull.heic", deep(landscape(160, 120)), heic("-b", "10", "-p", "chroma=444")},
		{"deephalf.heic", deep(landscape(160, 120)), heic("-b", "10", "-p", "chroma=422")},
		{"full.heic", landscape(160, 120), heic("-p", "chroma=444")},
		{"half.heic", landscape(160, 120), heic("-p", "chroma=422")},
		{"tile.heic", landscape(128, 128), heic()},
		{"thumb.avif", landscape(640, 480), heic("-A", "-t", "320")},
		{"plain.avif", landscape(200, 150), avif("-y", "420")},
		{"gray.avif", gray(landscape(160, 120)), avif("-y", "400")},
		{"deep.avif", deep(landscape(160, 120)), avif("-d", "10", "-y", "444")},
		{"grid.avif", landscape(256, 128), avif("-y", "420", "--grid", "2x1")},
		{"turned.avif", landscape(200, 150), avif("-y", "420", "--irot", "1", "--imir", "1")},
		{"crop.avif", landscape(200, 150), avif("-y", "444", "--crop", "20,10,120,100")},
	} {
		if err := s.write(dir); err != nil {
			log.Fatal(s.name, ": ", err)
		}
	}
}

func (s *sample) write(dir string) error {
	in := filepath.Join(dir, s.name+".png")
	f, err := os.Create(in)
	if err != nil {
		return err
	}
	if err := png.Encode(f, s.picture); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	out := filepath.Join("testdata", s.name)
	args := append(s.command[1:], "-o", out, in)
	if text, err := exec.Command(s.command[0], args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", s.command, err, text)
	}
	info, err := os.Stat(out)
	if err == nil {
		fmt.Println(out, info.Size())
	}
	return err
}

func gray(m image.Image) image.Image {
	g := image.NewGray(m.Bounds())
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			g.Set(x, y, m.At(x, y))
		}
	}
	return g
}

func deepGray(m image.Image) image.Image {
	g := image.NewGray16(m.Bounds())
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			g.Set(x, y, m.At(x, y))
		}
	}
	return g
}

// deep gives every sample 16 bits.
func deep(m image.Image) image.Image {
	d := image.NewNRGBA64(m.Bounds())
	for y := range d.Rect.Dy() {
		for x := range d.Rect.Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			d.SetNRGBA64(x, y, color.NRGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: 0xffff})
		}
	}
	return d
}
