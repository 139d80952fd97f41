package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/report"
)

// print writes an explanation for people.
func (x *explanation) print(w io.Writer) error {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, file := range []struct {
		name string
		rec  *hashmatch.Record
	}{{"A", &x.A}, {"B", &x.B}} {
		fmt.Fprintf(t, "%s\t%s\t%s\n", file.name, report.Visible(file.rec.Path), described(&file.rec.Fingerprint))
	}
	t.Flush()
	if x.SameFile {
		fmt.Fprintln(&b, "Both names lead to one file.")
	}
	fmt.Fprintf(&b, "\n%s%s.\n", strings.ToUpper(x.Says[:1]), x.Says[1:])
	if agree := x.agreeing(); len(agree) > 0 && x.Verdict != nearSecond {
		fmt.Fprintf(&b, "Second hashes that agree: %s.\n", strings.Join(agree, ", "))
	}
	for _, line := range x.Notes {
		fmt.Fprintf(&b, "Note: %s.\n", report.Visible(line))
	}
	x.printKinds(t)
	if x.Verdict != sameBytes { // of one and the same picture they say nothing
		x.printViews(t)
	}
	t.Flush()
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// described says in a few words what a file is.
func described(fp *hashmatch.Fingerprint) string {
	text := fmt.Sprintf("%d bytes", fp.Size)
	if fp.Width > 0 {
		text = fmt.Sprintf("%dx%d, %s", fp.Width, fp.Height, text)
	}
	if fp.Media() {
		text = fp.Format + " " + text
	}
	if q, ok := fp.Quality().Value(); ok {
		text += fmt.Sprintf(", quality %d", q)
	}
	if fp.Graphic() {
		text += ", looks drawn"
	}
	return text
}

// agreeing returns the 64-bit kinds of the upright pictures that are within their radius.
func (x *explanation) agreeing() (kinds []string) {
	for _, k := range x.Kinds {
		if k.Kind != hashmatch.PDQ && k.Within != nil && *k.Within {
			kinds = append(kinds, k.Kind.String())
		}
	}
	return kinds
}

func (x *explanation) printKinds(w io.Writer) {
	if len(x.Kinds) > 0 {
		fmt.Fprintf(w, "\nKIND\tA TO B\tRADIUS\t\n")
	}
	for _, k := range x.Kinds {
		switch {
		case k.Equal != nil && *k.Equal:
			fmt.Fprintf(w, "%s\tequal\t\t\n", k.Kind)
		case k.Equal != nil:
			fmt.Fprintf(w, "%s\tdiffer\t\t\n", k.Kind)
		default:
			within := "too plain to count"
			if k.Within != nil {
				within = map[bool]string{true: "within", false: "beyond"}[*k.Within]
			}
			fmt.Fprintf(w, "%s\t%d of %d\t%d\t%s\n", k.Kind, *k.Distance, k.Bits, *k.Radius, within)
		}
	}
}

// viewsShown is how many views of a file are shown to people.
const viewsShown = 8

func (x *explanation) printViews(w io.Writer) {
	for _, of := range []string{"a", "b"} {
		views := slices.DeleteFunc(slices.Clone(x.Views), func(v viewBeside) bool { return v.Of != of || v.Kind != hashmatch.PDQ })
		if len(views) == 0 {
			continue
		}
		this, other := strings.ToUpper(of), map[string]string{"a": "B", "b": "A"}[of]
		fmt.Fprintf(w, "\nVIEW OF %s\tPDQ TO %s\tQUALITY\t\n", this, other)
		for _, v := range views[:min(len(views), viewsShown)] {
			quality, note := "unknown", ""
			if v.Quality != nil {
				quality = fmt.Sprint(*v.Quality)
			}
			if v.Low {
				note = "too plain to count"
			}
			fmt.Fprintf(w, "%s\t%d of 256\t%s\t%s\n", v.View, v.Distance, quality, note)
		}
		if more := len(views) - viewsShown; more > 0 {
			fmt.Fprintf(w, "and %d more, farther off (--json lists them)\n", more)
		}
	}
}

// printVisibleJSON writes v as indented JSON that a terminal shows as it is, whatever names it holds.
func printVisibleJSON(w io.Writer, v any) error {
	line, err := report.Line(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, line, "", "  "); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}
