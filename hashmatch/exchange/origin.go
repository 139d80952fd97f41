package exchange

import (
	"fmt"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// Origin is the program that made the average, difference and perception hashes of a document which does not say so.
// Several programs have hashes of these names, and theirs are not comparable.
type Origin string

// The origins whose hashes we know.
const (
	Goimagehash Origin = "goimagehash" // Go's, kinds ahash, dhash and phash
	Imagehash   Origin = "imagehash"   // Python's, kinds pyahash, pydhash and pyphash
)

// ParseOrigin returns the origin of the given name.
func ParseOrigin(name string) (Origin, error) {
	if o := Origin(name); o == Goimagehash || o == Imagehash {
		return o, nil
	}
	return "", fmt.Errorf("exchange: %w: no origin is named %q (goimagehash, Go's, or imagehash, Python's)", hashmatch.ErrFormat, name)
}

// originKinds are the kinds of one word, by origin.
type originKinds map[Origin]hashmatch.Kind

var (
	averageKinds    = originKinds{Goimagehash: hashmatch.AHash, Imagehash: hashmatch.PyAHash}
	differenceKinds = originKinds{Goimagehash: hashmatch.DHash, Imagehash: hashmatch.PyDHash}
	perceptionKinds = originKinds{Goimagehash: hashmatch.PHash, Imagehash: hashmatch.PyPHash}
)

// originWords are what documents call such a hash, in the form of plainWord.
var originWords = map[string]originKinds{
	"ahash": averageKinds, "averagehash": averageKinds,
	"dhash": differenceKinds, "differencehash": differenceKinds,
	"phash": perceptionKinds, "perceptionhash": perceptionKinds, "perceptualhash": perceptionKinds,
}

// reasonNoOrigin is why a hash is refused whose program nobody named.
const reasonNoOrigin = "an average, difference or perception hash, and nothing says which program made it (--origin goimagehash or --origin imagehash does)"

// kindOf returns the kind of a hash that a document calls by word. ok tells whether the word is one of those that need an
// origin; the kind is 0 where that is missing.
func (o Origin) kindOf(word string) (k hashmatch.Kind, ok bool) {
	kinds, ok := originWords[plainWord(word)]
	return kinds[o], ok
}

// plainWord is a word in lower case without anything but letters and digits, as names are compared whose spelling differs
// from program to program.
func plainWord(word string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 0x80:
			return r
		}
		return -1
	}, strings.ToLower(word))
}

// parseWorded reads a line of a list that says what its hash is in a word ("phash 0123...", "average hash: 0123..."). The
// form without a space, "phash:0123...", is our own and means goimagehash's. ok tells whether the line is of this form.
func parseWorded(text string, o Origin) (h hashmatch.Hash, ok bool, err error) {
	i := strings.LastIndexAny(text, " \t=:,;")
	if i < 0 || len(text)-i-1 != 16 || !isHex(text[i+1:]) {
		return h, false, nil
	}
	if name, colon := strings.CutSuffix(text[:i+1], ":"); colon && !strings.ContainsAny(name, " _-") {
		return h, false, nil
	}
	k, ok := o.kindOf(text[:i])
	if !ok {
		return h, false, nil
	}
	if k == 0 {
		return h, true, fmt.Errorf("exchange: %w: %s", hashmatch.ErrFormat, reasonNoOrigin)
	}
	h, err = hashmatch.ParseHex(k, text[i+1:])
	return h, true, err
}
