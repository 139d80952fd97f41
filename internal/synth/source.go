package synth

// source is a SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). It is
// written out here because the pixels are pinned by golden files, and the standard library does not promise its values.
type source struct{ state uint64 }

// newSource returns a generator that shares nothing with those of other seeds or purposes.
func newSource(seed, purpose uint64) *source {
	r := source{seed}
	r.state = r.next() ^ purpose*0xd1342543de82ef95
	return &r
}

func (r *source) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// between returns a number from lo to hi, both included.
func (r *source) between(lo, hi int) int {
	span := uint64(hi-lo) + 1
	return lo + int(r.next()>>32*span>>32)
}

// chance is true in percent of a hundred calls.
func (r *source) chance(percent int) bool { return r.between(0, 99) < percent }

// Noise returns n random bytes: a file that is no media and does not compress.
func Noise(seed uint64, n int) []byte {
	r := newSource(seed, 'n')
	out := make([]byte, 0, n+8)
	for len(out) < n {
		v := r.next()
		out = append(out, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return out[:n]
}

var vocabulary = [...]string{
	"apple", "barn", "bread", "bridge", "brook", "candle", "cart", "clover", "cloud", "dew", "evening", "fern", "field",
	"garden", "gate", "harbour", "hedge", "hill", "honey", "island", "kettle", "lamp", "lane", "leaf", "meadow", "mill",
	"morning", "moss", "oak", "orchard", "path", "pebble", "pond", "rain", "river", "shore", "snow", "spring", "stone",
	"summer", "tide", "valley", "willow", "wind", "window", "winter", "wool", "yard",
	"a", "and", "at", "by", "in", "of", "on", "the", "under", "with",
}

// Words returns n bytes of ASCII lines of plain words: a text file.
func Words(seed uint64, n int) []byte {
	r := newSource(seed, 'w')
	out := make([]byte, 0, n+16)
	for line := 0; len(out) < n; {
		word := vocabulary[r.between(0, len(vocabulary)-1)]
		out = append(out, word...)
		if line += len(word) + 1; line > 72 {
			out = append(out, '.', '\n')
			line = 0
		} else {
			out = append(out, ' ')
		}
	}
	return out[:n]
}
