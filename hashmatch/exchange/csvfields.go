package exchange

import (
	"fmt"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// fieldWhat is the sort of thing that a column tells.
type fieldWhat uint8

const (
	fieldHash fieldWhat = iota
	fieldQuality
	fieldPhotoDNA
	fieldSize
	fieldCategory
	fieldSeries
	fieldTags
	fieldName
	fieldID
	fieldSource
	fieldComments
	fieldFlag
	fieldExtra
	fieldExtras // several extras in one cell, as WriteCSV puts them
)

// field is what a column can mean.
type field struct {
	what  fieldWhat
	kind  hashmatch.Kind // of a hash or quality; 0 where the origin has to say
	word  string         // what the origin has to say it of
	flag  flagChoice
	extra string // the extra's name
}

// flagChoice picks one of an entry's flags.
type flagChoice func(*hashmatch.Flags) *hashmatch.Flag

// flagFields are the flags by the names of their fields, in the order in which they are written.
var flagFields = []struct {
	name string
	of   flagChoice
}{
	{"victim_identified", func(f *hashmatch.Flags) *hashmatch.Flag { return &f.VictimIdentified }},
	{"offender_identified", func(f *hashmatch.Flags) *hashmatch.Flag { return &f.OffenderIdentified }},
	{"distributed", func(f *hashmatch.Flags) *hashmatch.Flag { return &f.Distributed }},
	{"suspected", func(f *hashmatch.Flags) *hashmatch.Flag { return &f.Suspected }},
	{"self_generated", func(f *hashmatch.Flags) *hashmatch.Flag { return &f.SelfGenerated }},
	{"precategorized", func(f *hashmatch.Flags) *hashmatch.Flag { return &f.Precategorized }},
}

// textFields are the other fields that have a name of their own. A name and a path are both names of a file.
var textFields = map[string]fieldWhat{
	"photodna": fieldPhotoDNA, "size": fieldSize, "category": fieldCategory, "series": fieldSeries, "tags": fieldTags, "name": fieldName,
	"path": fieldName, "id": fieldID, "source": fieldSource, "comments": fieldComments, "extras": fieldExtras,
}

const (
	qualitySuffix = "_quality"
	extraPrefix   = "extra:"
)

// fieldNamed returns the field of the given name.
func fieldNamed(name string) (field, error) {
	if what, ok := textFields[name]; ok {
		return field{what: what}, nil
	}
	for _, f := range flagFields {
		if f.name == name {
			return field{what: fieldFlag, flag: f.of}, nil
		}
	}
	if extra, ok := strings.CutPrefix(name, extraPrefix); ok && extra != "" {
		return field{what: fieldExtra, extra: extra}, nil
	}
	word, quality := strings.CutSuffix(name, qualitySuffix)
	k, err := hashmatch.ParseKind(word)
	if err != nil || quality && k.Digest() {
		return field{}, fmt.Errorf("no field is named %q (fields: %s)", name, fieldNames())
	}
	f := field{what: fieldHash, kind: k}
	if quality {
		f.what = fieldQuality
	}
	if _, open := originWords[word]; open {
		f.kind, f.word = 0, word
	}
	return f, nil
}

// fieldNames names the fields for people.
func fieldNames() string {
	names := []string{}
	for _, k := range hashmatch.Kinds() {
		names = append(names, k.String())
	}
	names = append(names, "pdq_quality", "photodna", "size", "category", "series", "tags", "name", "path", "id", "source", "comments")
	for _, f := range flagFields {
		names = append(names, f.name)
	}
	return strings.Join(append(names, "extra:NAME"), " ")
}
