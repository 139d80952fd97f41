package hashmatch

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/hashmatch/engine/index"
)

// grouping is the state of Group.
type grouping struct {
	opts     GroupOptions
	files    []groupFile
	pictures []groupPicture
	byDigest map[Hash]uint32      // SHA-256: the picture of the first file that has it
	byCode   map[[4]uint64]uint32 // upright hash: its picture
	tags     map[View]uint16
	views    []View      // by tag; the first is none
	counting []groupHash // of the file that is looked at
	left     int         // pairs that joins may still compare
}

// groupFile is what Group keeps of a file.
type groupFile struct {
	picture uint32
	quality int16 // -1 unknown
	pixels  uint64
}

// groupPicture is what one or more files show.
type groupPicture struct {
	best    uint32      // the file that would represent it
	source  uint32      // the file that its hashes are of
	same    uint32      // a picture without hashes that turned out to be another one: its number and 1
	reason  string      // why it is compared with no other; "" when it has hashes
	doubt   string      // of one without an upright hash: why being near no other says nothing of it
	upright bool        // the first of its hashes is the upright one
	codes   [][4]uint64 // of its whole views, those that pass the gate
	tags    []uint16    // the number of the view, and whether that looks drawn

	star    uint32      // the picture that represents it among those of its star
	leads   bool        // it represents itself there
	near    []groupNear // pictures within the radius, nearest first
	cluster uint32      // of a star's representative: one whose cluster it joined, itself if it did not
	members []uint32    // of the one that the others of a cluster joined: its pictures
	middle  uint32      // of that one: the picture that represents the cluster
}

const tagGraphic = 1 << 15 // beside the number of a view in a tag

func newGrouping(opts GroupOptions) *grouping {
	return &grouping{
		opts: opts, byDigest: map[Hash]uint32{}, byCode: map[[4]uint64]uint32{}, tags: map[View]uint16{}, views: []View{""},
	}
}

// add takes the next file.
func (g *grouping) add(fp *Fingerprint) error {
	if fp == nil {
		return fmt.Errorf("hashmatch: %w: fingerprint %d is nil", ErrFormat, len(g.files))
	}
	if len(g.files) == math.MaxInt32 {
		return fmt.Errorf("hashmatch: %w: more than %d files to group", ErrLimit, math.MaxInt32)
	}
	position := uint32(len(g.files))
	f := groupFile{quality: -1}
	if q, known := fp.Quality().Value(); known {
		f.quality = int16(q)
	}
	if high, pixels := bits.Mul64(uint64(max(fp.Width, 0)), uint64(max(fp.Height, 0))); high == 0 {
		f.pixels = pixels
	} else {
		f.pixels = math.MaxUint64
	}
	pic, err := g.picture(fp)
	if err != nil {
		return err
	}
	pic.best, pic.source = position, position
	f.picture = g.place(fp.Digest(SHA256), pic)
	g.files = append(g.files, f)
	g.prefer(g.find(f.picture), pic)
	return nil
}

// picture returns the hashes of fp that count, the upright one first.
func (g *grouping) picture(fp *Fingerprint) (p groupPicture, err error) {
	p.reason, p.doubt, g.counting = ReasonHashes, ReasonHashes, g.counting[:0]
	for i := range fp.Hashes {
		h := &fp.Hashes[i]
		if h.Hash.kind != PDQ {
			continue
		}
		tag, err := g.tag(h.View)
		switch {
		case err != nil:
			return groupPicture{}, err
		case tag == 0:
			continue
		case h.Quality.Below(g.opts.Quality):
			p.reason = ReasonQuality
			if h.View == Upright {
				p.doubt = ReasonQuality
			}
			continue
		case h.Graphic:
			tag |= tagGraphic
		}
		g.counting = append(g.counting, groupHash{h.Hash.Code256(), tag})
		if last := len(g.counting) - 1; h.View == Upright && !p.upright {
			p.upright, p.doubt = true, ""
			g.counting[0], g.counting[last] = g.counting[last], g.counting[0]
		}
	}
	switch {
	case len(g.counting) == 0 && p.reason == ReasonHashes:
		return p, nil
	case fp.Incomplete():
		return groupPicture{reason: ReasonPartial}, nil
	case len(g.counting) == 0:
		return p, nil
	}
	p.reason, p.codes, p.tags = "", make([][4]uint64, len(g.counting)), make([]uint16, len(g.counting))
	for i := range g.counting {
		p.codes[i], p.tags[i] = g.counting[i].code, g.counting[i].tag
	}
	return p, nil
}

// groupHash is a hash that counts.
type groupHash struct {
	code [4]uint64
	tag  uint16
}

// tag returns the number of a view, from 1, and 0 for one that does not count. Hostile results may name any number of views.
func (g *grouping) tag(v View) (uint16, error) {
	tag, known := g.tags[v]
	if known {
		return tag, nil
	}
	if len(g.tags) == tagGraphic-1 {
		return 0, fmt.Errorf("hashmatch: %w: more than %d views of pictures to group", ErrLimit, tagGraphic-1)
	}
	if v.whole() {
		tag = uint16(len(g.views))
		g.views = append(g.views, v)
	}
	g.tags[v] = tag
	return tag, nil
}

// place returns the number of the picture that a file shows: by its digest, by its upright hash, or else a new one.
func (g *grouping) place(digest Hash, pic groupPicture) uint32 {
	hasDigest := !digest.IsZero()
	if p, known := g.byDigest[digest]; known && hasDigest {
		g.complete(g.find(p), pic)
		return p
	}
	p, known := uint32(len(g.pictures)), false
	if pic.upright {
		if same, ok := g.byCode[pic.codes[0]]; ok {
			p, known = same, true
		} else {
			g.byCode[pic.codes[0]] = p
		}
	}
	if !known {
		g.pictures = append(g.pictures, pic)
	}
	if hasDigest {
		g.byDigest[digest] = p
	}
	return p
}

// complete gives a picture without hashes those of another file of the same SHA-256: decoding may have failed for one of
// them alone, as when it took too long.
func (g *grouping) complete(p uint32, pic groupPicture) {
	old := &g.pictures[p]
	if old.reason == "" || pic.reason != "" {
		return
	}
	old.reason, old.doubt, old.source, old.upright, old.codes, old.tags = "", pic.doubt, pic.source, pic.upright, pic.codes, pic.tags
	if !pic.upright {
		return
	}
	if same, known := g.byCode[pic.codes[0]]; known {
		old.same, old.codes, old.tags = same+1, nil, nil
		g.prefer(same, groupPicture{best: old.best})
		return
	}
	g.byCode[pic.codes[0]] = p
}

// prefer makes the file of pic the best of picture p if it is, and takes its hashes if it is the best with that upright
// hash.
func (g *grouping) prefer(p uint32, pic groupPicture) {
	old := &g.pictures[p]
	if g.compareFiles(pic.best, old.best) < 0 {
		old.best = pic.best
	}
	if old.upright && pic.upright && old.codes[0] == pic.codes[0] && g.compareFiles(pic.source, old.source) < 0 {
		old.source, old.codes, old.tags = pic.source, pic.codes, pic.tags
	}
}

// compareFiles puts the file first that would represent the other.
func (g *grouping) compareFiles(a, b uint32) int {
	x, y := &g.files[a], &g.files[b]
	return cmp.Or(cmp.Compare(y.quality, x.quality), cmp.Compare(y.pixels, x.pixels), cmp.Compare(a, b))
}

// find returns the picture that a picture turned out to be.
func (g *grouping) find(p uint32) uint32 {
	if same := g.pictures[p].same; same != 0 {
		return same - 1
	}
	return p
}

// order returns the pictures that are compared, those first that would represent the others, and lets go of what only
// placing files needs.
func (g *grouping) order() []uint32 {
	g.byDigest, g.byCode, g.tags, g.counting = nil, nil, nil, nil
	var order []uint32
	for i := range g.pictures {
		p := &g.pictures[i]
		p.star, p.cluster, p.middle = uint32(i), uint32(i), uint32(i)
		if p.reason == "" && p.same == 0 {
			order = append(order, uint32(i))
		}
	}
	g.left = pairsEach * len(order)
	slices.SortFunc(order, func(a, b uint32) int { return g.compareFiles(g.pictures[a].best, g.pictures[b].best) })
	return order
}

// separation is how far apart two pictures are, and by which view.
type separation struct {
	distance int
	view     View
	reversed bool // the view is the second picture's, met by the first one's upright hash
}

// apart returns how far apart two pictures are, by the plainest view that is that near. Beyond most its answer is some
// distance beyond most.
func (g *grouping) apart(a, b *groupPicture, most int) separation {
	least := separation{distance: math.MaxInt}
	look := func(views, upright *groupPicture, reversed bool) {
		if !upright.upright {
			return
		}
		for i := range views.codes {
			d := index.Distance(views.codes[i], upright.codes[0])
			if d > least.distance || d > most || d > tierA && (views.tags[i]|upright.tags[0])&tagGraphic != 0 {
				continue
			}
			if v := g.views[views.tags[i]&^tagGraphic]; d < least.distance || compareViews(v, least.view) < 0 {
				least = separation{d, v, reversed}
			}
		}
	}
	look(a, b, false)
	look(b, a, true)
	return least
}
