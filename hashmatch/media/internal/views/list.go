package views

import (
	"fmt"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// variant is a part of every picture, or an extension or turn of it.
type variant struct {
	names        [8]hashmatch.View // by orientation
	window       [4]int            // left, top, right, bottom in thousandths of the sides
	turn         *turn             // in place of a window
	aspect       [2]int            // in place of a window: the largest part in the middle that has these proportions
	orientations pdq.Orientations  // in which it is hashed
	invents      bool              // it shows what is not in the picture, which is no good for drawings
}

const (
	uprightOnly pdq.Orientations = 1 << pdq.Upright
	andMirror   pdq.Orientations = 1<<pdq.Upright | 1<<pdq.Mirror
	allEight                     = pdq.AllOrientations
)

// namesOf returns the names of a view in all orientations.
func namesOf(v hashmatch.View) (names [8]hashmatch.View) {
	for i, o := range hashmatch.Orientations() {
		names[i] = v.Turned(o)
	}
	return names
}

// crop takes so much off each side, in thousandths.
func crop(name string, left, top, right, bottom int) variant {
	return variant{names: namesOf(hashmatch.View("crop-" + name)), window: [4]int{left, top, 1000 - right, 1000 - bottom}}
}

// pad adds so much at each side, in thousandths: it undoes a crop.
func pad(name string, left, top, right, bottom int) variant {
	return variant{names: namesOf(hashmatch.View("pad-" + name)), window: [4]int{-left, -top, 1000 + right, 1000 + bottom}, invents: true}
}

// percent writes thousandths as percent.
func percent(thousandths int) string { return fmt.Sprint(float64(thousandths) / 10) }

func crops(each ...int) (list []variant) {
	for _, n := range each {
		list = append(list, crop(percent(n), n, n, n, n))
	}
	return list
}

func pads(each ...int) (list []variant) {
	for _, n := range each {
		list = append(list, pad(percent(n), n, n, n, n))
	}
	return list
}

// sidePads undo crops of one side.
func sidePads(each ...int) (list []variant) {
	for _, n := range each {
		list = append(list, pad("left-"+percent(n), n, 0, 0, 0), pad("right-"+percent(n), 0, 0, n, 0),
			pad("top-"+percent(n), 0, n, 0, 0), pad("bottom-"+percent(n), 0, 0, 0, n))
	}
	return list
}

// axisPads undo crops of two opposite sides.
func axisPads(each ...int) (list []variant) {
	for _, n := range each {
		list = append(list, pad("sides-"+percent(n), n, 0, n, 0), pad("ends-"+percent(n), 0, n, 0, n))
	}
	return list
}

// cornerPads undo crops that took a tenth of both axes, but not evenly.
func cornerPads() (list []variant) {
	const all, some = 111, 56
	for _, x := range []int{0, some, all} {
		for _, y := range []int{0, some, all} {
			if x != some || y != some {
				list = append(list, pad(fmt.Sprintf("%s-%s-%s-%s", percent(x), percent(y), percent(all-x), percent(all-y)), x, y, all-x, all-y))
			}
		}
	}
	return list
}

// turned are turns to either side.
func turned(turns map[string]turn, names ...string) (list []variant) {
	for _, n := range names {
		right := turns[n]
		left := right
		left.sine = -left.sine
		list = append(list, variant{names: namesOf(hashmatch.View("turn-left-" + n)), turn: &left, invents: true},
			variant{names: namesOf(hashmatch.View("turn-right-" + n)), turn: &right, invents: true})
	}
	return list
}

// turns are by their degrees, with what they are zoomed out by in percent.
var turns = map[string]turn{
	"1":          {1144, 65526, 0},
	"2":          {2287, 65496, 0},
	"2.5":        {2859, 65474, 0},
	"3.5":        {4001, 65414, 0},
	"5":          {5712, 65287, 0},
	"7":          {7987, 65048, 0},
	"10":         {11380, 64540, 0},
	"2.5-zoomed": {2859, 65474, 33},
	"5-zoomed":   {5712, 65287, 65},
}

// aspects are the largest parts in the middle that have usual proportions.
func aspects() (list []variant) {
	for _, a := range [][2]int{{9, 16}, {2, 3}, {3, 4}, {1, 1}, {4, 3}, {3, 2}, {16, 9}} {
		list = append(list, variant{names: namesOf(hashmatch.View(fmt.Sprintf("aspect-%dx%d", a[0], a[1]))), aspect: a})
	}
	return list
}

// halves are those of collages whose seam is not to be seen.
func halves() []variant {
	return []variant{
		{names: namesOf("half-left"), window: [4]int{0, 0, 500, 1000}}, {names: namesOf("half-right"), window: [4]int{500, 0, 1000, 1000}},
		{names: namesOf("half-top"), window: [4]int{0, 0, 1000, 500}}, {names: namesOf("half-bottom"), window: [4]int{0, 500, 1000, 1000}},
	}
}

func quarters() []variant {
	return []variant{
		{names: namesOf("quarter-top-left"), window: [4]int{0, 0, 500, 500}}, {names: namesOf("quarter-top-right"), window: [4]int{500, 0, 1000, 500}},
		{names: namesOf("quarter-bottom-left"), window: [4]int{0, 500, 500, 1000}}, {names: namesOf("quarter-bottom-right"), window: [4]int{500, 500, 1000, 1000}},
	}
}

// oriented sets in which orientations variants are hashed.
func oriented(orientations pdq.Orientations, lists ...[]variant) (all []variant) {
	for _, list := range lists {
		for _, v := range list {
			v.orientations = orientations
			all = append(all, v)
		}
	}
	return all
}

// light are the variants of everyday scans, beside the parts that are found in a picture.
var light = append(
	oriented(andMirror, crops(45, 83), pads(27, 56, 125), sidePads(111), halves()),
	oriented(uprightOnly, sidePads(53), turned(turns, "2", "5"))...,
)

// full are those of thorough scans.
var full = oriented(allEight,
	crops(20, 45, 83, 142), pads(13, 27, 56, 90, 125, 214), sidePads(53, 111, 250), axisPads(100, 250),
	[]variant{crop("top-10", 0, 100, 0, 0), crop("top-15", 0, 150, 0, 0), crop("bottom-10", 0, 0, 0, 100), crop("bottom-15", 0, 0, 0, 150)},
	aspects(), cornerPads(), halves(), quarters(), turned(turns, "1", "2", "3.5", "5", "7", "10", "2.5-zoomed", "5-zoomed"),
)

// area is the variant's part of a picture; it has none if the picture has these proportions already, or if the part
// would be too small to say anything.
func (v *variant) area(width, height int) (a pdq.Area, ok bool) {
	left, top, right, bottom := v.window[0], v.window[1], v.window[2], v.window[3]
	if v.aspect[0] > 0 {
		if left, top, right, bottom, ok = inside(width, height, v.aspect); !ok {
			return a, false
		}
	}
	a.Across = plane.Window{From: scaled(left, width), To: scaled(right, width)}
	a.Down = plane.Window{From: scaled(top, height), To: scaled(bottom, height)}
	return a, largeEnough(a)
}

// largeEnough reports whether a part has enough pixels to say anything.
func largeEnough(a pdq.Area) bool {
	return a.Across.To-a.Across.From >= leastPixels && a.Down.To-a.Down.From >= leastPixels
}

// leastPixels is the shortest side of a part that is hashed.
const leastPixels = 32

// scaled returns thousandths of a side in pixels, rounded.
func scaled(thousandths, side int) int { return int((int64(thousandths)*int64(side) + 500) / 1000) }

// inside returns the largest part in the middle that has other proportions, in thousandths.
func inside(width, height int, aspect [2]int) (left, top, right, bottom int, ok bool) {
	w, h := int64(width)*int64(aspect[1]), int64(height)*int64(aspect[0])
	switch {
	case w > h+h/32:
		margin := int(500 - 500*h/w)
		return margin, 0, 1000 - margin, 1000, true
	case h > w+w/32:
		margin := int(500 - 500*w/h)
		return 0, margin, 1000, 1000 - margin, true
	}
	return 0, 0, 0, 0, false
}
