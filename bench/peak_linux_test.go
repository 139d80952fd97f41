package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/hashmatch/engine/hashmatch/media"
)

// peakFile names the photo for the process that BenchmarkPeakMemory starts.
const peakFile = "HASHMATCH_PEAK_FILE"

// TestPeakChild is what that process does.
func TestPeakChild(t *testing.T) {
	path := os.Getenv(peakFile)
	if path == "" {
		t.Skip("a part of BenchmarkPeakMemory")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if fp, err := new(media.Hasher).Sum(context.Background(), f); err != nil || len(fp.Hashes) != 4 {
		t.Fatal(fp, err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.Write(status)
}

// highWater is the line that tells the most memory of a process, since it began to be this program: the system's other
// count, of resource usage, goes on from the parent's.
var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// BenchmarkPeakMemory hashes one photo in a process of its own, and reports the most memory that the process ever had,
// what Go's runtime and this test program take included.
func BenchmarkPeakMemory(b *testing.B) {
	for _, p := range photos() {
		for _, form := range []string{"baseline", "progressive"} {
			b.Run(p.name+"/"+form, func(b *testing.B) {
				path := filepath.Join(b.TempDir(), "photo.jpg")
				if err := os.WriteFile(path, p.file(b, form == "progressive"), 0o600); err != nil {
					b.Fatal(err)
				}
				most := 0
				for b.Loop() {
					cmd := exec.Command(os.Args[0], "-test.run", "^TestPeakChild$")
					cmd.Env = append(os.Environ(), peakFile+"="+path)
					out, err := cmd.CombinedOutput()
					found := highWater.FindSubmatch(out)
					if err != nil || found == nil {
						b.Fatalf("%v: %s", err, out)
					}
					kib, err := strconv.Atoi(string(found[1]))
					if err != nil {
						b.Fatal(err)
					}
					most = max(most, kib)
				}
				b.ReportMetric(float64(most)/1024, "MiB-peak")
			})
		}
	}
}
