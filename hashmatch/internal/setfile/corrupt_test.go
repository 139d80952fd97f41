package setfile

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// corrupt is one way in which a file can be wrong.
type corrupt struct {
	name   string
	damage func(d []byte) []byte
	is     error // nil: what is told is another file, but a sound one
}

// victim is the sound file that corrupt cases damage, and where things are in it.
type victim struct {
	data []byte
	*layout
	cases []corrupt
}

func newVictim(t *testing.T, r *rand.Rand) *victim {
	sections := []Section{{ID: 1, Data: random(r, 100)}, {ID: 2}, {ID: 7, Flags: Passable, Data: random(r, 64)}, {ID: 0x101, Data: random(r, 1<<20)}, {ID: 0x10a, Data: random(r, 33)}}
	data := written(t, Header{Generation: 41}, sections...)
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return &victim{data: data, layout: f.layout}
}

// add adds a case that changes bytes in place and repairs nothing.
func (v *victim) add(name string, is error, damage func(d []byte)) {
	v.cases = append(v.cases, corrupt{name, func(d []byte) []byte { damage(d); return d }, is})
}

// sealed adds a case whose header, CRCs and root are made right again: only what it tells is wrong.
func (v *victim) sealed(name string, is error, damage func(d []byte)) {
	v.add(name+", resealed", is, func(d []byte) { damage(d); v.reseal(d) })
}

// both adds a case twice: unsealed, where a checksum tells, and resealed.
func (v *victim) both(name string, is error, damage func(d []byte)) {
	v.add(name, ErrChecksum, damage)
	v.sealed(name, is, damage)
}

func (v *victim) reseal(d []byte) {
	v.resealHeader(d)
	v.resealTable(d)
	v.resealRoot(d)
}

func (v *victim) resealHeader(d []byte) {
	le.PutUint32(d[crcAt:], crc32.Checksum(d[:crcAt], castagnoli))
}

func (v *victim) resealTable(d []byte) {
	for i := range v.blocks() {
		le.PutUint32(d[v.end+4*i:], crc32.Checksum(d[i<<20:min((i+1)<<20, v.end)], castagnoli))
	}
}

func (v *victim) resealRoot(d []byte) {
	root := rootOf(d[:headerSize], d[v.end:v.rootAt()])
	copy(d[v.rootAt():], root[:])
}

// put32 and put64 make a damage of a number in its place.
func put32(at int, n uint32) func(d []byte) { return func(d []byte) { le.PutUint32(d[at:], n) } }
func put64(at int, n uint64) func(d []byte) { return func(d []byte) { le.PutUint64(d[at:], n) } }
func flip(at uint64) func(d []byte)         { return func(d []byte) { d[at] ^= 0x40 } }

func (v *victim) magics() {
	for i := range Magic {
		for what, change := range map[string]func(b byte) byte{
			"changed":  func(b byte) byte { return b ^ 1 },
			"zero":     func(byte) byte { return 0 },
			"inverted": func(b byte) byte { return ^b },
		} {
			v.add(fmt.Sprintf("magic byte %d %s", i, what), ErrMagic, func(d []byte) { d[i] = change(d[i]) })
		}
	}
	whole := func(name string, damage func(d []byte) []byte) {
		v.cases = append(v.cases, corrupt{name, damage, ErrMagic})
	}
	whole("CR LF to LF", func(d []byte) []byte { return bytes.ReplaceAll(d, []byte("\r\n"), []byte("\n")) })
	whole("LF to CR LF", func(d []byte) []byte { return bytes.ReplaceAll(d, []byte("\n"), []byte("\r\n")) })
	whole("CR to LF", func(d []byte) []byte { return bytes.ReplaceAll(d, []byte("\r"), []byte("\n")) })
	whole("seven bits", func(d []byte) []byte {
		for i := range d {
			d[i] &= 0x7f
		}
		return d
	})
	whole("as UTF-8", func(d []byte) []byte { return []byte(string(bytes.Runes(d))) })
	whole("a byte order mark before", func(d []byte) []byte { return append([]byte("\xef\xbb\xbf"), d...) })
	whole("an archive", func(d []byte) []byte { return append([]byte("PK\x03\x04"), d...) })
}

func (v *victim) headers() {
	for _, n := range []uint32{2, 3, 255, 256, 1 << 24, 1 << 31, math.MaxUint32} {
		v.add(fmt.Sprintf("version %d", n), ErrVersion, put32(versionAt, n))
		v.sealed(fmt.Sprintf("version %d", n), ErrVersion, put32(versionAt, n))
	}
	v.add("version 0", ErrOld, put32(versionAt, 0))
	v.sealed("version 0", ErrOld, put32(versionAt, 0))
	for i := range 32 {
		v.both(fmt.Sprintf("required feature %d", i), ErrFeature, put32(requiredAt, 1<<i))
	}
	v.both("optional features", nil, put32(optionalAt, 1<<31+7))
	v.both("another generation", nil, put64(generationAt, 40))
	v.add("another generation, but the old root", ErrChecksum, func(d []byte) {
		le.PutUint64(d[generationAt:], 40)
		v.resealHeader(d)
		v.resealTable(d)
	})
	n := uint32(len(v.rows))
	for _, n := range []uint32{0, 1, n - 1, n + 1, MaxSections, MaxSections + 1, 1000, 1 << 16, 1 << 31, math.MaxUint32} {
		v.both(fmt.Sprintf("%d sections", n), ErrLayout, put32(countAt, n))
	}
	total := v.total()
	for _, n := range []uint64{0, 1, headerSize, total - 64, total - 1} {
		v.both(fmt.Sprintf("total length %d", n), ErrLayout, put64(totalAt, n))
	}
	for _, n := range []uint64{total + 1, total + 64, 1 << 40, 1 << 63, math.MaxUint64} {
		v.both(fmt.Sprintf("total length %d", n), ErrTruncated, put64(totalAt, n))
	}
	for i := uint64(reservedAt); i < rowsAt; i++ {
		v.sealed(fmt.Sprintf("reserved byte %d", i), ErrLayout, flip(i))
	}
	behind := uint64(rowsAt + rowSize*len(v.rows))
	for _, at := range []uint64{behind, behind + 1, behind + rowSize, 2048, crcAt - 1} {
		v.both(fmt.Sprintf("byte %d behind the rows", at), ErrLayout, flip(at))
	}
	for i := range 4 {
		v.add(fmt.Sprintf("byte %d of the header's checksum", i), ErrChecksum, flip(crcAt+uint64(i)))
	}
}

func (v *victim) rowCases() {
	for i, r := range v.rows {
		at := rowsAt + rowSize*i
		name := func(format string, args ...any) string {
			return fmt.Sprintf("section %#x: ", r.id) + fmt.Sprintf(format, args...)
		}
		if i > 0 {
			v.both(name("the ID before"), ErrLayout, put32(at, v.rows[i-1].id))
			v.both(name("ID 0"), ErrLayout, put32(at, 0))
		}
		if i < len(v.rows)-1 {
			v.both(name("the ID behind"), ErrLayout, put32(at, v.rows[i+1].id))
			v.both(name("the last ID"), ErrLayout, put32(at, math.MaxUint32))
		}
		for _, flags := range []uint32{2, 1 << 16, math.MaxUint32} {
			v.both(name("flags %#x", flags), ErrFeature, put32(at+4, flags))
		}
		for _, n := range []uint64{0, headerSize - 64, r.offset + 64, r.offset + 1, r.offset - 1, v.end + 64, 1 << 62, 1 << 63, math.MaxUint64 - 63, math.MaxUint64} {
			v.both(name("offset %d", n), ErrLayout, put64(at+8, n))
		}
		for _, n := range []uint64{padded(r.length) + 1, padded(r.length) + 64, v.end, v.total(), 1 << 62, 1 << 63, math.MaxUint64 - 63, math.MaxUint64 - 64, math.MaxUint64} {
			v.both(name("length %d", n), ErrLayout, put64(at+16, n))
		}
		if r.length > 64 {
			v.both(name("length 0"), ErrLayout, put64(at+16, 0))
		}
		if r.length > 0 { // what was its last byte is padding now
			v.both(name("a byte shorter"), ErrLayout, put64(at+16, r.length-1))
		}
		if r.length%align != 0 {
			v.both(name("a byte longer"), ErrChecksum, put64(at+16, r.length+1))
		}
		v.both(name("another hash"), ErrChecksum, flip(uint64(at)+24))
		v.both(name("no hash"), ErrChecksum, func(d []byte) { clear(d[at+24:][:32]) })
	}
	row := func(d []byte, i int) []byte { return d[rowsAt+rowSize*i:][:rowSize] }
	v.both("rows swapped", ErrLayout, func(d []byte) {
		kept := bytes.Clone(row(d, 0))
		copy(row(d, 0), row(d, 3))
		copy(row(d, 3), kept)
	})
	v.both("the hashes of two sections swapped", ErrChecksum, func(d []byte) {
		kept := bytes.Clone(row(d, 0)[24:])
		copy(row(d, 0)[24:], row(d, 4)[24:])
		copy(row(d, 4)[24:], kept)
	})
	v.both("a section inside another", ErrLayout, func(d []byte) {
		le.PutUint64(row(d, 4)[8:], v.rows[3].offset+64)
	})
	v.both("a section that is another too", ErrLayout, func(d []byte) {
		copy(row(d, 4)[8:], row(d, 0)[8:])
	})
}

func (v *victim) contents() {
	for _, r := range v.rows {
		if r.length == 0 {
			continue
		}
		for name, at := range map[string]uint64{"first": r.offset, "middle": r.offset + r.length/2, "last": r.offset + r.length - 1} {
			v.both(fmt.Sprintf("section %#x: %s byte", r.id, name), ErrChecksum, flip(at))
		}
		if end := r.offset + r.length; end%align != 0 {
			v.add(fmt.Sprintf("section %#x: first byte of padding", r.id), ErrLayout, flip(end))
			v.sealed(fmt.Sprintf("section %#x: first byte of padding", r.id), ErrLayout, flip(end))
			v.sealed(fmt.Sprintf("section %#x: last byte of padding", r.id), ErrLayout, flip(end+align-1-end%align))
		}
	}
	swap := func(d []byte, a, b, n uint64) {
		kept := bytes.Clone(d[a : a+n])
		copy(d[a:a+n], d[b:b+n])
		copy(d[b:], kept)
	}
	big := v.rows[3].offset
	v.both("two halves swapped", ErrChecksum, func(d []byte) { swap(d, big, big+1<<19, 1<<19) })
	v.both("64 bytes swapped", ErrChecksum, func(d []byte) { swap(d, v.rows[0].offset, v.rows[2].offset, 64) })
	v.both("a section zeroed", ErrChecksum, func(d []byte) { clear(d[big : big+1<<20]) })
	for i := range v.blocks() {
		v.add(fmt.Sprintf("CRC of block %d", i), ErrChecksum, flip(v.end+4*i))
		v.add(fmt.Sprintf("CRC of block %d and root", i), ErrChecksum, func(d []byte) { flip(v.end + 4*i)(d); v.resealRoot(d) })
	}
	v.add("CRCs swapped", ErrChecksum, func(d []byte) { swap(d, v.end, v.end+4, 4) })
	v.add("CRCs swapped, and root", ErrChecksum, func(d []byte) { swap(d, v.end, v.end+4, 4); v.resealRoot(d) })
	for name, at := range map[string]uint64{"first": v.rootAt(), "last": v.areaAt() - 1} {
		v.add(name+" byte of the root", ErrChecksum, flip(at))
	}
	v.add("no root", ErrChecksum, func(d []byte) { clear(d[v.rootAt():v.areaAt()]) })
}

func (v *victim) lengths() {
	cut := func(name string, n uint64) {
		v.cases = append(v.cases, corrupt{fmt.Sprintf("cut %s, to %d", name, n), func(d []byte) []byte { return d[:n:n] }, ErrTruncated})
	}
	for _, n := range []uint64{1, 7, 8, 11, 12, 63, 64, 2048, headerSize - 1, headerSize} {
		cut("in the header", n)
	}
	for _, r := range v.rows {
		cut(fmt.Sprintf("before section %#x", r.id), r.offset)
		cut(fmt.Sprintf("behind section %#x", r.id), r.offset+r.length)
	}
	for _, n := range []uint64{1 << 20, v.end, v.end + 4, v.rootAt() - 1, v.rootAt(), v.areaAt() - 1, v.areaAt(), v.areaAt() + 32, v.total() - 1} {
		cut("at the end", n)
	}
	v.cases = append(v.cases, corrupt{"empty", func([]byte) []byte { return nil }, ErrEmpty})
	for _, n := range []int{1, 63, 64, 4096, 1 << 20} {
		v.cases = append(v.cases, corrupt{fmt.Sprintf("%d zeros behind", n), func(d []byte) []byte { return append(d, make([]byte, n)...) }, ErrLayout})
	}
	v.cases = append(v.cases, corrupt{"the file twice", func(d []byte) []byte { return append(d, d...) }, ErrLayout})
}

func (v *victim) signatures(r *rand.Rand) {
	area := v.areaAt()
	key := newKey(r)
	s, err := Sign([rootSize]byte(v.data[v.rootAt():]), key)
	if err != nil {
		panic(err)
	}
	put := func(d, key, signature []byte) { copy(d[area:], append(bytes.Clone(key), signature...)) }
	v.add("a signature", nil, func(d []byte) { put(d, s.Key[:], s.Bytes[:]) })
	for name, b := range map[string]struct{ key, signature []byte }{
		"a key without a signature":  {s.Key[:], make([]byte, 64)},
		"a signature without a key":  {make([]byte, 32), s.Bytes[:]},
		"another's key":              {newKey(r)[32:], s.Bytes[:]},
		"a signature of another set": {s.Key[:], ed25519.Sign(key, (&Signature{Root: [32]byte{1}}).message())},
		"a signature of a root":      {s.Key[:], ed25519.Sign(key, s.Root[:])},
		"halves swapped":             {s.Key[:], append(bytes.Clone(s.Bytes[32:]), s.Bytes[:32]...)},
		"ones":                       {bytes.Repeat([]byte{0xff}, 32), bytes.Repeat([]byte{0xff}, 64)},
		"random bytes":               {random(r, 32), random(r, 64)},
	} {
		v.add("signature: "+name, ErrSignature, func(d []byte) { put(d, b.key, b.signature) })
	}
	v.add("signature: of the file before it was changed", ErrSignature, func(d []byte) {
		put(d, s.Key[:], s.Bytes[:])
		le.PutUint64(d[generationAt:], 99)
		v.reseal(d)
	})
	for _, at := range []uint64{area, area + 31, area + 32, area + 63, area + 64, area + 95} {
		v.add(fmt.Sprintf("signature: byte %d of an unsigned file", at-area), ErrSignature, flip(at))
	}
}

// Every way in which a file can be wrong gives the error that says so.
func TestCorruptFiles(t *testing.T) {
	r := testkit.Rand(t)
	v := newVictim(t, r)
	v.magics()
	v.headers()
	v.rowCases()
	v.contents()
	v.lengths()
	v.signatures(r)
	names := map[string]bool{}
	for _, c := range v.cases {
		if names[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		names[c.name] = true
		damaged := c.damage(bytes.Clone(v.data))
		if bytes.Equal(damaged, v.data) {
			t.Errorf("%s: nothing is damaged", c.name)
		}
		if err := check(damaged); c.is == nil && err != nil || !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %v", c.name, err, c.is)
		}
	}
	t.Logf("%d cases", len(names))
	testkit.AtLeast(t, 400, len(names), "corrupt files")
}
