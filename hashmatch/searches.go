package hashmatch

import "fmt"

// Search says how one kind of hash of one set is searched.
type Search struct {
	Set    string `json:"set"`
	Kind   Kind   `json:"kind"`
	Hashes int    `json:"hashes"`           // that are searched
	Gated  int    `json:"gated,omitempty"`  // of the set, below the quality gate: they never match
	Hidden int    `json:"hidden,omitempty"` // of the set, of entries that are denied or, with a perceptual kind, quarantined
	Radius int    `json:"radius"`
	Why    string `json:"why"` // where the radius comes from
}

// Searches says how the sets are searched, digests first. It belongs at the head of every report.
func (m *Matcher) Searches() (searches []Search) {
	for _, parts := range m.chains() {
		at := map[Kind]int{} // of this set
		note := func(s Search) {
			i, again := at[s.Kind]
			if !again {
				at[s.Kind] = len(searches)
				searches = append(searches, s)
				return
			}
			searches[i].Hashes += s.Hashes
			searches[i].Gated += s.Gated
			searches[i].Hidden += s.Hidden
		}
		name := parts[0].info.Name
		for _, s := range parts {
			for _, e := range s.exactBy {
				note(Search{Set: name, Kind: e.kind, Hashes: e.table.Len() - e.hidden, Hidden: e.hidden, Why: "equal digests"})
			}
		}
		for _, s := range parts {
			for _, n := range s.near {
				note(Search{name, n.kind, n.rows, n.gated, n.hidden, n.radius, n.reason})
			}
		}
	}
	return searches
}

// chains returns the sets, each with what deltas added to it.
func (m *Matcher) chains() (chains [][]*searchSet) {
	for i, s := range m.sets {
		if i == 0 || s.info.Name != m.sets[i-1].info.Name {
			chains = append(chains, nil)
		}
		last := len(chains) - 1
		chains[last] = append(chains[last], s)
	}
	return chains
}

// Warnings tells the user what to keep in mind about the answers; none is usual.
func (m *Matcher) Warnings() (warnings []string) {
	for _, parts := range m.chains() {
		name := parts[0].info.Name
		warn := func(n int, text string, more ...any) {
			if n > 0 {
				warnings = append(warnings, "set "+name+": "+fmt.Sprintf(text, append([]any{n}, more...)...))
			}
		}
		entries, denied, quarantined, lost := 0, 0, 0, 0
		alone := map[Kind]int{}
		radius := map[Kind]int{}
		for _, s := range parts {
			entries += s.set.Len() - len(s.hidden.removed)
			denied += len(s.hidden.denied)
			quarantined += len(s.hidden.quarantined)
			lost += s.lost
			for _, n := range s.near {
				alone[n.kind] += n.rows
				radius[n.kind] = n.radius
			}
		}
		if entries == 0 {
			warnings = append(warnings, fmt.Sprintf("set %s: it holds no entries, so it finds nothing", name))
		}
		warn(denied, "%d entries never match, as the deny-list says")
		warn(quarantined, "%d entries are quarantined: only their digests match")
		warn(lost, "nothing can find %d of its %d entries: they have no digest, and their pictures are too plain for perceptual hashes", entries)
		for _, k := range nearOrder[1:] {
			warn(alone[k], "%d of its hashes match by %s alone (radius %d): expect chance matches, every one needs review", k, radius[k])
		}
	}
	return warnings
}
