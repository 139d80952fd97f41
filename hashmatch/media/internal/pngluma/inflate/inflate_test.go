package inflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

var mutants = flag.Int("mutants", 10_000, "damaged streams to try")

// brief reports whether tests should try fewer cases: there are no goroutines here, so the race detector only slows them.
func brief() bool { return testing.Short() || testkit.Race }

// parts is a source that cuts its bytes into segments: after each of the lengths in turn.
type parts struct {
	data []byte
	cuts []int
	next int
}

func (p *parts) Segment() ([]byte, bool) {
	if len(p.data) == 0 && p.next > 0 {
		return nil, false
	}
	n := len(p.data)
	if len(p.cuts) > 0 {
		n = min(n, p.cuts[p.next%len(p.cuts)])
	}
	p.next++
	segment := p.data[:n:n]
	p.data = p.data[n:]
	return segment, true
}

// all decodes a stream, using each piece but for a rest that a row might leave.
func all(d *Decoder, data []byte, cuts ...int) ([]byte, error) {
	const room = 1000
	d.Reset(&parts{data: data, cuts: cuts}, room)
	var out []byte
	used := 0
	for {
		p, err := d.Next(used)
		_ = p[:len(p)+Slack]
		if err != nil {
			out = append(out, p...)
			if err == io.EOF {
				err = nil
			}
			return out, err
		}
		used = max(0, len(p)-len(out)%room)
		out = append(out, p[:used]...)
	}
}

// samples are bytes of many kinds: nothing, noise, long and short repeats at every distance, literals of every length.
func samples(r *rand.Rand) [][]byte {
	var all [][]byte
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 100, 257, 258, 259, 1000, 32767, 32768, 32769, 70_000, 300_000} {
		b := make([]byte, n)
		all = append(all, b)
		noise, skewed, near, far := bytes.Clone(b), bytes.Clone(b), bytes.Clone(b), bytes.Clone(b)
		for i := range b {
			noise[i] = byte(r.Uint32())
			skewed[i] = byte(r.ExpFloat64() * 12)
			near[i] = byte(r.IntN(4))
			if i > 300 && r.IntN(40) > 0 {
				near[i] = near[i-1-(i/700)%300]
			}
			far[i] = byte(r.ExpFloat64() * 3)
			if d := 1 + (i/500*977)%32768; i >= d && r.IntN(90) > 0 {
				far[i] = far[i-d]
			}
		}
		all = append(all, noise, skewed, near, far)
	}
	return all
}

func deflate(t testing.TB, b []byte, level int) []byte {
	t.Helper()
	var z bytes.Buffer
	w, err := flate.NewWriter(&z, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

var levels = []int{flate.NoCompression, flate.BestSpeed, flate.DefaultCompression, flate.BestCompression, flate.HuffmanOnly}

func TestRoundTrip(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	n, tried := 0, 0
	for i, b := range samples(r) {
		for _, level := range levels {
			z := append(deflate(t, b, level), "tail"...)
			for _, cuts := range [][]int{nil, {1}, {0, 17, 3, 0, 0, 40}, {1 + r.IntN(5000)}, {8192}} {
				if tried++; brief() && tried%5 > 0 {
					continue
				}
				got, err := all(&d, z, cuts...)
				if err != nil || !bytes.Equal(got, b) {
					t.Fatalf("sample %d of %d bytes, level %d, cuts %v: %d bytes, %v", i, len(b), level, cuts, len(got), err)
				}
				if off := d.Offset(); off != int64(len(z)-4) {
					t.Fatalf("sample %d, level %d, cuts %v: offset %d of %d", i, level, cuts, off, len(z)-4)
				}
				for _, want := range []byte("tail") {
					if c, err := d.ReadByte(); c != want || err != nil {
						t.Fatalf("sample %d, level %d, cuts %v: %q, %v after the stream", i, level, cuts, c, err)
					}
				}
				if _, err := d.ReadByte(); err != io.ErrUnexpectedEOF {
					t.Fatalf("reading beyond the source: %v", err)
				}
				n++
			}
		}
	}
	testkit.AtLeast(t, 400, n, "streams")
}

// same fails t unless the decoder and compress/flate agree: equal output, or both refuse.
func same(t testing.TB, d *Decoder, z []byte, cuts ...int) {
	t.Helper()
	const most = 4 << 20
	want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(z)), most))
	if len(want) == most {
		return
	}
	got, err := all(d, z, cuts...)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%v after %d bytes, compress/flate %v after %d; cuts %v, stream %x", err, len(got), wantErr, len(want), cuts, z)
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Fatalf("%d bytes differ from compress/flate's %d; cuts %v, stream %x", len(got), len(want), cuts, z)
	}
	if err != nil && !errors.Is(err, ErrCorrupt) && err != io.ErrUnexpectedEOF {
		t.Fatalf("unknown error %v", err)
	}
	// What comes before the fault is the same, as far as compress/flate gives it.
	if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
		t.Fatalf("the output before a fault differs; cuts %v, stream %x", cuts, z)
	}
}

// Damaged streams: bits flipped, bytes changed, cut, joined. They are accepted and refused as compress/flate does.
func TestMutants(t *testing.T) {
	r := testkit.Rand(t)
	var seeds [][]byte
	for _, b := range samples(r) {
		if len(b) > 1000 {
			b = b[:1000+r.IntN(min(4000, len(b)-1000))]
		}
		for _, level := range levels {
			seeds = append(seeds, deflate(t, b, level))
		}
	}
	var d Decoder
	n := *mutants
	if brief() {
		n /= 10
	}
	whole := 0
	for range n {
		z := bytes.Clone(seeds[r.IntN(len(seeds))])
		for range 1 + r.IntN(3) {
			switch at := r.IntN(len(z)); r.IntN(6) {
			case 0:
				z = z[:at+1]
			case 1:
				z[at] = byte(r.Uint32())
			case 2: // near the front, where the tables are
				z[r.IntN(min(len(z), 80))] ^= 1 << r.IntN(8)
			case 3:
				other := seeds[r.IntN(len(seeds))]
				z = append(z[:at+1], other[r.IntN(len(other)):]...)
			default:
				z[at] ^= 1 << r.IntN(8)
			}
		}
		same(t, &d, z, 1+r.IntN(2*len(z)))
		if d.err == io.EOF {
			whole++
		}
	}
	testkit.AtLeast(t, n/100, whole, "mutants that are still streams")
	testkit.AtLeast(t, n/10, n-whole, "mutants that are none")
}

// Every cut of a stream, and what may stand in a header that no encoder writes.
func TestEdges(t *testing.T) {
	r := testkit.Rand(t)
	var d Decoder
	b := make([]byte, 700)
	for i := range b {
		b[i] = byte(r.ExpFloat64() * 9)
	}
	n := 0
	for _, level := range levels {
		z := deflate(t, b, level)
		for i := range z {
			same(t, &d, z[:i])
			same(t, &d, z[:i], 1)
			n++
		}
	}
	// All streams of two bytes, and all first bytes before a few others.
	for i := range 1 << 16 {
		if brief() && i%16 > 0 {
			continue
		}
		same(t, &d, []byte{byte(i), byte(i >> 8)})
	}
	for i := range 1 << 12 {
		if brief() && i%4 > 0 {
			continue
		}
		same(t, &d, []byte{byte(i), byte(i >> 8), 0, 0x24, 0x49, 0x92, 0xff, 0x07, 0x41, 0})
		n++
	}
	testkit.AtLeast(t, 1024, n, "streams")
}

// However long the stream, the buffer stays as it was, and a piece is not longer than it says.
func TestMemoryIsBounded(t *testing.T) {
	var d Decoder
	b := make([]byte, 3<<20)
	z := deflate(t, b, flate.BestCompression)
	if _, err := all(&d, z); err != nil {
		t.Fatal(err)
	}
	if n := cap(d.out); n > Memory+1000+4096 {
		t.Errorf("%d bytes for output", n)
	}
	d.Reset(&parts{data: z}, 0)
	if p, _ := d.Next(0); len(p) > piece+margin {
		t.Errorf("a piece of %d bytes", len(p))
	}
}

// A stream of empty blocks puts nothing out, and Next returns all the same.
func TestEmptyBlocks(t *testing.T) {
	var d Decoder
	z := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 1000)
	d.Reset(&parts{data: z}, 0)
	calls := 0
	for {
		p, err := d.Next(0)
		calls++
		if len(p) > 0 {
			t.Fatal("output of empty blocks")
		}
		if err != nil {
			if err != io.ErrUnexpectedEOF {
				t.Error(err)
			}
			break
		}
	}
	if calls < 1000/blocks {
		t.Errorf("only %d calls", calls)
	}
}

func TestNoAllocations(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector allocates")
	}
	r := testkit.Rand(t)
	var streams [][]byte
	for i, b := range samples(r)[60:] {
		streams = append(streams, deflate(t, b, levels[i%len(levels)]))
	}
	var d Decoder
	src := &parts{}
	run := func() {
		for _, z := range streams {
			*src = parts{data: z}
			d.Reset(src, 1000)
			for used := 0; ; {
				p, err := d.Next(used)
				if err != nil {
					break
				}
				used = len(p)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(3, run); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzInflate(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for i, b := range samples(r) {
		f.Add(deflate(f, b[:min(len(b), 2000)], levels[i%len(levels)]), uint16(i))
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, z []byte, cut uint16) {
		same(t, &d, z, int(cut)+1)
	})
}

func BenchmarkInflate(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for i, name := range []string{"zeros", "noise", "skewed", "near", "far"} {
		data := samples(r)[80+i]
		z := deflate(b, data, flate.DefaultCompression)
		b.Run(fmt.Sprintf("%s/ours", name), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			var d Decoder
			src := &parts{}
			for b.Loop() {
				*src = parts{data: z}
				d.Reset(src, 0)
				for used := 0; ; {
					p, err := d.Next(used)
					if err != nil {
						break
					}
					used = len(p)
				}
			}
		})
		b.Run(fmt.Sprintf("%s/compress-flate", name), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			in := bytes.NewReader(z)
			d := flate.NewReader(in)
			for b.Loop() {
				in.Reset(z)
				d.(flate.Resetter).Reset(in, nil)
				io.Copy(io.Discard, d)
			}
		})
	}
}
