package exchange

import (
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// vicsTold is what the forms of an entry say of it.
type vicsTold struct {
	members   uint32              // of a Media, by number
	names     map[string]struct{} // file names
	hashes    map[string]struct{} // of alternative hashes, in lower case
	tags      map[string]struct{}
	photoDNAs uint32
}

// vicsRest is what an entry holds and none of its forms say.
type vicsRest struct {
	members uint32
	hashes  []hashmatch.Hash
	names   []string
	leftOut int // what VICS has no place for
}

func (r *vicsRest) none() bool { return r.members == 0 && len(r.hashes) == 0 && len(r.names) == 0 }

// unsaid returns what the entry holds beyond what its forms have told, and counts what VICS has no place for.
func (s *vicsSpeller) unsaid() (r vicsRest) {
	e := s.entry
	want := func(n vicsName, there bool) {
		if there && s.told.members>>n&1 == 0 {
			r.members |= 1 << n
		}
	}
	want(nameMediaID, e.ID != "")
	want(nameCategory, e.Category != "")
	want(nameMediaSize, e.HasSize)
	for n := nameVictimIdentified; n <= nameIsPrecategorized; n++ {
		want(n, *flagOf(&e.Flags, n) != hashmatch.Unsaid)
	}
	want(nameSeries, e.Series != "")
	want(nameTags, len(e.Tags) > 0)
	want(nameComments, e.Comments != "")
	want(namePhotoDNA, s.told.photoDNAs == 0 && slices.ContainsFunc(e.Extras, func(x hashmatch.Extra) bool {
		return x.Name == PhotoDNAExtra && len(x.Data) == photoDNASize
	}))
	for _, h := range e.Hashes {
		s.unsaidHash(&r, h.Hash)
	}
	if s.told.members>>nameTags&1 == 1 {
		for _, tag := range e.Tags {
			if _, told := s.told.tags[tag]; !told {
				r.leftOut++
			}
		}
	}
	for _, name := range e.Names {
		if _, told := s.told.names[name]; !told && name != "" {
			r.names = append(r.names, name)
		}
	}
	return r
}

func (s *vicsSpeller) unsaidHash(r *vicsRest, h hashmatch.Hash) {
	if _, told := s.told.hashes[h.Hex()]; told {
		return
	}
	if i := slices.Index(digestKinds[:], h.Kind()); i > 0 {
		n := vicsName(i)
		switch {
		case s.told.members>>n&1 == 1:
			return
		case n != nameSHA256: // which VICS has no member for
			r.members |= 1 << n
			return
		}
	}
	r.hashes = append(r.hashes, h)
}

// alternativeName is what a hash is called among the alternative ones.
func alternativeName(k hashmatch.Kind) string {
	switch k {
	case hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256, hashmatch.PDQ:
		return strings.ToUpper(k.String())
	}
	return alternativePrefix + k.String()
}
