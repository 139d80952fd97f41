//go:build heic && nodynamic

package heif

import (
	"bytes"
	"context"
	"image"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// Both kinds of memory keep what was written while they grow, and what is new is zero.
func TestMemories(t *testing.T) {
	r := testkit.Rand(t)
	const limit = 8 << 20
	mapped, err := reserve(limit)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]linear{"of this system": mapped, "moving": &moving{limit: limit}} {
		var want []byte
		for n := uint64(page); n <= limit; n += page * uint64(1+r.IntN(8)) {
			b := m.Reallocate(n)
			want = append(want, make([]byte, int(n)-len(want))...)
			if !bytes.Equal(b, want) {
				t.Fatalf("%s: other bytes at %d", name, n)
			}
			for range 100 {
				at, v := r.IntN(len(b)), byte(r.Uint32())
				b[at], want[at] = v, v
			}
		}
		m.Free()
	}
}

// The moving memory serves a decoder as well as the other.
func TestMovingMemory(t *testing.T) {
	for _, name := range []string{"thumb.heic", "deep.avif"} {
		p, err := newPlan(load(t, name), both, true)
		if err != nil {
			t.Fatal(err)
		}
		m, limit := modules[p.decode.codec], p.decode.workBytes(p.file.size())
		var got [2]image.Image
		for i := range got {
			in, err := m.open(context.Background(), limit)
			if i == 1 {
				in.close()
				in, err = m.openIn(context.Background(), &moving{limit: limit}, limit)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got[i], err = in.decode(&p); err != nil {
				t.Fatal(err)
			}
			in.close()
		}
		if d := difference(got[0], got[1]); d != 0 {
			t.Errorf("%s: differ by %d/100", name, d)
		}
	}
}
