// Package heif reads HEIC and AVIF pictures for the tool. The library does not link it: it carries libheif, libde265,
// libavif and libaom as WebAssembly, some under the LGPL (LICENSES.md), and most hosts have decoders of their own.
//
// It is built with
//
//	go build -tags "heic nodynamic"
//
// and otherwise only tells what a file claims: Built says which. With heic alone it does not compile, because without nodynamic the modules
// that it takes the WebAssembly from load whatever libheif and libavif the system has, at the program's start.
//
// # What is decoded
//
// A phone's photo takes a second or two to decode, and the thumbnail beside it, usually of 320x240 pixels, some
// milliseconds. So the thumbnail is decoded, as the view hashmatch.Thumbnail, unless Options.Thorough asks for the
// picture or no thumbnail will do. It is decoded too where a file was cut short and the picture's bytes are gone. Nothing makes a file's thumbnail show what its picture shows: whoever made the file
// may have put in another. The view says what was seen, so that a match is followed up and the want of one proves
// nothing.
//
// The pixels are those stored: rotation and mirroring are not applied but told as an orientation, a crop (clap) is
// applied. That holds for a picture and its thumbnail alike, which must be turned alike to stand for each other. The EXIF
// orientation is not read: in these files it is for information only. Alpha, depth and gain maps are not decoded.
// Without a colour box that says so, samples are taken to use the full range.
//
// # Hostile files
//
// Boxes are parsed here, in Go, with every count and length checked before it is used. The decoder never sees the file:
// it gets another one, made here, with one picture in it. It runs as WebAssembly, without file system, network or clock,
// in a memory that ends where this package says. When ctx is over it stops at the next block of pixels.
package heif

import (
	"fmt"

	"golang.org/x/sync/semaphore"

	"github.com/hashmatch/engine/hashmatch/media"
)

// Missing says what a build without this package's decoders lacks.
const Missing = `built without HEIC (build with -tags "heic nodynamic")`

// Options says how to decode. The zero value is useful.
type Options struct {
	// Thorough decodes the picture itself also where a thumbnail would do.
	Thorough bool
	// Memory is how many bytes all running decoders may use together for their own memory, where they work; what comes
	// out is charged to the library's budget. A picture that needs more is refused with an error that wraps
	// hashmatch.ErrLimit, and one that must wait does. Default: 768 MiB. One picture never gets more than 4 GiB.
	Memory int64
}

// defaultMemory does for a HEIC of some 80 megapixels, or an AVIF of 30.
const defaultMemory = 768 << 20

// Decoders returns decoders to register with the library: for the formats "heic", "avif" and "heif" (the last are files
// whose brand tells no more than that it is a picture). They share Options.Memory, and may be called concurrently. In a
// build without them they read headers, and every picture is unsupported, which they say as Missing does.
//
// The first picture of each kind waits for its decoder to be compiled, half a second or so, and some 50 MB are used for
// that moment.
func Decoders(o Options) []media.Decoder {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	p := &pool{thorough: o.Thorough, memory: o.Memory, budget: newBudget(o.Memory)}
	return []media.Decoder{
		p.decoder("heic", heicName, hevc),
		p.decoder("avif", avifName, av1),
		p.decoder("heif", heicName+" or "+avifName, hevc, av1),
	}
}

// The decoders by the modules whose WebAssembly runs, with their versions: see LICENSES.md for what is inside.
const (
	heicName = "gen2brain/heic v0.4.5"
	avifName = "gen2brain/avif v0.4.4"
)

// pool is what decoders share.
type pool struct {
	thorough bool
	memory   int64
	budget   *semaphore.Weighted // of memory
}

func (p *pool) decoder(format, name string, codecs ...codec) media.Decoder {
	return media.Decoder{
		Format: format,
		Name:   name,
		Header: func(data []byte) (media.Header, error) {
			plan, err := newPlan(data, codecs, p.thorough)
			if err != nil {
				return media.Header{}, fmt.Errorf("heif: %w", err)
			}
			return plan.header(), nil
		},
		Decode: p.decode(codecs),
	}
}

func newBudget(n int64) *semaphore.Weighted { return semaphore.NewWeighted(n) }
