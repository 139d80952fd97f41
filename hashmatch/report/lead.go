package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// matchRow is what the page shows of a match.
type matchRow struct {
	Disposition                hashmatch.Disposition
	Set, Entry, Category, View text
	Tier                       hashmatch.Tier
	Kind                       string
	Near                       bool // by a perceptual hash, so that it has a view
	Distance                   int
	Second                     string
	Quality                    string // of the file's view and of the entry
	Conflict                   bool
}

func newMatchRow(m *hashmatch.Match) *matchRow {
	row := &matchRow{
		Disposition: m.Disposition, Set: show(m.Set), Entry: show(strings.TrimSpace(fmt.Sprintf("%d %s", m.Entry, m.ID))), Category: show(m.Category),
		View: show(string(m.View)), Tier: m.Tier, Kind: label(m.Kind), Near: m.Kind.Perceptual(), Distance: m.Distance, Second: second(m), Conflict: m.Conflict,
	}
	if row.Near {
		row.Quality = quality(m.Quality) + " / " + quality(m.EntryQuality)
	}
	return row
}

// second says what another kind of hash says of a match: "phash 4 agrees". A match by PDQ that nothing could be compared
// for says so; others have no second hash.
func second(m *hashmatch.Match) string {
	switch {
	case m.Second == nil && m.Kind == hashmatch.PDQ:
		return "none"
	case m.Second == nil:
		return ""
	case m.Second.Agrees:
		return fmt.Sprintf("%s %d agrees", m.Second.Kind, m.Second.Distance)
	}
	return fmt.Sprintf("%s %d does not agree", m.Second.Kind, m.Second.Distance)
}

func quality(q *int) string {
	if q == nil {
		return "unknown"
	}
	return strconv.Itoa(*q)
}

// drawings are the views of a file that look drawn; nil for none.
type drawings map[hashmatch.View]bool

func newDrawings(fp *hashmatch.Fingerprint) (d drawings) {
	for i := range fp.Hashes {
		if h := &fp.Hashes[i]; h.Graphic {
			if d == nil {
				d = drawings{}
			}
			d[h.View] = true
		}
	}
	return d
}

// met reports whether the view by which a file meets an entry looks drawn. A digest is of no view.
func (d drawings) met(m *hashmatch.Match) bool { return m.Kind.Perceptual() && d[m.View] }

// mark is a short remark on a file or its match that is to be seen at once.
type mark struct{ Class, Text string }

// marks returns what is to be seen of a file, of its matches and of the one that stands for it; nil for none. lead may be
// nil, where no match is shown.
func marks(fp *hashmatch.Fingerprint, matches []hashmatch.Match, lead *hashmatch.Match) (all []mark) {
	c := conflictOf(matches)
	if c.Digests {
		all = append(all, mark{"mark alarm", "conflict"})
	}
	if c.Sets {
		all = append(all, mark{"mark alarm", "conflict: known-good too"})
	}
	if fp.ThumbnailDiffers {
		all = append(all, mark{"mark alarm", "thumbnail differs"})
	}
	if fp.Partial > 0 {
		all = append(all, mark{"mark", share(fp.Partial) + " decoded"})
	}
	if d := newDrawings(fp); lead != nil && d.met(lead) || !near(lead) && d[hashmatch.Upright] {
		all = append(all, mark{"mark", "looks drawn"})
	}
	return all
}

// near reports whether there is a match by a perceptual hash.
func near(lead *hashmatch.Match) bool { return lead != nil && lead.Kind.Perceptual() }

// share writes a share of a picture, from 0 to 1, in percent with one decimal, and never as more than there was. What is
// not the whole is never written as 100 %.
func share(part float64) string {
	tenths := min(int(1000*part), 999)
	if tenths == 0 {
		return "under 0.1 %"
	}
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// strongest returns the text form of the digest of the whole file that is hardest to forge; "" without one.
func strongest(fp *hashmatch.Fingerprint) string {
	for _, k := range []hashmatch.Kind{hashmatch.SHA256, hashmatch.SHA1, hashmatch.MD5} {
		if d := fp.Digest(k); !d.IsZero() {
			return d.String()
		}
	}
	return ""
}
