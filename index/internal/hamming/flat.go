package hamming

import (
	"math/bits"

	"github.com/hashmatch/engine/internal/cpu"
)

// Found is a code within the radius of a query: its position in the slice that was searched, and its distance.
type Found struct{ Position, Distance uint32 }

// scanStep is the number of codes that the kernels of single scans compare between two looks at what room is left.
const scanStep = 16

// Scan64 writes to dst the codes within the radius of q, by ascending position, and returns how many it wrote and how many
// codes are done. It stops short of the last code when dst may have no room for the hits of the next step, and is then to
// be called again with codes[done:], whose positions count from 0. It writes nothing beyond dst[:n] that a later call
// would need, but may use all of dst for its work. dst must not be empty.
func Scan64(dst []Found, codes []uint64, q uint64, radius int) (n, done int) {
	if radius < 0 {
		return 0, len(codes)
	}
	if path != cpu.Go && len(dst) >= scanStep && len(codes) >= scanStep {
		whole := len(codes) &^ (scanStep - 1)
		if n, done = scan64(dst, codes[:whole], q, min(radius, 64)); done < whole || len(dst)-n < scanStep {
			return n, done
		}
	}
	more, moreDone := scan64Go(dst[n:], codes[done:], q, radius)
	shift(dst[n:n+more], done)
	return n + more, done + moreDone
}

// Scan256 works like Scan64.
func Scan256(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
	if radius < 0 {
		return 0, len(codes)
	}
	if path != cpu.Go && len(dst) >= scanStep && len(codes) >= scanStep {
		whole := len(codes) &^ (scanStep - 1)
		if n, done = scan256(dst, codes[:whole], q, min(radius, 256)); done < whole || len(dst)-n < scanStep {
			return n, done
		}
	}
	more, moreDone := scan256Go(dst[n:], codes[done:], q, radius)
	shift(dst[n:n+more], done)
	return n + more, done + moreDone
}

// shift makes positions count from a place by codes earlier.
func shift(found []Found, by int) {
	for i := range found {
		found[i].Position += uint32(by)
	}
}

// scan64Go works like Scan64; the radius is not negative.
func scan64Go(dst []Found, codes []uint64, q uint64, radius int) (n, done int) {
	for n < len(dst) {
		if done += first64(codes[done:], q, radius); done == len(codes) {
			break
		}
		dst[n] = Found{uint32(done), uint32(bits.OnesCount64(codes[done] ^ q))}
		n++
		done++
	}
	return n, done
}

// first64 is the position of the first code within the radius of q, or the number of codes. It stays a function of its
// own: in a loop that also writes, the compiler keeps on the stack what here is in registers, and takes thrice the time.
//
//go:noinline
func first64(codes []uint64, q uint64, radius int) int {
	for i, c := range codes {
		if bits.OnesCount64(c^q) <= radius {
			return i
		}
	}
	return len(codes)
}

// scan256Go works like Scan256; the radius is not negative.
func scan256Go(dst []Found, codes [][4]uint64, q *[4]uint64, radius int) (n, done int) {
	for n < len(dst) {
		if done += first256(codes[done:], q, radius); done == len(codes) {
			break
		}
		dst[n] = Found{uint32(done), uint32(distance256(&codes[done], q))}
		n++
		done++
	}
	return n, done
}

// first256 works like first64.
//
//go:noinline
func first256(codes [][4]uint64, q *[4]uint64, radius int) int {
	q0, q1 := q[0], q[1]
	for i := range codes {
		c := &codes[i]
		// Half of the code says no to nearly all of them up to a radius of about 45.
		d := bits.OnesCount64(c[0]^q0) + bits.OnesCount64(c[1]^q1)
		if d <= radius && d+bits.OnesCount64(c[2]^q[2])+bits.OnesCount64(c[3]^q[3]) <= radius {
			return i
		}
	}
	return len(codes)
}

func distance256(a, b *[4]uint64) int {
	return bits.OnesCount64(a[0]^b[0]) + bits.OnesCount64(a[1]^b[1]) +
		bits.OnesCount64(a[2]^b[2]) + bits.OnesCount64(a[3]^b[3])
}
