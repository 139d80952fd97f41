package digest

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func needsAssembly(t testing.TB) {
	if !supported() {
		t.Skip("no assembly in this build, or none that this processor has the instructions for")
	}
}

// randomState returns chaining values, often with runs of zeros and ones, where carries are long.
func randomState(rnd *rand.Rand) (s state) {
	word := func() uint32 {
		switch rnd.IntN(4) {
		case 0:
			return 0
		case 1:
			return ^uint32(0)
		}
		return rnd.Uint32()
	}
	for _, chain := range [][]uint32{s.md5[:], s.sha1[:], s.sha256[:]} {
		for i := range chain {
			chain[i] = word()
		}
	}
	return s
}

// patterned returns n bytes, often of one value.
func patterned(rnd *rand.Rand, n int) []byte {
	switch rnd.IntN(4) {
	case 0:
		return bytes.Repeat([]byte{0xff}, n)
	case 1:
		return make([]byte, n)
	}
	return random(rnd, n)
}

var edgeLengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 191, 192, 1023, 1024, 1025}

// From any chaining values, over any blocks, the kernels give what the standard library gives; they leave an unfinished
// block, and the bytes around the state.
func TestKernelsEqualTheirTwins(t *testing.T) {
	needsAssembly(t)
	rnd := testkit.Rand(t)
	type fenced struct {
		before [64]byte
		state  state
		after  [64]byte
	}
	cases := 0
	for range 8 {
		for _, n := range edgeLengths {
			for _, m := range edgeLengths {
				p, q := patterned(rnd, n), patterned(rnd, m)
				a := fenced{before: [64]byte{63: 0xa5}, state: randomState(rnd), after: [64]byte{0x5a}}
				b := fenced{before: [64]byte{63: 0x5a}, state: randomState(rnd), after: [64]byte{0xa5}}
				wantA, wantB := a, b
				blocksGeneric(&wantA.state, p)
				alone := a
				if blocks(&alone.state, p); alone != wantA {
					t.Fatalf("blocks over %d bytes: %x, want %x", n, alone, wantA)
				}
				wantA = a
				blocks2Generic(&wantA.state, &wantB.state, p, q)
				if blocks2(&a.state, &b.state, p, q); a != wantA || b != wantB {
					t.Fatalf("blocks2 over %d and %d bytes: %x %x, want %x %x", n, m, a, b, wantA, wantB)
				}
				cases++
			}
		}
	}
	testkit.AtLeast(t, 4000, cases, "pairs of lengths")
}

// What lies before and behind the bytes given has no part in the result.
func TestKernelsSeeOnlyTheirBytes(t *testing.T) {
	needsAssembly(t)
	rnd := testkit.Rand(t)
	for n := blockLen; n <= 6*blockLen; n += blockLen {
		room := random(rnd, n+2*blockLen)
		p := room[blockLen:][:n:n]
		s, u, v := initial, initial, initial
		blocks(&s, p)
		rnd.Shuffle(blockLen, func(i, j int) { room[i], room[j] = ^room[j], ^room[i] })
		for i := range room[blockLen+n:] {
			room[blockLen+n+i] ^= 0xa5
		}
		if blocks2(&u, &v, p, p); u != s || v != s {
			t.Fatalf("%d bytes: the surroundings count", n)
		}
	}
}

// A kernel that is wrong in one bit of one digest fails the self-test.
func TestSelfTestFindsAWrongKernel(t *testing.T) {
	if !selfTest(blocks, blocks2) || !selfTest(blocksGeneric, blocks2Generic) {
		t.Fatal("the self-test refuses right kernels")
	}
	wrongs := 0
	for _, flip := range []func(*state){
		func(s *state) { s.md5[0] ^= 1 },
		func(s *state) { s.sha1[4] ^= 1 << 31 },
		func(s *state) { s.sha256[7] ^= 1 << 16 },
	} {
		wrong := func(s *state, p []byte) { blocks(s, p); flip(s) }
		wrongFirst := func(s, t *state, p, q []byte) { blocks2(s, t, p, q); flip(s) }
		wrongSecond := func(s, t *state, p, q []byte) { blocks2(s, t, p, q); flip(t) }
		if selfTest(wrong, blocks2) || selfTest(blocks, wrongFirst) || selfTest(blocks, wrongSecond) {
			t.Error("the self-test lets a wrong kernel pass")
		}
		wrongs += 3
	}
	testkit.AtLeast(t, 9, wrongs, "wrong kernels")
}

// The committed assembly is what its generator prints. With -update it is written anew.
func TestGeneratedAssembly(t *testing.T) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command to run the generator with")
	}
	if _, err := os.Stat("_asm"); err != nil {
		t.Skip("the generator's folder _asm is not here (the module cache leaves it out)")
	}
	generate := exec.Command(goCommand, "run", ".")
	generate.Dir = "_asm"
	generate.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOOS=", "GOARCH=")
	var complaint bytes.Buffer
	generate.Stderr = &complaint
	out, err := generate.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.Bytes())
	}
	testkit.Golden(t, "blocks_amd64.s", out)
}
