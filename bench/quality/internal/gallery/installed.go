package gallery

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	_ "golang.org/x/image/webp"
)

// source is where a package keeps its pictures.
type source struct {
	name   string // Debian's
	folder string
	skip   *regexp.Regexp // paths below the folder that are no pictures in their own right
	one    int            // take one scene in so many, chosen by name
	scene  func(path string) string
}

var sources = []source{
	{"plasma-workspace-wallpapers", "/usr/share/wallpapers", regexp.MustCompile(`screenshot|^Next/`), 1, func(p string) string { return strings.SplitN(p, "/", 2)[0] }},
	{"mate-backgrounds", "/usr/share/backgrounds/mate", nil, 1, plainName},
	{"gnome-backgrounds", "/usr/share/backgrounds/gnome", nil, 1, plainName},
	{"lxqt-themes", "/usr/share/lxqt/wallpapers", nil, 1, plainName},
	// Thousands of drawings; of those of a theme or a series, which vary one idea, few are enough.
	{"openclipart-png", "/usr/share/openclipart/png", nil, 6, plainName},
}

// aside are words in the names of files that tell forms of one scene apart: sizes, colours, numbers.
var aside = regexp.MustCompile(`^(\d*|\d+x\d+|[a-z]|dark|light|bright|cold|warm|radioactive|purple|green|blue|red|yellow|orange|black|white|gray|grey|pink|brown|logo|no|ganson|small|big|large|left|right|up|down|on|off)$`)

var between = regexp.MustCompile(`[^a-z0-9]+`)
var numbers = regexp.MustCompile(`\d+`)

// sameScene names scenes that show the same thing under two names, as one sees by looking at them.
var sameScene = map[string]string{
	"lxqt-themes/lxqt-origami":      "lxqt-themes/origami",
	"lxqt-themes/simple-widescreen": "lxqt-themes/waves",
}

// photographs are the scenes that were taken and not drawn, as one sees by looking at them: no property of the pixels
// tells a soft photograph from a drawing with soft shades for sure. What a later version of a package adds counts as
// drawn until somebody has looked.
var photographs = regexp.MustCompile(`^(plasma-workspace-wallpapers/(Autumn|BytheWater|ColdRipple|ColorfulCups|DarkestHour|EveningGlow|FallenLeaf|Grey|Kite|OneStandsOut|Path|summer_1am)` +
	`|mate-backgrounds/(abstract/elephants|nature/(aqua|blinds|dune|freshflower|garden|greenmeadow|ladybird|raindrops|storm|twowings|wood|yellowflower))` +
	`|lxqt-themes/(after-the-rain|appleflower|beam|butterfly|butterfly-kenneth-wimer|cloud|drop|flowers|fog|this-is-not-windows|valendas))$`)

// plainName returns what is left of a file's path when everything is off that tells forms of one scene apart.
func plainName(p string) string {
	dir, file := path.Split(p)
	var words []string
	for _, w := range between.Split(strings.ToLower(strings.TrimSuffix(file, path.Ext(file))), -1) {
		w = numbers.ReplaceAllString(w, "")
		if !aside.MatchString(w) {
			words = append(words, w)
		}
	}
	return dir + strings.Join(words, "-")
}

// Found says what there is of a source.
type Found struct {
	Source  string
	Scenes  int
	Files   int    // the files of those scenes; of each scene the largest is taken
	Missing string // what to do to have it; "" when it is there
}

// Installed returns the scenes of all packages that are there, what was found, and a digest of the names and sizes of
// all files that were taken.
func Installed() (scenes []Scene, found []Found, digest string, err error) {
	sum := sha256.New()
	for _, s := range sources {
		files, err := s.files()
		if err != nil {
			return nil, nil, "", err
		}
		f := Found{Source: s.name}
		if len(files) == 0 {
			f.Missing = fmt.Sprintf("apt-get install %s (nothing in %s)", s.name, s.folder)
		}
		for _, name := range sortedKeys(files) {
			best := slices.MaxFunc(files[name], func(a, b file) int { return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.path, b.path)) })
			fmt.Fprintf(sum, "%s %s %d\n", s.name, best.path, best.size)
			f.Scenes++
			f.Files += len(files[name])
			scenes = append(scenes, s.open(name, best))
		}
		found = append(found, f)
	}
	return scenes, found, fmt.Sprintf("%x", sum.Sum(nil)), nil
}

func sortedKeys(m map[string][]file) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// file is a picture's file by its path below the folder.
type file struct {
	path string
	size int64
}

// files returns the files of each scene. Links lead to files that are there anyway.
func (s *source) files() (map[string][]file, error) {
	scenes := map[string][]file{}
	err := filepath.WalkDir(s.folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return filepath.SkipAll
			}
			return err
		}
		rel, err := filepath.Rel(s.folder, p)
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch strings.ToLower(path.Ext(rel)) {
		case ".jpg", ".jpeg", ".png", ".webp":
		default:
			return nil
		}
		if s.skip != nil && s.skip.MatchString(rel) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name := s.name + "/" + s.scene(rel)
		if same, ok := sameScene[name]; ok {
			name = same
		}
		if Stable("sample "+name)%uint64(s.one) == 0 {
			scenes[name] = append(scenes[name], file{rel, info.Size()})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gallery: %w", err)
	}
	return scenes, nil
}

// open returns the scene of a file.
func (s *source) open(name string, f file) Scene {
	return Scene{name, s.name, func() ([]Picture, error) {
		in, err := os.Open(filepath.Join(s.folder, filepath.FromSlash(f.path)))
		if err != nil {
			return nil, fmt.Errorf("gallery: %w", err)
		}
		defer in.Close()
		m, _, err := image.Decode(in)
		if err != nil {
			return nil, fmt.Errorf("gallery: %s of %s: %w", f.path, s.name, err)
		}
		if b := m.Bounds(); b.Dx() < leastWidth || b.Dy() < leastHeight {
			return nil, nil // icons
		}
		group := Graphic
		if photographs.MatchString(name) {
			group = Photo
		}
		return cut(name, opaque(m), group), nil
	}}
}
