package report

import (
	"fmt"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// chart is a drawing in a tenth of a CSS pixel, chartWidth wide: whole numbers, so that every machine draws the same.
// Colours and letters are the style sheet's.
type chart struct {
	Name   string // of its parts' ids
	Title  string
	Desc   string // the same in words, for those who do not see it
	Height int
	Bars   []chartBar
	Texts  []chartText
}

type chartBar struct {
	X, Y, Width, Height int
	Class               string
	Title               string // shown when pointed at
}

type chartText struct {
	X, Y  int
	Class string // "start", "end" or "middle": which part of the text stands at X
	Text  string
}

const (
	chartWidth  = 4000
	leastBar    = 20 // a count that is not 0 is seen
	labelsEnd   = 1080
	barsStart   = 1160
	longestBar  = 1900
	rowHeight   = 260
	barHeight   = 160
	plotHeight  = 900
	plotStart   = 40
	plotWidth   = chartWidth - 2*plotStart
	mostColumns = 64 // of one histogram; more distances share columns
)

// amount is a labelled number.
type amount struct {
	Label string
	N     int64
	Class string // of its bar
}

// rows draws amounts as bars one below the other, with the numbers beside them, and returns them in words.
func (c *chart) rows(amounts []amount) string {
	most := int64(1)
	for _, a := range amounts {
		most = max(most, a.N)
	}
	words := make([]string, len(amounts))
	for i, a := range amounts {
		words[i] = fmt.Sprintf("%s %s", a.Label, grouped(a.N))
		text := c.Height + barHeight - 30 // the base line
		width := 0
		if a.N > 0 {
			width = max(leastBar, int(a.N*longestBar/most))
			c.Bars = append(c.Bars, chartBar{barsStart, c.Height, width, barHeight, a.Class, words[i]})
		}
		c.Texts = append(c.Texts, chartText{labelsEnd, text, "end", a.Label}, chartText{barsStart + width + 60, text, "start", grouped(a.N)})
		c.Height += rowHeight
	}
	return strings.Join(words, ", ")
}

// histogram draws how many matches of one kind have which distance; counts is indexed by distance.
func (c *chart) histogram(k hashmatch.Kind, counts []int64) {
	share := (len(counts) + mostColumns - 1) / mostColumns // distances of one column
	columns := make([]int64, (len(counts)+share-1)/share)
	for d, n := range counts {
		columns[d/share] += n
	}
	most := int64(1)
	for _, n := range columns {
		most = max(most, n)
	}
	c.Height += 200
	c.Texts = append(c.Texts,
		chartText{plotStart, c.Height, "start", fmt.Sprintf("%s by distance", k)},
		chartText{chartWidth - plotStart, c.Height, "end", "highest bar " + grouped(most)})
	c.Height += 120
	base := c.Height + plotHeight
	for i, n := range columns {
		if n == 0 {
			continue
		}
		x, end := plotStart+i*plotWidth/len(columns), plotStart+(i+1)*plotWidth/len(columns)
		height := max(leastBar, int(n*plotHeight/most))
		c.Bars = append(c.Bars, chartBar{x + 8, base - height, end - x - 16, height, "near",
			fmt.Sprintf("distance %s: %s", span(i*share, min((i+1)*share, len(counts))-1), grouped(n))})
	}
	c.Bars = append(c.Bars, chartBar{plotStart, base, plotWidth, 10, "axis", ""})
	c.Height = base + 160
	tick := func(column int) {
		x := plotStart + (2*column+1)*plotWidth/(2*len(columns))
		c.Texts = append(c.Texts, chartText{x, c.Height, "middle", span(column*share, min((column+1)*share, len(counts))-1)})
	}
	tick(0)
	if len(columns) > 8 {
		tick(len(columns) / 2)
	}
	if len(columns) > 1 {
		tick(len(columns) - 1)
	}
	c.Height += 120
}

// span writes a range of distances.
func span(from, to int) string {
	if from == to {
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d–%d", from, to)
}

// grouped writes n with a comma between every three digits.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// outcomesChart shows how many files had which outcome.
func outcomesChart(t *hashmatch.Tally) *chart {
	c := &chart{Name: "outcomes", Title: "Files by outcome"}
	var amounts []amount
	for _, o := range hashmatch.Outcomes() {
		if n := t.By[o]; n > 0 {
			amounts = append(amounts, amount{o.String(), n, outcomeClass(o)})
		}
	}
	c.Desc = "A bar for each outcome: " + c.rows(amounts) + "."
	if len(amounts) == 0 {
		c.Desc = "No file was seen."
	}
	return c
}

// outcomeClass is the colour of an outcome: a lead, nothing found, or nothing said.
func outcomeClass(o hashmatch.Outcome) string {
	switch {
	case o == hashmatch.Matched:
		return "lead"
	case o.Examined():
		return "plain"
	}
	return "unsaid"
}

// distances counts the listed matches of each kind by distance.
type distances map[hashmatch.Kind][]int64

func (d distances) add(m *hashmatch.Match) {
	if d[m.Kind] == nil {
		d[m.Kind] = make([]int64, m.Kind.Bits()+1)
	}
	d[m.Kind][m.Distance]++
}

// total returns the number of matches of kind k.
func (d distances) total(k hashmatch.Kind) (n int64) {
	for _, c := range d[k] {
		n += c
	}
	return n
}

// kinds returns the kinds that were searched or matched.
func (d distances) kinds(searches []hashmatch.Search) (kinds []hashmatch.Kind) {
	reach := radii(searches)
	for _, k := range hashmatch.Kinds() {
		if _, searched := reach[k]; searched || d[k] != nil {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// radii returns the largest radius with which each kind was searched.
func radii(searches []hashmatch.Search) map[hashmatch.Kind]int {
	reach := map[hashmatch.Kind]int{}
	for _, s := range searches {
		reach[s.Kind] = max(reach[s.Kind], s.Radius)
	}
	return reach
}

// label names a kind; digests only find exact copies.
func label(k hashmatch.Kind) string {
	if k.Digest() {
		return k.String() + " (exact)"
	}
	return k.String()
}

// chart shows a bar for each kind, and below them, for each perceptual kind that matched, how far its matches were: up to
// the radius, so that one sees how near to the limit they come.
func (d distances) chart(searches []hashmatch.Search) *chart {
	c := &chart{Name: "distances", Title: "Matches by kind and distance"}
	kinds := d.kinds(searches)
	var amounts []amount
	for _, k := range kinds {
		class := "near"
		if k.Digest() {
			class = "lead"
		}
		amounts = append(amounts, amount{label(k), d.total(k), class})
	}
	c.Desc = "A bar for each kind of hash: " + c.rows(amounts) + "."
	if len(amounts) == 0 {
		c.Desc = "No set was searched."
	}
	reach := radii(searches)
	for _, k := range kinds {
		if !k.Perceptual() || d.total(k) == 0 {
			continue
		}
		last := reach[k]
		for distance, n := range d[k] {
			if n > 0 {
				last = max(last, distance)
			}
		}
		c.histogram(k, d[k][:last+1])
		c.Desc += fmt.Sprintf(" Matches of %s by distance: %s.", k, d.words(k))
	}
	return c
}

// words lists the distances of a kind with their number of matches.
func (d distances) words(k hashmatch.Kind) string {
	var parts []string
	for distance, n := range d[k] {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d × %s", distance, grouped(n)))
		}
	}
	return strings.Join(parts, ", ")
}
