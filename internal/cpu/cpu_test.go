package cpu

import (
	"runtime"
	"testing"
)

// The best path is one that can run here, and no path belongs to two architectures.
func TestBest(t *testing.T) {
	if !Has(Best()) || !Has(Go) {
		t.Errorf("the best path, %v, or Go cannot run here", Best())
	}
	home := map[Path]string{NEON: "arm64", AVX2: "amd64", AVX512: "amd64"}
	for p, arch := range home {
		if Has(p) && runtime.GOARCH != arch {
			t.Errorf("%v can run on %s", p, runtime.GOARCH)
		}
		if Has(p) && p > Best() {
			t.Errorf("%v can run here and is better than the best, %v", p, Best())
		}
	}
	if Has(AVX512) && !Has(AVX2) {
		t.Error("AVX-512 without AVX2")
	}
	t.Logf("best path here: %v", Best())
}
