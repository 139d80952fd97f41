package media

import (
	"fmt"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// exif makes an APP1 segment's body whose directory holds one tag before the orientation.
func exif(bigEndian bool, kind, count, value uint64) string {
	order, mark := le, "II*\x00"
	if bigEndian {
		order, mark = be, "MM\x00*"
	}
	field := order(4, value)
	if kind == 3 {
		field = order(2, value) + "\x00\x00"
	}
	return "Exif\x00\x00" + mark + order(4, 8) + order(2, 2) +
		order(2, 0x010f) + order(2, 2) + order(4, 3) + "abc\x00" +
		order(2, 0x0112) + order(2, kind) + order(4, count) + field + order(4, 0)
}

func app1(body string) string { return "\xff\xe1" + be(2, uint64(len(body)+2)) + body }

func TestOrientation(t *testing.T) {
	ran := 0
	check := func(name, data string, want int) {
		t.Helper()
		if got := readJPEGHeader([]byte(data)).orientation; got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
		ran++
	}
	for _, big := range []bool{false, true} {
		for v := uint64(1); v <= 8; v++ {
			check(fmt.Sprint(big, v), "\xff\xd8"+app1(exif(big, 3, 1, v))+"\xff\xda", int(v))
			check(fmt.Sprint(big, v, "long"), "\xff\xd8"+app1(exif(big, 4, 1, v))+"\xff\xda", int(v))
		}
		check("0", "\xff\xd8"+app1(exif(big, 3, 1, 0)), 0)
		check("9", "\xff\xd8"+app1(exif(big, 3, 1, 9)), 0)
		check("a long beyond 8", "\xff\xd8"+app1(exif(big, 4, 1, 1<<31+1)), 0)
		check("two values", "\xff\xd8"+app1(exif(big, 3, 2, 6)), 0)
		check("text", "\xff\xd8"+app1(exif(big, 2, 1, 6)), 0)
	}
	six := app1(exif(true, 3, 1, 6))
	check("behind another APP1", "\xff\xd8"+app1("http://ns.adobe.com/xap/1.0/\x00<x/>")+six, 6)
	check("behind stray and fill bytes", "\xff\xd8zz\xff\xff\xff"+six[1:], 6)
	check("behind the scan", "\xff\xd8\xff\xda\x00\x02"+six, 0)
	check("behind the end", "\xff\xd8\xff\xd9"+six, 0)
	check("no segment", "\xff\xd8", 0)
	check("nothing", "", 0)
	check("longer than the file", "\xff\xd8\xff\xe1\xff\xff"+six[4:], 0)
	testkit.AtLeast(t, 40, ran, "headers")

	whole := exif(false, 3, 1, 5)
	for n := range len(whole) {
		if got := exifOrientation([]byte(whole[:n])); got != 0 && n < len(whole)-6 {
			t.Errorf("cut to %d bytes: %d", n, got)
		}
	}
}

// FuzzJPEGHeader holds the header's reader to its ranges.
func FuzzJPEGHeader(f *testing.F) {
	f.Add([]byte("\xff\xd8" + app1(exif(true, 3, 1, 6))))
	f.Add([]byte("\xff\xd8" + app1(exif(false, 4, 1, 3))))
	f.Add([]byte(rawJPEG(0xc0, 100, 100)))
	f.Add([]byte(rawJPEG(0xc2, 65535, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		h := readJPEGHeader(data)
		if h.orientation < 0 || h.orientation > 8 || h.components < 0 || h.components > 4 {
			t.Errorf("%+v", h)
		}
		if h.components > 0 && (h.mcu.X < 8 || h.mcu.Y < 8 || h.planes(65535, 65535) < 0) {
			t.Errorf("%+v", h)
		}
		if got := exifOrientation(data); got < 0 || got > 8 {
			t.Errorf("orientation %d", got)
		}
	})
}
