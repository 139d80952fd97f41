package hashmatch

import (
	"cmp"
	"fmt"
	"slices"
)

// oraclePicture is a picture of the slow Group.
type oraclePicture struct {
	files   []int
	hashes  []PictureHash // that count, of one file
	upright Hash          // zero if there is none
	reason  string
	doubt   string
	star    int         // of pictures
	near    map[int]int // distance, by picture
	cluster int
	middle  int // of a cluster's first picture
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
		pictures[i].star, pictures[i].middle, pictures[i].near = i, i, map[int]int{}
		if pictures[i].reason == "" {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return before(best(a), best(b)) })
	oracleStars(pictures, order, opts)
	oracleScouts(pictures, order, opts)
	oracleJoins(pictures, order, opts, best)
	oracleCentres(pictures, order, opts)

	byCluster := map[int]*Cluster{}
	for i := range fps {
		p := slices.IndexFunc(pictures, func(p oraclePicture) bool { return slices.Contains(p.files, i) })
		c := byCluster[pictures[p].cluster]
		if c == nil {
			c = &Cluster{Reason: pictures[p].reason}
			alone := func(o oraclePicture) bool {
				return o.cluster == pictures[p].cluster && !slices.Equal(o.files, pictures[p].files)
			}
			if c.Reason == "" && !slices.ContainsFunc(pictures, alone) {
				c.Reason = pictures[p].doubt
			}
			byCluster[pictures[p].cluster] = c
		}
		c.Members = append(c.Members, ClusterMember{Position: i})
	}
	clusters := []Cluster{}
	for _, c := range byCluster {
		of := func(file int) *oraclePicture {
			return &pictures[slices.IndexFunc(pictures, func(p oraclePicture) bool { return slices.Contains(p.files, file) })]
		}
		r := &pictures[pictures[of(c.Members[0].Position).cluster].middle]
		c.Representative = slices.MinFunc(r.files, before)
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
					p.reason, p.doubt, p.hashes, p.upright = "", usable[j].doubt, usable[j].hashes, usable[j].upright
				} else if j == i {
					p.doubt, p.hashes, p.upright = usable[j].doubt, usable[j].hashes, usable[j].upright
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
	p.doubt = ReasonHashes
	for _, h := range fp.Hashes {
		if h.Hash.Kind() == PDQ && h.View == Upright {
			p.doubt = ReasonQuality
		}
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
			p.upright, p.doubt = h.Hash, ""
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

// oracleApart is how far apart two pictures are, by which variant, and whether that is of the second.
func oracleApart(a, b *oraclePicture) (distance int, variant View, reversed bool) {
	d, v := oracleMeets(a, b)
	if other, w := oracleMeets(b, a); other < d || other == d && compareViews(w, v) < 0 {
		d, v, reversed = other, w, true
	}
	variant, _ = v.Base()
	return d, variant, reversed
}

// oracleScouts has up to eight pictures of each star look around.
func oracleScouts(pictures []oraclePicture, order []int, opts GroupOptions) {
	var scouts []int
	for _, star := range order {
		seen := map[string]int{}
		byTurn := make([][]int, len(order))
		for _, p := range order {
			if pictures[p].star == star && p != star {
				_, variant, reversed := oracleApart(&pictures[p], &pictures[star])
				way := fmt.Sprint(variant, reversed)
				byTurn[seen[way]] = append(byTurn[seen[way]], p)
				seen[way]++
			}
		}
		members := slices.Concat(byTurn...)
		scouts = append(scouts, members[:min(8, len(members))]...)
	}
	for _, p := range scouts {
		known := pictures[p].near
		for _, q := range order {
			if d, _ := oracleMeets(&pictures[p], &pictures[q]); pictures[q].star != pictures[p].star && d <= opts.Radius {
				if old, ok := known[q]; !ok || d < old {
					known[q] = d
				}
			}
		}
		byDistance := slices.DeleteFunc(slices.Clone(order), func(q int) bool { _, ok := known[q]; return !ok })
		slices.SortStableFunc(byDistance, func(a, b int) int { return known[a] - known[b] })
		stars := map[int]bool{}
		pictures[p].near = map[int]int{}
		for _, q := range byDistance {
			if !stars[pictures[q].star] && len(stars) < 64 {
				stars[pictures[q].star] = true
				pictures[p].near[q] = known[q]
			}
		}
	}
}

// oracleJoins joins stars.
func oracleJoins(pictures []oraclePicture, order []int, opts GroupOptions, best func(int) int) {
	type edge struct{ distance, lower, higher, p, q int }
	var edges []edge
	for i := range pictures {
		pictures[i].cluster = pictures[i].star
		for q, d := range pictures[i].near {
			edges = append(edges, edge{d, min(best(i), best(q)), max(best(i), best(q)), i, q})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		return cmp.Or(a.distance-b.distance, a.lower-b.lower, a.higher-b.higher)
	})
	rank := func(p int) int { return slices.Index(order, p) }
	apart := func(x, y int) int { d, _, _ := oracleApart(&pictures[x], &pictures[y]); return d }
	for _, e := range edges {
		to, from := pictures[e.p].cluster, pictures[e.q].cluster
		if to == from {
			continue
		}
		if rank(from) < rank(to) {
			from, to = to, from
		}
		if rank(e.q) < rank(e.p) {
			e.p, e.q = e.q, e.p
		}
		fits, reached := true, map[int]bool{e.p: true, e.q: true}
		for _, x := range order {
			for _, y := range order {
				if pictures[x].cluster == from && pictures[y].cluster == to {
					fits = fits && apart(x, y) <= opts.Diameter
				}
			}
			for end := range reached {
				if x != end && (pictures[x].cluster == from || pictures[x].cluster == to) && apart(x, end) > min(opts.Radius, opts.Diameter/2) {
					reached[end] = false
				}
			}
		}
		switch {
		case reached[e.p]:
			pictures[to].middle = e.p
		case reached[e.q]:
			pictures[to].middle = e.q
		case !fits:
			continue
		}
		for _, x := range order {
			if pictures[x].cluster == from {
				pictures[x].cluster = to
			}
		}
	}
}

// oracleCentres chooses who represents clusters of several stars.
func oracleCentres(pictures []oraclePicture, order []int, opts GroupOptions) {
	for _, c := range order {
		members := slices.DeleteFunc(slices.Clone(order), func(p int) bool { return pictures[p].cluster != c })
		if !slices.ContainsFunc(members, func(p int) bool { return pictures[p].star != c }) {
			continue
		}
		most := -1
		for _, m := range members {
			n := 0
			for _, o := range members {
				d, _, _ := oracleApart(&pictures[m], &pictures[o])
				switch {
				case o == m:
				case d <= min(opts.Radius, opts.Diameter/2):
					n++
				case d > opts.Diameter:
					n = -1000
				}
			}
			if n > most { // the first of order is the best
				most, pictures[c].middle = n, m
			}
		}
	}
}
