package hashmatch

import (
	"context"
	"math/bits"
	"slices"
)

// LintReason is why an entry was flagged.
type LintReason string

// The reasons. The first four are about what perceptual hashes find, the last two about digests.
const (
	// LintConstant is a perceptual hash of one pattern over and over, as of a blank picture or a made-up value.
	LintConstant LintReason = "constant"
	// LintUnbalanced is a perceptual hash with so many or few bits set as no picture with content gives.
	LintUnbalanced LintReason = "unbalanced"
	// LintLowQuality is an entry whose perceptual hashes are all known to be below the gate. They never match anyway.
	LintLowQuality LintReason = "low-quality"
	// LintHub is a PDQ hash that more entries than LintConfig.Hub are near.
	LintHub LintReason = "hub"
	// LintBenign is an entry that a file of a benign set would hit by a perceptual hash.
	LintBenign LintReason = "benign"
	// LintTrivial is the digest of content that says nothing, such as the empty file, which every drive holds.
	LintTrivial LintReason = "trivial"
	// LintBenignDigest is a digest that a benign set holds, too.
	LintBenignDigest LintReason = "benign-digest"
)

// lintReasons gives each reason its bit.
var lintReasons = []LintReason{LintConstant, LintUnbalanced, LintLowQuality, LintHub, LintBenign, LintTrivial, LintBenignDigest}

const (
	lintConstant = 1 << iota
	lintUnbalanced
	lintLowQuality
	lintHub
	lintBenign
	lintTrivial
	lintBenignDigest
	lintUsable // not a reason: the entry has a perceptual hash that passes the gate
)

// DefaultHub is how many entries may be near an entry before it is a hub.
const DefaultHub = 100

// LintConfig says how a set is looked through. The zero value is the default.
type LintConfig struct {
	// Quality is the gate, as in Config.
	Quality int
	// Hub is how many other entries may be near a PDQ hash, within 31, before its entry is a hub; 0 means DefaultHub, a
	// negative one looks for none. Equal hashes count once. The many versions of one picture that goes round are near each
	// other as well: a set that holds more of them than Hub needs a greater one.
	Hub int
	// Benign are sets of items that are known to be harmless.
	Benign []*Set
}

func (c *LintConfig) hub() int {
	if c.Hub == 0 {
		return DefaultHub
	}
	return c.Hub
}

// LintReport says which entries of a set would make false hits. It holds the numbers of entries and no hash, so that it
// may be shown and stored; the numbers are those of the set of this Digest.
type LintReport struct {
	Set      string        `json:"set"`
	Digest   string        `json:"digest"`
	Entries  int           `json:"entries"`
	Quality  int           `json:"quality"`          // the gate
	Hub      int           `json:"hub,omitempty"`    // 0 when hubs were not looked for
	Benign   []LintAgainst `json:"benign,omitempty"` // the sets that it was held against
	Flagged  int           `json:"flagged"`          // entries with a finding
	Findings []LintFinding `json:"findings"`         // reasons that no entry has are left out
}

// LintAgainst names a benign set.
type LintAgainst struct {
	Set    string `json:"set"`
	Digest string `json:"digest"`
}

// LintFinding lists the entries that were flagged for one reason.
type LintFinding struct {
	Reason  LintReason `json:"reason"`
	Count   int        `json:"count"`
	Entries []uint32   `json:"entries"` // ascending
}

// Of returns the entries that were flagged for a reason.
func (r *LintReport) Of(reason LintReason) []uint32 {
	for _, f := range r.Findings {
		if f.Reason == reason {
			return f.Entries
		}
	}
	return nil
}

// Quarantine returns the numbers of all entries that were flagged, ascending, as SetConfig.Quarantine takes them: their
// digests still match. Where digests themselves are at fault (LintTrivial, LintBenignDigest), SetConfig.Deny is what
// keeps them from matching, and is left to the user.
func (r *LintReport) Quarantine() []uint32 {
	var flagged []uint32
	for _, f := range r.Findings {
		flagged = append(flagged, f.Entries...)
	}
	slices.Sort(flagged)
	return slices.Compact(flagged)
}

// Lint looks through a set for entries that would make false hits: of accident, since pictures without content, empty
// files and the like get into sets, or of malice.
//
// Most of it takes one pass over the hashes. Hubs take a search within 31 for each different PDQ hash, and benign sets
// eight (one for each orientation, by Hash.Turned) for each of theirs, whose time grows with what they hit. Entries that
// only 64-bit kinds can find are held against upright hashes of the same kinds.
func Lint(ctx context.Context, cfg LintConfig, s *Set) (*LintReport, error) {
	l := &linter{set: s, gate: (&Config{Quality: cfg.Quality}).gate(), flags: make([]uint8, s.Len())}
	l.hashes()
	l.near = newPictures(s, l.gate)
	if len(l.near.codes) > 0 && (cfg.hub() >= 0 || len(cfg.Benign) > 0) {
		l.indexNear()
	}
	if cfg.hub() >= 0 {
		if err := l.hubs(ctx, cfg.hub()); err != nil {
			return nil, err
		}
	}
	for _, b := range cfg.Benign {
		if err := l.against(ctx, b); err != nil {
			return nil, err
		}
	}
	return l.report(&cfg), nil
}

func (l *linter) report(cfg *LintConfig) *LintReport {
	r := &LintReport{Set: l.set.info.Name, Digest: l.set.Digest(), Entries: l.set.Len(), Quality: l.gate, Hub: max(cfg.hub(), 0), Findings: []LintFinding{}}
	for _, b := range cfg.Benign {
		r.Benign = append(r.Benign, LintAgainst{b.info.Name, b.Digest()})
	}
	for bit, reason := range lintReasons {
		var entries []uint32
		for e, f := range l.flags {
			if f&(1<<bit) != 0 {
				entries = append(entries, uint32(e))
			}
		}
		if len(entries) > 0 {
			r.Findings = append(r.Findings, LintFinding{reason, len(entries), entries})
		}
	}
	for _, f := range l.flags {
		if f != 0 {
			r.Flagged++
		}
	}
	return r
}

// linter is a set that is being looked through.
type linter struct {
	set   *Set
	gate  int
	flags []uint8 // of each entry
	near  *pictures
	nearIndex
}

// hashes flags what a hash itself gives away.
func (l *linter) hashes() {
	trivial := trivialDigests()
	for _, k := range Kinds() {
		t := &l.set.tables[k]
		for row := range t.len() {
			h, e := t.hash(row), t.entry(row)
			switch {
			case k.Digest():
				h.kind = k.Whole()
				if trivial[h] {
					l.flags[e] |= lintTrivial
				}
			case t.quality(row).Below(l.gate):
				l.flags[e] |= lintLowQuality
			default:
				l.flags[e] |= lintUsable | plainness(h)
			}
		}
	}
	for e, f := range l.flags {
		if f&lintUsable != 0 { // hashes below the gate do no harm beside others: videos have blank frames
			f &^= lintLowQuality
		}
		l.flags[e] = f &^ lintUsable
	}
}

// plainness says what is wrong with the bits of a perceptual hash.
//
// PDQ, phash and pyphash split their values at the median: of 6,000 synthetic pictures of four styles, all whose PDQ
// quality passes the gate have 128 bits set of 256 but for one, and all that are not blank 32 of 64. The others compare
// with a mean or with a neighbour, and pictures with content have from 5 to 50 bits set. A hash of random bits is outside
// PDQ's limits once in 20,000 times.
func plainness(h Hash) uint8 {
	code := h.Code256()
	set := 0
	for _, w := range code {
		set += bits.OnesCount64(w)
	}
	low, high := 96, 160
	switch h.kind {
	case PDQ:
		if code[0] == code[1] && code[1] == code[2] && code[2] == code[3] {
			return lintConstant
		}
	case PHash, PyPHash:
		low, high = 24, 40
	default:
		low, high = 4, 60
	}
	switch w := code[0]; {
	case h.kind != PDQ && w == bits.RotateLeft64(w, 8): // all bytes are equal
		return lintConstant
	case set < low || set > high:
		return lintUnbalanced
	}
	return 0
}
