// Package house holds the walls between the rooms of doc/design.md as a test.
package house

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

const module = "github.com/hashmatch/engine/"

// room is what the files of one package may import: rooms of ours, modules of others, and which parts of the standard
// library they may not. To cross a wall, change the table in the same commit and say why.
type room struct {
	ours    []string
	others  []string
	without []string // standard library packages, each with all below it
}

// noWorld keeps a room to the memory it is given.
var noWorld = []string{"os", "time", "log", "net", "io/fs", "os/exec", "database", "image", "syscall"}

// noPictures keeps decoders and the network out.
var noPictures = []string{"image", "net", "database", "os/exec"}

var rooms = map[string]room{
	"index":                  {ours: []string{"index/internal/blocked", "index/internal/hamming", "index/internal/layout", "internal/cpu"}, others: []string{"github.com/bits-and-blooms/bloom/v3"}, without: noWorld},
	"index/internal/blocked": {ours: []string{"internal/cpu"}, without: noWorld},
	"index/internal/hamming": {ours: []string{"internal/cpu"}, without: noWorld},
	"index/internal/layout":  {without: noWorld},

	"hashmatch":                  {ours: []string{"index", "hashmatch/internal/mmap", "hashmatch/internal/setfile", "internal/atomicfile"}, without: noPictures},
	"hashmatch/internal/cell":    {without: noWorld},
	"hashmatch/internal/mmap":    {others: []string{"golang.org/x/sys"}, without: noPictures},
	"hashmatch/internal/setfile": {without: noWorld},
	"hashmatch/exchange":         {ours: []string{"hashmatch", "hashmatch/internal/cell"}, others: []string{"github.com/klauspost/compress"}, without: append([]string{"os"}, noPictures...)},
	"hashmatch/media": {
		ours: []string{"hashmatch", "hashmatch/media/internal/digest", "hashmatch/media/internal/imagehash", "hashmatch/media/internal/jpegluma",
			"hashmatch/media/internal/pdq", "hashmatch/media/internal/plane", "hashmatch/media/internal/pngluma", "hashmatch/media/internal/pyimagehash",
			"hashmatch/media/internal/raster", "hashmatch/media/internal/raster/bmp", "hashmatch/media/internal/raster/gif",
			"hashmatch/media/internal/raster/tiff", "hashmatch/media/internal/raster/webp", "hashmatch/media/internal/views"},
		others: []string{"golang.org/x/image", "golang.org/x/sync"}, without: []string{"os", "net", "database"},
	},
	"hashmatch/media/internal/digest":            {ours: []string{"hashmatch"}, without: noWorld},
	"hashmatch/media/internal/exif":              {without: noWorld},
	"hashmatch/media/internal/imagehash":         {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/imagehash/taps"}, without: []string{"os", "net", "database"}},
	"hashmatch/media/internal/imagehash/taps":    {ours: []string{"internal/cpu"}, without: noWorld},
	"hashmatch/media/internal/jpegluma":          {ours: []string{"internal/cpu", "hashmatch", "hashmatch/media/internal/exif", "hashmatch/media/internal/plane"}, without: noWorld},
	"hashmatch/media/internal/pdq":               {ours: []string{"internal/cpu", "hashmatch/media/internal/plane"}, without: noWorld},
	"hashmatch/media/internal/plane":             {ours: []string{"internal/cpu"}, without: noWorld},
	"hashmatch/media/internal/pngluma":           {ours: []string{"internal/cpu", "hashmatch", "hashmatch/media/internal/exif", "hashmatch/media/internal/plane", "hashmatch/media/internal/pngluma/inflate"}, without: noWorld},
	"hashmatch/media/internal/pngluma/inflate":   {without: noWorld},
	"hashmatch/media/internal/pyimagehash":       {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/imagehash/taps"}, others: []string{"golang.org/x/sys/cpu"}, without: noWorld},
	"hashmatch/media/internal/raster":            {ours: []string{"hashmatch", "hashmatch/media/internal/plane"}, without: []string{"os", "net", "database"}},
	"hashmatch/media/internal/raster/bmp":        {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/raster"}, without: noWorld},
	"hashmatch/media/internal/raster/gif":        {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/raster", "hashmatch/media/internal/raster/lzw"}, without: noWorld},
	"hashmatch/media/internal/raster/lzw":        {ours: []string{"hashmatch"}, without: noWorld},
	"hashmatch/media/internal/raster/rastertest": {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/raster"}, without: []string{"net", "database"}},
	"hashmatch/media/internal/raster/tiff":       {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/raster", "hashmatch/media/internal/raster/lzw"}, others: []string{"golang.org/x/image", "github.com/klauspost/compress"}, without: noWorld},
	"hashmatch/media/internal/raster/webp":       {ours: []string{"hashmatch", "hashmatch/media/internal/plane", "hashmatch/media/internal/raster"}, others: []string{"golang.org/x/image"}, without: []string{"os", "net", "database"}},
	"hashmatch/media/internal/views":             {ours: []string{"hashmatch", "hashmatch/media/internal/pdq", "hashmatch/media/internal/plane"}, without: noWorld},
	"hashmatch/scan":                             {ours: []string{"hashmatch"}, others: []string{"golang.org/x/sync"}, without: noPictures},
	"hashmatch/report":                           {ours: []string{"hashmatch", "hashmatch/internal/cell"}, without: append([]string{"os"}, noPictures...)},

	"internal/atomicfile":    {others: []string{"golang.org/x/sys"}, without: noPictures},
	"internal/cpu":           {others: []string{"golang.org/x/sys"}, without: noWorld},
	"internal/house":         {},
	"internal/synth":         {others: []string{"golang.org/x/image"}, without: []string{"os", "net", "database"}},
	"internal/synth/vicsdoc": {without: noWorld},
	"internal/testkit":       {others: []string{"golang.org/x/sys"}, without: noPictures},

	"bench":                          {},
	"bench/internal/dataset":         {without: noPictures},
	"bench/internal/limits":          {ours: []string{"internal/cpu"}, without: noPictures},
	"bench/internal/rival":           {ours: []string{"index", "bench/internal/dataset"}, others: []string{"github.com/bits-and-blooms/bloom/v3"}, without: noWorld},
	"bench/tables":                   {ours: []string{"bench/internal/dataset", "bench/internal/limits", "bench/internal/rival", "hashmatch", "hashmatch/media", "index", "internal/cpu", "internal/synth"}, others: []string{"github.com/bits-and-blooms/bloom/v3", "golang.org/x/sync"}, without: []string{"net", "database"}},
	"bench/quality":                  {ours: []string{"bench/quality/internal/battery", "bench/quality/internal/gallery", "bench/quality/internal/measure", "bench/quality/internal/plot", "hashmatch", "hashmatch/media", "hashmatch/scan"}, without: []string{"net", "database"}},
	"bench/quality/internal/battery": {ours: []string{"internal/synth"}, others: []string{"golang.org/x/image"}, without: []string{"os", "net", "database"}},
	"bench/quality/internal/gallery": {ours: []string{"bench/quality/internal/battery", "internal/synth"}, others: []string{"golang.org/x/image"}, without: []string{"net", "database"}},
	"bench/quality/internal/measure": {ours: []string{"bench/quality/internal/battery", "bench/quality/internal/gallery", "hashmatch", "hashmatch/media", "index"}, others: []string{"github.com/corona10/goimagehash", "golang.org/x/sync"}, without: []string{"os", "net", "database"}},
	"bench/quality/internal/plot":    {without: noWorld},
	"bench/peers":                    {ours: []string{"bench/internal/dataset"}, without: []string{"net", "database", "image"}},

	"cmd/heif":     {ours: []string{"hashmatch", "hashmatch/media"}, others: []string{"github.com/gen2brain/heic", "github.com/gen2brain/avif", "github.com/tetratelabs/wazero", "golang.org/x/sync", "golang.org/x/sys"}, without: []string{"net", "database"}},
	"cmd/sqlitein": {ours: []string{"hashmatch", "hashmatch/exchange"}, others: []string{"modernc.org/sqlite"}, without: []string{"net/http", "os/exec", "image"}},
	"cmd/isolate":  {ours: []string{"hashmatch", "hashmatch/media"}, others: []string{"golang.org/x/sys"}, without: []string{"net", "image", "database"}},
	"cmd/hashmatch": {
		ours:    []string{"cmd/heif", "cmd/isolate", "cmd/sqlitein", "hashmatch", "hashmatch/exchange", "hashmatch/media", "hashmatch/scan", "hashmatch/report", "internal/atomicfile", "internal/synth"},
		others:  []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/schollz/progressbar/v3", "golang.org/x/sync", "golang.org/x/term"},
		without: []string{"net", "image"},
	},
}

// anyTest is what every test may import.
var anyTest = []string{"go.uber.org/goleak", "github.com/rogpeppe/go-internal", "golang.org/x/image", "golang.org/x/sys", "github.com/corona10/goimagehash"}

// testRooms are the rooms of ours that every test may import.
var testRooms = []string{"internal/testkit", "internal/synth", "internal/synth/vicsdoc", "hashmatch/media/internal/raster/rastertest"}

// Every import of every file, whatever the system or processor it is for, stays within its room.
func TestWalls(t *testing.T) {
	seen := map[string]bool{}
	files := 0
	walkGo(t, func(file string) {
		files++
		dir := path.Dir(file)
		seen[dir] = true
		r, ok := rooms[dir]
		if !ok {
			t.Errorf("%s: package %s is not in the table of rooms", file, dir)
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", filepath.FromSlash(file)), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := r.forbids(dir, name, strings.HasSuffix(file, "_test.go")); why != "" {
				t.Errorf("%s imports %s: %s", file, name, why)
			}
		}
	})
	for dir := range rooms {
		if !seen[dir] {
			t.Errorf("the table has a room %s that is not there", dir)
		}
	}
	testkit.AtLeast(t, 60, files, "files")
}

// forbids returns why a file of the room may not import name; "" when it may.
func (r *room) forbids(dir, name string, test bool) string {
	if ours, ok := strings.CutPrefix(name, module); ok {
		switch {
		case ours == dir && test, slices.Contains(r.ours, ours):
			return ""
		case test && (slices.Contains(testRooms, ours) || dir == "bench"):
			return ""
		}
		return "a room that it does not see"
	}
	first, _, _ := strings.Cut(name, "/")
	if !strings.Contains(first, ".") {
		if test {
			return ""
		}
		for _, w := range r.without {
			if name == w || strings.HasPrefix(name, w+"/") {
				return "this room does without it"
			}
		}
		return ""
	}
	allowed := r.others
	if test {
		allowed = append(slices.Clone(allowed), anyTest...)
	}
	if test && dir == "bench" {
		return "" // rivals
	}
	for _, m := range allowed {
		if name == m || strings.HasPrefix(name, m+"/") {
			return ""
		}
	}
	return "a module that this room does not use"
}

// walkGo visits every Go file of the repository, by its path from the root.
func walkGo(t *testing.T, visit func(file string)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(name, ".go") {
			rel, err := filepath.Rel(root, p)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A vendor who imports the library gets a short list of modules.
func TestDirectRequirements(t *testing.T) {
	const most = 9
	testOnly := []string{"go.uber.org/goleak"}
	f, err := os.Open(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var direct []string
	in := false
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		switch {
		case line == "require (":
			in = true
		case line == ")":
			in = false
		case (in || strings.HasPrefix(line, "require ")) && !strings.Contains(line, "// indirect"):
			fields := strings.Fields(strings.TrimPrefix(line, "require "))
			if len(fields) > 0 && !slices.Contains(testOnly, fields[0]) {
				direct = append(direct, fields[0])
			}
		}
	}
	t.Logf("%d direct requirements: %s", len(direct), strings.Join(direct, " "))
	testkit.AtLeast(t, 3, len(direct), "requirements")
	if len(direct) > most {
		t.Errorf("%d direct requirements, at most %d", len(direct), most)
	}
}

// Files stay short enough to read at one sitting.
func TestFilesAreShort(t *testing.T) {
	const most = 500
	files := 0
	walkGo(t, func(file string) {
		files++
		data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n > most {
			t.Errorf("%s has %d lines, at most %d", file, n, most)
		}
	})
	testkit.AtLeast(t, 60, files, "files")
}
