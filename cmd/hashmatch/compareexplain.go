package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// verdict says in a word what two files are to each other.
type verdict string

// The verdicts; the first that applies.
const (
	sameBytes    verdict = "same-bytes"
	samePicture  verdict = "same-picture-data" // up to the end of the picture
	collision    verdict = "digests-collide"   // one digest is equal, and another says that the bytes are not
	nearPictures verdict = "near"              // by PDQ
	nearSecond   verdict = "second-hashes"     // by 64-bit kinds alone
	nothingNear  verdict = "nothing-near"
	notCompared  verdict = "not-compared" // other bytes, and pictures that could not be compared
)

// meets reports whether the files have something in common.
func (v verdict) meets() bool { return v != nothingNear && v != notCompared }

// explanation is what compare says of two files.
type explanation struct {
	A        hashmatch.Record `json:"a"`
	B        hashmatch.Record `json:"b"`
	SameFile bool             `json:"same_file,omitempty"` // both paths lead to one
	Verdict  verdict          `json:"verdict"`
	Says     string           `json:"says"`                // the same in words
	Match    *meeting         `json:"match,omitempty"`     // what the verdict rests on
	OtherWay *meeting         `json:"other_way,omitempty"` // by the same kind, if the other file were scanned; none if that finds nothing
	Kinds    []kindBeside     `json:"kinds"`
	Views    []viewBeside     `json:"views,omitempty"`
	Notes    []string         `json:"notes,omitempty"` // what could not be compared, above all
}

// meeting is the match that one of the files would have if the other were an entry.
type meeting struct {
	Of       string         `json:"of"` // the file that would be scanned: "a" or "b"
	Kind     hashmatch.Kind `json:"kind"`
	Distance int            `json:"distance"`
	View     hashmatch.View `json:"view"`
	Tier     hashmatch.Tier `json:"tier"`
}

// kindBeside is one kind of the whole upright files beside each other. Perceptual kinds have a distance, digests are
// equal or not.
type kindBeside struct {
	Kind     hashmatch.Kind `json:"kind"`
	Equal    *bool          `json:"equal,omitempty"`
	Distance *int           `json:"distance,omitempty"`
	Bits     int            `json:"bits,omitempty"`
	Radius   *int           `json:"radius,omitempty"`
	Within   *bool          `json:"within,omitempty"` // the radius; absent where a quality is below the gate
}

// viewBeside is a view of one file beside the other file, upright.
type viewBeside struct {
	Of       string         `json:"of"` // "a" or "b"
	View     hashmatch.View `json:"view"`
	Kind     hashmatch.Kind `json:"kind"`
	Distance int            `json:"distance"`
	Quality  *int           `json:"quality,omitempty"`
	Low      bool           `json:"below_gate,omitempty"` // its quality, or that of the other file
}

// secondRadius is the distance up to which 64-bit kinds of two pictures are taken to agree, as hashmatch.Second has it.
var secondRadius = map[hashmatch.Kind]int{
	hashmatch.PHash: 10, hashmatch.DHash: 10, hashmatch.AHash: 5,
	hashmatch.PyPHash: 10, hashmatch.PyDHash: 10, hashmatch.PyAHash: 5,
}

// explain says what two files have in common. PDQ counts up to the radius.
func explain(ctx context.Context, files [2]hashmatch.Record, radius int) (*explanation, error) {
	fps := [2]*hashmatch.Fingerprint{&files[0].Fingerprint, &files[1].Fingerprint}
	x := &explanation{A: wholeOf(files[0]), B: wholeOf(files[1])}
	x.besideKinds(fps, radius)
	x.besideViews(fps)
	x.note(&files)
	found, err := meetings(ctx, fps, radius)
	if err != nil {
		return nil, err
	}
	x.judge(fps, found, radius)
	return x, nil
}

// wholeOf returns what is printed of a file: its views stand in a list of their own.
func wholeOf(rec hashmatch.Record) hashmatch.Record {
	whole := *hashed(rec)
	whole.Fingerprint.Hashes = slices.DeleteFunc(slices.Clone(rec.Fingerprint.Hashes), func(h hashmatch.PictureHash) bool { return h.View != hashmatch.Upright })
	return whole
}

// meetings returns the matches that each file would have if the other were all of a set: digests first, then by kind and
// distance.
func meetings(ctx context.Context, fps [2]*hashmatch.Fingerprint, radius int) (found []meeting, err error) {
	radii := map[hashmatch.Kind]int{hashmatch.PDQ: radius}
	for k, r := range secondRadius {
		radii[k] = r
	}
	for i, of := range []string{"a", "b"} {
		set, err := setOf(fps[1-i])
		if err != nil {
			return nil, err
		}
		if set == nil {
			continue
		}
		m, err := hashmatch.NewMatcher(hashmatch.Config{Radius: radii}, set)
		if err != nil {
			return nil, err
		}
		r, err := m.Match(ctx, fps[i])
		if err != nil {
			return nil, err
		}
		for _, match := range r.Matches {
			found = append(found, meeting{of, match.Kind, match.Distance, match.View, match.Tier})
		}
	}
	return found, nil
}

// setOf returns a set of one entry, the file; nil if nothing of it was hashed.
func setOf(fp *hashmatch.Fingerprint) (*hashmatch.Set, error) {
	e := fp.Entry()
	if len(e.Hashes) == 0 {
		return nil, nil
	}
	b := hashmatch.NewBuilder(hashmatch.Info{Name: "the other file", Disposition: hashmatch.Other})
	if err := b.Add(e); err != nil {
		return nil, err
	}
	var data bytes.Buffer
	if _, err := b.WriteTo(&data); err != nil {
		return nil, err
	}
	return hashmatch.OpenBytes(data.Bytes())
}

// besideKinds sets the kinds of the whole files beside each other.
func (x *explanation) besideKinds(fps [2]*hashmatch.Fingerprint, radius int) {
	for _, k := range []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256} {
		a, b := fps[0].Digest(k), fps[1].Digest(k)
		if !a.IsZero() && !b.IsZero() {
			equal := a == b
			x.Kinds = append(x.Kinds, kindBeside{Kind: k, Equal: &equal})
		}
	}
	for _, k := range hashmatch.Kinds() {
		a, okA := fps[0].Hash(k, hashmatch.Upright)
		b, okB := fps[1].Hash(k, hashmatch.Upright)
		if !okA || !okB {
			continue
		}
		d, _ := a.Hash.Distance(b.Hash)
		beside := kindBeside{Kind: k, Distance: &d, Bits: k.Bits(), Radius: &radius}
		if k != hashmatch.PDQ {
			r := secondRadius[k]
			beside.Radius = &r
		}
		if within := d <= *beside.Radius; !low(a) && !low(b) {
			beside.Within = &within
		}
		x.Kinds = append(x.Kinds, beside)
	}
}

// low reports whether a hash is below the gate.
func low(h hashmatch.PictureHash) bool { return h.Quality.Below(hashmatch.DefaultQuality) }

// besideViews sets the views of each file beside the other, upright; the nearest come first.
func (x *explanation) besideViews(fps [2]*hashmatch.Fingerprint) {
	for i, of := range []string{"a", "b"} {
		for _, h := range fps[i].Hashes {
			other, ok := fps[1-i].Hash(h.Hash.Kind(), hashmatch.Upright)
			if !ok || h.View == hashmatch.Upright {
				continue
			}
			d, _ := h.Hash.Distance(other.Hash)
			beside := viewBeside{Of: of, View: h.View, Kind: h.Hash.Kind(), Distance: d, Low: low(h) || low(other)}
			if q, ok := h.Quality.Value(); ok {
				beside.Quality = &q
			}
			x.Views = append(x.Views, beside)
		}
	}
	slices.SortStableFunc(x.Views, func(a, b viewBeside) int {
		return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Distance, b.Distance))
	})
}

// note tells what of the files could not be compared, and what else to know of them.
func (x *explanation) note(files *[2]hashmatch.Record) {
	for i, name := range []string{"A", "B"} {
		fp := &files[i].Fingerprint
		upright, ok := fp.Hash(hashmatch.PDQ, hashmatch.Upright)
		switch {
		case files[i].Error != "":
			x.Notes = append(x.Notes, name+": "+files[i].Error)
		case fp.Format == hashmatch.FormatOther:
			x.Notes = append(x.Notes, name+" is no picture that is known here")
		case !ok:
			x.Notes = append(x.Notes, name+" has no picture that could be hashed")
		}
		if q, known := upright.Quality.Value(); ok && known && low(upright) {
			x.Notes = append(x.Notes, fmt.Sprintf("%s is too plain (quality %d, below %d): its upright hashes say nothing", name, q, hashmatch.DefaultQuality))
		}
		if fp.ThumbnailDiffers {
			x.Notes = append(x.Notes, name+" carries a thumbnail of another picture: see its view")
		}
	}
}

// judge gives the verdict, from what the files would meet.
func (x *explanation) judge(fps [2]*hashmatch.Fingerprint, found []meeting, radius int) {
	slices.SortStableFunc(found, func(a, b meeting) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Distance, b.Distance))
	})
	first := func(is func(k hashmatch.Kind) bool) *meeting {
		if i := slices.IndexFunc(found, func(m meeting) bool { return is(m.Kind) }); i >= 0 {
			return &found[i]
		}
		return nil
	}
	whole := first(func(k hashmatch.Kind) bool { return k.Digest() && !k.Trimmed() })
	trimmed := first(hashmatch.Kind.Trimmed)
	pdq := first(func(k hashmatch.Kind) bool { return k == hashmatch.PDQ })
	second := first(func(k hashmatch.Kind) bool { return k.Perceptual() && k != hashmatch.PDQ })
	switch {
	case whole != nil && fps[0].Digest(hashmatch.SHA256) == fps[1].Digest(hashmatch.SHA256):
		x.say(sameBytes, whole, "the same bytes")
	case whole != nil:
		x.say(collision, whole, "other bytes with the same "+whole.Kind.String()+": somebody made them so")
	case trimmed != nil && trimmed.Kind != hashmatch.SHA256Trimmed:
		x.say(collision, trimmed, "other picture data with the same "+trimmed.Kind.Whole().String()+": somebody made them so")
	case trimmed != nil:
		x.say(samePicture, trimmed, "the same picture data; bytes follow it in "+longer(fps))
	case pdq != nil:
		x.say(nearPictures, pdq, "near by PDQ: "+bothWays(pdq, otherWay(found, pdq)))
	case second != nil:
		x.say(nearSecond, second, fmt.Sprintf("not near by PDQ, but %s agrees (%d of 64 bits, %s): one for review at most", second.Kind, second.Distance, lying(second)))
	case x.comparable(fps):
		x.say(nothingNear, nil, fmt.Sprintf("other bytes, and nothing within the radius of %d", radius))
	default:
		x.say(notCompared, nil, "other bytes; as pictures they could not be compared")
	}
	if x.Verdict == notCompared && len(fps[0].Digests)*len(fps[1].Digests) == 0 {
		x.Says = "they could not be compared"
	}
	if x.Match != nil {
		x.OtherWay = otherWay(found, x.Match)
	}
}

func (x *explanation) say(v verdict, m *meeting, says string) {
	x.Verdict, x.Match, x.Says = v, m, says
}

// longer names the files with bytes behind their picture.
func longer(fps [2]*hashmatch.Fingerprint) string {
	var names []string
	for i, name := range []string{"A", "B"} {
		if n := fps[i].Size - fps[i].Trimmed; fps[i].Trimmed > 0 {
			names = append(names, fmt.Sprintf("%s (%d)", name, n))
		}
	}
	return strings.Join(names, " and ")
}

// otherWay returns the best meeting by m's kind if the other file were scanned; nil for none.
func otherWay(found []meeting, m *meeting) *meeting {
	if i := slices.IndexFunc(found, func(o meeting) bool { return o.Kind == m.Kind && o.Of != m.Of }); i >= 0 {
		return &found[i]
	}
	return nil
}

// bothWays says how two pictures meet. A set holds upright pictures only, so that it may matter which file is scanned and
// which one is known.
func bothWays(m, other *meeting) string {
	best := fmt.Sprintf("%d of 256 bits, %s: a match of tier %s", m.Distance, lying(m), m.Tier)
	if other != nil && m.View == hashmatch.Upright && *other == (meeting{other.Of, m.Kind, m.Distance, m.View, m.Tier}) {
		return best
	}
	scanned, known := "A", "B"
	if m.Of == "b" {
		scanned, known = known, scanned
	}
	best += fmt.Sprintf(" if %s is scanned and %s is known; the other way round ", scanned, known)
	if other == nil {
		return best + "no match"
	}
	return best + fmt.Sprintf("%d of 256 bits, %s: one of tier %s", other.Distance, lying(other), other.Tier)
}

// lying says by which views two files meet.
func lying(m *meeting) string {
	if m.View == hashmatch.Upright {
		return "both upright"
	}
	return fmt.Sprintf("by the view %s of %s", m.View, strings.ToUpper(m.Of))
}

// comparable reports whether the upright pictures were compared by PDQ. Views may meet, but where they do not, that says
// nothing of pictures that are too plain as they are, or were not decoded whole.
func (x *explanation) comparable(fps [2]*hashmatch.Fingerprint) bool {
	return !fps[0].Incomplete() && !fps[1].Incomplete() &&
		slices.ContainsFunc(x.Kinds, func(k kindBeside) bool { return k.Kind == hashmatch.PDQ && k.Within != nil })
}
