package hashmatch

import (
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// A file with bytes behind its picture meets the entry of the picture alone, and the other way round; the kind says so.
func TestTrimmedDigestsMeet(t *testing.T) {
	r := testkit.Rand(t)
	trimmed := func(h Hash) Hash {
		other, err := NewHash(h.Kind().TrimmedForm(), h.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return other
	}
	bare := []Hash{randomHash(r, MD5, 0), randomHash(r, SHA256, 0)}
	longer := []Hash{randomHash(r, MD5, 0), randomHash(r, SHA256, 0), trimmed(bare[0]), trimmed(bare[1])}
	other := []Hash{randomHash(r, MD5, 0), randomHash(r, SHA256, 0), trimmed(bare[0]), trimmed(bare[1])}
	files := map[string]*Fingerprint{
		"bare": {Size: 100, Digests: bare}, "longer": {Size: 109, Trimmed: 100, Digests: longer},
		"longer otherwise": {Size: 300, Trimmed: 100, Digests: other},
	}
	for known, entry := range files {
		m := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, entry.Entry())))
		for name, fp := range files {
			got := match(t, m, fp)
			want := SHA256Trimmed
			if name == known {
				want = SHA256
			}
			if got.Status != Known || len(got.Matches) < 2 || got.Matches[0].Kind != want || got.Matches[0].Tier != Exact || got.Matches[0].Conflict {
				t.Errorf("%s against %s: %+v", name, known, got)
			}
		}
		stranger := match(t, m, &Fingerprint{Size: 100, Digests: []Hash{randomHash(r, MD5, 0), randomHash(r, SHA256, 0)}})
		if stranger.Status != Clear {
			t.Errorf("a stranger against %s: %+v", known, stranger)
		}
	}
	// Another size speaks against an equal MD5, and nothing confirms it.
	m := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, Entry{Hashes: []EntryHash{{Hash: bare[0]}}, Size: 101, HasSize: true})))
	got := match(t, m, files["longer"])
	if len(got.Matches) != 1 || got.Matches[0].Kind != MD5Trimmed || got.Matches[0].Tier != ExactWeak || !got.Matches[0].Conflict {
		t.Errorf("an MD5 with another size: %+v", got)
	}
}

// Too little of a picture, or its thumbnail alone, can match and is never clear.
func TestIncompletePictures(t *testing.T) {
	r := testkit.Rand(t)
	known, stranger := randomHash(r, PDQ, 0), randomHash(r, PDQ, 0)
	m := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, Entry{Hashes: []EntryHash{{Hash: known, Quality: QualityOf(90)}}})))
	thumbnail := func(h Hash) PictureHash { return PictureHash{Hash: h, View: Thumbnail, Quality: QualityOf(90)} }
	for name, c := range map[string]struct {
		share  float64
		hashes func(Hash) []PictureHash
		clear  Status
	}{
		"whole":                 {0, func(h Hash) []PictureHash { return []PictureHash{upright(h, 90)} }, Clear},
		"nearly whole":          {0.975, func(h Hash) []PictureHash { return []PictureHash{upright(h, 90)} }, Clear},
		"most of it":            {0.96, func(h Hash) []PictureHash { return []PictureHash{upright(h, 90)} }, Unexamined},
		"its thumbnail":         {0, func(h Hash) []PictureHash { return []PictureHash{thumbnail(h)} }, Unexamined},
		"thumbnail and picture": {0, func(h Hash) []PictureHash { return []PictureHash{upright(stranger, 90), thumbnail(h)} }, Clear},
	} {
		fp := func(h Hash) *Fingerprint { return &Fingerprint{Format: "jpeg", Partial: c.share, Hashes: c.hashes(h)} }
		if got := match(t, m, fp(known)); got.Status != Known {
			t.Errorf("%s, known: %+v", name, got)
		}
		got := match(t, m, fp(stranger))
		if got.Status != c.clear || (got.Reason == ReasonPartial) != (c.clear == Unexamined) {
			t.Errorf("%s, a stranger: %+v", name, got)
		}
	}
	part := &Fingerprint{Format: "jpeg", Size: 9, Digests: []Hash{randomHash(r, SHA256, 0)}, Partial: 0.9, Hashes: []PictureHash{upright(known, 90)}}
	if got := match(t, m, part); got.Matches[0].Tier != TierB {
		t.Errorf("a part that matches is of tier %s", got.Matches[0].Tier)
	}
	if e := part.Entry(); len(e.Hashes) != 1 || e.Hashes[0].Hash != part.Digests[0] {
		t.Errorf("the entry of a part holds %v", e.Hashes)
	}
	digests := matcher(t, Config{}, mustOpen(t, buildBytes(t, testInfo, Entry{Hashes: []EntryHash{{Hash: randomHash(r, SHA256, 0)}}})))
	if got := match(t, digests, part); got.Status != Clear {
		t.Errorf("a set of digests asks for no picture: %+v", got)
	}
	none := match(t, m, &Fingerprint{Format: "jpeg", Partial: 0.2})
	if none.Status != Unexamined || none.Reason != ReasonPartial {
		t.Errorf("a fifth of a picture: %+v", none)
	}
}
