package hashmatch

import (
	"cmp"
	"context"
	"slices"
)

// pairsEach is how many pairs joins compare at most, for each picture.
const pairsEach = 256

// groupEdge connects two clusters: a picture of the one is near a picture of the other.
type groupEdge struct {
	distance      uint16
	lower, higher uint32    // positions of the two pictures' files
	ends          [2]uint32 // the pictures
}

// root returns the picture that the others of a picture's cluster joined.
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
			if o := &g.pictures[n.picture]; o.star != p.star {
				edges = append(edges, groupEdge{n.distance, min(p.best, o.best), max(p.best, o.best), [2]uint32{uint32(i), n.picture}})
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
		a, b := g.root(e.ends[0]), g.root(e.ends[1])
		if a == b {
			continue
		}
		if g.compareFiles(g.pictures[b].best, g.pictures[a].best) < 0 {
			a, b = b, a
		}
		if middle, fits := g.fit(&e, a, b); fits {
			x, y := &g.pictures[a], &g.pictures[b]
			x.members, y.members, y.cluster = append(x.members, y.members...), nil, a
			x.middle = middle
		}
	}
	if err := g.centre(ctx); err != nil {
		return err
	}
	g.doubt()
	return nil
}

// fit reports whether the clusters of a and b may be one, and who would then represent it: an end of the edge that
// reaches everyone, or else, if each picture of the one is within the diameter of each picture of the other, whoever
// represents a.
func (g *grouping) fit(e *groupEdge, a, b uint32) (middle uint32, fits bool) {
	x, y := g.pictures[a].members, g.pictures[b].members
	ends := e.ends
	if g.compareFiles(g.pictures[ends[1]].best, g.pictures[ends[0]].best) < 0 {
		ends[0], ends[1] = ends[1], ends[0]
	}
	for _, end := range ends {
		one := []uint32{end}
		if g.within(one, x, g.reach()) && g.within(one, y, g.reach()) {
			return end, true
		}
	}
	return g.pictures[a].middle, g.within(x, y, g.opts.Diameter)
}

// within reports whether each picture of the one is within a distance of each picture of the other. It compares no more
// than what is left to compare, and says no if that is too few.
func (g *grouping) within(as, bs []uint32, most int) bool {
	if len(as)*len(bs) > g.left {
		return false
	}
	for _, a := range as {
		for _, b := range bs {
			g.left--
			if a != b && g.apart(&g.pictures[a], &g.pictures[b], most).distance > most {
				return false
			}
		}
	}
	return true
}

// centre makes that picture represent a cluster of several stars which most of the others are as near as those of a star are
// to their representative; of several the best. It must be within the diameter of all of them, which two pictures of one
// star need not be. Clusters that are too large to tell keep whoever represents them.
func (g *grouping) centre(ctx context.Context) error {
	for i := range g.pictures {
		p := &g.pictures[i]
		if len(p.members) < 2 || len(p.members)*len(p.members) > g.left || !g.several(p.members) {
			continue
		}
		g.left -= len(p.members) * len(p.members)
		most := -1
		for _, m := range p.members {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			n := g.reached(m, p.members)
			if n > most || n >= 0 && n == most && g.compareFiles(g.pictures[m].best, g.pictures[p.middle].best) < 0 {
				most, p.middle = n, m
			}
		}
	}
	return nil
}

// reached counts the others that m would reach as the representative of a star; -1 if one is beyond the diameter.
func (g *grouping) reached(m uint32, others []uint32) (n int) {
	for _, o := range others {
		if o == m {
			continue
		}
		switch d := g.apart(&g.pictures[m], &g.pictures[o], g.opts.Diameter).distance; {
		case d > g.opts.Diameter:
			return -1
		case d <= g.reach():
			n++
		}
	}
	return n
}

// several reports whether the pictures are of more than one star.
func (g *grouping) several(members []uint32) bool {
	return slices.ContainsFunc(members, func(m uint32) bool { return g.pictures[m].star != g.pictures[members[0]].star })
}

// doubt sets pictures apart that are near no other one and have no upright hash that counts: nobody could have met them by
// it, so that they are not said to be alone.
func (g *grouping) doubt() {
	for i := range g.pictures {
		if p := &g.pictures[i]; len(p.members) == 1 && p.doubt != "" {
			p.reason = p.doubt
		}
	}
}
