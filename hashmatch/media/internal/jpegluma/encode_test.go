package jpegluma

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
)

// testPicture is a picture as coefficients, so that what a decoder should make of it is known.
type testPicture struct {
	w, h       int
	parts      []testPart
	quant      [64]int // in natural order
	hmax, vmax int
	interval   int
	between    []byte // segments before the first scan
	noJFIF     bool
}

type testPart struct {
	id, h, v             int
	across, down         int // filled up to MCUs
	loneAcross, loneDown int
	blocks               [][64]int // in natural order
}

// sampling is the factors of a component.
type sampling struct{ h, v int }

// newTestPicture returns a picture of random blocks: most are nearly flat, some are busy, none is out of range by much.
func newTestPicture(r *rand.Rand, w, h int, samplings ...sampling) *testPicture {
	p := &testPicture{w: w, h: h, hmax: 1, vmax: 1}
	if len(samplings) > 1 {
		for _, s := range samplings {
			p.hmax, p.vmax = max(p.hmax, s.h), max(p.vmax, s.v)
		}
	}
	for i := range p.quant {
		p.quant[i] = 1 + r.IntN(20)
	}
	for i, s := range samplings {
		if len(samplings) == 1 {
			s = sampling{1, 1}
		}
		c := testPart{id: i + 1, h: s.h, v: s.v}
		c.across, c.down = ceil(w, 8*p.hmax)*s.h, ceil(h, 8*p.vmax)*s.v
		c.loneAcross, c.loneDown = ceil(w*s.h, 8*p.hmax), ceil(h*s.v, 8*p.vmax)
		c.blocks = make([][64]int, c.across*c.down)
		for j := range c.blocks {
			c.blocks[j] = p.randomBlock(r)
		}
		p.parts = append(p.parts, c)
	}
	return p
}

func (p *testPicture) randomBlock(r *rand.Rand) (b [64]int) {
	b[0] = (r.IntN(1600) - 800) / p.quant[0]
	n := r.IntN(8)
	switch r.IntN(8) {
	case 0:
		n = 0
	case 1:
		n = 63
	case 2:
		b[63] = 1
	}
	for range n {
		k := 1 + r.IntN(63)
		if r.IntN(2) == 0 {
			k = 1 + r.IntN(9)
		}
		at := int(natural[k])
		b[at] = int(r.NormFloat64() * 200 / float64(p.quant[at]) / math.Sqrt(float64(k)))
	}
	return b
}

// bitWriter writes entropy-coded bytes.
type bitWriter struct {
	bytes.Buffer
	acc uint64
	n   uint
}

func (w *bitWriter) put(v uint32, n uint) {
	w.acc, w.n = w.acc<<n|uint64(v)&(1<<n-1), w.n+n
	for w.n >= 8 {
		b := byte(w.acc >> (w.n - 8))
		w.n -= 8
		w.WriteByte(b)
		if b == 0xff {
			w.WriteByte(0)
		}
	}
}

func (w *bitWriter) flush() {
	if w.n > 0 {
		w.put(1<<(8-w.n)-1, 8-w.n)
	}
}

// code is a Huffman code.
type code struct {
	bits   uint32
	length uint
}

func codesOf(table string) (t [256]code) {
	var s spec
	s.set([]byte(table))
	s.each(16, func(at uint32, length uint, symbol byte) { t[symbol] = code{at >> (16 - length), length} })
	return t
}

// allSymbols is a table with a code for every symbol but one: 255 of 8 bits, and the last of 9.
var allSymbols = func() string {
	t := make([]byte, 16, 16+256)
	t[7], t[8] = 255, 1
	for i := range 256 {
		t = append(t, byte(i))
	}
	return string(t)
}()

// segment appends a marker segment.
func segment(out []byte, marker byte, body ...byte) []byte {
	out = append(out, 0xff, marker)
	return append(binary.BigEndian.AppendUint16(out, uint16(len(body)+2)), body...)
}

// head writes everything before the first scan.
func (p *testPicture) head(frame byte, dc, ac string) []byte {
	out := []byte{0xff, markerSOI}
	if !p.noJFIF {
		out = segment(out, markerAPP0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")...)
	}
	out = append(out, p.between...)
	table := []byte{0}
	for _, at := range natural {
		table = append(table, byte(p.quant[at]))
	}
	out = segment(out, markerDQT, table...)
	body := []byte{8, byte(p.h >> 8), byte(p.h), byte(p.w >> 8), byte(p.w), byte(len(p.parts))}
	for _, c := range p.parts {
		body = append(body, byte(c.id), byte(c.h<<4|c.v), 0)
	}
	out = segment(out, frame, body...)
	out = segment(out, markerDHT, append([]byte{0}, dc...)...)
	out = segment(out, markerDHT, append([]byte{0x10}, ac...)...)
	if p.interval > 0 {
		out = segment(out, markerDRI, byte(p.interval>>8), byte(p.interval))
	}
	return out
}

// testScan is a scan's header and coder.
type testScan struct {
	parts                  []int
	first, last, high, low int
	dc, ac                 [256]code
	w                      bitWriter
	pred                   [4]int
	run                    int // of blocks that ended, not written yet
}

// units calls f for each block of the scan in order, and restart between the intervals.
func (p *testPicture) units(parts []int, f func(part int, b *[64]int), restart func(n int)) {
	across, down := ceil(p.w, 8*p.hmax), ceil(p.h, 8*p.vmax)
	if len(parts) == 1 {
		across, down = p.parts[parts[0]].loneAcross, p.parts[parts[0]].loneDown
	}
	for u := range across * down {
		if p.interval > 0 && u > 0 && u%p.interval == 0 {
			restart(u/p.interval - 1)
		}
		x, y := u%across, u/across
		for _, i := range parts {
			c := &p.parts[i]
			h, v := c.h, c.v
			if len(parts) == 1 {
				h, v = 1, 1
			}
			for j := range h * v {
				f(i, &c.blocks[(y*v+j/h)*c.across+x*h+j%h])
			}
		}
	}
}

// scan appends a scan.
func (p *testPicture) scan(out []byte, s *testScan, frame byte) []byte {
	body := []byte{byte(len(s.parts))}
	for _, i := range s.parts {
		body = append(body, byte(p.parts[i].id), 0)
	}
	out = segment(out, markerSOS, append(body, byte(s.first), byte(s.last), byte(s.high<<4|s.low))...)
	p.units(s.parts, func(part int, b *[64]int) {
		switch {
		case frame != 0xc2:
			s.sequential(part, b)
		case s.first == 0 && s.high == 0:
			s.difference(part, b[0]>>s.low)
		case s.first == 0:
			s.w.put(uint32(b[0]>>s.low), 1)
		case s.high == 0:
			s.band(b)
		default:
			s.refine(b)
		}
	}, func(n int) {
		s.endRun()
		s.w.flush()
		s.w.Write([]byte{0xff, byte(markerRST0 + n%8)})
		s.pred = [4]int{}
	})
	s.endRun()
	s.w.flush()
	return append(out, s.w.Bytes()...)
}

func (s *testScan) symbol(c code) {
	if c.length == 0 {
		panic("a symbol without a code")
	}
	s.w.put(c.bits, c.length)
}

// category returns SSSS of a value and its bits.
func category(v int) (n uint, bits uint32) {
	a := max(v, -v)
	for 1<<n <= a {
		n++
	}
	if v < 0 {
		v += 1<<n - 1
	}
	return n, uint32(v)
}

func (s *testScan) difference(part, dc int) {
	n, bits := category(dc - s.pred[part])
	s.pred[part] = dc
	s.symbol(s.dc[n])
	s.w.put(bits, n)
}

func (s *testScan) sequential(part int, b *[64]int) {
	s.difference(part, b[0])
	run := 0
	for k := 1; k < 64; k++ {
		v := b[natural[k]]
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			s.symbol(s.ac[0xf0])
		}
		n, bits := category(v)
		s.symbol(s.ac[run<<4|int(n)])
		s.w.put(bits, n)
		run = 0
	}
	if run > 0 {
		s.symbol(s.ac[0])
	}
}

// shifted is v without its low bits, toward zero.
func shifted(v, low int) int {
	if v < 0 {
		return -(-v >> low)
	}
	return v >> low
}

// band is the first scan of a band of AC, with runs of ended blocks.
func (s *testScan) band(b *[64]int) {
	run := 0
	for k := s.first; k <= s.last; k++ {
		v := shifted(b[natural[k]], s.low)
		if v == 0 {
			run++
			continue
		}
		s.endRun()
		for ; run > 15; run -= 16 {
			s.symbol(s.ac[0xf0])
		}
		n, bits := category(v)
		s.symbol(s.ac[run<<4|int(n)])
		s.w.put(bits, n)
		run = 0
	}
	if run > 0 {
		if s.run++; s.run == 0x7fff {
			s.endRun()
		}
	}
}

func (s *testScan) endRun() {
	if s.run == 0 {
		return
	}
	n, _ := category(s.run)
	s.symbol(s.ac[(n-1)<<4])
	s.w.put(uint32(s.run), n-1)
	s.run = 0
}

// refine is a further bit of a band. Every block ends by itself: runs with corrections are for the reference encoder.
func (s *testScan) refine(b *[64]int) {
	end := s.first // behind the last coefficient that becomes one
	for k := s.first; k <= s.last; k++ {
		if v := shifted(b[natural[k]], s.low); v == 1 || v == -1 {
			end = k + 1
		}
	}
	run := 0
	var corrections []uint32
	correct := func() {
		for _, c := range corrections {
			s.w.put(c, 1)
		}
		corrections = nil
	}
	for k := s.first; k < end; k++ {
		v := shifted(b[natural[k]], s.low)
		switch {
		case v == 0:
			if run++; run == 16 {
				s.symbol(s.ac[0xf0])
				correct()
				run = 0
			}
		case v == 1 || v == -1:
			s.symbol(s.ac[run<<4|1])
			s.w.put(uint32(v+1)>>1, 1)
			correct()
			run = 0
		default:
			corrections = append(corrections, uint32(max(v, -v)&1))
		}
	}
	if end > s.last {
		return
	}
	s.symbol(s.ac[0])
	for k := end; k <= s.last; k++ {
		if v := shifted(b[natural[k]], s.low); v != 0 {
			corrections = append(corrections, uint32(max(v, -v)&1))
		}
	}
	// Those between the last zero run and end have not been written either.
	correct()
}

// all returns the numbers of the components.
func (p *testPicture) all() (parts []int) {
	for i := range p.parts {
		parts = append(parts, i)
	}
	return parts
}

// sequentialFile returns the picture in a frame of kind 0xc0 or 0xc1, with all components in one scan or one in each.
func (p *testPicture) sequentialFile(frame byte, interleaved bool) []byte {
	dc, ac := lumaDC, lumaAC
	if frame == 0xc1 {
		dc, ac = allSymbols, allSymbols
	}
	out := p.head(frame, dc, ac)
	scans := [][]int{p.all()}
	if !interleaved {
		scans = nil
		for i := range p.parts {
			scans = append(scans, []int{i})
		}
	}
	for _, parts := range scans {
		out = p.scan(out, &testScan{parts: parts, last: 63, dc: codesOf(dc), ac: codesOf(ac)}, frame)
	}
	return append(out, 0xff, markerEOI)
}

// progressiveFile returns the picture with spectral selection and, by steps of a bit, successive approximation.
func (p *testPicture) progressiveFile(interleaved bool) []byte {
	out := p.head(0xc2, allSymbols, allSymbols)
	add := func(parts []int, first, last, high, low int) {
		out = p.scan(out, &testScan{parts: parts, first: first, last: last, high: high, low: low, dc: codesOf(allSymbols), ac: codesOf(allSymbols)}, 0xc2)
	}
	dc := func(high, low int) {
		if interleaved {
			add(p.all(), 0, 0, high, low)
			return
		}
		for i := range p.parts {
			add([]int{i}, 0, 0, high, low)
		}
	}
	ac := func(first, last, high, low int) {
		for i := range p.parts {
			add([]int{i}, first, last, high, low)
		}
	}
	dc(0, 1)
	ac(1, 5, 0, 2)
	ac(6, 63, 0, 2)
	ac(1, 63, 2, 1)
	dc(1, 0)
	ac(1, 63, 1, 0)
	return append(out, 0xff, markerEOI)
}
