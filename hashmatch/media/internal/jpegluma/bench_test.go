package jpegluma

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
	"github.com/hashmatch/engine/internal/synth"
)

// BenchmarkDecode decodes landscapes of 0.3, 2 and 12 megapixels at each scale. x-std compares with image/jpeg in the
// same run; x-djpeg, if djpeg is installed, with libjpeg-turbo's gray at the same scale, whose time is that of its
// process without what a tiny file takes. All are the shortest processor times of several runs, since a busy machine
// lengthens all others. Progressive files are made with cjpeg, where it is installed.
func BenchmarkDecode(b *testing.B) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"0.3MP", 640, 480}, {"2MP", 1600, 1200}, {"12MP", 4000, 3000}} {
		for _, form := range []string{"baseline", "progressive"} {
			var data []byte
			var std time.Duration
			for _, scale := range scales {
				b.Run(fmt.Sprintf("%s/%s/1:%d", size.name, form, scale), func(b *testing.B) {
					if data == nil {
						data = photo(b, size.w, size.h, form)
						std = fastest(3, func() {
							if _, err := jpeg.Decode(bytes.NewReader(data)); err != nil {
								b.Fatal(err)
							}
						})
					}
					rival := djpegTime(b, data, scale)
					var d Decoder
					var p plane.Plane
					b.SetBytes(int64(len(data)))
					b.ReportAllocs()
					best := time.Duration(math.MaxInt64)
					for b.Loop() {
						best = min(best, fastest(1, func() {
							if r, err := d.Decode(context.Background(), data, scale, &p); err != nil || r.Share != 1 {
								b.Fatal(r, err)
							}
						}))
					}
					b.ReportMetric(float64(best.Microseconds())/1e3, "best-ms")
					b.ReportMetric(float64(std)/float64(best), "x-std")
					if rival > 0 {
						b.ReportMetric(float64(rival)/float64(best), "x-djpeg")
					}
				})
			}
		}
	}
}

// fastest returns the shortest processor time of n calls of f.
func fastest(n int, f func()) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range n {
		start := processorTime()
		f()
		least = min(least, processorTime()-start)
	}
	return least
}

// photo returns a photo-like JPEG.
func photo(b *testing.B, w, h int, form string) []byte {
	b.Helper()
	m := synth.Picture(synth.Landscape, 5, w, h)
	if form == "progressive" {
		return run(b, ppm(m), tool(b, "cjpeg"), "-quality", "85", "-progressive")
	}
	var out bytes.Buffer
	if err := synth.EncodeJPEG(&out, m, 85); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// djpegTime returns the time that djpeg takes for data, without its start; 0 if it is not installed.
func djpegTime(b *testing.B, data []byte, scale int) time.Duration {
	b.Helper()
	path, err := exec.LookPath("djpeg")
	if err != nil {
		return 0
	}
	tiny, err := os.ReadFile(filepath.Join(vectorDir, "j00_64x64_420.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	cpu := func(data []byte) time.Duration {
		name := filepath.Join(b.TempDir(), "picture.jpg")
		if err := os.WriteFile(name, data, 0o644); err != nil {
			b.Fatal(err)
		}
		least := time.Duration(math.MaxInt64)
		for range 15 {
			c := exec.Command(path, "-grayscale", "-dct", "int", "-scale", "1/"+strconv.Itoa(scale), "-outfile", os.DevNull, name)
			if err := c.Run(); err != nil {
				b.Fatal(err)
			}
			least = min(least, c.ProcessState.UserTime()+c.ProcessState.SystemTime())
		}
		return least
	}
	return max(0, cpu(data)-cpu(tiny))
}
