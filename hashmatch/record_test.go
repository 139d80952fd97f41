package hashmatch

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestRecordJSONComesBack(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 300 {
		rec := Record{Path: []string{"a/b.jpg", "c\xff.png", "", "\x00\n\u202e"}[r.IntN(4)], Outcome: Outcome(r.IntN(outcomeEnd)), Root: r.IntN(2)}
		e := slowNormal(randomEntry(r, 0))
		fp := &rec.Fingerprint
		fp.Size, fp.Format, fp.Width, fp.Height, fp.Decoder = int64(r.IntN(99)), "jpeg", r.IntN(9), r.IntN(9), "some decoder"
		fp.Orientation, fp.Partial = r.IntN(9), float64(r.IntN(2))/2
		q, graphic := Quality(r.IntN(102)), r.IntN(2) == 0
		how := Arithmetic([]string{"", "reference", "luma/8"}[r.IntN(3)])
		for _, h := range e.Hashes {
			if h.Hash.Kind().Digest() {
				fp.Digests = append(fp.Digests, h.Hash)
			} else if _, twice := fp.Hash(h.Hash.Kind(), Upright); !twice {
				fp.Hashes = append(fp.Hashes, PictureHash{h.Hash, Upright, q, how, graphic})
			}
		}
		fp.Trimmed, fp.ThumbnailDiffers = int64(r.IntN(2))*fp.Size, r.IntN(2) == 0
		if r.IntN(2) == 0 {
			how := Arithmetic([]string{"", "luma", "luma/4"}[r.IntN(3)])
			for _, v := range []View{Mirror, Thumbnail} {
				fp.Hashes = append(fp.Hashes, PictureHash{randomHash(r, PDQ, 0), v, q, how, graphic}, PictureHash{randomHash(r, PHash, 0), v, q, Luma8, graphic})
			}
			fp.Extras = []Extra{{Name: "photodna", Data: []byte{1, 2, byte(r.IntN(256))}}}
		}
		if rec.Outcome == Matched {
			rec.Fault, rec.More, rec.Error = Corrupt, 3, "damaged"
			rec.Matches = []Match{{Set: "s", Disposition: KnownGood, Entry: 7, Kind: PDQ, Distance: 3, View: "mirror", Tier: TierB, Quality: qualityPointer(q)}}
		}
		data, err := json.Marshal(&rec)
		if err != nil {
			t.Fatal(err)
		}
		var back Record
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, rec) {
			t.Fatalf("%s\n got %+v, %v\nwant %+v", data, back, err, rec)
		}
		if strings.Contains(string(data), `"viewed":"no"`) != (rec.Outcome != 0) {
			t.Fatalf("%s: whether the file was viewed", data)
		}
		n++
	}
	testkit.AtLeast(t, 300, n, "records")
}

func TestRecordJSONRefused(t *testing.T) {
	bad := []string{
		`{}`, `{"md5":"00"}`, `{"path":1}`, `{"path":"a","status":"fine"}`, `{"path":"a","md5":"00"}`, `{"path":"a","size":-1}`,
		`{"path":"a","pdq_quality":101}`, `{"path_b64":"*"}`, `{"path":"a","matches":[{"tier":"Z"}]}`, `[]`, `{"path":"a","fault":"x"}`,
	}
	for _, text := range bad {
		var r Record
		if err := json.Unmarshal([]byte(text), &r); err == nil {
			t.Errorf("%s gives %+v", text, r)
		}
	}
	testkit.AtLeast(t, 11, len(bad), "bad records")
}

func TestTally(t *testing.T) {
	var tally Tally
	for _, o := range Outcomes() {
		tally.Seen++
		tally.Add(&Record{Outcome: o, Fingerprint: Fingerprint{Size: 10}})
	}
	if err := tally.Check(); err != nil || tally.Bytes != 140 || tally.Trouble != 8 {
		t.Errorf("%v, %d bytes, %d in trouble", err, tally.Bytes, tally.Trouble)
	}
	for name, change := range map[string]func(*Tally){
		"a file lost":              func(t *Tally) { t.Seen++ },
		"a file counted twice":     func(t *Tally) { t.Add(&Record{Outcome: Cleared}) },
		"a record without outcome": func(t *Tally) { t.Seen++; t.Add(&Record{}) },
	} {
		broken := tally
		change(&broken)
		if err := broken.Check(); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
	small := Tally{Seen: 3}
	small.By[Cleared], small.By[Matched] = 2, 1
	if got := small.String(); got != "seen 3 = matched 1 + clear 2" {
		t.Error(got)
	}
}
