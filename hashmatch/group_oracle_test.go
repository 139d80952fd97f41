package hashmatch

import (
	"cmp"
	"slices"
)

// oraclePicture is a picture of the slow Group.
type oraclePicture struct {
	files   []int
	hashes  []PictureHash // that count, of one file
	upright Hash          // zero if there is none
	reason  string
	star    int         // of pictures
	near    map[int]int // distance, by representative
	cluster int
}

// oracleGroup is Group by comparing everything with everything, step by step as its documentation says.
func oracleGroup(fps []*Fingerprint, opts GroupOptions) []Cluster {
	opts, err := opts.limits()
	if err != nil {
		panic(err)
	}
	before := func(a, b int) int {
		quality := func(i int) int {
			q, _ := fps[i].Quality().Value()
			return q
		}
		return cmp.Or(quality(b)-quality(a), fps[b].Width*fps[b].Height-fps[a].Width*fps[a].Height, a-b)
	}
	pictures := oraclePictures(fps, opts, before)
	best := func(p int) int { return slices.MinFunc(pictures[p].files, before) }
	var order []int
	for i := range pictures {
		pictures[i].star, pictures[i].near = i, map[int]int{}
		if pictures[i].reason == "" {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return before(best(a), best(b)) })
	oracleStars(pictures, order, opts)
	oracleJoins(pictures, order, opts, best)

	byCluster := map[int]*Cluster{}
	for i := range fps {
		p := slices.IndexFunc(pictures, func(p oraclePicture) bool { return slices.Contains(p.files, i) })
		c := byCluster[pictures[p].cluster]
		if c == nil {
			c = &Cluster{Reason: pictures[p].reason}
			byCluster[pictures[p].cluster] = c
		}
		c.Members = append(c.Members, ClusterMember{Position: i})
	}
	clusters := []Cluster{}
	for _, c := range byCluster {
		c.Representative = slices.MinFunc(c.Members, func(a, b ClusterMember) int { return before(a.Position, b.Position) }).Position
		of := func(file int) *oraclePicture {
			return &pictures[slices.IndexFunc(pictures, func(p oraclePicture) bool { return slices.Contains(p.files, file) })]
		}
		r := of(c.Representative)
		for i := range c.Members {
			switch m, p := &c.Members[i], of(c.Members[i].Position); {
			case c.Reason != "":
			case p == r:
				m.View = Upright
			default:
				m.Distance, m.View = oracleMeets(p, r)
				if d, v := oracleMeets(r, p); d < m.Distance || d == m.Distance && compareViews(v, m.View) < 0 {
					m.Distance, m.View, m.Reversed = d, v, true
				}
			}
		}
		clusters = append(clusters, *c)
	}
	slices.SortFunc(clusters, func(a, b Cluster) int {
		return cmp.Or(len(b.Members)-len(a.Members), a.Members[0].Position-b.Members[0].Position)
	})
	if len(clusters) == 0 {
		return nil
	}
	return clusters
}

// oraclePictures sorts files into pictures: those of one SHA-256, then those of one upright hash.
func oraclePictures(fps []*Fingerprint, opts GroupOptions, before func(a, b int) int) (pictures []oraclePicture) {
	usable := make([]oraclePicture, len(fps))
	for i, fp := range fps {
		usable[i] = oracleUsable(fp, opts)
	}
	done := make([]bool, len(fps))
	for i := range fps {
		if done[i] {
			continue
		}
		p := oraclePicture{reason: usable[i].reason}
		for j := i; j < len(fps); j++ {
			if j == i || !fps[i].Digest(SHA256).IsZero() && fps[i].Digest(SHA256) == fps[j].Digest(SHA256) {
				done[j] = true
				p.files = append(p.files, j)
				if p.reason != "" && usable[j].reason == "" {
					p.reason, p.hashes, p.upright = "", usable[j].hashes, usable[j].upright
				} else if j == i {
					p.hashes, p.upright = usable[j].hashes, usable[j].upright
				}
			}
		}
		same := func(o oraclePicture) bool { return p.reason == "" && !p.upright.IsZero() && o.upright == p.upright }
		if k := slices.IndexFunc(pictures, same); k >= 0 {
			pictures[k].files = append(pictures[k].files, p.files...)
		} else {
			pictures = append(pictures, p)
		}
	}
	for i := range pictures {
		if p := &pictures[i]; !p.upright.IsZero() {
			candidates := slices.DeleteFunc(slices.Clone(p.files), func(f int) bool { return usable[f].upright != p.upright })
			p.hashes = usable[slices.MinFunc(candidates, before)].hashes
		}
	}
	return pictures
}

// oracleUsable is what counts of a file.
func oracleUsable(fp *Fingerprint, opts GroupOptions) (p oraclePicture) {
	all, kept := 0, fp.Hashes[:0:0]
	for _, h := range fp.Hashes {
		if h.Hash.Kind() == PDQ && h.View.whole() {
			all++
			if q, known := h.Quality.Value(); !known || q >= opts.Quality {
				kept = append(kept, h)
			}
		}
	}
	switch {
	case all == 0:
		return oraclePicture{reason: ReasonHashes}
	case fp.Incomplete():
		return oraclePicture{reason: ReasonPartial}
	case len(kept) == 0:
		return oraclePicture{reason: ReasonQuality}
	}
	p.hashes = kept
	for _, h := range kept {
		if h.View == Upright {
			p.upright = h.Hash
		}
	}
	return p
}

// oracleMeets is how near a's hashes come to b's upright one, and by which view; 1000 if not at all.
func oracleMeets(a, b *oraclePicture) (least int, view View) {
	least = 1000
	drawn := false
	for _, h := range b.hashes {
		drawn = drawn || h.View == Upright && h.Graphic
	}
	for _, h := range a.hashes {
		if d, ok := h.Hash.Distance(b.upright); ok && (d <= 31 || !drawn && !h.Graphic) {
			if d < least || d == least && compareViews(h.View, view) < 0 {
				least, view = d, h.View
			}
		}
	}
	return least, view
}

// oracleStars finds the representatives.
func oracleStars(pictures []oraclePicture, order []int, opts GroupOptions) {
	reach := min(opts.Radius, opts.Diameter/2)
	var leaders []int
	nearest := func(distance func(leader int) int) (least, leader int) {
		least = 1000
		for _, l := range leaders {
			if d := distance(l); d < least {
				least, leader = d, l
			}
		}
		return least, leader
	}
	looked := map[int]int{} // the number of leaders that a picture met that looked itself
	for _, p := range order {
		reached := func(l int) int { d, _ := oracleMeets(&pictures[l], &pictures[p]); return d }
		meets := func(l int) int {
			d, _ := oracleMeets(&pictures[p], &pictures[l])
			return min(d, reached(l))
		}
		if d, l := nearest(reached); d <= reach {
			pictures[p].star = l
			continue
		}
		looked[p] = len(leaders)
		if d, l := nearest(meets); d <= reach {
			pictures[p].star = l
			continue
		}
		leaders = append(leaders, p)
	}
	for _, p := range order {
		for i, l := range leaders {
			d, _ := oracleMeets(&pictures[l], &pictures[p])
			if i < looked[p] {
				own, _ := oracleMeets(&pictures[p], &pictures[l])
				d = min(d, own)
			}
			if d <= opts.Radius && l != p {
				pictures[p].near[l] = d
			}
		}
		for len(pictures[p].near) > 8 {
			farthest := -1
			for _, l := range leaders {
				if d, ok := pictures[p].near[l]; ok && (farthest < 0 || d >= pictures[p].near[farthest]) {
					farthest = l
				}
			}
			delete(pictures[p].near, farthest)
		}
	}
}

// oracleJoins joins stars.
func oracleJoins(pictures []oraclePicture, order []int, opts GroupOptions, best func(int) int) {
	type edge struct{ distance, lower, higher, p, leader int }
	var edges []edge
	for i := range pictures {
		pictures[i].cluster = pictures[i].star
		for l, d := range pictures[i].near {
			edges = append(edges, edge{d, min(best(i), best(l)), max(best(i), best(l)), i, l})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		return cmp.Or(a.distance-b.distance, a.lower-b.lower, a.higher-b.higher)
	})
	for _, e := range edges {
		from, to := pictures[e.p].cluster, pictures[e.leader].cluster
		fits := from != to
		for _, x := range order {
			for _, y := range order {
				if pictures[x].cluster == from && pictures[y].cluster == to {
					a, _ := oracleMeets(&pictures[x], &pictures[y])
					b, _ := oracleMeets(&pictures[y], &pictures[x])
					fits = fits && min(a, b) <= opts.Diameter
				}
			}
		}
		for _, x := range order {
			if fits && pictures[x].cluster == from {
				pictures[x].cluster = to
			}
		}
	}
}
