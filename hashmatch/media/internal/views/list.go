package views

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media/internal/pdq"
	"github.com/hashmatch/engine/hashmatch/media/internal/plane"
)

// variant is a part of every picture, or an extension or turn of it.
type variant struct {
	names        [8]hashmatch.View // by orientation
	window       [4]int            // left, top, right, bottom in thousandths of the sides
	hidden       [4]int            // what is not looked at of either side, likewise from there inwards
	turn         *turn             // in place of a window
	clean        *patches          // in place of a window: without what lies over the picture
	curve        curve             // in place of a window: with other tones
	aspect       [2]int            // in place of a window: the largest part in the middle that has these proportions
	around       bool              // and if so, the smallest extension instead
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

// cornerPads undo crops that took so much of both axes, anywhere.
func cornerPads(all, steps int) (list []variant) {
	for i := range steps + 1 {
		for j := range steps + 1 {
			x, y := all*i/steps, all*j/steps
			if 2*x != all || 2*y != all { // that is one of pads
				list = append(list, pad(fmt.Sprintf("%s-%s-%s-%s", percent(x), percent(y), percent(all-x), percent(all-y)), x, y, all-x, all-y))
			}
		}
	}
	return list
}

// hide leaves so much of each side to the imagination, in thousandths: bars and lines of text lie there.
func hide(name string, left, top, right, bottom int) variant {
	return variant{names: namesOf(hashmatch.View("hide-" + name)), window: [4]int{0, 0, 1000, 1000}, hidden: [4]int{left, top, right, bottom}, invents: true}
}

// cleaned is the picture without what lies over it: the likely, and the possible.
func cleaned(name hashmatch.View, p patches) variant {
	return variant{names: namesOf(name), clean: &p, invents: true}
}

// toned undoes changes of tone.
func toned() []variant {
	return []variant{{names: namesOf("tone-lighter"), curve: lighter}, {names: namesOf("tone-darker"), curve: darker}}
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

// turns are by their degrees, and what they are zoomed out or in by: in percent of a side, at each side.
var turns = map[string]turn{
	"1":          {1144, 65526, 0},
	"2":          {2287, 65496, 0},
	"3.5":        {4001, 65414, 0},
	"5":          {5712, 65287, 0},
	"7":          {7987, 65048, 0},
	"10":         {11380, 64540, 0},
	"1-out-1.4":  {1144, 65526, 14},
	"2-out-2.6":  {2287, 65496, 26},
	"3-out-3.9":  {3430, 65446, 39},
	"4-out-5.2":  {4572, 65376, 52},
	"5-out-6.5":  {5712, 65287, 65},
	"7-out-9":    {7987, 65048, 90},
	"1.5-out-3":  {1715, 65514, 30},
	"1-in-2":     {1144, 65526, -20},
	"1.5-in-4.5": {1715, 65514, -45},
	"2-in-8.3":   {2287, 65496, -83},
	"2-out-5":    {2287, 65496, 50},
}

// aspects are the largest parts in the middle that have usual proportions, and the smallest extensions: somebody cut a
// picture to those that it has now.
func aspects() (list []variant) {
	for _, a := range [][2]int{{9, 16}, {2, 3}, {3, 4}, {1, 1}, {4, 3}, {3, 2}, {16, 9}} {
		list = append(list, variant{names: namesOf(hashmatch.View(fmt.Sprintf("aspect-%dx%d", a[0], a[1]))), aspect: a},
			variant{names: namesOf(hashmatch.View(fmt.Sprintf("aspect-pad-%dx%d", a[0], a[1]))), aspect: a, around: true, invents: true})
	}
	return list
}

// halves are those of collages whose seam is not to be seen, and of such with so much between the pictures, in thousandths.
func halves(suffix string, between int) []variant {
	first, second := 500-between/2, 500+between/2
	return parts(suffix, map[string][4]int{
		"half-left": {0, 0, first, 1000}, "half-right": {second, 0, 1000, 1000}, "half-top": {0, 0, 1000, first}, "half-bottom": {0, second, 1000, 1000},
	})
}

func quarters(suffix string, between int) []variant {
	first, second := 500-between/2, 500+between/2
	return parts(suffix, map[string][4]int{
		"quarter-top-left": {0, 0, first, first}, "quarter-top-right": {second, 0, 1000, first},
		"quarter-bottom-left": {0, second, first, 1000}, "quarter-bottom-right": {second, second, 1000, 1000},
	})
}

func parts(suffix string, windows map[string][4]int) (list []variant) {
	for _, name := range slices.Sorted(maps.Keys(windows)) {
		list = append(list, variant{names: namesOf(hashmatch.View(name + suffix)), window: windows[name]})
	}
	return list
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
	oriented(andMirror, crops(45, 83), pads(27, 56, 90, 125), sidePads(111), halves("", 0), []variant{clean, hide("bottom-15", 0, 0, 0, 150)}),
	oriented(uprightOnly, pads(13), sidePads(53), turned(turns, "2", "5", "1.5-out-3", "1.5-in-4.5", "2-out-2.6"), toned())...,
)

// full are those of thorough scans.
var full = append(
	oriented(allEight, crops(20, 45, 83, 142), pads(27, 56, 125)),
	oriented(andMirror, pads(13, 20, 35, 45, 70, 90, 105, 150, 180, 214, 250, 320),
		sidePads(25, 53, 80, 111, 150, 190, 250), axisPads(25, 53, 100, 150, 200, 250, 330, 440), cornerPads(111, 3), cornerPads(250, 2), aspects(), halves("", 0), quarters("", 0), halves("-2", 20), quarters("-2", 20),
		[]variant{
			crop("top-10", 0, 100, 0, 0), crop("top-15", 0, 150, 0, 0), crop("bottom-10", 0, 0, 0, 100), crop("bottom-15", 0, 0, 0, 150),
			hide("bottom-15", 0, 0, 0, 150), hide("bottom-22", 0, 0, 0, 220), hide("top-15", 0, 150, 0, 0), hide("ends-13", 0, 130, 0, 130), clean, cleaner, cleanest,
		},
		toned(), turned(turns, "1", "2", "3.5", "5", "7", "10", "1-out-1.4", "2-out-2.6", "3-out-3.9", "4-out-5.2", "5-out-6.5", "7-out-9", "1.5-out-3", "1.5-in-4.5", "1-in-2", "2-in-8.3", "2-out-5"),
	)...,
)

var (
	clean    = cleaned("clean", patches{tone: 1, reach: 3})
	cleaner  = cleaned("clean2", patches{tone: 2, reach: 2})
	cleanest = cleaned("clean3", patches{tone: 1.5, reach: 3})
)

// Of a part that was found, as of a whole picture.
var (
	lightOfParts = oriented(andMirror, pads(27))
	fullOfParts  = oriented(andMirror, crops(10, 20), pads(13, 27, 40, 56, 90), sidePads(53), turned(turns, "1", "2", "1.5-out-3", "2-out-2.6"), []variant{clean})
)

// area is the variant's part of a part of a picture; it has none if that has these proportions already, or if the variant
// would be too small to say anything.
func (v *variant) area(of pdq.Area) (a pdq.Area, ok bool) {
	width, height := of.Across.To-of.Across.From, of.Down.To-of.Down.From
	left, top, right, bottom := v.window[0], v.window[1], v.window[2], v.window[3]
	if v.aspect[0] > 0 {
		if left, top, right, bottom, ok = inside(width, height, v.aspect, v.around); !ok {
			return a, false
		}
	}
	h := &v.hidden
	a.Across = windowOf(of.Across, left, right, h[0], h[2])
	a.Down = windowOf(of.Down, top, bottom, h[1], h[3])
	return a, largeEnough(a)
}

// windowOf returns the part of a side of a part of a picture. Nothing is known beyond the part, nor of what is hidden of it.
func windowOf(of plane.Window, from, to, first, last int) plane.Window {
	n := of.To - of.From
	return plane.Window{From: of.From + scaled(from, n), To: of.From + scaled(to, n), Low: of.From + scaled(first, n), High: of.To - scaled(last, n)}
}

// largeEnough reports whether a part has enough pixels to say anything.
func largeEnough(a pdq.Area) bool {
	return shorter(a) >= leastPixels
}

// leastPixels is the shortest side of a part that is hashed.
const leastPixels = 32

// cuts reports whether a variant shows a part and nothing else. Where the whole has no detail such a part, which nobody
// found, has none but the edges of a frame.
func (v *variant) cuts() bool { return !v.invents && v.curve == 0 }

// scaled returns thousandths of a side in pixels, rounded; also those that are outside, which are below zero.
func scaled(thousandths, side int) int {
	n := int64(thousandths)*int64(side) + 500
	if n < 0 {
		n -= 999 // down, as above zero
	}
	return int(n / 1000)
}

// inside returns the largest part in the middle that has other proportions, or the smallest one around, in thousandths.
func inside(width, height int, aspect [2]int, around bool) (left, top, right, bottom int, ok bool) {
	w, h := int64(width)*int64(aspect[1]), int64(height)*int64(aspect[0])
	switch {
	case w > h+h/32 && !around:
		margin := int(500 - 500*h/w)
		return margin, 0, 1000 - margin, 1000, true
	case h > w+w/32 && !around:
		margin := int(500 - 500*w/h)
		return 0, margin, 1000, 1000 - margin, true
	case w > h+h/32 && w < 2*h:
		margin := int(500*w/h - 500)
		return 0, -margin, 1000, 1000 + margin, true
	case h > w+w/32 && h < 2*w:
		margin := int(500*h/w - 500)
		return -margin, 0, 1000 + margin, 1000, true
	}
	return 0, 0, 0, 0, false
}
