package hashmatch

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/hashmatch/engine/index"
)

// groupNear is a picture near another one.
type groupNear struct {
	picture  uint32
	distance uint16
}

// mostNear is how many representatives near it a picture remembers.
const mostNear = 8

// The pictures that are looked up at a time. Where most of them turn out to belong to one before them, that was in vain,
// and fewer are tried next.
const (
	firstLookUps = 64
	mostLookUps  = 4096
)

// groupIndex finds upright hashes; as index.Searcher, of which it is a part.
type groupIndex interface {
	WithinBatch(qs [][4]uint64, radius int, yield func(q int, hits []index.Hit) bool)
}

// index makes the upright hashes of pictures searchable; they are found by the pictures' numbers.
func (g *grouping) index(order []uint32) groupIndex {
	var codes [][4]uint64
	var ids []uint32
	for _, p := range order {
		if g.pictures[p].upright {
			codes, ids = append(codes, g.pictures[p].codes[0]), append(ids, p)
		}
	}
	return index.New(codes, ids)
}

// stars gives every picture its representative. order lists the pictures as they may represent others.
func (g *grouping) stars(ctx context.Context, order []uint32, uprights groupIndex) error {
	s := starring{grouping: g, met: make([]uint16, len(g.pictures)), rank: make([]uint32, len(g.pictures))}
	for i := range s.met {
		s.met[i] = math.MaxUint16
	}
	for i, p := range order {
		s.rank[p] = uint32(i)
	}
	for most, rest := firstLookUps, order; len(rest) > 0; {
		n := s.gather(rest, most)
		inVain := s.lookUp(ctx, rest[:n], uprights)
		if err := context.Cause(ctx); err != nil {
			return err
		}
		rest = rest[n:]
		if 2*inVain > len(s.owners) {
			most = max(1, most/2)
		} else {
			most = min(2*most, mostLookUps)
		}
	}
	return s.scout(ctx, order, uprights)
}

// starring is the state of stars.
type starring struct {
	*grouping
	rank    []uint32 // of a picture among those that could represent it
	met     []uint16 // by picture: how near the one that is looked up came to it
	touched []uint32 // pictures that met tells of

	queries [][4]uint64 // of the look-ups that are under way
	owners  []uint32    // places in order of the pictures that they are of
	ends    []int       // where the queries of each of them end
}

// reach is the distance up to which a picture is represented.
func (g *grouping) reach() int { return min(g.opts.Radius, g.opts.Diameter/2) }

// represented reports whether a representative has reached the picture.
func (s *starring) represented(p uint32) bool {
	near := s.pictures[p].near
	return len(near) > 0 && int(near[0].distance) <= s.reach()
}

// gather collects the hashes of the next most pictures that nobody represents yet. It returns how many of order that is,
// with those between them that somebody does.
func (s *starring) gather(order []uint32, most int) int {
	s.queries, s.owners, s.ends = s.queries[:0], s.owners[:0], s.ends[:0]
	for i, p := range order {
		if s.represented(p) {
			continue
		}
		if len(s.owners) == most {
			return i
		}
		s.queries = append(s.queries, s.pictures[p].codes...)
		s.owners, s.ends = append(s.owners, uint32(i)), append(s.ends, len(s.queries))
	}
	return len(order)
}

// lookUp takes the pictures of order in turn. It returns how many were looked up in vain, as one of the others came to
// represent them.
func (s *starring) lookUp(ctx context.Context, order []uint32, uprights groupIndex) (inVain int) {
	turn, owner, from := 0, 0, 0
	until := func(end int) {
		for ; turn < end; turn++ {
			s.pictures[order[turn]].star = s.pictures[order[turn]].near[0].picture
		}
	}
	uprights.WithinBatch(s.queries, s.opts.Radius, func(q int, hits []index.Hit) bool {
		until(int(s.owners[owner]))
		p := order[turn]
		represented := s.represented(p)
		if !represented {
			s.meet(p, q-from, hits)
		}
		if q+1 < s.ends[owner] {
			return true
		}
		if represented {
			inVain++
			until(turn + 1)
		} else {
			s.decide(p)
			turn++
		}
		owner, from = owner+1, q+1
		return ctx.Err() == nil
	})
	if ctx.Err() == nil {
		until(len(order))
	}
	return inVain
}

// meet remembers the hits of one of p's hashes.
func (s *starring) meet(p uint32, hash int, hits []index.Hit) {
	graphic := s.pictures[p].tags[hash] & tagGraphic
	for _, h := range hits {
		if h.ID == p || h.Distance > tierA && (graphic|s.pictures[h.ID].tags[0])&tagGraphic != 0 {
			continue
		}
		if s.met[h.ID] == math.MaxUint16 {
			s.touched = append(s.touched, h.ID)
		}
		s.met[h.ID] = min(s.met[h.ID], uint16(h.Distance))
	}
}

// decide makes p, whom nobody reaches and whose hashes have all been looked up, the member of a star or a representative.
func (s *starring) decide(p uint32) {
	pic := &s.pictures[p]
	for _, q := range s.touched {
		if s.pictures[q].leads {
			s.remember(p, groupNear{q, s.met[q]})
		}
	}
	if s.represented(p) {
		pic.star = pic.near[0].picture
	} else {
		pic.leads = true
		for _, q := range s.touched {
			s.remember(q, groupNear{p, s.met[q]})
		}
	}
	for _, q := range s.touched {
		s.met[q] = math.MaxUint16
	}
	s.touched = s.touched[:0]
}

// remember adds a representative to those near a picture, if it is among the nearest.
func (s *starring) remember(p uint32, n groupNear) {
	s.keep(p, n, mostNear, func(o groupNear) bool { return o.picture == n.picture })
}

// keep adds n to the pictures near p, in the place of the one that is the same if n is nearer, and if it is among the
// nearest, of which there are most.
func (s *starring) keep(p uint32, n groupNear, most int, same func(o groupNear) bool) {
	nearer := func(a, b groupNear) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(s.rank[a.picture], s.rank[b.picture]))
	}
	near := s.pictures[p].near
	if i := slices.IndexFunc(near, same); i >= 0 {
		if nearer(near[i], n) <= 0 {
			return
		}
		near = slices.Delete(near, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(near, n, nearer)
	switch {
	case at == most:
		return
	case len(near) == most:
		near = near[:most-1]
	}
	s.pictures[p].near = slices.Insert(near, at, n)
}
