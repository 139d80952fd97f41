package hashmatch

import (
	"bytes"
	"context"
	"slices"

	"github.com/hashmatch/engine/index"
)

// nearIndex finds the different PDQ hashes of a set that pass the gate.
type nearIndex struct {
	codes     index.Searcher[[4]uint64]
	classesOf lists // of each code, the classes of entries that have it
}

func (l *linter) indexNear() {
	l.codes = index.New(l.near.codes, nil)
	l.classesOf = l.near.codesOf.inverted(len(l.near.codes))
}

// flag flags the entries of a class.
func (l *linter) flag(class uint32, reason uint8) {
	for _, e := range l.near.members.of(class) {
		l.flags[e] |= reason
	}
}

// thinner is how many times thinner each sample of hubs is than the one after it.
const thinner = 16

// hubs flags the entries that have more than most others near them. Entries that hold the same PDQ hashes are one: they
// are the same picture. The frames of a video are near each other, and are not counted.
//
// What is near too many of a sample of the codes is near too many of them all. So samples are searched first, the
// thinnest before the others, and what they settle is not searched for again: it takes some thousands of hits at most to
// settle a code, however many near codes somebody has put into the set.
func (l *linter) hubs(ctx context.Context, most int) error {
	left := make([]uint32, len(l.near.codes)) // the codes that are not settled
	for i := range left {
		left[i] = uint32(i)
	}
	step := 1
	for len(l.near.codes)/step > thinner*(most+1) {
		step *= thinner
	}
	for ; step > 1; step /= thinner {
		var ids []uint32
		var codes [][4]uint64
		for i := 0; i < len(l.near.codes); i += step {
			ids, codes = append(ids, uint32(i)), append(codes, l.near.codes[i])
		}
		var err error
		if left, err = l.crowded(ctx, index.New(codes, ids), left, most); err != nil {
			return err
		}
	}
	_, err := l.crowded(ctx, l.codes, left, most)
	return err
}

// crowded flags the entries of those of the codes that have more than most others near them in x, whose IDs are numbers
// of codes, and returns the other codes.
func (l *linter) crowded(ctx context.Context, x index.Searcher[[4]uint64], codes []uint32, most int) (left []uint32, err error) {
	met := make([]uint32, l.near.classes()) // of each class, the number of the last code that met it, from 1
	batch := make([][4]uint64, 0, inBatch)
	for from := 0; from < len(codes); from += inBatch {
		asked := codes[from:min(from+inBatch, len(codes))]
		batch = batch[:0]
		for _, code := range asked {
			batch = append(batch, l.near.codes[code])
		}
		x.WithinBatch(batch, tierA, func(q int, hits []index.Hit) bool {
			if l.others(met, asked[q], hits, most) <= most {
				left = append(left, asked[q])
				return ctx.Err() == nil
			}
			for _, class := range l.classesOf.of(asked[q]) {
				l.flag(class, lintHub)
			}
			return ctx.Err() == nil
		})
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// others counts the classes of the hits of a code which do not hold that code, until there are more than most.
func (l *linter) others(met []uint32, code uint32, hits []index.Hit, most int) (n int) {
	for _, class := range l.classesOf.of(code) {
		met[class] = code + 1
	}
	for _, hit := range hits {
		for _, class := range l.classesOf.of(hit.ID) {
			if met[class] == code+1 {
				continue
			}
			met[class] = code + 1
			if n++; n > most {
				return n
			}
		}
	}
	return n
}

// against flags the entries that the items of a benign set would hit.
func (l *linter) against(ctx context.Context, benign *Set) error {
	for _, k := range Kinds() {
		for _, other := range Kinds() {
			if k.Digest() && k.Whole() == other.Whole() {
				l.digestsOf(&l.set.tables[k], &benign.tables[other])
			}
		}
	}
	if err := l.picturesOf(ctx, benign); err != nil {
		return err
	}
	served := make([]bool, l.set.Len())
	for e, class := range l.near.class {
		served[e] = class != noClass
	}
	for _, k := range nearOrder {
		if k.Bits() == 64 {
			if err := l.alone(ctx, k, served, benign); err != nil {
				return err
			}
		}
	}
	return nil
}

// digestsOf flags the entries that have a digest in common with a benign set: both tables ascend.
func (l *linter) digestsOf(own, benign *table) {
	for i, j := 0, 0; i < own.len() && j < benign.len(); {
		switch c := bytes.Compare(own.raw(i), benign.raw(j)); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			l.flags[own.entry(i)] |= lintBenignDigest
			i++
		}
	}
}

// picturesOf flags the entries that a picture of a benign set hits by its PDQ hash, whichever way it is turned.
func (l *linter) picturesOf(ctx context.Context, benign *Set) error {
	codes := newPictures(benign, l.gate).codes
	if l.codes == nil {
		return nil
	}
	hit := make([]bool, len(l.near.codes))
	queries := make([][4]uint64, 0, inBatch)
	for from := 0; from < len(codes); from += inBatch / len(orientations) {
		queries = queries[:0]
		for _, code := range codes[from:min(from+inBatch/len(orientations), len(codes))] {
			for _, o := range orientations {
				queries = append(queries, o.turn.code(code))
			}
		}
		l.codes.WithinBatch(queries, tierA, func(_ int, hits []index.Hit) bool {
			for _, h := range hits {
				hit[h.ID] = true
			}
			return ctx.Err() == nil
		})
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	for code, was := range hit {
		if was {
			for _, class := range l.classesOf.of(uint32(code)) {
				l.flag(class, lintBenign)
			}
		}
	}
	return nil
}

// alone flags the entries that a 64-bit kind has to find, since no better one serves them, and that a benign picture hits
// by it. It marks them as served.
func (l *linter) alone(ctx context.Context, k Kind, served []bool, benign *Set) error {
	t := &l.set.tables[k]
	var codes []uint64
	var entries []uint32
	for row := range t.len() {
		if e := t.entry(row); !served[e] && !t.quality(row).Below(l.gate) {
			codes, entries = append(codes, t.hash(row).Code64()), append(entries, e)
		}
	}
	for _, e := range entries { // only now: an entry may have several hashes of the kind
		served[e] = true
	}
	b := &benign.tables[k]
	if len(codes) == 0 || b.len() == 0 {
		return nil
	}
	queries := make([]uint64, 0, b.len())
	for row := range b.len() {
		if !b.quality(row).Below(l.gate) {
			queries = append(queries, b.hash(row).Code64())
		}
	}
	queries = slices.Compact(queries) // they ascend
	index.New(codes, entries).WithinBatch(queries, aloneRadius(k, len(codes)), func(_ int, hits []index.Hit) bool {
		for _, h := range hits {
			l.flags[h.ID] |= lintBenign
		}
		return ctx.Err() == nil
	})
	return context.Cause(ctx)
}
