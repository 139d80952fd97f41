package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/internal/cell"
)

// conflict says what of a file's matches speaks against itself.
type conflict struct {
	Digests bool // a digest equals that of an entry, of which another digest or the size differs
	Sets    bool // known-bad by one set and known-good by another, however either match came about
}

func (c conflict) any() bool { return c.Digests || c.Sets }

func conflictOf(matches []hashmatch.Match) (c conflict) {
	good, bad := false, false
	for i := range matches {
		m := &matches[i]
		c.Digests = c.Digests || m.Conflict
		good, bad = good || m.Disposition == hashmatch.KnownGood, bad || m.Disposition == hashmatch.KnownBad
	}
	c.Sets = good && bad
	return c
}

// otherSet is a set that a file met beside the one of the match that stands for it.
type otherSet struct {
	Disposition hashmatch.Disposition
	Set         text
	Best        string // its first match: "exact sha256 0"
	Matches     int    // that are listed
}

// otherSets returns the sets beside that of lead, what speaks most against lead first: lead is of the gravest disposition,
// so the order is the other way round. At most are listed; more counts those that are not.
func otherSets(matches []hashmatch.Match, lead *hashmatch.Match, most int) (others []otherSet, more int) {
	type key struct {
		set         string
		disposition hashmatch.Disposition
	}
	at := map[key]int{}
	for _, d := range slices.Backward(dispositions) {
		for i := range matches {
			m := &matches[i]
			if m.Disposition != d || m.Set == lead.Set && d == lead.Disposition {
				continue
			}
			k := key{m.Set, d}
			if o, ok := at[k]; ok {
				if o < most {
					others[o].Matches++
				}
				continue
			}
			at[k] = len(at)
			if len(others) < most {
				others = append(others, otherSet{d, show(m.Set), fmt.Sprintf("%s %s %d", m.Tier, m.Kind, m.Distance), 1})
			}
		}
	}
	return others, len(at) - len(others)
}

// Words tells of the set's matches.
func (o *otherSet) Words() string {
	if o.Matches > 1 {
		return fmt.Sprintf("%s, %s matches", o.Best, grouped(int64(o.Matches)))
	}
	return o.Best
}

// sets counts what is not listed.
func sets(n int) string {
	if n == 1 {
		return "1 more set"
	}
	return grouped(int64(n)) + " more sets"
}

// csvOthers is how many other sets a cell names. With longText each it stays below what a cell may hold.
const csvOthers = 20

// csvAlso is a cell that names the other sets with their dispositions. It begins with a disposition, so it is no formula;
// a bar in a name is written out, as Visible does with what is hidden, so that no name reads as two.
func csvAlso(matches []hashmatch.Match, lead *hashmatch.Match) string {
	others, more := otherSets(matches, lead, csvOthers)
	parts := make([]string, len(others))
	for i := range others {
		o := &others[i]
		parts[i] = fmt.Sprintf("%s: %s (%s)", o.Disposition, strings.ReplaceAll(o.Set.String(), "|", `\x7c`), o.Words())
	}
	if more > 0 {
		parts = append(parts, "and "+sets(more))
	}
	return cell.Guard(strings.Join(parts, " | "))
}

const (
	maxFurther = 50_000 // matches that the details of all rows of a page list
	pageOthers = 5      // sets that a row's details name at once
)

// further is what a row's details tell of the matches beside the one that stands for the file.
type further struct {
	Others   []otherSet
	MoreSets string // "" when all are named
	Matches  []*matchRow
	Left     int // matches that stand in the results, where the page has no room for them
	Unlisted int // matches that the results only count
}

// All returns the number of matches.
func (f *further) All() int { return len(f.Matches) + f.Left + f.Unlisted }

// Words tells it.
func (f *further) Words() string {
	if f.All() == 1 {
		return "1 further match"
	}
	return grouped(int64(f.All())) + " further matches"
}

// newFurther tells of the matches of rec beside lead, and lists at most room of them; nil when there is none.
func newFurther(rec *hashmatch.Record, lead *hashmatch.Match, room int) *further {
	f := &further{Unlisted: rec.More}
	for i := range rec.Matches {
		switch m := &rec.Matches[i]; {
		case m == lead:
		case len(f.Matches) < room:
			f.Matches = append(f.Matches, newMatchRow(m))
		default:
			f.Left++
		}
	}
	if f.All() == 0 {
		return nil
	}
	var more int
	if f.Others, more = otherSets(rec.Matches, lead, pageOthers); more > 0 {
		f.MoreSets = sets(more)
	}
	return f
}
