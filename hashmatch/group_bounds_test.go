package hashmatch

import (
	"context"
	"testing"

	"github.com/hashmatch/engine/index"
	"github.com/hashmatch/engine/internal/testkit"
)

// counting counts the look-ups.
type counting struct {
	groupIndex
	lookUps, hits *int
}

func (c counting) WithinBatch(qs [][4]uint64, radius int, yield func(int, []index.Hit) bool) {
	c.groupIndex.WithinBatch(qs, radius, func(q int, hits []index.Hit) bool {
		*c.lookUps++
		*c.hits += len(hits)
		return yield(q, hits)
	})
}

// Many files that are alike cost a few look-ups, whether their hashes are equal or not.
func TestGroupOfMuchThatIsAlike(t *testing.T) {
	r := testkit.Rand(t)
	n := 100_000
	if testing.Short() || testkit.Race {
		n = 10_000
	}
	scene := randomHash(r, PDQ, 0)
	for name, flips := range map[string]int{"equal": 0, "frames": 8} {
		fps := make([]*Fingerprint, n)
		for i := range fps {
			h := scene
			for range flips {
				bit := r.IntN(256)
				h.b[bit/8] ^= 1 << (bit % 8)
			}
			fps[i] = picture(h)
		}
		lookUps, hits := 0, 0
		clusters := groupBy(t, fps, GroupOptions{}, func(in groupIndex) groupIndex { return counting{in, &lookUps, &hits} })
		if len(clusters) != 1 || lookUps > firstLookUps+mostScouts || hits > lookUps*n {
			t.Errorf("%s: %d clusters after %d look-ups with %d hits", name, len(clusters), lookUps, hits)
		}
	}
}

// Where scene follows scene, few frames are looked up in vain.
func TestGroupOfSceneAfterScene(t *testing.T) {
	r := testkit.Rand(t)
	const scenes, frames = 50, 200
	var fps []*Fingerprint
	for range scenes {
		scene := randomHash(r, PDQ, 0)
		for range frames {
			fps = append(fps, picture(flipped(r, scene, 8)))
		}
	}
	lookUps, hits := 0, 0
	clusters := groupBy(t, fps, GroupOptions{}, func(in groupIndex) groupIndex { return counting{in, &lookUps, &hits} })
	if len(clusters) != scenes || lookUps > firstLookUps+(5+mostScouts)*scenes {
		t.Errorf("%d clusters of %d scenes after %d look-ups with %d hits", len(clusters), scenes, lookUps, hits)
	}
}

// Joins end when they have compared as many pairs as they may, and keep apart what is left.
func TestGroupJoinsWithinBounds(t *testing.T) {
	r := testkit.Rand(t)
	fps := album(r, 200)
	free := len(grouped(t, fps, GroupOptions{}))
	for _, left := range []int{0, 5} {
		g := newGrouping(GroupOptions{Radius: 31, Diameter: 62, Quality: 50})
		for _, fp := range fps {
			if err := g.add(fp); err != nil {
				t.Fatal(err)
			}
		}
		order := g.order()
		if err := g.stars(context.Background(), order, g.index(order)); err != nil {
			t.Fatal(err)
		}
		stars := len(g.clusters())
		g.left = left
		if err := g.join(context.Background()); err != nil {
			t.Fatal(err)
		}
		clusters := g.clusters()
		accounted(t, clusters, len(fps))
		if joined := stars - len(clusters); joined < 0 || joined > left || g.left < 0 || left > 0 && g.left == left || free >= stars {
			t.Errorf("with %d pairs to compare %d of %d stars are joined, and %d pairs left; with many %d", left, joined, stars, g.left, stars-free)
		}
	}
}
