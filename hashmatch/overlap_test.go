package hashmatch

import (
	"cmp"
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// oracleShared compares every entry of a with every one of b, hash by hash and bit by bit.
func oracleShared(cfg Config, a, b *Set) (shared map[uint32][]Match) {
	shared = map[uint32][]Match{}
	radius, named := cfg.Radius[PDQ]
	if !named {
		radius = 31
	}
	for numberA, x := range a.Entries() {
		for numberB, y := range b.Entries() {
			best := map[Kind]Match{}
			for _, h := range x.Hashes {
				for _, o := range y.Hashes {
					if h.Hash.Kind().Digest() && o.Hash.Kind().Digest() && bareHex(h.Hash) == bareHex(o.Hash) {
						m := oracleExact(asFile(&x), &y, h.Hash.Kind(), o.Hash.Kind())
						if old, twice := best[m.Kind]; !twice || m.Tier < old.Tier || m.Tier == old.Tier && old.Conflict {
							best[m.Kind] = m
						}
					}
				}
			}
			if m, ok := oracleNear(&x, &y, cfg.gate(), radius); ok {
				best[PDQ] = m
			}
			for _, m := range best {
				if m.Kind == PDQ && m.View == Upright {
					m.Second = oracleSecond(allOf(&x), &y)
				}
				m.Set, m.Disposition, m.Entry, m.ID, m.Category = b.info.Name, b.info.Disposition, numberB, y.ID, y.Category
				shared[numberA] = append(shared[numberA], m)
			}
		}
		slices.SortFunc(shared[numberA], func(a, b Match) int {
			return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Entry, b.Entry), cmp.Compare(letters[a.Kind], letters[b.Kind]))
		})
	}
	return shared
}

func asFile(e *Entry) *Fingerprint {
	fp := &Fingerprint{Size: e.Size}
	for _, h := range e.Hashes {
		if h.Hash.Kind().Digest() {
			fp.Digests = append(fp.Digests, h.Hash)
		}
	}
	return fp
}

// allOf is asFile with the perceptual hashes.
func allOf(e *Entry) *Fingerprint {
	fp := asFile(e)
	for _, h := range e.Hashes {
		if h.Hash.Kind().Perceptual() {
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: h.Hash, View: Upright})
		}
	}
	return fp
}

// oracleNear compares the hashes that pass the gate, those of x turned, and keeps the first of the best, the views in their
// order.
func oracleNear(x, y *Entry, gate, radius int) (best Match, found bool) {
	var ours, theirs Hash // of best
	for _, o := range []View{Upright, Mirror, Flip, Rot90, Rot180, Rot270, Transpose, Transverse} {
		for _, h := range x.Hashes {
			for _, other := range y.Hashes {
				if h.Hash.Kind() != PDQ || other.Hash.Kind() != PDQ || h.Quality.Below(gate) || other.Quality.Below(gate) {
					continue
				}
				d, _ := turnedSlowly(h.Hash, o).Distance(other.Hash)
				if d > radius {
					continue
				}
				m := Match{Kind: PDQ, Distance: d, View: o, Tier: nearTier(PDQ, o == Upright, d), Quality: qualityPointer(h.Quality), EntryQuality: qualityPointer(other.Quality)}
				// Of one hash in several qualities the best counts.
				again := found && o == best.View && h.Hash == ours && other.Hash == theirs
				better := again && value(m.Quality) >= value(best.Quality) && value(m.EntryQuality) >= value(best.EntryQuality)
				if !found || m.Tier < best.Tier || m.Tier == best.Tier && d < best.Distance || better {
					best, found, ours, theirs = m, true, h.Hash, other.Hash
				}
			}
		}
	}
	return best, found
}

func value(quality *int) int {
	if quality == nil {
		return -1
	}
	return *quality
}

// oracleSide accounts for the entries of a set, of which those in met meet one of the other set in the given best tier.
func oracleSide(cfg Config, s, other *Set, met map[uint32]Tier) Side {
	functions, pictured := map[Kind]bool{}, false
	for _, e := range other.Entries() {
		for _, h := range e.Hashes {
			functions[h.Hash.Kind().Whole()] = true
			pictured = pictured || h.Hash.Kind() == PDQ && !h.Quality.Below(cfg.gate())
		}
	}
	side := Side{By: map[Tier]int{}}
	for number, e := range s.Entries() {
		side.Entries++
		near, digest := false, false
		for _, h := range e.Hashes {
			near = near || h.Hash.Kind() == PDQ && !h.Quality.Below(cfg.gate()) && pictured
			digest = digest || h.Hash.Kind().Digest() && functions[h.Hash.Kind().Whole()]
		}
		switch {
		case met[number] != 0:
			side.By[met[number]]++
		case near:
			side.Apart++
		case digest:
			side.Apart++
			side.DigestsAlone++
		default:
			side.Unexamined++
		}
	}
	return side
}

// kin returns entries of which many have something of those of others: a digest on either side, a hash some bits off, a
// turned one.
func kin(r *rand.Rand, others []Entry, n int) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = randomEntry(r, 4)
		of := others[r.IntN(len(others))]
		for _, h := range of.Hashes {
			switch k := h.Hash.Kind(); {
			case k.Digest() && r.IntN(3) == 0:
				entries[i].Hashes = slices.DeleteFunc(entries[i].Hashes, func(o EntryHash) bool { return o.Hash.Kind().Digest() && o.Hash.Kind().Size() == k.Size() })
				entries[i].Hashes = append(entries[i].Hashes, EntryHash{Hash: changedSide(r, h.Hash)})
			case k == PDQ && r.IntN(2) == 0:
				o := Orientations()[r.IntN(8)]
				near := flipped(r, turnedSlowly(h.Hash, o), []int{0, 0, 1, 30, 31, 32, 45}[r.IntN(7)])
				entries[i].Hashes = append(entries[i].Hashes, EntryHash{near, Quality(r.IntN(102))})
			}
		}
	}
	return entries
}

// compareAll collects what CompareSets gives.
func compareAll(t testing.TB, cfg Config, a, b *Set) ([]Shared, Overlap) {
	t.Helper()
	var all []Shared
	sum, err := CompareSets(context.Background(), cfg, a, b, func(s *Shared) bool {
		all = append(all, *s)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, sum
}

func TestCompareSetsAgreesWithComparingEverything(t *testing.T) {
	r := testkit.Rand(t)
	configs := []Config{{}, {Quality: -1}, {Radius: map[Kind]int{PDQ: 0}}, {Radius: map[Kind]int{PDQ: 45}, Quality: 70}, {Radius: map[Kind]int{PDQ: 256}}}
	pairs, near, exact, rounds := 0, 0, 0, 20
	if testing.Short() {
		rounds = 6
	}
	for range rounds {
		others := randomEntries(r, 1+r.IntN(30), 6)
		a := mustOpen(t, buildBytes(t, Info{Name: "a", Disposition: KnownBad}, others...))
		b := mustOpen(t, buildBytes(t, Info{Name: "b", Disposition: KnownGood}, kin(r, others, 1+r.IntN(30))...))
		for _, cfg := range configs {
			want := oracleShared(cfg, a, b)
			got, sum := compareAll(t, cfg, a, b)
			metA, metB, matches, listed := map[uint32]Tier{}, map[uint32]Tier{}, 0, 0
			for number, list := range want {
				matches += len(list)
				for _, m := range list {
					if metA[number] == 0 || m.Tier < metA[number] {
						metA[number] = m.Tier
					}
					if metB[m.Entry] == 0 || m.Tier < metB[m.Entry] {
						metB[m.Entry] = m.Tier
					}
					if m.Kind == PDQ {
						near++
					} else {
						exact++
					}
				}
			}
			last := -1
			for _, s := range got {
				if int(s.Entry) <= last {
					t.Fatalf("entry %d after %d", s.Entry, last)
				}
				last = int(s.Entry)
				list := want[s.Entry]
				delete(want, s.Entry)
				if len(list) != len(s.Matches)+int(s.More) || !reflect.DeepEqual(s.Matches, list[:min(len(list), MaxMatches)]) {
					t.Fatalf("config %+v, entry %d and %d more\n got %+v\nwant %+v", cfg, s.Entry, s.More, s.Matches, list)
				}
				listed += len(s.Matches)
				pairs += len(list)
			}
			for number, list := range want {
				if len(list) > 0 {
					t.Fatalf("config %+v: entry %d is missing: %+v", cfg, number, list)
				}
			}
			wantSum := Overlap{oracleSide(cfg, a, b, metA), oracleSide(cfg, b, a, metB), int64(matches), int64(listed)}
			if !reflect.DeepEqual(sum, wantSum) {
				t.Fatalf("config %+v\n got %+v\nwant %+v", cfg, sum, wantSum)
			}
		}
	}
	testkit.AtLeast(t, 100, pairs, "pairs")
	testkit.AtLeast(t, 50, near, "near pairs")
	testkit.AtLeast(t, 50, exact, "exact pairs")
}
