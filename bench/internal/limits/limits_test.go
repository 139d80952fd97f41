package limits

import (
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// All words are read: a bit anywhere shows in the result, and none where there is none.
func TestRead(t *testing.T) {
	words := make([]uint64, 32*5)
	if read(words) != 0 {
		t.Error("zeros hold a bit")
	}
	for i := range words {
		words[i] = 1 << (i % 64)
		if got := read(words); got != words[i] || readGo(words) != words[i] {
			t.Errorf("word %d: read %x, in Go %x", i, got, readGo(words))
		}
		words[i] = 0
	}
}

// A figure that is off by orders of magnitude would make a percentage of nonsense.
func TestMeasure(t *testing.T) {
	m := Measure(make([]uint64, 1<<18))
	checked := 0
	for _, c := range []struct {
		name                 string
		got, least, greatest float64
	}{
		{"bytes a second", m.Read, 1e8, 1e12},
		{"words a second", m.Compare, 1e8, 1e12},
		{"seconds for a line", m.Line, 1e-11, 1e-5},
		{"seconds for a dependent line", m.Chain, 1e-10, 1e-4},
	} {
		checked++
		if c.got < c.least || c.got > c.greatest {
			t.Errorf("%s: %g", c.name, c.got)
		}
	}
	testkit.AtLeast(t, 4, checked, "figures")
	t.Logf("%+v", m)
	if b := m.Best(Machine{Path: "x", Read: 1, Line: 1e-12}); b.Read != m.Read || b.Line != 1e-12 || b.Path != m.Path {
		t.Errorf("the best of two is %+v", b)
	}
	if m.Path == "" || Measure(nil).Read != 0 {
		t.Error("no path, or something about no memory")
	}
}
