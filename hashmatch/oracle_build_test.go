package hashmatch

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
)

// The slow way to build a set, by maps and pointers, in no more steps than the rules have.

// slowNormal returns a copy of e in its normal form.
func slowNormal(e Entry) *Entry {
	e.Hashes = normalHashes(slices.Clone(e.Hashes))
	e.Tags, e.Names, e.Sources = normalStrings(slices.Clone(e.Tags)), normalStrings(slices.Clone(e.Names)), normalStrings(slices.Clone(e.Sources))
	e.Extras = normalExtras(slices.Clone(e.Extras))
	for i := range e.Extras {
		e.Extras[i].Data = bytes.Clone(e.Extras[i].Data)
	}
	if !e.HasSize {
		e.Size = 0
	}
	return &e
}

// compareEntries is the canonical order of normalised entries: by hashes, then by all they say, as the file spells it.
func compareEntries(a, b *Entry) int {
	c := slices.CompareFunc(a.Hashes, b.Hashes, func(x, y EntryHash) int {
		return cmp.Or(compareHashes(x.Hash, y.Hash), int(x.Quality)-int(y.Quality))
	})
	return cmp.Or(c, bytes.Compare(appendPublic(nil, a), appendPublic(nil, b)), bytes.Compare(appendPrivate(nil, a), appendPrivate(nil, b)))
}

// slowMerge joins and orders entries.
func slowMerge(entries []*Entry) (merged []*Entry, apart int) {
	var groups [][]*Entry // entries that hang together by digests
	for _, e := range entries {
		home := []*Entry{e}
		groups = slices.DeleteFunc(groups, func(g []*Entry) bool {
			linked := slices.ContainsFunc(g, func(o *Entry) bool { return slowLinked(e, o) })
			if linked {
				home = append(home, g...)
			}
			return linked
		})
		groups = append(groups, home)
	}
	for _, g := range groups {
		merged = append(merged, slowItems(g)...)
	}
	slices.SortFunc(merged, compareEntries)
	merged = slices.CompactFunc(merged, func(a, b *Entry) bool { return compareEntries(a, b) == 0 })
	for i, e := range merged {
		if slices.ContainsFunc(merged[:i], func(o *Entry) bool { return slowLinked(e, o) }) {
			apart++
		}
	}
	return merged, apart
}

func slowLinked(a, b *Entry) bool {
	return slices.ContainsFunc([]Kind{MD5, SHA1, SHA256}, func(k Kind) bool { return !a.Digest(k).IsZero() && a.Digest(k) == b.Digest(k) })
}

// slowItems joins entries that hang together.
func slowItems(entries []*Entry) (items []*Entry) {
	agree := true
	for i, a := range entries {
		for _, b := range entries[:i] {
			agree = agree && slowFits(a, b)
		}
	}
	if agree {
		return []*Entry{slowJoined(entries...)}
	}
	sayings := map[string][]*Entry{}
	stripped := map[string]*Entry{}
	var keys []string
	for _, e := range entries {
		s := &Entry{Size: e.Size, HasSize: e.HasSize, ID: e.ID, Category: e.Category, Series: e.Series, Comments: e.Comments, Flags: e.Flags}
		s.Hashes = slices.DeleteFunc(slices.Clone(e.Hashes), func(h EntryHash) bool { return !h.Hash.Kind().Digest() })
		key := fmt.Sprintf("%v %q %q", s.Hashes, appendPublic(nil, s), s.Comments)
		if sayings[key] == nil {
			keys = append(keys, key)
			stripped[key] = s
		}
		sayings[key] = append(sayings[key], e)
	}
	slices.SortFunc(keys, func(a, b string) int { return compareEntries(stripped[a], stripped[b]) })
	if len(keys) > crowd {
		for _, k := range keys {
			items = append(items, slowJoined(sayings[k]...))
		}
		return items
	}
	for _, k := range keys { // the n-th entry joins the first item that it fits, and others to that
		e := slowJoined(sayings[k]...)
		home := -1
		for i, item := range items {
			switch {
			case item == nil || !slowLinked(item, stripped[k]):
			case home < 0 && slowFits(item, e):
				home = i
				items[i] = slowJoined(item, e)
			case home >= 0 && slowFits(items[home], item):
				items[home] = slowJoined(items[home], item)
				items[i] = nil
			}
		}
		if home < 0 {
			items = append(items, e)
		}
	}
	return slices.DeleteFunc(items, func(e *Entry) bool { return e == nil })
}

// slowFits reports whether nothing that both entries say, and that an item has one of, differs.
func slowFits(a, b *Entry) bool {
	for _, k := range Kinds() {
		if k.Digest() && differ(a.Digest(k), b.Digest(k)) {
			return false
		}
	}
	return !(a.HasSize && b.HasSize && a.Size != b.Size) && !differ(a.Category, b.Category) && !differ(a.ID, b.ID) &&
		!differ(a.Series, b.Series) && !differ(a.Comments, b.Comments) &&
		!differ(a.Flags.VictimIdentified, b.Flags.VictimIdentified) && !differ(a.Flags.OffenderIdentified, b.Flags.OffenderIdentified) &&
		!differ(a.Flags.Distributed, b.Flags.Distributed) && !differ(a.Flags.Suspected, b.Flags.Suspected) &&
		!differ(a.Flags.SelfGenerated, b.Flags.SelfGenerated) && !differ(a.Flags.Precategorized, b.Flags.Precategorized)
}

// slowJoined returns what entries that fit say together.
func slowJoined(entries ...*Entry) *Entry {
	var all Entry
	for _, e := range entries {
		if e.HasSize {
			all.Size, all.HasSize = e.Size, true
		}
		all.ID, all.Category = max(all.ID, e.ID), max(all.Category, e.Category)
		all.Series, all.Comments = max(all.Series, e.Series), max(all.Comments, e.Comments)
		all.Flags = Flags{
			max(all.Flags.VictimIdentified, e.Flags.VictimIdentified), max(all.Flags.OffenderIdentified, e.Flags.OffenderIdentified),
			max(all.Flags.Distributed, e.Flags.Distributed), max(all.Flags.Suspected, e.Flags.Suspected),
			max(all.Flags.SelfGenerated, e.Flags.SelfGenerated), max(all.Flags.Precategorized, e.Flags.Precategorized),
		}
		all.Hashes = append(all.Hashes, e.Hashes...)
		all.Tags, all.Names, all.Sources = append(all.Tags, e.Tags...), append(all.Names, e.Names...), append(all.Sources, e.Sources...)
		all.Extras = append(all.Extras, e.Extras...)
	}
	return slowNormal(all)
}

// slowSections writes entries that stand in their canonical order, as doc/format.md says.
func slowSections(info Info, entries []*Entry) []setfile.Section {
	type row struct {
		EntryHash
		entry int
	}
	le := binary.LittleEndian
	var tables [kindEnd][]row
	for i, e := range entries {
		for _, h := range e.Hashes {
			tables[h.Hash.kind] = append(tables[h.Hash.kind], row{h, i})
		}
	}
	stored := storedInfo{Info: info, Entries: len(entries), Hashes: map[Kind]int{}}
	var sections []setfile.Section
	rowOf := map[string]int{} // of an entry's hash; -1 where it goes without saying
	for k, rows := range tables {
		if len(rows) == 0 {
			continue
		}
		stored.Hashes[Kind(k)] = len(rows)
		slices.SortFunc(rows, func(a, b row) int {
			return cmp.Or(compareHashes(a.Hash, b.Hash), a.entry-b.entry, int(a.Quality)-int(b.Quality))
		})
		plain := true
		b := le.AppendUint64(nil, uint64(len(rows)))
		for i, r := range rows {
			plain = plain && r.entry == i
			b = r.Hash.AppendBytes(b)
		}
		for i, r := range rows {
			at := i
			if plain {
				at = -1
			} else {
				b = le.AppendUint32(b, uint32(r.entry))
			}
			rowOf[fmt.Sprint(r.entry, r.Hash, r.Quality)] = at
		}
		if Kind(k).Perceptual() {
			for _, r := range rows {
				b = append(b, byte(r.Quality))
			}
		}
		sections = append(sections, setfile.Section{ID: sectionHashes + uint32(k), Data: b})
	}
	ends, records := le.AppendUint64(nil, uint64(len(entries))), []byte(nil)
	var owners, privateEnds, privates []byte
	for i, e := range entries {
		var refs []byte
		n := 0
		for _, h := range e.Hashes {
			if at := rowOf[fmt.Sprint(i, h.Hash, h.Quality)]; at >= 0 {
				refs = le.AppendUint32(append(refs, byte(h.Hash.kind)), uint32(at))
				n++
			}
		}
		records = append(binary.AppendUvarint(records, uint64(n)), refs...)
		records = appendPublic(records, e)
		ends = le.AppendUint64(ends, uint64(len(records)))
		if p := appendPrivate(nil, e); len(p) > 0 {
			owners = le.AppendUint32(owners, uint32(i))
			privates = append(privates, p...)
			privateEnds = le.AppendUint64(privateEnds, uint64(len(privates)))
		}
	}
	head, err := json.Marshal(stored)
	if err != nil {
		panic(err)
	}
	first := []setfile.Section{{ID: sectionInfo, Data: head}, {ID: sectionEntries, Data: append(ends, records...)}}
	if len(owners) > 0 {
		n := le.AppendUint64(nil, uint64(len(owners)/4))
		first = append(first, setfile.Section{ID: sectionPrivate, Data: slices.Concat(n, owners, privateEnds, privates)})
	}
	return append(first, sections...)
}

// slowBytes is the file of slowSections.
func slowBytes(info Info, entries []*Entry) []byte {
	var out bytes.Buffer
	if _, err := setfile.Write(&out, setfile.Header{}, slowSections(info, entries)); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// spelled writes entries down for people who look for the difference.
func spelled(entries []*Entry) string {
	var b strings.Builder
	for i, e := range entries {
		fmt.Fprintf(&b, "%d: %+v\n", i, *e)
	}
	return b.String()
}
