package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// tiers are all tiers, strongest first, with what they mean.
var tiers = []struct {
	Tier    hashmatch.Tier
	Meaning string
}{
	{hashmatch.Exact, "equal digests, of the files or of what they hold up to the end of the picture"},
	{hashmatch.ExactWeak, "an equal MD5 that nothing confirms, or equal digests while another digest or the size differs (conflict)"},
	{hashmatch.TierA, "PDQ within 31 bits on the whole upright picture"},
	{hashmatch.TierB, "PDQ within 31 bits by a view or on an incomplete picture, or farther on the whole picture"},
	{hashmatch.TierC, "for review: PDQ farther by a view, and every 64-bit hash alone"},
}

// tierLine says in one line what the tiers mean.
var tierLine = func() string {
	var parts []string
	for _, t := range tiers {
		parts = append(parts, fmt.Sprintf("%s, %s", t.Tier, t.Meaning))
	}
	return "Tier, strongest first: " + strings.Join(parts, "; ") + "."
}()

const (
	maxViews     = 2000 // that are told apart: full views are some 500, and others stand in the files of others only
	maxViewsRows = 60   // of the table
)

// tierCounts counts matches by tier, in the order of tiers.
type tierCounts [5]int64

func (c *tierCounts) add(o *tierCounts) {
	for i, n := range o {
		c[i] += n
	}
}

// Total returns the number of matches.
func (c *tierCounts) Total() (n int64) {
	for _, m := range c {
		n += m
	}
	return n
}

// census counts the listed matches by view and tier, and what second hashes say of them. Its zero value is ready.
type census struct {
	views    map[hashmatch.View]*tierCounts
	further  tierCounts // of views beyond maxViews, and of those with names that no scan gives
	agree    int64      // matches that a second hash agrees with
	disagree int64
	drawn    int64 // matches of views that look drawn
}

// add counts a match of a file; drawn tells that the file's view of it looks drawn.
func (c *census) add(m *hashmatch.Match, drawn bool) {
	counts := c.views[m.View]
	switch {
	case counts != nil:
	case len(c.views) >= maxViews || len(m.View) > longText:
		counts = &c.further
	default:
		if c.views == nil {
			c.views = map[hashmatch.View]*tierCounts{}
		}
		counts = new(tierCounts)
		c.views[m.View] = counts
	}
	for i, t := range tiers {
		if m.Tier == t.Tier {
			counts[i]++
		}
	}
	switch {
	case m.Second == nil:
	case m.Second.Agrees:
		c.agree++
	default:
		c.disagree++
	}
	if drawn {
		c.drawn++
	}
}

// viewRow is a row of the table of matches by view.
type viewRow struct {
	View  text
	Tiers tierCounts
}

// table returns the rows, views with most matches first, then by name; those beyond maxViewsRows in one. all counts every
// listed match.
func (c *census) table() (rows []viewRow, all tierCounts) {
	names := slices.SortedFunc(maps.Keys(c.views), func(a, b hashmatch.View) int {
		return cmp.Or(cmp.Compare(c.views[b].Total(), c.views[a].Total()), cmp.Compare(a, b))
	})
	rest := c.further
	for i, v := range names {
		if i < maxViewsRows {
			rows = append(rows, viewRow{show(string(v)), *c.views[v]})
		} else {
			rest.add(c.views[v])
		}
	}
	if rest.Total() > 0 {
		rows = append(rows, viewRow{text{Head: "further views"}, rest})
	}
	for i := range rows {
		all.add(&rows[i].Tiers)
	}
	return rows, all
}

// words says what second hashes and drawings make of the near matches; "" when there is nothing to say.
func (c *census) words() string {
	var parts []string
	if n := c.agree + c.disagree; n > 0 {
		parts = append(parts, fmt.Sprintf("Of %s matches a second perceptual hash could be compared: it agrees with %s and does not agree with %s.",
			grouped(n), grouped(c.agree), grouped(c.disagree)))
	}
	if c.drawn > 0 {
		parts = append(parts, fmt.Sprintf("In %s matches the file’s view looks drawn: hashes of flags, cards, signs, text and screens come near each other more often.", grouped(c.drawn)))
	}
	return strings.Join(parts, " ")
}
