package layout

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/hashmatch/engine/internal/testkit"
)

// sample is bytes of each type of element, with numbers between, behind what dst held.
func sample(dst []byte) []byte {
	w := NewWriter(dst, "sample")
	w.Uint(3)
	Append(w, []uint32{1, 2, 1 << 31})
	w.Uint(1 << 40)
	Append(w, []uint8{7})
	Append(w, [][4]uint64{{1, 2, 3, 1 << 63}})
	Append(w, []uint16{0xabcd})
	Append(w, []uint64(nil))
	Append(w, []uint64{1 << 63})
	return w.Finish()
}

// read reads sample's bytes and returns the first difference, or the error.
func read(b []byte, trusted bool) (string, error) {
	r := NewReader(b, "sample", trusted)
	n := r.Uint("count", 1, 3)
	u32 := Slice[uint32](r, "u32", n)
	big := r.Uint("big", 0, 1<<63)
	u8 := Slice[uint8](r, "u8", 1)
	codes := Slice[[4]uint64](r, "codes", 1)
	u16 := Slice[uint16](r, "u16", 1)
	none := Slice[uint64](r, "none", 0)
	u64 := Slice[uint64](r, "u64", 1)
	if err := r.End(); err != nil {
		return "", err
	}
	if !slices.Equal(u32, []uint32{1, 2, 1 << 31}) || big != 1<<40 || u8[0] != 7 || codes[0] != [4]uint64{1, 2, 3, 1 << 63} ||
		u16[0] != 0xabcd || none != nil || u64[0] != 1<<63 {
		return "other values", nil
	}
	return "", nil
}

// What was written is read, from any address, and on either side of what a machine's byte order may be.
func TestRoundTrip(t *testing.T) {
	for _, shift := range []int{0, 1, 4, 8, 63} {
		b := sample(make([]byte, shift))[shift:]
		moved := append(make([]byte, shift, shift+len(b)), b...)[shift:]
		if diff, err := read(moved, false); diff != "" || err != nil {
			t.Errorf("%d bytes before: %s %v", shift, diff, err)
		}
	}
	order := littleEndian
	defer func() { littleEndian = order }()
	native := sample(nil)
	littleEndian = !order
	swapped := sample(nil)
	if slices.Equal(native, swapped) {
		t.Error("a machine of the other byte order does not swap")
	}
	if diff, err := read(swapped, false); diff != "" || err != nil {
		t.Errorf("other byte order: %s %v", diff, err)
	}
}

// Arrays are not copied when the bytes lie well.
func TestInPlace(t *testing.T) {
	w := NewWriter(nil, "place")
	Append(w, []uint64{1, 2})
	b := w.Finish()
	if uintptr(unsafe.Pointer(&b[0]))%8 != 0 || !littleEndian {
		t.Skip("the bytes do not lie well here")
	}
	s := Slice[uint64](NewReader(b, "place", false), "s", 2)
	if unsafe.Pointer(&s[1]) != unsafe.Pointer(&b[len(b)-8]) {
		t.Error("the array was copied")
	}
}

// Every changed, missing or surplus byte is an error that says where.
func TestDamage(t *testing.T) {
	good := sample(nil)
	cases := 0
	for i := range good {
		for _, bit := range []byte{1, 0x80} {
			b := slices.Clone(good)
			b[i] ^= bit
			if _, err := read(b, false); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "byte") {
				t.Errorf("byte %d changed: %v", i, err)
			}
			cases++
		}
		if _, err := read(good[:i], true); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut at %d: %v", i, err)
		}
		cases++
	}
	if _, err := read(append(slices.Clone(good), 0), true); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a byte more: %v", err)
	}
	testkit.AtLeast(t, 3*len(good), cases, "damages")
}

// Lengths that no memory could hold are refused before anything is allocated.
func TestHugeCounts(t *testing.T) {
	for _, n := range []uint64{5, 1 << 32, 1 << 61, 1<<63 + 1, 1<<64 - 1} {
		w := NewWriter(nil, "huge")
		w.Uint(n)
		Append(w, []uint64{1, 2, 3, 4})
		r := NewReader(w.Finish(), "huge", false)
		Slice[uint64](r, "s", r.Uint("n", 0, 1<<64-1))
		if err := r.End(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d elements: %v", n, err)
		}
	}
}

// Whatever the bytes are, reading them ends with values or an error.
func FuzzRead(f *testing.F) {
	f.Add(sample(nil))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= headerSize { // let the fuzzer come past the checksum and the length
			binary.LittleEndian.PutUint64(b[16:], uint64(len(b)))
			binary.LittleEndian.PutUint32(b[24:], crc32.Checksum(b[headerSize:], castagnoli))
		}
		if _, err := read(b, false); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
	})
}
