package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// leadRow is what the page shows of the match that stands for a file.
type leadRow struct {
	Set, Entry, Category, View text
	Tier                       hashmatch.Tier
	Kind                       string
	Distance                   int
	Second                     string
	Quality                    string // of the file's view and of the entry
	Further                    int
}

func newLeadRow(m *hashmatch.Match, further int) *leadRow {
	row := &leadRow{
		Set: show(m.Set), Entry: show(strings.TrimSpace(fmt.Sprintf("%d %s", m.Entry, m.ID))), Category: show(m.Category), View: show(string(m.View)),
		Tier: m.Tier, Kind: label(m.Kind), Distance: m.Distance, Second: second(m), Further: further,
	}
	if m.Kind.Perceptual() {
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

// marks returns what is to be seen of a file, and of the match that stands for it; nil for none.
func marks(fp *hashmatch.Fingerprint, lead *hashmatch.Match) (all []mark) {
	if lead != nil && lead.Conflict {
		all = append(all, mark{"mark alarm", "conflict"})
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

// share writes a share of a picture, from 0 to 1, in whole percent. What is not the whole is never written as 100 %.
func share(part float64) string {
	percent := int(part * 100)
	if percent == 0 {
		return "under 1 %"
	}
	return fmt.Sprintf("%d %%", min(percent, 99))
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
