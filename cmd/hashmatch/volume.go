package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth"
)

// The make-up of the demo's volume, in files. Everything is benign and made from seeds.
const (
	originals   = 60 // known pictures; some of them are nowhere on the volume
	exactCopies = 40
	nearCopies  = 40
	hardCopies  = 3 // of each edit that is found by a view or not at all
	unrelated   = 1500
	textFiles   = 450
	noiseFiles  = 60
	emptyFiles  = 10
)

// aim is what a planted file is there to show.
type aim int

const (
	bystander aim = iota // no copy of anything known
	exactCopy            // the bytes of an original
	nearCopy             // an edit that must be found
	viewCopy             // an edit that a view must find
	hardCopy             // an edit that a scan may miss
)

// plant is a file of the volume whose outcome is known beforehand.
type plant struct {
	path     string // below the volume
	aim      aim
	original string            // name of the known file that it is a copy of
	edit     string            // of all copies but exact ones
	outcome  hashmatch.Outcome // of bystanders with something wrong; 0 for none
}

// volume is a made-up drive and the known files that go with it.
type volume struct {
	drive, known string // folders
	plants       map[string]plant
	missing      []string // what this system or user cannot make
	jobs         []func() error
}

// makeVolume writes the known files to dir/known and the drive to dir/volume.
func makeVolume(ctx context.Context, dir string) (*volume, error) {
	v := &volume{drive: filepath.Join(dir, "volume"), known: filepath.Join(dir, "known"), plants: map[string]plant{}}
	v.planOriginals()
	v.planCopies()
	v.planBystanders()
	v.planDamage()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, job := range v.jobs {
		g.Go(func() error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			return job()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return v, v.makeOddities()
}

// format goes through the formats that can be encoded.
func format(i int) string { return synth.Formats()[i%len(synth.Formats())] }

// extension is a format's usual one.
func extension(format string) string {
	switch format {
	case "jpeg":
		return ".jpg"
	case "tiff":
		return ".tif"
	}
	return "." + format
}

func originalName(i int) string { return fmt.Sprintf("original-%02d%s", i, extension(format(i))) }

// picture makes a picture, edited if that is asked for, as a file of a format.
func picture(style synth.Style, seed uint64, w, h int, format string, edits ...synth.Edit) []byte {
	m := synth.Picture(style, seed, w, h)
	for _, e := range edits {
		m = e.Apply(m)
	}
	var b bytes.Buffer
	if err := synth.Encode(&b, m, format); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// original makes the i-th known picture, edited if that is asked for.
func original(i int, format string, edits ...synth.Edit) []byte {
	return picture(synth.Landscape, uint64(1000+i), 320, 240, format, edits...)
}

// write plans a file; content makes its bytes.
func (v *volume) write(folder, name string, content func() []byte) {
	full := filepath.Join(folder, filepath.FromSlash(name))
	v.jobs = append(v.jobs, func() error {
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		return os.WriteFile(full, content(), 0o644)
	})
}

// add plans a file of the drive.
func (v *volume) add(p plant, content func() []byte) {
	v.plants[p.path] = p
	v.write(v.drive, p.path, content)
}

func (v *volume) planOriginals() {
	for i := range originals {
		v.write(v.known, originalName(i), func() []byte { return original(i, format(i)) })
	}
	for _, w := range synth.WebP()[:2] {
		v.write(v.known, w.Name, func() []byte { return w.Data })
	}
}

// planCopies plans copies of the originals: to the byte under other names, edited, and edited beyond what PDQ finds.
func (v *volume) planCopies() {
	for i := range exactCopies {
		name := fmt.Sprintf("DCIM/%dCAM/IMG_%04d%s", 100+i%7, 5000+i, extension(format(i)))
		if i%8 == 0 {
			name = fmt.Sprintf("Users/alex/Downloads/file%02d.txt", i) // the content tells, not the name
		}
		v.add(plant{path: name, aim: exactCopy, original: originalName(i)}, func() []byte {
			return original(i, format(i))
		})
	}
	for i, w := range synth.WebP()[:2] {
		v.add(plant{path: fmt.Sprintf("Users/alex/Downloads/sticker%d.webp", i), aim: exactCopy, original: w.Name}, func() []byte { return w.Data })
	}
	near, hard := 0, 0
	for _, e := range synth.Edits() {
		for range nearCopies/8 + 1 {
			if e.Near && near < nearCopies {
				i := originals - 1 - near
				v.addEdited(fmt.Sprintf("Users/alex/Pictures/Saved/%s-%02d", e.Name, near), nearCopy, i, e)
				near++
			}
		}
		for range hardCopies {
			if e.Near {
				continue
			}
			a := hardCopy
			if e.View {
				a = viewCopy
			}
			v.addEdited(fmt.Sprintf("Users/alex/Pictures/Edited/%s-%02d", e.Name, hard), a, hard%originals, e)
			hard++
		}
	}
}

func (v *volume) addEdited(name string, a aim, i int, e synth.Edit) {
	f := format(i + 1)
	v.add(plant{path: name + extension(f), aim: a, original: originalName(i), edit: e.Name}, func() []byte {
		return original(i, f, e)
	})
}

func (v *volume) planBystanders() {
	styles := []synth.Style{synth.Landscape, synth.Landscape, synth.Landscape, synth.Shapes, synth.Text}
	for i := range unrelated {
		f := format(i)
		w := 160 + 20*(i%8)
		name := fmt.Sprintf("DCIM/%dCAM/IMG_%04d%s", 100+i%12, i, extension(f))
		if i%4 == 3 {
			name = fmt.Sprintf("Users/alex/Pictures/%d/%02d/pic%04d%s", 2015+i%10, 1+i%12, i, extension(f))
		}
		v.add(plant{path: name}, func() []byte {
			return picture(styles[i%len(styles)], uint64(50_000+i), w, w*3/4, f)
		})
	}
	for i, w := range synth.WebP()[2:] {
		v.add(plant{path: fmt.Sprintf("Users/alex/Downloads/web%d.webp", i)}, func() []byte { return w.Data })
	}
	for i := range textFiles {
		v.add(plant{path: fmt.Sprintf("Users/alex/Documents/%c/note%03d.txt", 'a'+rune(i%26), i)}, func() []byte {
			return synth.Words(uint64(i), 500+37*(i%100))
		})
	}
	for i := range noiseFiles {
		v.add(plant{path: fmt.Sprintf("System/cache/%02d/%03d.bin", i%16, i)}, func() []byte { return synth.Noise(uint64(i), 20_000) })
	}
	for i := range emptyFiles {
		v.add(plant{path: fmt.Sprintf("System/cache/empty%d", i)}, func() []byte { return nil })
	}
}

// planDamage plans files that cannot be examined in full, each with the outcome that says so.
func (v *volume) planDamage() {
	photo := func() []byte { return picture(synth.Landscape, 77, 320, 240, "jpeg") }
	v.add(plant{path: "Damaged/truncated.jpg", outcome: hashmatch.Partial}, func() []byte {
		data := photo()
		return data[:len(data)*2/3]
	})
	v.add(plant{path: "Damaged/claims-60000x60000.gif", outcome: hashmatch.TooLarge}, func() []byte {
		side := string(binary.LittleEndian.AppendUint16(nil, 60_000))
		return []byte("GIF89a" + side + side + "\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00" + side + side + "\x00\x02\x02\x4c\x01\x00;")
	})
	v.add(plant{path: "Damaged/one-colour.png", outcome: hashmatch.Unhashable}, func() []byte {
		return picture(synth.Flat, 1, 320, 240, "png")
	})
	v.add(plant{path: "Damaged/clip.mp4", outcome: hashmatch.Unsupported}, func() []byte {
		return append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"), synth.Noise(3, 5000)...)
	})
}

// makeOddities adds what only some systems and users can make. What cannot be made is noted, not passed over.
func (v *volume) makeOddities() error {
	if err := os.MkdirAll(filepath.Join(v.drive, "Odd"), 0o755); err != nil {
		return err
	}
	odd := "Odd/not-utf8-\xff\xfe.txt"
	if runtime.GOOS != "linux" { // others refuse or rewrite such a name
		v.missing = append(v.missing, "a name that is not UTF-8 ("+runtime.GOOS+" has none)")
	} else if err := os.WriteFile(filepath.Join(v.drive, odd), []byte("just text\n"), 0o644); err != nil {
		v.missing = append(v.missing, "a name that is not UTF-8 (this file system has none)")
	} else {
		v.oddity(plant{path: odd})
	}
	link := "Odd/link-to-nowhere"
	err := os.Symlink("nowhere", filepath.Join(v.drive, link))
	if _, there := os.Lstat(filepath.Join(v.drive, link)); err != nil || there != nil {
		v.missing = append(v.missing, "a symbolic link (not permitted here)")
	} else {
		v.oddity(plant{path: link, outcome: hashmatch.NotRegular})
	}
	fifo := "Odd/fifo"
	if err := makeFIFO(filepath.Join(v.drive, fifo)); err != nil {
		v.missing = append(v.missing, "a FIFO ("+err.Error()+")")
	} else {
		v.oddity(plant{path: fifo, outcome: hashmatch.NotRegular})
	}
	return v.makeUnreadable()
}

func (v *volume) oddity(p plant) {
	v.plants[p.path] = p
}

func (v *volume) makeUnreadable() error {
	name := "Odd/unreadable.jpg"
	full := filepath.Join(v.drive, filepath.FromSlash(name))
	if err := os.WriteFile(full, []byte("nobody may read this"), 0o000); err != nil {
		return err
	}
	f, err := os.Open(full)
	if errors.Is(err, os.ErrPermission) {
		v.oddity(plant{path: name, outcome: hashmatch.Denied})
		return nil
	}
	if err == nil {
		f.Close()
	}
	v.missing = append(v.missing, "an unreadable file (this user may read everything)")
	return os.Remove(full)
}

// originalOf returns the name of the known file that a set's entry was made from.
func originalOf(set *hashmatch.Set, number uint32) string {
	for _, name := range set.Entry(number).Names {
		return path.Base(strings.ReplaceAll(name, `\`, "/"))
	}
	return ""
}
