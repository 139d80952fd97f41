package hashmatch

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// pdqOf makes a hash of a code.
func pdqOf(code [4]uint64) (h Hash) {
	h.kind = PDQ
	for i, w := range code {
		for j := range 8 {
			h.b[8*i+j] = byte(w >> (56 - 8*j))
		}
	}
	return h
}

func randomCode(r *rand.Rand) (code [4]uint64) {
	for i := range code {
		code[i] = r.Uint64()
	}
	return code
}

// nudged returns a code with n other bits.
func nudged(r *rand.Rand, code [4]uint64, n int) [4]uint64 {
	for _, bit := range r.Perm(256)[:n] {
		code[bit/64] ^= 1 << (bit % 64)
	}
	return code
}

// weighted returns a code with n bits set.
func weighted(r *rand.Rand, n int) [4]uint64 { return nudged(r, [4]uint64{}, n) }

func anyQuality(r *rand.Rand) Quality {
	if r.IntN(3) == 0 {
		return 0
	}
	return QualityOf(DefaultQuality + r.IntN(51))
}

// digestsOfContent returns the digests of a content, each as an entry's hash.
func digestsOfContent(content []byte) (hashes []EntryHash) {
	m, s1, s2 := md5.Sum(content), sha1.Sum(content), sha256.Sum256(content)
	for k, sum := range map[Kind][]byte{MD5: m[:], SHA1: s1[:], SHA256: s2[:]} {
		h, err := NewHash(k, sum)
		if err != nil {
			panic(err)
		}
		hashes = append(hashes, EntryHash{Hash: h})
	}
	return hashes
}

// Of a hundred thousand entries among which a thousand were planted, at least 99 in 100 of those are flagged, and at most
// one in a thousand of the others. The others are random bits and series of near versions; real PDQ hashes are more
// even than random bits.
func TestLintFindsPoison(t *testing.T) {
	r := testkit.Rand(t)
	clean := 99_000
	if testing.Short() || testkit.Race {
		clean = 9_000
	}
	info := Info{Name: "bad", Disposition: KnownBad}
	var entries []Entry
	add := func(id string, e Entry) {
		e.ID = fmt.Sprint(id, len(entries))
		entries = append(entries, e)
	}
	with := func(code [4]uint64, q Quality) Entry {
		return Entry{Hashes: []EntryHash{{Hash: randomHash(r, MD5, 0)}, {Hash: pdqOf(code), Quality: q}}}
	}
	for len(entries) < clean {
		picture := randomCode(r)
		add("clean", with(picture, anyQuality(r)))
		if r.IntN(50) == 0 {
			for range r.IntN(20) {
				add("clean", with(nudged(r, picture, r.IntN(25)), anyQuality(r)))
			}
		}
	}
	benign := NewBuilder(Info{Name: "harmless", Disposition: KnownGood})
	centre := randomCode(r)
	for i := range 1000 {
		e := with(randomCode(r), anyQuality(r))
		switch {
		case i < 150:
			w := r.Uint64()
			e = with([4]uint64{w, w, w, w}, anyQuality(r))
			if i < 20 {
				e = with([4]uint64{}, 0)
			}
		case i < 300:
			few := r.IntN(96)
			e = with(weighted(r, []int{few, 256 - few}[r.IntN(2)]), anyQuality(r))
		case i < 450:
			e = with(randomCode(r), QualityOf(r.IntN(DefaultQuality)))
		case i < 600:
			docs := leastDocuments()
			contents := append(docs, nil, []byte{0}, make([]byte, 512), make([]byte, 4096))
			e.Hashes = append(e.Hashes[1:], digestsOfContent(contents[r.IntN(len(contents))])[r.IntN(3)])
		case i < 800:
			picture := randomCode(r)
			if err := benign.Add(with(picture, anyQuality(r))); err != nil {
				t.Fatal(err)
			}
			turned := orientations[r.IntN(len(orientations))].turn.code(picture)
			e = with(nudged(r, turned, r.IntN(32)), anyQuality(r))
		default:
			e = with(nudged(r, centre, r.IntN(16)), anyQuality(r))
		}
		add("planted", e)
	}
	set := mustOpen(t, buildBytes(t, info, entries...))
	report, err := Lint(t.Context(), LintConfig{Benign: []*Set{builtSet(t, benign)}}, set)
	if err != nil {
		t.Fatal(err)
	}
	planted, wrong := map[string]bool{}, 0
	for _, n := range report.Quarantine() {
		if id := set.Entry(n).ID; id[0] == 'p' {
			planted[id] = true
		} else {
			wrong++
		}
	}
	t.Logf("%d entries: %d of 1000 planted flagged, %d of the others", set.Len(), len(planted), wrong)
	if len(planted) < 990 || wrong*1000 > clean {
		t.Errorf("%d of 1000 planted entries were flagged, and %d of %d others", len(planted), wrong, clean)
	}
}

func builtSet(t *testing.T, b *Builder) *Set {
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, out.Bytes())
}

// oracleLint says why an entry should be flagged, by comparing it with everything.
func oracleLint(e *Entry, all, benign []Entry, most int) (reasons []LintReason) {
	passing := func(e *Entry, k Kind) (list []Hash) {
		for _, h := range e.Hashes {
			if h.Hash.Kind() == k && !h.Quality.Below(DefaultQuality) && !slices.Contains(list, h.Hash) {
				list = append(list, h.Hash)
			}
		}
		return list
	}
	has := map[LintReason]bool{}
	low, usable := false, false
	for _, h := range e.Hashes {
		k := h.Hash.Kind()
		switch {
		case k.Digest():
			for _, b := range benign {
				for _, o := range b.Hashes {
					has[LintBenignDigest] = has[LintBenignDigest] || bareHex(o.Hash) == bareHex(h.Hash) && o.Hash.Kind().Digest()
				}
			}
			has[LintTrivial] = has[LintTrivial] || h.Hash.Hex() == hex.EncodeToString(emptySum(k))
		case h.Quality.Below(DefaultQuality):
			low = true
		default:
			usable = true
			ones := 0
			for _, b := range h.Hash.Bytes() {
				ones += bits.OnesCount8(b)
			}
			has[LintConstant] = has[LintConstant] || ones == 0
			limits := map[Kind][2]int{PDQ: {96, 160}, PHash: {24, 40}, PyPHash: {24, 40}}[k]
			if limits == [2]int{} {
				limits = [2]int{4, 60}
			}
			has[LintUnbalanced] = has[LintUnbalanced] || ones != 0 && (ones < limits[0] || ones > limits[1])
		}
	}
	has[LintLowQuality] = low && !usable
	for _, own := range passing(e, PDQ) {
		others := map[string]bool{}
		for _, o := range all {
			list := passing(&o, PDQ)
			near := slices.ContainsFunc(list, func(h Hash) bool { d, _ := h.Distance(own); return d <= 31 })
			if near && !slices.Contains(list, own) {
				slices.SortFunc(list, compareHashes)
				others[fmt.Sprint(list)] = true
			}
		}
		has[LintHub] = has[LintHub] || len(others) > most
	}
	alone := Kind(0)
	for _, k := range nearOrder {
		if alone == 0 && len(passing(e, k)) > 0 {
			alone = k
		}
	}
	rows := 0 // that this kind alone has to find
	for _, o := range all {
		for _, k := range nearOrder {
			if own := passing(&o, k); len(own) > 0 {
				if k == alone {
					rows += len(own)
				}
				break
			}
		}
	}
	for _, b := range benign {
		for _, o := range passing(&b, alone) {
			for _, own := range passing(e, alone) {
				if alone != PDQ {
					d, _ := own.Distance(o)
					has[LintBenign] = has[LintBenign] || d <= aloneRadius(alone, rows)
					continue
				}
				for _, turned := range orientations {
					d, _ := own.Distance(pdqOf(turned.turn.code(o.Code256())))
					has[LintBenign] = has[LintBenign] || d <= 31
				}
			}
		}
	}
	for _, reason := range lintReasons {
		if has[reason] {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

func emptySum(k Kind) []byte {
	switch k.Whole() {
	case MD5:
		return md5.New().Sum(nil)
	case SHA1:
		return sha1.New().Sum(nil)
	}
	return sha256.New().Sum(nil)
}

// lintedEntry makes an entry that may have anything wrong with it.
func lintedEntry(r *rand.Rand, pictures [][4]uint64) Entry {
	var e Entry
	for range 1 + r.IntN(3) {
		q := Quality(0)
		if r.IntN(2) == 0 {
			q = QualityOf(r.IntN(101))
		}
		switch code := pictures[r.IntN(len(pictures))]; r.IntN(9) {
		case 0:
			e.Hashes = append(e.Hashes, EntryHash{Hash: pdqOf([4]uint64{}), Quality: q})
		case 1:
			e.Hashes = append(e.Hashes, EntryHash{Hash: pdqOf(weighted(r, 90+r.IntN(12))), Quality: q})
		case 2, 3, 4:
			turned := orientations[r.IntN(3)*r.IntN(4)].turn.code(code)
			e.Hashes = append(e.Hashes, EntryHash{Hash: pdqOf(nudged(r, turned, r.IntN(16))), Quality: q})
		case 5:
			e.Hashes = append(e.Hashes, EntryHash{Hash: pdqOf(code), Quality: q})
		case 6:
			k := nearOrder[1+r.IntN(len(nearOrder)-1)]
			w := []uint64{0, 1, 7, code[0], code[0] ^ 1, code[0] ^ 0x1040200}[r.IntN(6)]
			e.Hashes = append(e.Hashes, EntryHash{Hash: Hash64(k, w), Quality: q})
		case 7:
			k := []Kind{MD5, SHA1, SHA256, MD5Trimmed, SHA1Trimmed, SHA256Trimmed}[r.IntN(6)]
			h, err := NewHash(k, emptySum(k))
			if err != nil {
				panic(err)
			}
			if r.IntN(2) == 0 {
				h = randomHash(r, MD5, 30)
				h.kind = []Kind{MD5, MD5Trimmed}[r.IntN(2)]
			}
			e.Hashes = append(e.Hashes, EntryHash{Hash: h})
		default:
			e.Hashes = append(e.Hashes, EntryHash{Hash: randomHash(r, SHA256, 0)})
		}
	}
	return e
}

// What is flagged is what comparing everything with everything flags.
func TestLintOracle(t *testing.T) {
	r := testkit.Rand(t)
	found := map[LintReason]int{}
	for range 60 {
		var pictures [][4]uint64
		for range 3 + r.IntN(5) {
			pictures = append(pictures, randomCode(r))
		}
		sets := [2]*Set{}
		var lists [2][]Entry
		for i := range sets {
			b := NewBuilder(Info{Name: fmt.Sprint("set", i), Disposition: Other})
			for n := 0; n < 40>>i; n++ {
				if err := b.Add(lintedEntry(r, pictures)); err != nil && !errors.Is(err, ErrFormat) {
					t.Fatal(err)
				}
			}
			sets[i] = builtSet(t, b)
			for _, e := range sets[i].Entries() {
				lists[i] = append(lists[i], e)
			}
		}
		most := 1 + r.IntN(4)
		report, err := Lint(t.Context(), LintConfig{Hub: most, Benign: sets[1:]}, sets[0])
		if err != nil {
			t.Fatal(err)
		}
		got := map[uint32][]LintReason{}
		for _, f := range report.Findings {
			if f.Count != len(f.Entries) || !slices.IsSorted(f.Entries) {
				t.Errorf("%s: count %d, entries %v", f.Reason, f.Count, f.Entries)
			}
			found[f.Reason] += f.Count
			for _, e := range f.Entries {
				got[e] = append(got[e], f.Reason)
			}
		}
		if report.Flagged != len(got) || len(report.Quarantine()) != len(got) {
			t.Errorf("%d entries are flagged, %d counted, %d to be quarantined", len(got), report.Flagged, len(report.Quarantine()))
		}
		for n := range lists[0] {
			if want := oracleLint(&lists[0][n], lists[0], lists[1], most); !slices.Equal(got[uint32(n)], want) {
				t.Errorf("entry %d of %d: flagged for %v, want %v", n, len(lists[0]), got[uint32(n)], want)
			}
		}
	}
	for _, reason := range lintReasons {
		testkit.AtLeast(t, 10, found[reason], "entries flagged as "+string(reason))
	}
}

// A report is the same each time, goes through JSON, and holds no hash.
func TestLintReport(t *testing.T) {
	r := testkit.Rand(t)
	plain := Entry{Hashes: []EntryHash{{Hash: pdqOf([4]uint64{})}}}
	bad := mustOpen(t, buildBytes(t, Info{Name: "bad", Disposition: KnownBad}, plain, Entry{Hashes: []EntryHash{{Hash: randomHash(r, SHA1, 0)}}}))
	report, err := Lint(t.Context(), LintConfig{Benign: []*Set{bad}}, bad)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	digest := bad.Digest()
	want := `{"set":"bad","digest":"` + digest + `","entries":2,"quality":50,"hub":100,"benign":[{"set":"bad","digest":"` + digest +
		`"}],"flagged":2,"findings":[{"reason":"constant","count":1,"entries":[1]},{"reason":"benign","count":1,"entries":[1]},{"reason":"benign-digest","count":1,"entries":[0]}]}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if values := regexp.MustCompile(`[0-9a-f]{16}`).FindAllString(string(text), -1); len(values) != 8 {
		t.Errorf("the report holds more than the digests of the sets: %q", values)
	}
	var again LintReport
	if err := json.Unmarshal(text, &again); err != nil || !slices.Equal(again.Quarantine(), []uint32{0, 1}) || !slices.Equal(again.Of(LintConstant), []uint32{1}) || again.Of(LintHub) != nil {
		t.Errorf("read again: %+v, %v", again, err)
	}
	if empty, err := Lint(t.Context(), LintConfig{Hub: -1, Quality: -1}, mustOpen(t, buildBytes(t, testInfo))); err != nil || empty.Flagged != 0 || empty.Hub != 0 || empty.Findings == nil {
		t.Errorf("an empty set: %+v, %v", empty, err)
	}
}

// What was flagged is kept out of near matching, and its digests still match.
func TestLintQuarantines(t *testing.T) {
	r := testkit.Rand(t)
	blank := Entry{Hashes: []EntryHash{{Hash: randomHash(r, MD5, 0)}, {Hash: pdqOf([4]uint64{})}}}
	set := mustOpen(t, buildBytes(t, testInfo, blank))
	report, err := Lint(t.Context(), LintConfig{}, set)
	if err != nil {
		t.Fatal(err)
	}
	near := &Fingerprint{Format: "jpeg", Digests: []Hash{randomHash(r, MD5, 0)}, Hashes: []PictureHash{{Hash: pdqOf([4]uint64{1}), View: Upright}}}
	same := &Fingerprint{Format: "jpeg", Digests: []Hash{blank.Hashes[0].Hash}}
	for quarantined, want := range map[bool][2]int{false: {1, 1}, true: {0, 1}} {
		cfg := Config{}
		if quarantined {
			cfg.Sets = map[string]SetConfig{"test": {Quarantine: report.Quarantine()}}
		}
		m, err := NewMatcher(cfg, set)
		if err != nil {
			t.Fatal(err)
		}
		for i, fp := range []*Fingerprint{near, same} {
			result, err := m.Match(t.Context(), fp)
			if err != nil || len(result.Matches) != want[i] {
				t.Errorf("quarantined %v, file %d: %+v, %v", quarantined, i, result, err)
			}
		}
		if told := len(m.Warnings()) > 0; told != quarantined {
			t.Errorf("quarantined %v: warnings %q", quarantined, m.Warnings())
		}
	}
}

func TestLintStops(t *testing.T) {
	r := testkit.Rand(t)
	entries := make([]Entry, 100)
	for i := range entries {
		entries[i].Hashes = []EntryHash{{Hash: randomHash(r, PDQ, 0)}}
	}
	set := mustOpen(t, buildBytes(t, testInfo, entries...))
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, cfg := range []LintConfig{{}, {Hub: -1, Benign: []*Set{set}}} {
		if report, err := Lint(stopped, cfg, set); !errors.Is(err, context.Canceled) {
			t.Errorf("%+v, %v", report, err)
		}
	}
}

// The digests of content that every drive holds are those of the content, by another way.
func TestTrivialDigests(t *testing.T) {
	contents := append(leastDocuments(), nil, []byte{0}, []byte{'\n'}, make([]byte, 512), make([]byte, 4096), make([]byte, 1<<20))
	n := 0
	for _, c := range contents {
		for _, h := range digestsOfContent(c) {
			n++
			if !trivialDigests()[h.Hash] {
				t.Errorf("the %s of %d bytes is missing", h.Hash.Kind(), len(c))
			}
		}
	}
	testkit.AtLeast(t, 2000, n, "digests")
	r := testkit.Rand(t)
	for range 100 {
		if trivialDigests()[randomHash(r, MD5, 0)] {
			t.Error("a random digest is trivial")
		}
	}
}

// Hubs of 100,000 hashes: random ones, beside the pass without hubs, and such as are all near each other.
func BenchmarkLintHubs(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	centre := randomCode(r)
	for name, code := range map[string]func() [4]uint64{
		"random": func() [4]uint64 { return randomCode(r) },
		"dense":  func() [4]uint64 { return nudged(r, centre, 15) },
	} {
		entries := make([]Entry, 100_000)
		for i := range entries {
			entries[i].Hashes = []EntryHash{{Hash: pdqOf(code())}}
		}
		set := mustOpen(b, buildBytes(b, testInfo, entries...))
		for _, hub := range []int{-1, 0} {
			b.Run(fmt.Sprintf("%s/hub=%d", name, hub), func(b *testing.B) {
				for b.Loop() {
					if _, err := Lint(context.Background(), LintConfig{Hub: hub}, set); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
