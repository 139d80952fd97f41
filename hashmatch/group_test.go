package hashmatch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/testkit"
)

// grouped is Group, and sees that every position is in one cluster.
func grouped(t testing.TB, fps []*Fingerprint, opts GroupOptions) []Cluster {
	t.Helper()
	clusters, err := Group(context.Background(), slices.Values(fps), opts)
	if err != nil {
		t.Fatal(err)
	}
	accounted(t, clusters, len(fps))
	return clusters
}

func accounted(t testing.TB, clusters []Cluster, files int) {
	t.Helper()
	seen := make([]bool, files)
	for i, c := range clusters {
		led := false
		for j, m := range c.Members {
			if seen[m.Position] || j > 0 && c.Members[j-1].Position >= m.Position {
				t.Fatalf("position %d of cluster %d stands twice or out of order", m.Position, i)
			}
			seen[m.Position], led = true, led || m.Position == c.Representative
		}
		if !led {
			t.Fatalf("cluster %d is represented by %d, which is no member", i, c.Representative)
		}
	}
	if i := slices.Index(seen, false); i >= 0 {
		t.Fatalf("position %d is in no cluster", i)
	}
}

// groupViews are views of the whole, and after them some that are not.
var groupViews = []View{"mirror", "rot90", "trim", "trim+flip", "crop-4.5", "pad-left-11.1", "turn-left-2", "band", "cell2", "crop-14.2", "thumbnail", "appended"}

// album makes files of a few motifs: copies, variants, chains of small steps, and whatever is odd about files.
func album(r *rand.Rand, files int) (fps []*Fingerprint) {
	motifs := make([]Hash, 1+r.IntN(6))
	for i := range motifs {
		motifs[i] = randomHash(r, PDQ, 0)
	}
	near := func() Hash {
		i := r.IntN(len(motifs))
		h := flipped(r, motifs[i], []int{0, 0, 3, 12, 20, 28, 31, 32, 40}[r.IntN(9)])
		if r.IntN(3) == 0 {
			motifs[i] = h // and on from there
		}
		return h
	}
	quality := func() Quality {
		return []Quality{0, QualityOf(100), QualityOf(100), QualityOf(r.IntN(101)), QualityOf(60), QualityOf(60)}[r.IntN(6)]
	}
	for range files {
		fp := &Fingerprint{Width: r.IntN(3), Height: r.IntN(3)}
		if r.IntN(3) > 0 {
			fp.Digests = []Hash{randomHash(r, MD5, 2), randomHash(r, SHA256, []int{0, 0, 0, 6}[r.IntN(4)])}
		}
		if r.IntN(12) > 0 {
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: near(), View: Upright, Quality: quality(), Graphic: r.IntN(6) == 0})
		}
		for range r.IntN(3) {
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: near(), View: groupViews[r.IntN(len(groupViews))], Quality: quality(), Graphic: r.IntN(6) == 0})
		}
		if r.IntN(4) == 0 {
			fp.Hashes = append(fp.Hashes, PictureHash{Hash: randomHash(r, PHash, 2), View: Upright})
		}
		if r.IntN(15) == 0 {
			fp.Partial = 0.9
		}
		fps = append(fps, fp)
	}
	return fps
}

var groupOptions = []GroupOptions{
	{}, {Radius: 20}, {Radius: -1}, {Radius: 40}, {Radius: 31, Diameter: 31}, {Radius: 25, Diameter: 40}, {Radius: 12, Diameter: 90}, {Quality: -1}, {Quality: 80},
}

func TestGroupAgreesWithComparingEverything(t *testing.T) {
	r := testkit.Rand(t)
	rounds := 400
	if testing.Short() || testkit.Race {
		rounds = 60
	}
	stars, joined, reversed, apart, middle, doubted := 0, 0, 0, 0, 0, 0
	for range rounds {
		fps := album(r, 1+r.IntN(45))
		for _, opts := range groupOptions {
			got, want := grouped(t, fps, opts), oracleGroup(fps, opts)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v of %d files\n got %+v\nwant %+v", opts, len(fps), got, want)
			}
			for _, c := range got {
				stars += min(1, len(c.Members)-1)
				for _, m := range c.Members {
					if m.Distance > 31 && opts.Radius == 0 {
						joined++
					}
					if m.Reversed {
						reversed++
					}
				}
				if c.Reason != "" {
					apart++
				}
				if fps[c.Representative].Quality() < fps[slices.MaxFunc(c.Members, func(a, b ClusterMember) int {
					return int(fps[a.Position].Quality()) - int(fps[b.Position].Quality())
				}).Position].Quality() {
					middle++
				}
				if c.Reason == ReasonQuality && len(fps[c.Representative].Hashes) > 1 {
					doubted++
				}
			}
		}
	}
	testkit.AtLeast(t, 20*rounds, stars, "clusters of several files")
	testkit.AtLeast(t, rounds/10, joined, "members that a join brought")
	testkit.AtLeast(t, rounds, reversed, "members that a view of the representative meets")
	testkit.AtLeast(t, rounds, apart, "clusters that were not compared")
	testkit.AtLeast(t, rounds/4, middle, "clusters that are not represented by the best file")
	testkit.AtLeast(t, rounds, doubted, "clusters of several hashes that tell nothing")
}

// shuffled answers like the index that it stands for, with hits in another order and twice.
type shuffled struct {
	groupIndex
	r *rand.Rand
}

func (s shuffled) WithinBatch(qs [][4]uint64, radius int, yield func(int, []index.Hit) bool) {
	s.groupIndex.WithinBatch(qs, radius, func(q int, hits []index.Hit) bool {
		hits = append(slices.Clone(hits), hits...)
		s.r.Shuffle(len(hits), func(i, j int) { hits[i], hits[j] = hits[j], hits[i] })
		return yield(q, hits)
	})
}

// groupBy is Group with another index.
func groupBy(t testing.TB, fps []*Fingerprint, opts GroupOptions, wrap func(groupIndex) groupIndex) []Cluster {
	t.Helper()
	opts, err := opts.limits()
	if err != nil {
		t.Fatal(err)
	}
	g := newGrouping(opts)
	for _, fp := range fps {
		if err := g.add(fp); err != nil {
			t.Fatal(err)
		}
	}
	order := g.order()
	if err := errors.Join(g.stars(context.Background(), order, wrap(g.index(order))), g.join(context.Background())); err != nil {
		t.Fatal(err)
	}
	clusters := g.clusters()
	accounted(t, clusters, len(fps))
	return clusters
}

func TestGroupHeedsNoOrderOfHits(t *testing.T) {
	r := testkit.Rand(t)
	for i := range 100 {
		fps := album(r, 1+r.IntN(300))
		opts := groupOptions[i%len(groupOptions)]
		want := grouped(t, fps, opts)
		got := groupBy(t, fps, opts, func(in groupIndex) groupIndex { return shuffled{in, r} })
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v of %d files\n got %+v\nwant %+v", opts, len(fps), got, want)
		}
	}
}

// picture makes a file with an upright hash and views.
func picture(h Hash, views ...PictureHash) *Fingerprint {
	return &Fingerprint{Hashes: append([]PictureHash{upright(h, 100)}, views...)}
}

// A chain of small steps is cut where its pictures would be too far apart.
func TestGroupCutsChains(t *testing.T) {
	r := testkit.Rand(t)
	h := randomHash(r, PDQ, 0)
	var fps []*Fingerprint
	for bit := range 200 { // 200 bits from the first picture to the last, in steps of one
		fps = append(fps, picture(h))
		h.b[bit/8] ^= 1 << (bit % 8)
	}
	for _, opts := range []GroupOptions{{}, {Radius: 10}, {Radius: 31, Diameter: 31}, {Radius: 20, Diameter: 100}} {
		limits, _ := opts.limits()
		clusters := grouped(t, fps, opts)
		for _, c := range clusters {
			if first, last := c.Members[0].Position, c.Members[len(c.Members)-1].Position; last-first > limits.Diameter {
				t.Errorf("%+v: a cluster holds pictures %d apart", opts, last-first)
			}
		}
		if most := 200/(limits.Diameter/2) + 2; len(clusters) > most {
			t.Errorf("%+v: %d clusters, at most %d are needed", opts, len(clusters), most)
		}
	}
}

// The bound holds between any two pictures of a cluster where the triangle inequality makes it one: among upright hashes.
func TestGroupBoundsItsDiameter(t *testing.T) {
	r := testkit.Rand(t)
	pairs, far := 0, 0
	for i := range 90 {
		fps := album(r, 60)
		for _, fp := range fps {
			fp.Digests = nil
			fp.Hashes = slices.DeleteFunc(fp.Hashes, func(h PictureHash) bool { return h.View != Upright || h.Hash.Kind() != PDQ })
		}
		opts := groupOptions[i%len(groupOptions)]
		limits, _ := opts.limits()
		for _, c := range grouped(t, fps, opts) {
			if c.Reason != "" {
				continue
			}
			for _, x := range c.Members {
				for _, y := range c.Members {
					d, _ := fps[x.Position].Hashes[0].Hash.Distance(fps[y.Position].Hashes[0].Hash)
					if d > limits.Diameter {
						t.Fatalf("%+v: files %d and %d of a cluster are %d apart", opts, x.Position, y.Position, d)
					}
					if pairs++; d > limits.Radius {
						far++
					}
				}
			}
		}
	}
	testkit.AtLeast(t, 5000, pairs, "pairs")
	testkit.AtLeast(t, 200, far, "pairs beyond the radius")
}

// What a picture is part of is not in its cluster; what is the same picture otherwise laid is.
func TestGroupByViews(t *testing.T) {
	r := testkit.Rand(t)
	a, b := randomHash(r, PDQ, 0), randomHash(r, PDQ, 0)
	seen := func(v View, h Hash) PictureHash { return PictureHash{Hash: h, View: v, Quality: QualityOf(100)} }
	fps := []*Fingerprint{
		picture(a, seen(Mirror, randomHash(r, PDQ, 0))),
		picture(randomHash(r, PDQ, 0), seen(Mirror, flipped(r, a, 9))),                            // mirrored
		picture(randomHash(r, PDQ, 0), seen("trim+rot90", flipped(r, a, 31))),                     // bordered and turned
		picture(randomHash(r, PDQ, 0), seen(Band, a), seen("half-left", a), seen("cell2", b)),     // a screenshot, a collage
		picture(randomHash(r, PDQ, 0), seen(Thumbnail, a), seen(Appended, a), seen("crop-25", a)), // another picture inside
		picture(b),
		picture(randomHash(r, PDQ, 0), seen(Trim, flipped(r, a, 32))),
	}
	got := grouped(t, fps, GroupOptions{})
	want := Cluster{Members: []ClusterMember{{View: Upright}, {1, 9, Mirror, false}, {2, 31, "trim+rot90", false}}}
	if len(got) != 5 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v", got)
	}
}

// Whatever frame a picture is in, its crops and copies are one cluster with it, and the picture represents them.
func TestGroupFindsTheMiddle(t *testing.T) {
	r := testkit.Rand(t)
	seen := func(v View, h Hash) PictureHash { return PictureHash{Hash: h, View: v, Quality: QualityOf(100)} }
	h, crop := randomHash(r, PDQ, 0), randomHash(r, PDQ, 0)
	original := picture(h, seen("crop-4.5", flipped(r, crop, 12)), seen(Mirror, randomHash(r, PDQ, 0)))
	var fps []*Fingerprint
	for range 40 { // the frames come first and are all alike: none of them is near the crops
		frame := randomHash(r, PDQ, 0)
		fps = append(fps, picture(flipped(r, frame, 3), seen(Trim, flipped(r, h, 2))), picture(flipped(r, frame, 3), seen(Trim, flipped(r, h, 2))))
	}
	fps = append(fps, picture(flipped(r, crop, 3)), picture(flipped(r, crop, 4)), original, picture(randomHash(r, PDQ, 0)))
	got := grouped(t, fps, GroupOptions{})
	if len(got) != 2 || len(got[0].Members) != 83 || got[0].Representative != 82 {
		t.Errorf("%d clusters, the first of %d files and represented by %d", len(got), len(got[0].Members), got[0].Representative)
	}
}

// A picture too plain upright is near what a view of it meets; where none does, that says nothing.
func TestGroupOfPlainPictures(t *testing.T) {
	r := testkit.Rand(t)
	h := randomHash(r, PDQ, 0)
	plain := func(v View, h Hash) *Fingerprint {
		return &Fingerprint{Hashes: []PictureHash{upright(randomHash(r, PDQ, 0), 49), {Hash: h, View: v, Quality: QualityOf(50)}}}
	}
	viewed := &Fingerprint{Hashes: []PictureHash{{Hash: randomHash(r, PDQ, 0), View: Trim, Quality: QualityOf(50)}}}
	fps := []*Fingerprint{picture(h), plain(Trim, flipped(r, h, 5)), plain(Trim, randomHash(r, PDQ, 0)), viewed}
	want := []Cluster{
		{Representative: 0, Members: []ClusterMember{{Position: 0, View: Upright}, {Position: 1, Distance: 5, View: Trim}}},
		{Representative: 2, Members: []ClusterMember{{Position: 2}}, Reason: ReasonQuality},
		{Representative: 3, Members: []ClusterMember{{Position: 3}}, Reason: ReasonHashes},
	}
	if got := grouped(t, fps, GroupOptions{}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestWholeViews(t *testing.T) {
	is := map[View]bool{
		Upright: true, Rot90: true, Transverse: true, Trim: true, "trim+mirror": true, "crop-4.5": true, "crop-8.3+mirror": true,
		"crop-top-10": true, "pad-2.7": true, "pad-left-11.1": true, "pad-0-11.1-11.1-0+rot90": true, "turn-left-2": true,
		"turn-right-2.5-zoomed+flip": true, "pad-12.5": true,
		"crop-14.2": false, "pad-21.4": false, "pad-sides-25": false, "pad-0-25-0-0": false, "band": false, "band+mirror": false,
		"cell": false, "cell2+flip": false, "aspect-1x1": false, "half-left": false, Thumbnail: false, Appended: false,
		"appended2": false, "": false, "crop": false, "something": false, "crop-NaN": false, "crop-Inf": false,
	}
	for v, want := range is {
		if v.whole() != want {
			t.Errorf("%q: %v", v, !want)
		}
	}
	for _, v := range Orientations() {
		if !v.whole() {
			t.Errorf("%q is not whole", v)
		}
	}
	testkit.AtLeast(t, 30, len(is), "views")
}

// Files of one SHA-256 stay together when decoding failed for some of them.
func TestGroupOfEqualFiles(t *testing.T) {
	r := testkit.Rand(t)
	same, h := []Hash{randomHash(r, SHA256, 0)}, randomHash(r, PDQ, 0)
	failed := &Fingerprint{Digests: same}
	fps := []*Fingerprint{failed, {Digests: []Hash{randomHash(r, SHA256, 0)}}, picture(h), failed, {Digests: same, Hashes: []PictureHash{upright(h, 100)}}, failed}
	clusters := grouped(t, fps, GroupOptions{})
	if len(clusters) != 2 || len(clusters[0].Members) != 5 || clusters[0].Representative != 2 || clusters[0].Reason != "" || clusters[1].Reason != ReasonHashes {
		t.Errorf("got %+v", clusters)
	}
	if clusters = grouped(t, []*Fingerprint{failed, failed}, GroupOptions{}); len(clusters) != 1 || clusters[0].Reason != ReasonHashes {
		t.Errorf("got %+v", clusters)
	}
}

func TestGroupRefuses(t *testing.T) {
	for _, opts := range []GroupOptions{{Radius: 257}, {Diameter: 257}, {Diameter: -1}, {Radius: 31, Diameter: 30}} {
		if _, err := Group(context.Background(), slices.Values([]*Fingerprint(nil)), opts); !errors.Is(err, ErrLimit) {
			t.Errorf("%+v: %v", opts, err)
		}
	}
	if _, err := Group(context.Background(), slices.Values([]*Fingerprint{{}, nil}), GroupOptions{}); !errors.Is(err, ErrFormat) {
		t.Errorf("a nil fingerprint: %v", err)
	}
	if clusters := grouped(t, nil, GroupOptions{}); len(clusters) != 0 {
		t.Errorf("of nothing: %+v", clusters)
	}
	var many Fingerprint
	for i := range tagGraphic {
		many.Hashes = append(many.Hashes, PictureHash{Hash: Hash{kind: PDQ}, View: View(fmt.Sprintf("crop-top-1.%d", i))})
	}
	if _, err := Group(context.Background(), slices.Values([]*Fingerprint{&many}), GroupOptions{}); !errors.Is(err, ErrLimit) {
		t.Errorf("too many views: %v", err)
	}
}

func TestGroupStopsWithItsContext(t *testing.T) {
	fps := album(testkit.Rand(t), 100)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	cancel(why)
	for _, n := range []int{0, 1, 100} {
		if _, err := Group(ctx, slices.Values(fps[:n]), GroupOptions{}); !errors.Is(err, why) {
			t.Errorf("%d files: got %v", n, err)
		}
	}
}
