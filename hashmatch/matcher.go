package hashmatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// DefaultQuality is the quality below which perceptual hashes, of files and of entries, do not match.
const DefaultQuality = 50

// Config says how a Matcher matches. The zero value is the default.
type Config struct {
	// Radius gives the inclusive Hamming radius of perceptual kinds. Naming a 64-bit kind asks for it to match alone.
	// Kinds that are not named: PDQ 31; a 64-bit kind serves only entries that hold nothing better, and its radius then
	// follows the size of the set (Matcher.Searches tells it).
	Radius map[Kind]int
	// Quality is the gate: 0 means DefaultQuality, a negative one lets every picture through.
	Quality int
	// Hubs are the numbers of entries, by the name of their set, that came near pictures which have nothing to do with
	// them (Calibration.Hubs). PDQ meets them within 31 only, whatever its radius.
	Hubs map[string][]uint32
	// Sets says, by its name, what is different about a set.
	Sets map[string]SetConfig
}

var _ Querier = (*Matcher)(nil)

func (c *Config) gate() int {
	if c.Quality == 0 {
		return DefaultQuality
	}
	return c.Quality
}

// Matcher answers fingerprints from sets held in memory. It satisfies Querier and is safe for concurrent use.
type Matcher struct {
	gate int
	sets []*searchSet
}

// NewMatcher indexes the sets, which must stay open. It fails when cfg names a kind that is not perceptual or a radius
// outside 0..bits or has settings for a set that is not there, when there is no set, and when two share a name.
func NewMatcher(cfg Config, sets ...*Set) (*Matcher, error) {
	if err := cfg.check(sets); err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("hashmatch: %w: no set to search: every file would look clear", ErrFormat)
	}
	m := &Matcher{gate: cfg.gate()}
	named := map[string]bool{}
	for i, s := range sets {
		if named[s.info.Name] {
			return nil, fmt.Errorf("hashmatch: %w: two sets are called %q, and matches could not say which they mean", ErrFormat, s.info.Name)
		}
		named[s.info.Name] = true
		if err := m.take(i, s, &cfg); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// take indexes a set. One of which only the structure was checked is verified first: no answer may rest on bytes that nobody
// has looked at.
func (m *Matcher) take(position int, s *Set, cfg *Config) error {
	if !s.checked {
		if err := s.Verify(); err != nil {
			return err
		}
	}
	return s.guard(func() error {
		m.sets = append(m.sets, newSearchSet(position, s, cfg))
		return nil
	})
}

// Match looks fp up in every set.
func (m *Matcher) Match(ctx context.Context, fp *Fingerprint) (result Result, err error) {
	err = m.MatchBatch(ctx, []*Fingerprint{fp}, func(_ int, r *Result) bool {
		result = *r
		return true
	})
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

// MatchBatch looks fps up in every set, the perceptual hashes of all of them together. Its memory grows with the number
// of matches of the whole batch.
func (m *Matcher) MatchBatch(ctx context.Context, fps []*Fingerprint, yield func(i int, r *Result) bool) error {
	if i := slices.Index(fps, nil); i >= 0 {
		return fmt.Errorf("hashmatch: %w: fingerprint %d is nil", ErrFormat, i)
	}
	found := make([][]Match, len(fps))
	for _, s := range m.sets {
		if err := s.set.guard(func() error { return s.all(ctx, m.gate, fps, found) }); err != nil {
			return err
		}
	}
	for i, fp := range fps {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		r := m.result(fp, found[i])
		found[i] = nil
		if err := m.fault(); err != nil {
			return err
		}
		if !yield(i, &r) {
			return nil
		}
	}
	return nil
}

// fault returns the fault of a set whose entries could not be read: what was answered since is not whole.
func (m *Matcher) fault() error {
	for _, s := range m.sets {
		if err := s.set.Fault(); err != nil {
			return err
		}
	}
	return nil
}

// result orders what was found and says what it means.
func (m *Matcher) result(fp *Fingerprint, found []Match) Result {
	r := Result{Matches: plainest(found)}
	switch {
	case len(r.Matches) > 0:
		r.Status = Known
	default:
		r.Status, r.Reason = Clear, m.unexamined(fp)
		if r.Reason != "" {
			r.Status = Unexamined
		}
	}
	if n := len(r.Matches); n > MaxMatches {
		r.Matches, r.More = listed(r.Matches), n-MaxMatches
	}
	m.describe(fp, r.Matches)
	return r
}

// plainest keeps one match of each (set, entry, kind): the one of the best tier, then of least distance, then of the
// plainest view. A view that is nearer by a bit must not make a match of the whole picture one of a view. It returns
// them in the order of results, by tier first.
func plainest(found []Match) []Match {
	slices.SortFunc(found, func(a, b Match) int {
		return cmp.Or(
			cmp.Compare(a.set, b.set), cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Distance, b.Distance), compareViews(a.View, b.View), qualityOrder(a, b), exactOrder(a, b),
		)
	})
	found = slices.CompactFunc(found, func(a, b Match) bool { return a.set == b.set && a.Entry == b.Entry && a.Kind == b.Kind })
	slices.SortFunc(found, compareMatches)
	return found
}

// listed returns MaxMatches of the matches, in their order: the first of every disposition and of every set, as far as there
// is room, and otherwise the first of all. A set with very many matches must not hide that another one, perhaps a graver
// one, has one too; nor must very many sets hide that one contradicts them.
func listed(matches []Match) []Match {
	first, said := make(map[int]bool), make(map[Disposition]bool)
	var must, may []int
	for i := range matches {
		m := &matches[i]
		room := len(must)+int(Other)-len(said) < MaxMatches // beside dispositions that may come yet
		switch {
		case !said[m.Disposition]:
			said[m.Disposition], first[m.set] = true, true
			must = append(must, i)
		case !first[m.set] && room:
			first[m.set] = true
			must = append(must, i)
		default:
			may = append(may, i)
		}
	}
	chosen := append(must, may[:MaxMatches-len(must)]...)
	slices.Sort(chosen)
	list := make([]Match, len(chosen))
	for i, c := range chosen {
		list[i] = matches[c]
	}
	return list
}

// qualityOrder settles which of equal hashes is named, of an entry and then of the file: the one of the best known
// quality. No engine promises an order of hits.
func qualityOrder(a, b Match) int {
	value := func(quality *int) int {
		if quality == nil {
			return -1
		}
		return *quality
	}
	return cmp.Or(cmp.Compare(value(b.EntryQuality), value(a.EntryQuality)), cmp.Compare(value(b.Quality), value(a.Quality)))
}

// exactOrder settles which of two equal trimmed digests of an entry is named: the one that says more, then the one that
// nothing speaks against.
func exactOrder(a, b Match) int {
	if c := cmp.Compare(a.Tier, b.Tier); c != 0 || a.Conflict == b.Conflict {
		return c
	}
	if a.Conflict {
		return 1
	}
	return -1
}

// unexamined returns why fp, which matches nothing, may not be called clear; "" when it may.
func (m *Matcher) unexamined(fp *Fingerprint) string {
	usable, low := m.usable(fp)
	reason := ""
	incomplete := fp.Incomplete()
	for _, s := range m.sets {
		if incomplete && s.asksForPictures() {
			return ReasonPartial
		}
		missing, near := s.unanswered(fp, usable)
		if missing == 0 {
			continue
		}
		if near && missing&^low == 0 {
			reason = ReasonQuality
			continue
		}
		return ReasonHashes
	}
	return reason
}

// usable returns the kinds, as bit sets, of which fp has a hash of the whole picture that can be looked up, and of which
// it has only such below the gate. A view's hash can find something, but its no says nothing about the picture.
func (m *Matcher) usable(fp *Fingerprint) (usable, low uint32) {
	for _, d := range fp.Digests {
		usable |= 1 << d.Kind()
	}
	for _, h := range fp.Hashes {
		if h.View != Upright {
			continue
		}
		if h.Quality.Below(m.gate) {
			low |= 1 << h.Hash.Kind()
		} else {
			usable |= 1 << h.Hash.Kind()
		}
	}
	return usable, low &^ usable
}

// Nearest returns, for each kind that the sets are searched by, the k entries nearest to fp whatever their distance,
// by kind, then distance, set and entry. Those beyond the radius have no tier: they are neighbours, not matches. Hashes
// below the quality gate have no neighbours.
func (m *Matcher) Nearest(ctx context.Context, fp *Fingerprint, k int) ([]Match, error) {
	byKind := map[Kind][]Match{}
	for _, s := range m.sets {
		for _, n := range s.near {
			if err := context.Cause(ctx); err != nil {
				return nil, err
			}
			err := s.set.guard(func() error {
				byKind[n.kind] = n.nearest(byKind[n.kind], m.gate, fp, k)
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	var all []Match
	for _, kind := range Kinds() {
		list := byKind[kind]
		for i := range list {
			list[i].Tier = 0 // so that the order is by distance alone
		}
		list = plainest(list)
		list = list[:min(len(list), k)]
		for i := range list {
			list[i].Tier = m.sets[list[i].set].nearOf(kind).tierOf(fp, &list[i])
		}
		m.describe(fp, list)
		all = append(all, list...)
	}
	return all, nil
}
