package report

import (
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// inside checks that a chart draws nothing beyond its edges.
func inside(t *testing.T, c *chart) {
	t.Helper()
	for _, b := range c.Bars {
		if b.X < 0 || b.Y < 0 || b.Width <= 0 || b.Height <= 0 || b.X+b.Width > chartWidth || b.Y+b.Height > c.Height {
			t.Errorf("%s: bar %+v in a chart of %d by %d", c.Name, b, chartWidth, c.Height)
		}
	}
	for _, m := range c.Texts {
		if m.X < 0 || m.X > chartWidth || m.Y < 0 || m.Y > c.Height {
			t.Errorf("%s: text %+v in a chart of %d by %d", c.Name, m, chartWidth, c.Height)
		}
	}
}

func TestOutcomesChart(t *testing.T) {
	var tally hashmatch.Tally
	tally.Seen, tally.By[hashmatch.Matched], tally.By[hashmatch.Corrupt], tally.By[hashmatch.Cleared] = 1_501_001, 500_500, 1, 1_000_500
	c := outcomesChart(&tally)
	inside(t, c)
	if len(c.Bars) != 3 || c.Bars[2].Width != longestBar || c.Bars[1].Width != leastBar {
		t.Fatalf("bars %+v", c.Bars)
	}
	if got, want := c.Bars[0].Width, int(500_500*longestBar/1_000_500); got != want {
		t.Errorf("the bar of matched files is %d long, not %d", got, want)
	}
	if want := "matched 500,500, corrupt 1, clear 1,000,500"; !strings.Contains(c.Desc, want) {
		t.Errorf("%q does not say %q", c.Desc, want)
	}
	inside(t, outcomesChart(&hashmatch.Tally{}))
}

func TestDistancesChart(t *testing.T) {
	d := distances{}
	add := func(k hashmatch.Kind, distance, n int) {
		for range n {
			d.add(&hashmatch.Match{Kind: k, Distance: distance})
		}
	}
	add(hashmatch.MD5, 0, 40)
	add(hashmatch.PDQ, 0, 10)
	add(hashmatch.PDQ, 31, 5)
	searches := []hashmatch.Search{{Kind: hashmatch.PDQ, Radius: 31}, {Kind: hashmatch.PDQ, Radius: 20}, {Kind: hashmatch.PHash, Radius: 3}}
	c := d.chart(searches)
	inside(t, c)
	// Three kinds, of which phash has no bar; then two distances and the line below them.
	if len(c.Bars) != 5 {
		t.Fatalf("bars %+v", c.Bars)
	}
	if near, far := c.Bars[2], c.Bars[3]; near.Height != plotHeight || far.Height != plotHeight/2 || near.Title != "distance 0: 10" || far.Title != "distance 31: 5" ||
		near.X != plotStart+8 || far.X+far.Width != plotStart+plotWidth-8 {
		t.Errorf("bars of distances %+v %+v", near, far)
	}
	if want := "md5 (exact) 40, pdq 15, phash 0. Matches of pdq by distance: 0 × 10, 31 × 5."; !strings.Contains(c.Desc, want) {
		t.Errorf("%q does not say %q", c.Desc, want)
	}
	inside(t, distances{}.chart(nil))
}

// However far matches are, each is in exactly one column, and there are not too many columns.
func TestHistogramColumns(t *testing.T) {
	n := 0
	for last := range 257 {
		counts := make([]int64, last+1)
		for i := range counts {
			counts[i] = 1
		}
		c := &chart{Name: "histogram"}
		c.histogram(hashmatch.PDQ, counts)
		inside(t, c)
		columns := c.Bars[:len(c.Bars)-1]
		if len(columns) > mostColumns || last < mostColumns && len(columns) != last+1 {
			t.Errorf("distances to %d stand in %d columns", last, len(columns))
		}
		for i := 1; i < len(columns); i++ {
			if columns[i-1].X+columns[i-1].Width >= columns[i].X {
				t.Errorf("distances to %d: column %d covers the next", last, i-1)
			}
		}
		n++
	}
	testkit.AtLeast(t, 257, n, "histograms")
	c := &chart{}
	c.histogram(hashmatch.PDQ, make([]int64, 257))
	if got := c.Texts[len(c.Texts)-1].Text; got != "255–256" {
		t.Errorf("the last column is labelled %s", got)
	}
}

func TestGrouped(t *testing.T) {
	cases := map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567", -1: "-1", -123456: "-123,456"}
	for n, want := range cases {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	testkit.AtLeast(t, 8, len(cases), "numbers")
}
