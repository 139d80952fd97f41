//go:build heic && nodynamic

package heif

import (
	"bytes"
	"context"
	"image"
	"strings"
	"testing"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"
)

// BenchmarkDecode decodes a picture of 640x480 pixels, its thumbnail of 320x240, and the picture as the modules' own Go
// code does it.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"thumb.heic", "thumb.avif"} {
		data := load(b, name)
		format := name[len("thumb."):]
		for _, c := range []struct {
			name   string
			decode func() error
		}{
			{"thumbnail", func() error {
				_, _, err := decode(context.Background(), decoder(b, Options{}, format), data)
				return err
			}},
			{"picture", func() error {
				_, _, err := decode(context.Background(), decoder(b, Options{Thorough: true}, format), data)
				return err
			}},
			{"module", func() (err error) {
				var m image.Image
				if strings.HasSuffix(name, "avif") {
					m, err = avif.Decode(bytes.NewReader(data))
				} else {
					m, err = heic.Decode(bytes.NewReader(data))
				}
				_ = m
				return err
			}},
		} {
			if err := c.decode(); err != nil { // and compile
				b.Fatal(err)
			}
			b.Run(format+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := c.decode(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
