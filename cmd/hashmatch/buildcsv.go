package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch/exchange"
)

// tableFlags say what the columns of a table are.
type tableFlags struct {
	columns, separator, preset, origin string
}

func (t *tableFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.columns, "csv-map", "", "columns of a table by name, or by number from 1, as in md5=MD5,category=Kategorie")
	f.StringVar(&t.separator, "csv-sep", "", "what separates a table's cells: one character, or tab; without it, it is found")
	f.StringVar(&t.preset, "csv-preset", "", "whose table it is ("+presetList()+"), or a FILE that says what its columns are")
	f.StringVar(&t.origin, "origin", "", "program that made what an INPUT only calls ahash, dhash or phash: goimagehash or imagehash (Python's)")
}

func presetList() string {
	var names []string
	for _, p := range exchange.Presets() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// options adds what the flags say to o. They are checked before any input is read.
func (t *tableFlags) options(o *exchange.Options) (err error) {
	if t.columns != "" {
		if o.Columns, err = exchange.ParseColumns(t.columns); err != nil {
			return usagef("--csv-map: %v", err)
		}
	}
	if t.preset != "" {
		if o.Preset, err = presetNamed(t.preset); err != nil {
			return usagef("--csv-preset: %v", err)
		}
	}
	if t.separator != "" {
		text := t.separator
		if text == "tab" || text == `\t` {
			text = "\t"
		}
		r, n := utf8.DecodeRuneInString(text)
		if n != len(text) {
			return usagef("--csv-sep %q: one character, or tab", t.separator)
		}
		o.Separator = r
	}
	if t.origin != "" {
		if o.Origin, err = exchange.ParseOrigin(t.origin); err != nil {
			return usagef("--origin: %v", err)
		}
	}
	if table := "csv"; t.columns+t.preset != "" && o.Format != "" && o.Format != table {
		return usagef("--csv-map and --csv-preset are about tables, and --format says %s", o.Format)
	}
	if err := o.CheckTable(); err != nil {
		return usagef("--csv-map, --csv-preset, --csv-sep: %v", err)
	}
	return nil
}

// maxPreset is the most bytes of a preset's file.
const maxPreset = 1 << 20

// presetNamed returns a built-in preset, or the one in the file of that name.
func presetNamed(name string) (*exchange.Preset, error) {
	p, unknown := exchange.PresetNamed(name)
	if unknown == nil {
		return p, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w, and there is no file %s", unknown, name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPreset+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPreset {
		return nil, fmt.Errorf("%s is more than 1 MiB long", name)
	}
	return exchange.ParsePreset(data)
}
