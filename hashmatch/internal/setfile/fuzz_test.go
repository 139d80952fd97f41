package setfile

import (
	"bytes"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// whole checks that a file which Verify finds sound is the one that Write makes of what Parse finds in it, but for the
// signature.
func whole(t *testing.T, data []byte) {
	f, err := Parse(data)
	if err != nil {
		return
	}
	rootErr, err := f.CheckRoot(), check(data)
	if err != nil {
		return
	}
	if rootErr != nil {
		t.Fatalf("Verify takes what CheckRoot does not: %v", rootErr)
	}
	var again bytes.Buffer
	if _, err := Write(&again, f.Header, f.Sections); err != nil {
		t.Fatal(err)
	}
	if n := len(data) - areaSize; !bytes.Equal(again.Bytes()[:n], data[:n]) || again.Len() != len(data) {
		t.Fatal("a sound file is not as it would be written")
	}
}

func FuzzParse(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	f.Add([]byte{})
	f.Add([]byte(Magic))
	f.Add(slowly(Header{}, nil))
	f.Add(slowly(Header{Generation: 3}, []Section{{ID: 1, Data: []byte("abc")}, {ID: 2, Flags: Passable}}))
	f.Add(signed(f, slowly(Header{}, []Section{{ID: 1, Data: []byte("abc")}}), newKey(r)))
	f.Fuzz(func(t *testing.T, data []byte) { whole(t, data) })
}

// The header is changed in one place and its checksums made right again, so that the fuzzer gets past them.
func FuzzHeader(f *testing.F) {
	good := slowly(Header{Generation: 3}, []Section{{ID: 1, Data: make([]byte, 100)}, {ID: 2}, {ID: 3, Data: []byte("abc")}})
	for _, at := range []uint16{versionAt, requiredAt, countAt, totalAt, reservedAt, rowsAt, rowsAt + 8, rowsAt + 16, rowsAt + rowSize, 3000} {
		f.Add(at, []byte{1}, uint16(0))
		f.Add(at, bytes.Repeat([]byte{0xff}, 8), uint16(64))
	}
	f.Fuzz(func(t *testing.T, at uint16, patch []byte, more uint16) {
		data := append(bytes.Clone(good), make([]byte, more)...)
		copy(data[int(at)%crcAt:crcAt], patch)
		le.PutUint32(data[crcAt:], crc32.Checksum(data[:crcAt], castagnoli))
		if l, err := parseHead(data[:headerSize], uint64(len(data))); err == nil {
			v := &victim{layout: l}
			v.resealTable(data)
			v.resealRoot(data)
		}
		whole(t, data)
	})
}

func FuzzSignatureText(f *testing.F) {
	s, err := Sign([rootSize]byte{1}, newKey(rand.New(rand.NewPCG(1, 1))))
	if err != nil {
		f.Fatal(err)
	}
	text, err := s.MarshalText()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(signatureTitle))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s, again Signature
		if s.UnmarshalText(text) != nil {
			return
		}
		same, err := s.MarshalText()
		if err != nil || again.UnmarshalText(same) != nil || again != s {
			t.Fatalf("%v, %+v, %+v", err, s, again)
		}
	})
}
