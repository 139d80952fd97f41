package gallery

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/hashmatch/engine/bench/quality/internal/battery"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// Forms of one scene have one name, and scenes that only share a word have two.
func TestPlainName(t *testing.T) {
	same := [][]string{
		{"adwaita-d.webp", "adwaita-l.webp"},
		{"abstract/Elephants.jpg", "abstract/Elephants_3840x2160.jpg", "abstract/Elephants_5640x3172.jpg"},
		{"desktop/Ubuntu-Mate-Cold-no-logo.png", "desktop/Ubuntu-Mate-Dark-no-logo.png", "desktop/Ubuntu-Mate-Radioactive-no-logo.png"},
		{"waves-logo.png", "waves-purple-logo.jpg"},
		{"shapes/stars/star_26pt05step.png", "shapes/stars/star_67pt20step.png"},
		{"transportation/vehicles/hummer_02.png", "transportation/vehicles/hummer_11.png"},
	}
	names := map[string]bool{}
	n := 0
	for _, files := range same {
		for _, f := range files {
			if plainName(f) != plainName(files[0]) {
				t.Errorf("%s is %s, %s is %s", f, plainName(f), files[0], plainName(files[0]))
			}
			n++
		}
		names[plainName(files[0])] = true
	}
	testkit.AtLeast(t, 14, n, "names")
	if len(names) != len(same) {
		t.Errorf("%d scenes have %d names: %v", len(same), len(names), names)
	}
}

// A scene's phase depends on its name alone and never changes: what was judged by stays apart from what was built with.
func TestPhases(t *testing.T) {
	var got string
	count := map[battery.Phase]int{}
	for _, s := range Landscapes(0, 400) {
		count[s.Phase()]++
		got += fmt.Sprint(int(s.Phase()))
	}
	testkit.AtLeast(t, 150, count[battery.Development], "scenes for development")
	testkit.AtLeast(t, 150, count[battery.Validation], "scenes for validation")
	if first := "11000001001"; got[:len(first)] != first {
		t.Errorf("the first scenes are of the phases %s, they were %s", got[:len(first)], first)
	}
}

// Scenes can be decoded, have another name each, and their pictures are of a size to be sent.
func TestScenes(t *testing.T) {
	installed, found, digest, err := Installed()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Missing != "" {
			t.Logf("skipped: %s", f.Missing)
		}
	}
	taken := 0
	for _, s := range installed {
		if photographs.MatchString(s.Name) {
			taken++
		}
	}
	if !slices.ContainsFunc(found, func(f Found) bool { return f.Missing != "" }) {
		testkit.AtLeast(t, 30, taken, "scenes that are photographs")
	}
	if len(found) != len(sources) || len(digest) != 64 {
		t.Errorf("of %d sources %d are told of, digest %q", len(sources), len(found), digest)
	}
	all := slices.Concat(Landscapes(0, 6), Drawings(0, 4), Small(0, 3))
	for i := 0; i < len(installed) && !testing.Short() && !testkit.Race; i += 1 + len(installed)/12 {
		all = append(all, installed[i])
	}
	names := map[string]bool{}
	pictures := 0
	for _, s := range all {
		list, err := s.Pictures()
		if err != nil {
			t.Error(err)
		}
		for _, p := range list {
			if names[p.Name] {
				t.Errorf("two pictures are called %s", p.Name)
			}
			names[p.Name] = true
			if w, h := p.Pixels.Rect.Dx(), p.Pixels.Rect.Dy(); max(w, h) > 800 || min(w, h) < 40 || p.Pixels.Rect.Min != (image.Point{}) || !p.Pixels.Opaque() {
				t.Errorf("%s is %v, opaque: %v", p.Name, p.Pixels.Rect, p.Pixels.Opaque())
			}
			pictures++
		}
	}
	testkit.AtLeast(t, 13, pictures, "pictures")
}

// A large picture is cut into parts that do not overlap and leave nothing out.
func TestCut(t *testing.T) {
	m := synth.Picture(synth.Landscape, 1, 2*partWidth+100, 2*partHeight)
	list := cut("x", m, Photo)
	if len(list) != 5 || list[0].Name != "x" || list[4].Name != "x#4" || list[0].Group != Photo {
		t.Errorf("%d pictures, the last %q", len(list), list[len(list)-1].Name)
	}
	if n := len(cut("x", synth.Picture(synth.Landscape, 1, partWidth, partHeight), Photo)); n != 1 {
		t.Errorf("a small picture gives %d", n)
	}
}

// Synthetic photographs and blank pictures are what their number says.
func TestPictures(t *testing.T) {
	n := 0
	for i := range uint64(9) {
		a, b := Photograph(i, 240, 180), Photograph(i, 240, 180)
		if !slices.Equal(a.Pix, b.Pix) || a.Rect != image.Rect(0, 0, 240, 180) || !a.Opaque() {
			t.Errorf("photograph %d is not what it was, or has the bounds %v", i, a.Rect)
		}
		n++
	}
	for i := range 24 {
		m := Blank(i, 100, 80)
		if !slices.Equal(m.Pix, Blank(i, 100, 80).Pix) || !m.Opaque() {
			t.Errorf("blank %d is not what it was", i)
		}
		if black := m.RGBAAt(0, 0) == (color.RGBA{0, 0, 0, 255}); black != Framed(i) {
			t.Errorf("blank %d has a frame: %v", i, black)
		}
		n++
	}
	testkit.AtLeast(t, 33, n, "pictures")
}
