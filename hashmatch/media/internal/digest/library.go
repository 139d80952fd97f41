package digest

import (
	"crypto/fips140"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"sync"
)

var libraries = [len(kinds)]func() hash.Hash{md5.New, sha1.New, sha256.New}

// With SHA instructions the core overlaps one digest's end with the next one's beginning, and that wants short turns: of
// 64 bytes to 32 KiB, 128 were the fastest for SHA-1 and SHA-256 (1.2 times long turns) and as good as 64 for all three
// (1.1 times). Without them short turns only cost, up to two fifths of the speed, since AVX2's SHA-1 takes 256 bytes or
// more; then a turn need only leave the bytes in the core's first cache for the next.
const (
	shortTurn = 128
	longTurn  = 32 << 10
)

var shaInstructions = sync.OnceValue(supported)

func (d *Digester) inTurns(p []byte) {
	turn := longTurn
	if d.short {
		turn = shortTurn
	}
	for len(p) > 0 {
		n := min(len(p), turn)
		for i, h := range d.standard {
			if d.asked[i] {
				h.Write(p[:n])
			}
		}
		p = p[n:]
	}
}

// unenforced runs f with MD5 and SHA-1 allowed also under GODEBUG=fips140=only, where they would otherwise refuse to
// write and panic in Sum: they identify files here, and no security is claimed from them.
func unenforced(f func()) { fips140.WithoutEnforcement(f) }
