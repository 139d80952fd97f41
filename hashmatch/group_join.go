package hashmatch

import (
	"cmp"
	"context"
	"slices"
)

// pairsEach is how many pairs joins compare at most, for each picture.
const pairsEach = 256

// groupEdge connects two clusters: a representative of the one is near a picture of the other.
type groupEdge struct {
	distance      uint16
	lower, higher uint32 // positions of the two pictures' files
	star, near    uint32
}

// root returns the picture that represents the cluster of a picture.
func (g *grouping) root(p uint32) uint32 {
	p = g.pictures[g.find(p)].star
	r := p
	for g.pictures[r].cluster != r {
		r = g.pictures[r].cluster
	}
	for p != r { // the way is shorter next time
		p, g.pictures[p].cluster = g.pictures[p].cluster, r
	}
	return r
}

// edges lists what connects two stars, nearest first.
func (g *grouping) edges() (edges []groupEdge) {
	for i := range g.pictures {
		p := &g.pictures[i]
		for _, n := range p.near {
			if n.representative != p.star {
				a, b := p.best, g.pictures[n.representative].best
				edges = append(edges, groupEdge{n.distance, min(a, b), max(a, b), p.star, n.representative})
			}
		}
	}
	slices.SortFunc(edges, func(a, b groupEdge) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.lower, b.lower), cmp.Compare(a.higher, b.higher))
	})
	return edges
}

// join joins stars to clusters.
func (g *grouping) join(ctx context.Context) error {
	edges := g.edges()
	for i := range g.pictures {
		p := &g.pictures[i]
		if p.reason == "" && p.same == 0 {
			g.pictures[p.star].members = append(g.pictures[p.star].members, uint32(i))
		}
	}
	for _, e := range edges {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		a, b := g.root(e.star), g.root(e.near)
		if a == b {
			continue
		}
		if g.compareFiles(g.pictures[b].best, g.pictures[a].best) < 0 {
			a, b = b, a
		}
		x, y := &g.pictures[a], &g.pictures[b]
		if len(x.members)*len(y.members) > g.left {
			continue
		}
		fits, pairs := g.fit(x.members, y.members)
		if g.left -= pairs; fits {
			x.members, y.members, y.cluster = append(x.members, y.members...), nil, a
		}
	}
	return nil
}

// fit reports whether each picture of the one is within the diameter of each picture of the other, and how many pairs
// were compared to tell.
func (g *grouping) fit(as, bs []uint32) (fits bool, pairs int) {
	for _, a := range as {
		for _, b := range bs {
			pairs++
			if g.apart(&g.pictures[a], &g.pictures[b], g.opts.Diameter).distance > g.opts.Diameter {
				return false, pairs
			}
		}
	}
	return true, pairs
}
