package exchange

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/hashmatch/engine/hashmatch"
)

// Preset says what the columns of one tool's table mean. Its JSON form is described in presets/README.md.
type Preset struct {
	Name        string            `json:"name"`
	About       string            `json:"about,omitempty"`
	Recognise   []string          `json:"recognise,omitempty"`
	Columns     map[string]string `json:"columns"` // field -> column
	Carry       []string          `json:"carry,omitempty"`
	None        []string          `json:"none,omitempty"`
	NoneCarried []string          `json:"none_carried,omitempty"`
	Separator   string            `json:"separator,omitempty"`
	Encoding    string            `json:"encoding,omitempty"`
	Origin      Origin            `json:"origin,omitempty"`
	Written     bool              `json:"written,omitempty"`
}

//go:embed presets/*.json
var presetFiles embed.FS

// presets are the built-in ones, by name.
var presets = sync.OnceValue(func() (list []*Preset) {
	files, err := presetFiles.ReadDir("presets")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		data, err := presetFiles.ReadFile(path.Join("presets", f.Name()))
		if err != nil {
			panic(err)
		}
		p, err := ParsePreset(data)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", f.Name(), err))
		}
		list = append(list, p)
	}
	return list
})

// Presets returns the built-in presets in the order of their names. They must not be changed.
func Presets() []*Preset { return slices.Clone(presets()) }

// PresetNamed returns the built-in preset of the given name.
func PresetNamed(name string) (*Preset, error) {
	for _, p := range presets() {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("exchange: %w: no preset is named %q (presets: %s)", hashmatch.ErrFormat, name, presetNames())
}

func presetNames() string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// ParsePreset reads a preset from its JSON form and checks it.
func ParsePreset(data []byte) (*Preset, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	p := &Preset{}
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("exchange: %w: preset: %w", hashmatch.ErrFormat, err)
	}
	if d.More() {
		return nil, fmt.Errorf("exchange: %w: preset: more follows its end", hashmatch.ErrFormat)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("exchange: %w: preset %q: %w", hashmatch.ErrFormat, p.Name, err)
	}
	return p, nil
}

func (p *Preset) check() error {
	switch {
	case p.Name == "":
		return fmt.Errorf("it has no name")
	case p.Encoding != "" && p.Encoding != "latin1":
		return fmt.Errorf("encoding %q (latin1, or none)", p.Encoding)
	}
	if p.Origin != "" {
		if _, err := ParseOrigin(string(p.Origin)); err != nil {
			return err
		}
	}
	if p.Separator != "" {
		if _, err := separator([]rune(p.Separator)); err != nil {
			return err
		}
	}
	return checkFields(p.Columns)
}

// CheckTable tells what is wrong with the options about tables, whatever the document.
func (o *Options) CheckTable() error {
	if err := o.checkTable(); err != nil {
		return fmt.Errorf("exchange: %w: %w", hashmatch.ErrFormat, err)
	}
	return nil
}

func (o *Options) checkTable() error {
	if o.Separator != 0 {
		if _, err := separator([]rune{o.Separator}); err != nil {
			return err
		}
	}
	if o.Preset == nil && o.Columns == nil {
		return nil
	}
	return checkFields(o.columns())
}

// columns is the mapping of the preset and what the user says besides.
func (o *Options) columns() map[string]string {
	all := map[string]string{}
	if o.Preset != nil {
		maps.Copy(all, o.Preset.Columns)
	}
	maps.Copy(all, o.Columns)
	return all
}

// checkFields tells what keeps a mapping from being one: a field that is none, or no hash at all.
func checkFields(columns map[string]string) error {
	hashes := 0
	for name := range columns {
		f, err := fieldNamed(name)
		if err != nil {
			return err
		}
		if f.what == fieldHash {
			hashes++
		}
	}
	if hashes == 0 {
		return fmt.Errorf("no column is a hash")
	}
	return nil
}

// ParseColumns reads the text form of a mapping, "field=column,field=column", for Options.Columns.
func ParseColumns(text string) (map[string]string, error) {
	columns := map[string]string{}
	for _, part := range strings.Split(text, ",") {
		field, column, ok := strings.Cut(part, "=")
		field, column = strings.TrimSpace(field), strings.TrimSpace(column)
		if !ok || field == "" || column == "" {
			return nil, fmt.Errorf("exchange: %w: %q is no field=column", hashmatch.ErrFormat, part)
		}
		if _, twice := columns[field]; twice {
			return nil, fmt.Errorf("exchange: %w: field %s is said twice", hashmatch.ErrFormat, field)
		}
		if _, err := fieldNamed(field); err != nil {
			return nil, fmt.Errorf("exchange: %w: %w", hashmatch.ErrFormat, err)
		}
		columns[field] = column
	}
	return columns, nil
}

// separator checks a separator: one printable ASCII character or a tab, that stands in no name and no number.
func separator(text []rune) (byte, error) {
	if len(text) == 1 {
		if c := text[0]; c == '\t' || c > ' ' && c < 0x7f && !strings.ContainsRune(`"'.-_+/\=`, c) &&
			!(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return byte(c), nil
		}
	}
	return 0, fmt.Errorf("%q is no separator (one character, such as , ; | or a tab)", string(text))
}
