package hashmatch

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashmatch/engine/index"
)

// Calibrator measures how near unrelated pictures come to the hashes of a set. It has one user at a time. Its memory is
// that of a Matcher, six bytes for each entry of the set, and some 80 for each picture that was compared, whose hash it
// keeps to know repeated ones.
type Calibrator struct {
	search  *searchSet
	near    *nearKind // by PDQ
	entries int
	radius  int

	seen    map[Hash]bool // of pictures before
	counts  [CalibrationReach + 1]int64
	used    int // pictures that were counted
	hits    int // of them, those that met an entry
	lookups int64
	times   []int32 // of each entry, the pictures that it met
	nearest []uint8 // of each entry, its least distance to a picture; it says nothing where times is 0

	// Of the picture at hand.
	least  []uint8 // of each entry, 1 + its least distance; 0 beyond the radius
	met    []uint32
	hashes int64 // that were looked up
}

// NewCalibrator prepares the set for look-ups up to radius, 31 to CalibrationReach. The set must stay open. A set without
// PDQ hashes that pass the quality gate gives an error that wraps ErrUnsupported, another radius ErrLimit.
func NewCalibrator(s *Set, radius int) (*Calibrator, error) {
	if radius < tierA || radius > CalibrationReach {
		return nil, fmt.Errorf("hashmatch: calibration: %w: radius %d (%d to %d)", ErrLimit, radius, tierA, CalibrationReach)
	}
	c := &Calibrator{search: newSearchSet(0, s, &Config{}), radius: radius, seen: map[Hash]bool{}}
	if c.near = c.search.nearOf(PDQ); c.near == nil || c.near.rows == 0 {
		return nil, fmt.Errorf("hashmatch: calibration: %w: set %s holds no pdq hash of quality %d or more, so nothing is near to it", ErrUnsupported, s.info.Name, DefaultQuality)
	}
	c.times, c.nearest, c.least = make([]int32, s.Len()), make([]uint8, s.Len()), make([]uint8, s.Len())
	t := &s.tables[PDQ]
	for i := range t.len() {
		if e := t.entry(i); c.least[e] == 0 && !t.quality(i).Below(DefaultQuality) {
			c.least[e] = 1
			c.entries++
		}
	}
	clear(c.least)
	return c, nil
}

// Use says what a Calibrator made of a picture.
type Use uint8

// The uses. All but Counted are left out of the measurement.
const (
	Counted  Use = 1 // unrelated to the set as far as can be told, and compared
	InSet    Use = 2 // a digest equals one of the set, or the upright picture is within 31 of an entry
	Repeated Use = 3 // an earlier picture had the same hash
	Plain    Use = 4 // it has no PDQ hash that passes the quality gate
)

// Sighting is what became of one picture, with the entry that it came nearest to, if it met any.
type Sighting struct {
	Use      Use
	Met      bool // the rest is about an entry
	Entry    uint32
	Kind     Kind
	Distance int
	View     View
}

// hashQuery is a hash of a picture that is looked up.
type hashQuery struct {
	picture int
	view    View
	limit   int // how far a match of it may be
}

// Add looks up pictures and returns what became of each. They are taken as matching takes them: only hashes that pass the
// quality gate, and of drawings (PictureHash.Graphic) only what is within 31. Pictures that are incomplete are the
// caller's to leave out. After an error the Calibrator is of no more use.
func (c *Calibrator) Add(ctx context.Context, fps []*Fingerprint) ([]Sighting, error) {
	equal := make([][]Match, len(fps))
	if err := c.search.exact(ctx, fps, equal); err != nil {
		return nil, err
	}
	sightings := make([]Sighting, len(fps))
	var queries []hashQuery
	var codes [][4]uint64
	for i, fp := range fps {
		if sightings[i] = c.first(fp, equal[i]); sightings[i].Use != Counted {
			continue
		}
		for _, h := range fp.Hashes {
			if h.Hash.Kind() != PDQ || h.Quality.Below(DefaultQuality) {
				continue
			}
			limit := c.radius
			if h.Graphic {
				limit = tierA
			}
			queries = append(queries, hashQuery{i, h.View, limit})
			codes = append(codes, h.Hash.Code256())
		}
	}
	at := 0
	c.near.code256.WithinBatch(codes, c.radius, func(q int, hits []index.Hit) bool {
		for ; at < queries[q].picture; at++ {
			c.close(&sightings[at])
		}
		c.meet(&sightings[at], &queries[q], hits)
		return ctx.Err() == nil
	})
	for ; at < len(fps); at++ {
		c.close(&sightings[at])
	}
	return sightings, context.Cause(ctx)
}

// first says what can be said of a picture before its hashes are looked up.
func (c *Calibrator) first(fp *Fingerprint, equal []Match) Sighting {
	if len(equal) > 0 {
		m := slices.MinFunc(equal, compareMatches)
		return Sighting{InSet, true, m.Entry, m.Kind, 0, m.View}
	}
	for _, h := range fp.Hashes {
		if h.Hash.Kind() != PDQ || h.Quality.Below(DefaultQuality) {
			continue
		}
		if c.seen[h.Hash] {
			return Sighting{Use: Repeated}
		}
		c.seen[h.Hash] = true
		return Sighting{Use: Counted}
	}
	return Sighting{Use: Plain}
}

// meet takes in what one hash of a picture is near to.
func (c *Calibrator) meet(s *Sighting, q *hashQuery, hits []index.Hit) {
	c.hashes++
	t := &c.near.set.set.tables[PDQ]
	for _, hit := range hits {
		entry, d := t.entry(int(hit.ID)), int(hit.Distance)
		if d > q.limit {
			continue
		}
		if old := c.least[entry]; old == 0 {
			c.met = append(c.met, entry)
			c.least[entry] = uint8(1 + d)
		} else {
			c.least[entry] = min(old, uint8(1+d))
		}
		nearer := !s.Met || d < s.Distance || d == s.Distance && (entry < s.Entry || entry == s.Entry && compareViews(q.view, s.View) < 0)
		if nearer {
			s.Met, s.Entry, s.Kind, s.Distance, s.View = true, entry, PDQ, d, q.view
		}
		if q.view == Upright && d <= tierA {
			s.Use = InSet
		}
	}
}

// close counts a picture, all of whose hashes were looked up, unless it is left out.
func (c *Calibrator) close(s *Sighting) {
	if s.Use == Counted {
		c.used++
		c.lookups += c.hashes
		if len(c.met) > 0 {
			c.hits++
		}
		for _, entry := range c.met {
			d := c.least[entry] - 1
			c.counts[d]++
			if c.times[entry] == 0 || d < c.nearest[entry] {
				c.nearest[entry] = d
			}
			c.times[entry]++
		}
	}
	for _, entry := range c.met {
		c.least[entry] = 0
	}
	c.met, c.hashes = c.met[:0], 0
}

// Calibration returns what was measured so far; sample says what pictures were taken, views by which views. If none was
// counted, the calibration has no Pictures, and no JSON form.
func (c *Calibrator) Calibration(sample, views string) *Calibration {
	s := c.search.set
	m := &Calibration{
		Set: s.info.Name, Digest: s.Digest(), Sample: sample, Views: views,
		Pictures: c.used, Entries: c.entries, Pairs: int64(c.used) * int64(c.entries),
		Radius: c.radius, Counts: c.counts, HitPictures: c.hits,
	}
	if c.used > 0 {
		m.ViewCount = int((c.lookups + int64(c.used) - 1) / int64(c.used))
	}
	for entry, n := range c.times {
		if n > 0 {
			m.HitEntries++
		}
		if n > 1 {
			m.Hubs = append(m.Hubs, Hub{Entry: uint32(entry), Times: int(n), Least: int(c.nearest[entry])})
		}
	}
	slices.SortFunc(m.Hubs, compareHubs)
	if n := len(m.Hubs); n > MaxHubs {
		m.Hubs, m.MoreHubs = slices.Clone(m.Hubs[:MaxHubs]), n-MaxHubs
	}
	for i := range m.Hubs {
		h := &m.Hubs[i]
		e := s.Entry(h.Entry)
		h.ID = strings.ToValidUTF8(e.ID[:min(len(e.ID), maxText)], "")
		first := slices.IndexFunc(e.Hashes, func(h EntryHash) bool { return h.Hash.Kind() == PDQ && !h.Quality.Below(DefaultQuality) })
		h.Hash = e.Hashes[first].Hash
	}
	return m
}
