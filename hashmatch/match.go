package hashmatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Tier ranks how much a match says. The zero Tier is none.
type Tier uint8

// The tiers, strongest first.
const (
	Exact     Tier = 1 // equal digests, of the files or, as the kind then says, of one up to the end of its picture
	ExactWeak Tier = 2 // equal MD5 and nothing that confirms it, or equal digests while another digest or the size differs
	TierA     Tier = 3 // PDQ within 31 on the whole upright picture
	TierB     Tier = 4 // PDQ within 31 by a view or on an incomplete picture, or farther on the whole upright picture
	TierC     Tier = 5 // for review: PDQ farther by a view, and every 64-bit kind alone
)

var tiers = []string{"", "exact", "exact-weak", "A", "B", "C"}

// String returns "exact", "exact-weak", "A", "B" or "C"; the zero Tier gives "".
func (t Tier) String() string {
	if int(t) >= len(tiers) {
		return fmt.Sprintf("Tier(%d)", uint8(t))
	}
	return tiers[t]
}

// MarshalText returns the name.
func (t Tier) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (t *Tier) UnmarshalText(text []byte) error {
	i := slices.Index(tiers, string(text))
	if i < 0 {
		return fmt.Errorf("hashmatch: %w: tier %q", ErrFormat, text)
	}
	*t = Tier(i)
	return nil
}

// tierA is PDQ's usual radius: up to it a match of the upright picture is of tier A.
const tierA = 31

// nearTier returns the tier of a perceptual match; whole says that the hash is that of the whole upright picture.
func nearTier(k Kind, whole bool, distance int) Tier {
	switch {
	case k != PDQ:
		return TierC
	case distance <= tierA && whole:
		return TierA
	case distance <= tierA || whole:
		return TierB
	}
	return TierC
}

// Match is one fingerprint meeting one entry by one kind of hash. It is a lead, not a finding: numbers were compared.
type Match struct {
	Set          string      `json:"set"`
	Disposition  Disposition `json:"disposition"`
	Entry        uint32      `json:"entry"`        // the entry's number in the set
	ID           string      `json:"id,omitempty"` // what the entry's source calls it
	Kind         Kind        `json:"kind"`
	Distance     int         `json:"distance"`
	View         View        `json:"view"`
	Tier         Tier        `json:"tier"`
	Category     string      `json:"category,omitempty"`
	Quality      *int        `json:"quality,omitempty"`       // of the file's view; nil unknown or a digest
	EntryQuality *int        `json:"entry_quality,omitempty"` // of the entry's hash; nil unknown or a digest
	Conflict     bool        `json:"conflict,omitempty"`      // a digest matched while another digest or the size differs
	Second       *Second     `json:"second,omitempty"`        // what another perceptual hash says of a near match; nil where there is none

	set int // position of the set in its matcher
}

// Second is what a perceptual hash of another kind says of a match by PDQ: both pictures as they are, compared by it too.
type Second struct {
	Kind     Kind `json:"kind"`
	Distance int  `json:"distance"`
	Agrees   bool `json:"agrees"` // it is within the radius at which the kind is usually taken to say "the same"
}

// agreeing are the kinds that are asked for a second word on PDQ's, those that say more first, with their usual radii.
var agreeing = []struct {
	kind   Kind
	radius int
}{{PHash, 10}, {PyPHash, 10}, {DHash, 10}, {PyDHash, 10}, {AHash, 5}, {PyAHash, 5}}

// second asks the first kind of agreeing of which both the file and the entry have a hash. Of a match by a view it says
// nothing: these kinds are hashed of the upright picture alone.
func second(fp *Fingerprint, e *Entry, m *Match) *Second {
	if m.Kind != PDQ || m.View != Upright {
		return nil
	}
	for _, a := range agreeing {
		least := -1
		for _, ours := range fp.Hashes {
			if ours.View != Upright || ours.Hash.kind != a.kind {
				continue
			}
			for _, theirs := range e.Hashes {
				if d, ok := ours.Hash.Distance(theirs.Hash); ok && (least < 0 || d < least) {
					least = d
				}
			}
		}
		if least >= 0 {
			return &Second{a.kind, least, least <= a.radius}
		}
	}
	return nil
}

// compareMatches orders by tier, distance, set and entry; the rest makes the order total.
func compareMatches(a, b Match) int {
	return cmp.Or(
		cmp.Compare(a.Tier, b.Tier),
		cmp.Compare(a.Distance, b.Distance),
		cmp.Compare(a.Set, b.Set),
		cmp.Compare(a.Entry, b.Entry),
		cmp.Compare(strength[a.Kind], strength[b.Kind]),
		compareViews(a.View, b.View),
	)
}

// strength orders the kinds by how much an equal value says, most first: where a file meets an entry by several digests,
// the one that is hardest to forge is named first.
var strength = [kindEnd]int{
	SHA256: 1, SHA1: 2, SHA256Trimmed: 3, SHA1Trimmed: 4, MD5: 5, MD5Trimmed: 6,
	PDQ: 7, PHash: 8, PyPHash: 9, DHash: 10, PyDHash: 11, AHash: 12, PyAHash: 13,
}

// compareViews puts plainer views first: the known ones in their order, then others by name.
func compareViews(a, b View) int { return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a, b)) }

// Status is what a Querier can say of a fingerprint. The zero Status is no answer.
type Status uint8

// The statuses.
const (
	Known      Status = 1 // it matches
	Clear      Status = 2 // everything the sets ask for was compared, and nothing matches
	Unexamined Status = 3 // nothing matches, but not everything could be compared: Result.Reason says what
)

var statuses = []string{"", "matched", "clear", "unexamined"}

// String returns "matched", "clear" or "unexamined".
func (s Status) String() string {
	if int(s) >= len(statuses) {
		return fmt.Sprintf("Status(%d)", uint8(s))
	}
	return statuses[s]
}

// The reasons of Unexamined.
const (
	ReasonQuality = "quality below the gate" // the picture is too plain for its perceptual hashes to mean anything
	ReasonHashes  = "hashes missing"         // a kind of hash that entries need was not computed for this file
	ReasonPartial = "picture incomplete"     // too little of the picture was decoded, or its embedded thumbnail alone
)

// MaxMatches is how many matches a Result lists, the first of each disposition and, up to that many, of each set among
// them; Result.More counts the others.
const MaxMatches = 100

// Result is the answer to one fingerprint.
type Result struct {
	Status     Status
	Reason     string  // why Unexamined; "" otherwise
	Matches    []Match // sorted by tier, distance, set, entry; at most one per (set, entry, kind), at most MaxMatches
	More       int     // matches beyond those listed
	Generation uint64  // of the catalog that answered; 0 for plain sets
}

// Querier answers fingerprints. Implementations are safe for concurrent use. An answer that cannot be given in full is
// an error that wraps ErrIncomplete or the context's, never a shorter answer.
type Querier interface {
	Match(ctx context.Context, fp *Fingerprint) (Result, error)
	// MatchBatch calls yield once per fingerprint, ascending, never concurrently; r is valid until yield returns.
	// It stops early, without error, when yield returns false.
	MatchBatch(ctx context.Context, fps []*Fingerprint, yield func(i int, r *Result) bool) error
}
