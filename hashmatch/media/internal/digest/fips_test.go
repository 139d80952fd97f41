package digest

import (
	"crypto/fips140"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Under each setting of GODEBUG=fips140 a process of its own computes all digests, on the standard library when that
// runs as a FIPS 140-3 module, and also when it would refuse MD5 and SHA-1.
func TestFIPSModes(t *testing.T) {
	if mode := os.Getenv("DIGEST_FIPS_MODE"); mode != "" {
		wantEnabled := mode != "off"
		if fips140.Enabled() != wantEnabled || fips140.Enforced() != (mode == "only") {
			t.Fatalf("the mode %s is not on", mode)
		}
		if wantEnabled && Way() != "standard" {
			t.Errorf("way %s under FIPS 140", Way())
		}
		for range 2 { // Reset too
			a, b := newDigester(all), newDigester(all)
			a.Write([]byte("a"))
			Pair(a, b, []byte("bc"), []byte("abc"))
			a.Sums()
			for _, d := range []*Digester{a, b} {
				if got := d.Sums(); got[0].Hex() != "900150983cd24fb0d6963f7d28e17f72" ||
					got[1].Hex() != "a9993e364706816aba3e25717850c26c9cd0d89d" ||
					got[2].Hex() != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
					t.Errorf("%v", got)
				}
				d.Reset(all)
			}
		}
		t.Log("digests right, way " + Way())
		return
	}
	for _, mode := range []string{"off", "on", "only"} {
		t.Run(mode, func(t *testing.T) {
			again := exec.Command(os.Args[0], "-test.run", "^TestFIPSModes$", "-test.v")
			again.Env = append(os.Environ(), "GODEBUG=fips140="+mode, "DIGEST_FIPS_MODE="+mode)
			out, err := again.CombinedOutput()
			if mode != "off" && strings.Contains(string(out), "panic: fips140: FIPS 140-3 mode is ") {
				t.Skip("this build has no FIPS 140-3 mode") // incompatible with purego, not supported on some systems
			}
			if err != nil || !strings.Contains(string(out), "digests right") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestPathNamesWhatServes(t *testing.T) {
	force(t, true)
	if on := Way(); on != "stitched" {
		t.Errorf("%q", on)
	}
	force(t, false)
	if off := Way(); off != "standard" {
		t.Errorf("%q", off)
	}
}
