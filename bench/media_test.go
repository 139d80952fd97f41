package bench

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"math"
	"math/bits"
	"os/exec"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/corona10/goimagehash"
	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/hashmatch/scan"
	"github.com/hashmatch/engine/internal/synth"
)

// jpegOf is a photo-like JPEG of the given size.
func jpegOf(b *testing.B, seed uint64, w, h int) []byte {
	b.Helper()
	var file bytes.Buffer
	if err := synth.EncodeJPEG(&file, synth.Picture(synth.Landscape, seed, w, h), 85); err != nil {
		b.Fatal(err)
	}
	return file.Bytes()
}

// slowHash is what a program does that uses the well-known packages as they come: three digests in turn, decode,
// three hashes of goimagehash. It has no PDQ: no package offers one.
func slowHash(data []byte) (sum [32]byte, hashes [3]uint64, err error) {
	md5.Sum(data)
	sha1.Sum(data)
	sum = sha256.Sum256(data)
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return sum, hashes, nil // no picture
	}
	for i, f := range []func(image.Image) (*goimagehash.ImageHash, error){
		goimagehash.AverageHash, goimagehash.DifferenceHash, goimagehash.PerceptionHash,
	} {
		h, err := f(img)
		if err != nil {
			return sum, hashes, err
		}
		hashes[i] = h.GetHash()
	}
	return sum, hashes, nil
}

// best returns the shorter of two times of f: the first may pay for a cold start.
func best(f func()) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range 2 {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	return least
}

// long adds the pictures of 48 megapixels, which take a while to make.
var long = flag.Bool("long", false, "also pictures of 48 megapixels")

// photo is a JPEG of a size that stages are measured at.
type photo struct {
	name string
	w, h int
}

// photos returns the sizes: 0.3, 2 and 12 megapixels, with -long 48 too.
func photos() []photo {
	all := []photo{{"0.3MP", 640, 480}, {"2MP", 1600, 1200}, {"12MP", 4000, 3000}}
	if *long {
		all = append(all, photo{"48MP", 8000, 6000})
	}
	return all
}

// file returns the photo, each made once; progressive ones are made by jpegtran without another loss.
func (p photo) file(b *testing.B, progressive bool) []byte {
	b.Helper()
	key := fmt.Sprintf("%s %v", p.name, progressive)
	if data, ok := photoFiles[key]; ok {
		return data
	}
	if !progressive {
		photoFiles[key] = jpegOf(b, 5, p.w, p.h)
		return photoFiles[key]
	}
	tool, err := exec.LookPath("jpegtran")
	if err != nil {
		b.Skip("not measured: jpegtran, which makes the progressive pictures, is not installed")
	}
	cmd := exec.Command(tool, "-progressive", "-copy", "none")
	cmd.Stdin = bytes.NewReader(p.file(b, false))
	data, err := cmd.Output()
	if err != nil {
		b.Fatalf("jpegtran: %v", err)
	}
	photoFiles[key] = data
	return data
}

var photoFiles = map[string][]byte{}

// BenchmarkHash makes the fingerprint of a JPEG. "all" is three digests, PDQ in eight orientations with quality and three
// small hashes; "upright" the same without the other orientations, which is the default; "exact" with the references'
// arithmetic. x-slow compares with three digests, image/jpeg and goimagehash, which give no PDQ.
func BenchmarkHash(b *testing.B) {
	ways := []struct {
		name   string
		hasher *media.Hasher
	}{
		{"all", &media.Hasher{Views: media.Light}},
		{"upright", &media.Hasher{}},
		{"exact", &media.Hasher{Exact: true}},
		{"digests", &media.Hasher{Kinds: []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}}},
	}
	for _, p := range photos() {
		for _, form := range []string{"baseline", "progressive"} {
			rival := time.Duration(0)
			for _, way := range ways {
				if form == "progressive" && (way.name == "exact" || way.name == "digests") {
					continue // they differ little from baseline's
				}
				b.Run(p.name+"/"+form+"/"+way.name, func(b *testing.B) {
					data := p.file(b, form == "progressive")
					if rival == 0 {
						rival = best(func() {
							if _, _, err := slowHash(data); err != nil {
								b.Fatal(err)
							}
						})
					}
					b.SetBytes(int64(len(data)))
					b.ReportAllocs()
					for b.Loop() {
						if _, err := way.hasher.SumBytes(context.Background(), data); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(rival)/(float64(b.Elapsed())/float64(b.N)), "x-slow")
				})
			}
		}
	}
}

// BenchmarkFormats makes the default fingerprint of a picture of two megapixels in every format, beside the decoder of
// Go's own libraries alone: x-decode.
func BenchmarkFormats(b *testing.B) {
	for _, format := range synth.Formats() {
		b.Run(format, func(b *testing.B) {
			var file bytes.Buffer
			if err := synth.Encode(&file, synth.Picture(synth.Landscape, 5, 1600, 1200), format); err != nil {
				b.Fatal(err)
			}
			data := file.Bytes()
			rival := best(func() {
				if _, _, err := image.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			})
			h := &media.Hasher{Kinds: []hashmatch.Kind{hashmatch.PDQ, hashmatch.AHash, hashmatch.DHash, hashmatch.PHash}}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.SumBytes(context.Background(), data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rival)/(float64(b.Elapsed())/float64(b.N)), "x-decode")
		})
	}
}

// drive is a small tree as phones have it: photos, a few other pictures, and files that are none.
var drive = sync.OnceValue(func() fstest.MapFS {
	fsys := fstest.MapFS{}
	put := func(name string, data []byte) { fsys[name] = &fstest.MapFile{Data: data} }
	for i := range 60 {
		var file bytes.Buffer
		format := synth.Formats()[i%len(synth.Formats())]
		if i%2 == 0 {
			format = "jpeg"
		}
		if err := synth.Encode(&file, synth.Picture(synth.Landscape, uint64(i), 640, 480), format); err != nil {
			panic(err)
		}
		put(fmt.Sprintf("DCIM/%03d.%s", i, format), file.Bytes())
	}
	for i := range 90 {
		put(fmt.Sprintf("Android/data/%03d.bin", i), synth.Noise(uint64(i), 40_000))
	}
	return fsys
})

// knownSet holds 100,000 entries that are not on the drive, and two that are.
var knownSet = sync.OnceValue(func() *hashmatch.Set {
	builder := hashmatch.NewBuilder(hashmatch.Info{Name: "bench", Disposition: hashmatch.Other})
	add := func(e hashmatch.Entry) {
		if err := builder.Add(e); err != nil {
			panic(err)
		}
	}
	noise := synth.Noise(1, 64*100_000)
	for ; len(noise) > 0; noise = noise[64:] {
		sha, _ := hashmatch.NewHash(hashmatch.SHA256, noise[:32])
		pdq, _ := hashmatch.NewHash(hashmatch.PDQ, noise[32:64])
		add(hashmatch.Entry{Hashes: []hashmatch.EntryHash{{Hash: sha}, {Hash: pdq}}})
	}
	for _, name := range []string{"DCIM/000.jpeg", "DCIM/002.jpeg"} {
		fp, err := new(media.Hasher).SumBytes(context.Background(), drive()[name].Data)
		if err != nil {
			panic(err)
		}
		add(fp.Entry())
	}
	var file bytes.Buffer
	if _, err := builder.WriteTo(&file); err != nil {
		panic(err)
	}
	set, err := hashmatch.OpenBytes(file.Bytes())
	if err != nil {
		panic(err)
	}
	return set
})

// slowScan is the usual program: one file after the other, a map of digests, and each hash held against all.
func slowScan(b *testing.B, fsys fstest.MapFS, digests map[[32]byte]bool, codes []uint64) {
	for name := range fsys {
		f, err := fsys.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			b.Fatal(err)
		}
		sum, hashes, err := slowHash(data)
		if err != nil {
			b.Fatal(err)
		}
		hit := digests[sum]
		for _, c := range codes {
			hit = hit || bits.OnesCount64(c^hashes[2]) <= 10
		}
		_ = hit
	}
}

// BenchmarkScan scans 150 files held in memory against a set of 100,000, and reports files and megabytes a second.
// x-slow compares with the usual program, which works on one file at a time and knows no PDQ.
func BenchmarkScan(b *testing.B) {
	matcher, err := hashmatch.NewMatcher(hashmatch.Config{}, knownSet())
	if err != nil {
		b.Fatal(err)
	}
	digests := map[[32]byte]bool{}
	codes := make([]uint64, 0, 100_000)
	for _, e := range knownSet().Entries() {
		sha := e.Digest(hashmatch.SHA256)
		digests[[32]byte(sha.Bytes())] = true
		codes = append(codes, e.Hashes[len(e.Hashes)-1].Hash.Code64())
	}
	slow := sync.OnceValue(func() time.Duration {
		return best(func() { slowScan(b, drive(), digests, codes) })
	})
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			rival := slow()
			s := &scan.Scanner{Querier: matcher, Hasher: &media.Hasher{}, Workers: workers}
			var files, bytes, matched int64
			for b.Loop() {
				for rec, err := range s.Run(context.Background(), scan.FS(drive())) {
					if err != nil {
						b.Fatal(err)
					}
					files++
					bytes += rec.Fingerprint.Size
					if rec.Outcome == hashmatch.Matched {
						matched++
					}
				}
			}
			if matched != int64(2*b.N) {
				b.Fatalf("%d files matched in %d rounds, want 2 in each", matched, b.N)
			}
			seconds := b.Elapsed().Seconds()
			b.ReportMetric(float64(files)/seconds, "files/s")
			b.ReportMetric(float64(bytes)/1e6/seconds, "MB/s")
			b.ReportMetric(rival.Seconds()*float64(b.N)/seconds, "x-slow")
		})
	}
}
