package isolate

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// request returns the bytes of a file in chunks of n.
func request(serial uint64, data string, n int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, magic)
	b = binary.LittleEndian.AppendUint64(b, serial)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	for len(data) > 0 {
		part := data[:min(n, len(data))]
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(part))), part...)
		data = data[len(part):]
	}
	return binary.LittleEndian.AppendUint32(b, 0)
}

// measure is a Sum that tells how long a file is, and what was announced, as a picture's sides.
func measure(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
	announced := r.(interface{ Len() int }).Len()
	data, err := io.ReadAll(r)
	return hashmatch.Fingerprint{Width: len(data), Height: announced}, err
}

// turns gives one file after the other: the next when the last was answered.
type turns struct {
	files   [][]byte
	answers chan bool
	now     []byte
}

func (s *turns) Read(p []byte) (int, error) {
	if len(s.now) == 0 {
		<-s.answers
		if len(s.files) == 0 {
			return 0, io.EOF
		}
		s.now, s.files = s.files[0], s.files[1:]
	}
	n := copy(p, s.now)
	s.now = s.now[n:]
	return n, nil
}

func (s *turns) Write(p []byte) (int, error) {
	s.answers <- true
	return len(p), nil
}

func TestServe(t *testing.T) {
	text := strings.Repeat("0123456789", 20_000)
	s := &turns{answers: make(chan bool, 1)}
	sizes := []int{0, 1, 63, mostChunk - 1, mostChunk, mostChunk + 1, 200_000}
	for i, n := range sizes {
		s.files = append(s.files, request(uint64(i), text[:n], []int{mostChunk, 1000, 7}[i%3]))
	}
	var out bytes.Buffer
	if err := Serve(s, io.MultiWriter(&out, s), Confinement{{Name: "wall"}}, measure); err != nil {
		t.Fatal(err)
	}
	var h hello
	if err := readFrame(&out, &h); err != nil || h.Protocol != protocol || !h.Confinement.Has("wall") {
		t.Errorf("%+v, %v", h, err)
	}
	for i, n := range sizes {
		var a answer
		if err := readFrame(&out, &a); err != nil || a.Serial != uint64(i) || a.Width != n || a.Height != n {
			t.Errorf("file %d of %d bytes: %+v, %v", i, n, a, err)
		}
	}
	testkit.AtLeast(t, 7, len(sizes), "files")
	if out.Len() > 0 {
		t.Errorf("%d bytes more", out.Len())
	}
}

// A Sum that does not read to the end is answered all the same.
func TestServeReadsTheRest(t *testing.T) {
	s := &turns{answers: make(chan bool, 1)}
	for i := range 3 {
		s.files = append(s.files, request(uint64(i), strings.Repeat("x", 200_000), 5000))
	}
	var out bytes.Buffer
	calls := 0
	err := Serve(s, io.MultiWriter(&out, s), nil, func(_ context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
		calls++
		io.ReadFull(r, make([]byte, 10_000*calls-10_000))
		return hashmatch.Fingerprint{}, hashmatch.ErrLimit
	})
	if err != nil || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// Input that ends or makes no sense ends the child, without an answer.
func TestServeBrokenInput(t *testing.T) {
	whole := request(1, strings.Repeat("x", 3000), 1000)
	for n := 1; n < len(whole); n += 7 {
		var out bytes.Buffer
		err := Serve(bytes.NewReader(whole[:n]), &out, nil, measure)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d bytes: %v", n, err)
		}
		var h hello
		if err := readFrame(&out, &h); err != nil || out.Len() > 0 {
			t.Errorf("cut after %d bytes: %v, and %d bytes of an answer", n, err, out.Len())
		}
	}
	for name, data := range map[string][]byte{
		"no magic":   bytes.Repeat([]byte{1}, 100),
		"long chunk": binary.LittleEndian.AppendUint32(whole[:headBytes:headBytes], mostChunk+1),
	} {
		if err := Serve(bytes.NewReader(data), io.Discard, nil, measure); !errors.Is(err, hashmatch.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Serve(bytes.NewReader(whole), full{}, nil, measure); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("nobody listens: %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// When the parent goes away, Serve does not wait for what it computes, and says so to it.
func TestServeNoticesTheEnd(t *testing.T) {
	in, parent := io.Pipe()
	go func() {
		parent.Write(request(1, "x", 1000))
		time.Sleep(20 * time.Millisecond)
		parent.Close()
	}()
	told, leave := make(chan bool), make(chan bool)
	err := Serve(in, io.Discard, nil, func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
		io.Copy(io.Discard, r)
		go func() { <-ctx.Done(); told <- true }()
		<-leave
		return hashmatch.Fingerprint{}, nil
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	<-told
	leave <- true

	// A parent that does not wait for its turn.
	in, parent = io.Pipe()
	go parent.Write(append(request(1, "x", 1000), request(2, "y", 1000)...))
	err = Serve(in, io.Discard, nil, func(ctx context.Context, r io.Reader) (hashmatch.Fingerprint, error) {
		io.Copy(io.Discard, r)
		<-ctx.Done()
		return hashmatch.Fingerprint{}, nil
	})
	if !errors.Is(err, hashmatch.ErrFormat) {
		t.Error(err)
	}
	in.Close()
}

// No bytes on a child's input make it panic or hang.
func FuzzServe(f *testing.F) {
	whole := request(1, "the bytes of a file", 5)
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), whole...))
	f.Add(whole[:headBytes+3])
	f.Fuzz(func(t *testing.T, data []byte) {
		Serve(bytes.NewReader(data), io.Discard, nil, measure)
	})
}
