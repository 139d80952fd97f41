package index

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// More codes never take a hit away, and what they add is among them.
func TestMoreCodesKeepHits(t *testing.T) {
	t.Run("64", testMoreCodesKeepHits[uint64])
	t.Run("256", testMoreCodesKeepHits[[4]uint64])
}

func testMoreCodesKeepHits[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	compared := 0
	for _, d := range datasets[C](rnd, 3000) {
		const part = 2000
		few, all := engines(d.codes[:part], nil), engines(d.codes, nil)
		for e := range few {
			for _, q := range d.qs {
				for _, radius := range []int{0, 1, 5, 7, 30, width[C]() / 2} {
					before := few[e].Within(nil, q, radius)
					after := slices.DeleteFunc(all[e].Within(nil, q, radius), func(h Hit) bool { return h.ID >= part })
					if fingerprint(before) != fingerprint(after) {
						t.Errorf("%s codes, %s, radius %d, query %x: %d hits before more codes came, %d of them after",
							d.name, few[e].name, radius, q, len(before), len(after))
					}
					compared += len(d.codes)
				}
			}
		}
	}
	testkit.AtLeast(t, 10_000_000, compared, "pairs of a query and a code")
}

// One mask on the query and on all codes changes no distance, so no answer.
func TestMaskKeepsAnswers(t *testing.T) {
	t.Run("64", testMaskKeepsAnswers[uint64])
	t.Run("256", testMaskKeepsAnswers[[4]uint64])
}

func testMaskKeepsAnswers[C Code](t *testing.T) {
	t.Parallel()
	rnd := testkit.Rand(t)
	compared := 0
	for _, d := range datasets[C](rnd, 2000) {
		mask := randomCode[C](rnd)
		masked := make([]C, len(d.codes))
		for i, c := range d.codes {
			masked[i] = xor(c, mask)
		}
		plain, other := engines(d.codes, d.ids), engines(masked, d.ids)
		for e := range plain {
			for _, q := range d.qs {
				for _, radius := range []int{0, 1, 5, 7, 30, width[C]() / 2} {
					want, got := plain[e].Within(nil, q, radius), other[e].Within(nil, xor(q, mask), radius)
					if fingerprint(want) != fingerprint(got) {
						t.Errorf("%s codes, %s, radius %d, query %x: %d hits, masked with %x %d",
							d.name, plain[e].name, radius, q, len(want), mask, len(got))
					}
					compared += len(d.codes)
				}
				want, got := plain[e].Nearest(nil, q, 5), other[e].Nearest(nil, xor(q, mask), 5)
				if !slices.Equal(want, got) {
					t.Errorf("%s codes, %s: nearest of %x are %v, masked with %x %v", d.name, plain[e].name, q, want, mask, got)
				}
			}
		}
	}
	testkit.AtLeast(t, 7_000_000, compared, "pairs of a query and a code")
}

// FuzzEngines makes codes, ids and a query of bytes and compares every engine with the oracle.
func FuzzEngines(f *testing.F) {
	f.Add([]byte{}, []byte{}, 3, 2)
	f.Add(make([]byte, 640), make([]byte, 32), 0, 5)
	f.Add(binary.LittleEndian.AppendUint64(make([]byte, 64), 1), []byte{1, 2, 3, 4, 5, 6, 7, 8}, 7, math.MaxInt)
	f.Fuzz(func(t *testing.T, data, query []byte, radius, k int) {
		data = data[:min(len(data), 1<<12)] // the oracle is slow
		fuzzEngines[uint64](t, data, query, radius, k)
		fuzzEngines[[4]uint64](t, data, query, radius, k)
	})
}

func fuzzEngines[C Code](t *testing.T, data, query []byte, radius, k int) {
	size := width[C]() / 8
	code := func(b []byte) C {
		b = append(slices.Clone(b[:min(size, len(b))]), make([]byte, size)...)
		return ofWords[C](func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) })
	}
	var codes []C
	var ids []uint32
	for b := range slices.Chunk(data, size) {
		codes = append(codes, code(b))
		ids = append(ids, uint32(b[0]))
	}
	q := code(query)
	o := newOracle(codes, ids, q)
	for _, e := range engines(codes, ids) {
		if s := o.check(o.within(radius), e.Within(nil, q, radius)); s != "" {
			t.Errorf("%s, radius %d: %s", e.name, radius, s)
		}
		if got := e.Nearest(nil, q, k); !slices.Equal(got, o.nearest(k)) {
			t.Errorf("%s, %d nearest: %v, want %v", e.name, k, got, o.nearest(k))
		}
	}
}
