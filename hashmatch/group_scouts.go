package hashmatch

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/hashmatch/engine/index"
)

// mostScouts is how many pictures of a star look around themselves, beside its representative.
const mostScouts = 8

// mostScouted is how many stars a scout remembers. A picture that was framed dozens of times is nearer to all the frames
// than to its crops.
const mostScouted = 64

// scout looks around some pictures of every star. A representative that is a framed copy is met by the views of what it
// frames alone: the crops of that picture are near the picture and not near the frame, and nothing else would tell.
func (s *starring) scout(ctx context.Context, order []uint32, uprights groupIndex) error {
	for some := range slices.Chunk(s.scouts(order), mostLookUps) {
		s.queries, s.ends = s.queries[:0], s.ends[:0]
		for _, p := range some {
			s.queries = append(s.queries, s.pictures[p].codes...)
			s.ends = append(s.ends, len(s.queries))
		}
		owner, from := 0, 0
		uprights.WithinBatch(s.queries, s.opts.Radius, func(q int, hits []index.Hit) bool {
			s.meet(some[owner], q-from, hits)
			if q+1 == s.ends[owner] {
				s.report(some[owner])
				owner, from = owner+1, q+1
			}
			return ctx.Err() == nil
		})
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return nil
}

// report remembers what p met: of each other star the picture that is nearest, in place of one farther off.
func (s *starring) report(p uint32) {
	star := func(q uint32) uint32 { return s.pictures[q].star }
	for _, q := range s.touched {
		if star(q) != star(p) {
			s.keep(p, groupNear{q, s.met[q]}, mostScouted, func(o groupNear) bool { return star(o.picture) == star(q) })
		}
		s.met[q] = math.MaxUint16
	}
	s.touched = s.touched[:0]
}

// scouts chooses who looks around in each star.
func (s *starring) scouts(order []uint32) (scouts []uint32) {
	rest := slices.DeleteFunc(slices.Clone(order), func(p uint32) bool { return s.pictures[p].leads })
	slices.SortStableFunc(rest, func(a, b uint32) int {
		return cmp.Compare(s.rank[s.pictures[a].star], s.rank[s.pictures[b].star])
	})
	for len(rest) > 0 {
		star := s.pictures[rest[0]].star
		n := slices.IndexFunc(rest, func(p uint32) bool { return s.pictures[p].star != star })
		if n < 0 {
			n = len(rest)
		}
		scouts = s.choose(scouts, rest[:n])
		rest = rest[n:]
	}
	return scouts
}

// choose appends the scouts of a star: of every way in which its pictures stand to their representative one, then a second,
// and so on, those first that would represent others. A hundred copies in the same frame see the same.
func (s *starring) choose(scouts, star []uint32) []uint32 {
	type way struct {
		variant  View
		reversed bool
	}
	met, turns := map[way]int{}, make([]int, len(star))
	for i, p := range star {
		to := s.apart(&s.pictures[p], &s.pictures[s.pictures[p].star], s.opts.Radius)
		variant, _ := to.view.Base()
		w := way{variant, to.reversed}
		turns[i] = met[w]
		met[w]++
	}
	for turn, left := 0, min(len(star), mostScouts); left > 0; turn++ {
		for i, p := range star {
			if turns[i] == turn && left > 0 {
				scouts = append(scouts, p)
				left--
			}
		}
	}
	return scouts
}
