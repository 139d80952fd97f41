package isolate

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
)

// BenchmarkOverhead shows what a child costs beside the same work in one process. Payloads are no picture that can be
// decoded, so that nothing but digests and the way to the child and back is measured; the JPEGs show the whole.
func BenchmarkOverhead(b *testing.B) {
	payloads := map[string][]byte{}
	for name, n := range map[string]int{"20KB": 20_000, "2MB": 2_000_000} {
		payloads[name] = append([]byte(order("corrupt")), make([]byte, n)...)
	}
	for name, side := range map[string]int{"JPEG-small": 160, "JPEG-large": 2000} {
		var file bytes.Buffer
		if err := synth.Encode(&file, synth.Picture(synth.Landscape, 1, side, side*3/4), "jpeg"); err != nil {
			b.Fatal(err)
		}
		payloads[name] = file.Bytes()
	}
	p := newPool(b, Config{Command: as("confined", fmt.Sprint(generous)), Files: 1 << 30})
	var h media.Hasher
	for _, name := range []string{"20KB", "2MB", "JPEG-small", "JPEG-large"} {
		data := payloads[name]
		for how, sum := range map[string]Sum{
			"process": h.Sum,
			"child":   p.Sum,
		} {
			b.Run(name+"/"+how, func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					sum(b.Context(), bytes.NewReader(data))
				}
			})
		}
	}
}

// BenchmarkStart shows what a fresh child for every file costs.
func BenchmarkStart(b *testing.B) {
	for _, role := range []string{"plain", "confined"} {
		b.Run(role, func(b *testing.B) {
			p := newPool(b, Config{Workers: 1, Files: 1, Command: as(role, fmt.Sprint(generous))})
			for b.Loop() {
				if _, err := p.Sum(b.Context(), bytes.NewReader([]byte(order("pid")))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
