// Package battery edits pictures as people and programs do before they pass them on: it saves, resizes, colours, crops,
// frames and turns them, and takes screenshots of them. It holds two lists of the same families of edits, one to look at
// while something is built and one to judge it by: no parameter of the one is in the other.
//
// The same edit of the same picture with the same seed gives the same pixels. Some of the arithmetic is in floating
// point, whose last bit may differ between processors; a hash may then differ by a bit now and then.
package battery

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Class is a group of edits that do the same kind of thing to a picture.
type Class uint8

// The classes, in the order of tables.
const (
	Compress Class = iota
	Resize
	Colour
	Tone
	Filter
	Overlay
	Crop
	Border   // frames, bars, screenshots, collages: the picture is a part of another
	Rotate   // turned by a few degrees, sheared, seen from an angle
	Mirror   // and turned by right angles
	Combined // several of the others
	classEnd
)

var classNames = [classEnd]string{"compress", "resize", "colour", "tone", "filter", "overlay", "crop", "border", "rotate", "mirror", "combined"}

// String returns the class's name in lower case.
func (c Class) String() string {
	if c >= classEnd {
		return fmt.Sprintf("Class(%d)", uint8(c))
	}
	return classNames[c]
}

// Classes returns every class, in the order of tables.
func Classes() []Class {
	all := make([]Class, classEnd)
	for i := range all {
		all[i] = Class(i)
	}
	return all
}

// Phase says what edits and pictures are for.
type Phase uint8

const (
	Development Phase = iota // to look at while something is built
	Validation               // to judge by; frozen, and not looked at before
)

// Phases returns both phases, the one that judges first.
func Phases() []Phase { return []Phase{Validation, Development} }

// String returns "development" or "validation".
func (p Phase) String() string { return [...]string{"development", "validation"}[p] }

// Edit is one alteration of a picture, with its parameters.
type Edit struct {
	Class Class
	Phase Phase
	Name  string // the family and its parameters: "crop-5"; unique in both phases together, and never changed
	Says  string // what is done, for people
	// Family and Step tell which edit of the other phase does the same with other parameters.
	Family string
	Step   int

	args args
	edit func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA
	save func(a args) save
}

// args are the parameters of an edit.
type args []float64

// save says how the edited picture becomes a file.
type save struct {
	format  string // jpeg, png or gif
	quality int    // of a jpeg
}

// usual is the quality of a JPEG where nothing else is said: that of cameras and programs, in both phases another.
var usual = [...]int{Development: 88, Validation: 82}

// family is a row of the table: one edit for each set of parameters.
type family struct {
	class Class
	name  string
	says  string // with a verb for each parameter
	dev   []args
	val   []args
	edit  func(m *image.RGBA, a args, r *rand.Rand) *image.RGBA
	save  func(a args) save // nil: a JPEG of the phase's usual quality
}

// Edits returns the edits of a phase, class by class.
func Edits(p Phase) []Edit {
	var all []Edit
	for _, f := range families() {
		list := f.dev
		if p == Validation {
			list = f.val
		}
		for i, a := range list {
			e := Edit{Class: f.class, Phase: p, Family: f.name, Step: i, args: a, edit: f.edit, save: f.save}
			e.Name, e.Says = name(f.name, a), sentence(f.says, a)
			if e.save == nil {
				e.save = func(args) save { return save{"jpeg", usual[p]} }
			}
			all = append(all, e)
		}
	}
	return all
}

func name(family string, a args) string {
	var b strings.Builder
	b.WriteString(family)
	for i, v := range a {
		b.WriteByte("-,"[min(i, 1)])
		b.WriteString(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return b.String()
}

func sentence(says string, a args) string {
	values := make([]any, strings.Count(says, "%g"))
	for i := range values {
		values[i] = a[i]
	}
	return fmt.Sprintf(says, values...)
}

// Apply returns the edited picture. It neither changes nor keeps m, whose corner must be the origin. What is left to
// chance (noise, places, what else is on a screen) follows from the seed, the edit and the name of the picture.
func (e *Edit) Apply(m *image.RGBA, picture string, seed uint64) *image.RGBA {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s", e.Name, picture)
	return e.edit(m, e.args, rand.New(rand.NewPCG(seed, h.Sum64())))
}

// File returns the edited picture as a file.
func (e *Edit) File(m *image.RGBA, picture string, seed uint64) ([]byte, error) {
	var out bytes.Buffer
	edited, s := e.Apply(m, picture, seed), e.save(e.args)
	var err error
	switch s.format {
	case "png":
		c := png.Encoder{CompressionLevel: png.BestSpeed}
		err = c.Encode(&out, edited)
	case "gif":
		err = gif.Encode(&out, edited, nil)
	default:
		err = jpeg.Encode(&out, edited, &jpeg.Options{Quality: s.quality})
	}
	if err != nil {
		return nil, fmt.Errorf("battery: %s of %s: %w", e.Name, picture, err)
	}
	return out.Bytes(), nil
}
