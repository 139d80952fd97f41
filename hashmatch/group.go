package hashmatch

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// GroupOptions says which pictures Group takes for near-duplicates. The zero value is the default.
type GroupOptions struct {
	// Radius is the inclusive PDQ distance of two pictures that are near each other: 0 means 31, a negative one that only
	// equal hashes are near. Pictures that look drawn are never near beyond 31.
	Radius int
	// Diameter is how far apart two pictures of a cluster may be: 0 means twice the radius.
	Diameter int
	// Quality is the gate for every hash: 0 means DefaultQuality, a negative one lets every picture through.
	Quality int
}

// limits returns the options with their defaults in place.
func (o GroupOptions) limits() (GroupOptions, error) {
	if o.Radius == 0 {
		o.Radius = tierA
	}
	o.Radius = max(o.Radius, 0)
	if o.Diameter == 0 {
		o.Diameter = min(2*o.Radius, PDQ.Bits())
	}
	if o.Quality == 0 {
		o.Quality = DefaultQuality
	}
	if o.Radius > PDQ.Bits() || o.Diameter < o.Radius || o.Diameter > PDQ.Bits() {
		return o, fmt.Errorf("hashmatch: %w: groups of radius %d and diameter %d (0 to %d, the diameter not below the radius)",
			ErrLimit, o.Radius, o.Diameter, PDQ.Bits())
	}
	return o, nil
}

// Cluster is one group of files: a look at its representative stands for all of them.
type Cluster struct {
	Representative int             // its position: the best file of the picture that Group says
	Members        []ClusterMember // in the order of positions, the representative among them
	// Reason is why nothing is said of the members' picture and others, as in Result.Reason: it could not be compared, or it
	// met nothing and has no upright hash by which others could have met it. The members are then all of one SHA-256, or one
	// file alone. It is "" for pictures that were compared.
	Reason string
}

// ClusterMember is a file of a Cluster.
type ClusterMember struct {
	Position int
	Distance int  // of its picture to the representative's
	View     View // by which they are that near: of this file's picture, met by the representative's upright one; "" if Reason is not
	Reversed bool // the view is the representative's, met by this file's upright picture
}

// Group sorts files into clusters of near-duplicates by PDQ, for whoever has to look at pictures that no set knows: one
// look at a cluster's representative stands for all of its files. A file's position is its place in fps, which may yield
// one Fingerprint again and again with other content. Every position is in exactly one cluster, a file that is near no
// other in one of its own. The largest clusters come first, and of equal ones the one whose first file does.
//
// Files of equal SHA-256 are one picture, whatever is known of it; so are files of equal upright PDQ. Two pictures are as
// far apart as the upright hash of either is from the nearest of the other's whole views: the turned and mirrored ones,
// Trim, small turns, and crops and pads of at most an eighth of a side. Views of parts do not count, as a look at a picture
// does not stand for the screenshot or collage that it is in; nor do Thumbnail and Appended, which are other pictures.
// Hashes below the quality gate count nowhere, and those of an incomplete picture neither.
//
// Clusters are made in three steps, so that chains of small steps never join strangers:
//
// Stars. Pictures are taken in the order of their best files: by quality, then resolution, then position. One whose
// upright hash is within Radius (and half of Diameter) of a view of a representative belongs to the nearest of those. One
// that none reaches looks for them with its own views, and belongs to the nearest whose upright hash is that near; if there
// is none, it becomes a representative. Two pictures of a star are at most twice the radius apart by way of their
// representative, and where all views are upright that bounds their distance itself.
//
// Joins. Up to eight pictures of a star look around too, as different as can be in how they stand to its representative:
// where that is a framed copy, the crops of the picture in it are near the picture alone. A picture within Radius of one
// of another star is an edge. Edges are taken by distance, then by the lower and the higher position of the two. Each joins
// its two clusters if one of the two pictures would reach all of them as the representative of a star, or else if every
// picture of the one is within Diameter of every picture of the other.
//
// Representatives. Of a cluster of several stars it is the picture that would reach most of the others, and among equals
// the one with the best file, of those within Diameter of all.
//
// The stars make it quick where much is alike: most pictures that a representative reaches are never looked up themselves,
// so 100,000 frames of one scene cost a few look-ups, and not the 5 x 10^9 edges that are between them. For the same end a
// picture is an edge to the eight nearest representatives only, and one that looks around to the nearest pictures of 64
// stars; joins and the choice of representatives compare at most 256 pairs for each picture in all. What would take more
// stays apart, which costs a look more and hides nothing.
//
// Memory is some 500 bytes a file and 40 for each hash of a whole view, and as much again while Go collects: a million
// pictures with 8 such hashes take 1.4 GB, with some 40 of Light views 3 GB. All cores are used. The result depends on
// fps and opts alone. Errors wrap ErrLimit, for options out of range, more than 2^31 files or 2^15 views; ErrFormat, for
// a nil fingerprint; or are the cause of ctx.
func Group(ctx context.Context, fps iter.Seq[*Fingerprint], opts GroupOptions) ([]Cluster, error) {
	opts, err := opts.limits()
	if err != nil {
		return nil, err
	}
	g := newGrouping(opts)
	for fp := range fps {
		if err := g.add(fp); err != nil {
			return nil, err
		}
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	order := g.order()
	if err := g.stars(ctx, order, g.index(order)); err != nil {
		return nil, err
	}
	if err := g.join(ctx); err != nil {
		return nil, err
	}
	return g.clusters(), nil
}

// clusters lists the clusters. Every picture knows its star, and every star its cluster.
func (g *grouping) clusters() []Cluster {
	number := make([]int, len(g.pictures)) // of a picture's cluster, from 1
	var list []Cluster
	var sizes []int
	for i := range g.files {
		r := g.root(g.files[i].picture)
		if number[r] == 0 {
			list = append(list, Cluster{Representative: int(g.pictures[g.pictures[r].middle].best), Reason: g.pictures[r].reason})
			sizes = append(sizes, 0)
			number[r] = len(list)
		}
		sizes[number[r]-1]++
	}
	all := make([]ClusterMember, len(g.files))
	for i, n := range sizes {
		list[i].Members, all = all[:0:n], all[n:]
	}
	known := make([]ClusterMember, len(g.pictures)) // how a picture stands to its representative, once it was asked
	for i := range g.files {
		p := g.find(g.files[i].picture)
		r := g.root(p)
		m := &known[p]
		if m.View == "" && g.pictures[p].reason == "" {
			*m = g.standing(p, g.pictures[r].middle)
		}
		m.Position = i
		c := &list[number[r]-1]
		c.Members = append(c.Members, *m)
	}
	slices.SortStableFunc(list, func(a, b Cluster) int { return cmp.Compare(len(b.Members), len(a.Members)) })
	return list
}

// standing says how a picture stands to its representative.
func (g *grouping) standing(p, r uint32) ClusterMember {
	if p == r {
		return ClusterMember{View: Upright}
	}
	a := g.apart(&g.pictures[p], &g.pictures[r], PDQ.Bits())
	return ClusterMember{Distance: a.distance, View: a.view, Reversed: a.reversed}
}

// mostCut is how much of a side, in percent, a view may leave out or add and still be of the whole picture.
const mostCut = 12.5

// whole reports whether a look at one of two pictures stands for the other where a view of the one is the other.
func (v View) whole() bool {
	variant, _ := v.Base()
	if variant == Upright || variant == Trim {
		return true
	}
	name, how, _ := strings.Cut(string(variant), "-")
	switch name {
	case "turn", "tone":
		return true
	case "crop", "pad":
		for word := range strings.SplitSeq(how, "-") {
			if percent, err := strconv.ParseFloat(word, 64); err == nil && !(percent <= mostCut) {
				return false
			}
		}
		return how != ""
	}
	return false
}
