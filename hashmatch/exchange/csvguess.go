package exchange

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/internal/cell"
)

// fieldWords are what other tables call our fields, in the form of plainWord. A guess of the mapping for people to correct
// is made of them, and nothing else.
var fieldWords = map[string]string{
	"md5": "md5", "md5hash": "md5", "hashmd5": "md5", "md5sum": "md5", "md5digest": "md5", "filemd5": "md5",
	"sha1": "sha1", "sha1hash": "sha1", "hashsha1": "sha1", "sha1sum": "sha1", "filesha1": "sha1",
	"sha256": "sha256", "sha256hash": "sha256", "hashsha256": "sha256", "sha2256": "sha256", "sha256sum": "sha256", "filesha256": "sha256",
	"pdq": "pdq", "pdqhash": "pdq", "hashpdq": "pdq", "pdqquality": "pdq_quality", "quality": "pdq_quality",
	"pyahash": "pyahash", "pydhash": "pydhash", "pyphash": "pyphash",
	"photodna": "photodna", "photodnahash": "photodna", "pdna": "photodna",
	"size": "size", "filesize": "size", "mediasize": "size", "bytes": "size", "length": "size", "sizebytes": "size", "dateigröße": "size", "größe": "size",
	"category": "category", "categorycode": "category", "categoryid": "category", "kategorie": "category", "catégorie": "category", "categoria": "category",
	"categoría": "category", "categorie": "category",
	"series": "series", "seriesname": "series", "serie": "series", "tags": "tags", "tag": "tags", "labels": "tags",
	"name": "name", "filename": "name", "file": "name", "dateiname": "name", "datei": "name",
	"path": "path", "filepath": "path", "fullpath": "path", "relativefilepath": "path", "pfad": "path", "dateipfad": "path",
	"id": "id", "mediaid": "id", "imageid": "id", "fileid": "id", "itemid": "id", "guid": "id", "uuid": "id",
	"source": "source", "agency": "source", "quelle": "source",
	"comment": "comments", "comments": "comments", "notes": "comments", "kommentar": "comments", "bemerkung": "comments",
	"victimidentified": "victim_identified", "offenderidentified": "offender_identified", "distributed": "distributed",
	"isdistributed": "distributed", "suspected": "suspected", "issuspected": "suspected", "selfgenerated": "self_generated",
	"precategorized": "precategorized", "isprecategorized": "precategorized",
}

// sketch is what a table without a preset looks like.
type sketch struct {
	heading
	fields   []string // a guess of the field of each column; "" is none
	hashes   int      // columns that are guessed to be hashes
	named    bool     // the first row holds names
	hashRows int      // rows with a digest, at least 1
}

// sketchOf looks at the head of a document; nil unless it is a table of at least two columns with a hash among them.
func sketchOf(head []byte, o Options) (best *sketch) {
	for _, h := range headingsOf(head, o) {
		if len(h.names) < 2 || len(h.names) > maxCells/8 {
			continue
		}
		if s := newSketch(h, h.sample(head)); s.hashes > 0 && (best == nil || s.hashes > best.hashes || s.hashes == best.hashes && len(s.names) > len(best.names)) {
			best = s
		}
	}
	return best
}

func newSketch(h heading, rows [][]string) *sketch {
	s := &sketch{heading: h, fields: make([]string, len(h.names)), hashRows: 1}
	for i, name := range h.names {
		word := plainWord(name)
		f := fieldWords[word]
		if _, open := originWords[word]; open {
			f = originField(word)
		}
		s.guess(i, f)
		s.named = s.named || s.fields[i] != ""
	}
	s.named = s.named && !slices.ContainsFunc(h.names, looksValue)
	if !s.named {
		clear(s.fields)
		s.hashes = 0
		rows = append([][]string{h.names}, rows...)
	}
	s.guessByContent(rows)
	s.hashRows = max(s.hashRows, digestRows(rows))
	return s
}

// originField is the field of a word that needs an origin.
func originField(word string) string { return originWords[word][Goimagehash].String() }

// guess says that column i is the field, if no other is.
func (s *sketch) guess(i int, name string) {
	if name == "" || s.fields[i] != "" || slices.Contains(s.fields, name) {
		return
	}
	s.fields[i] = name
	if f, err := fieldNamed(name); err == nil && f.what == fieldHash {
		s.hashes++
	}
}

// guessByContent takes columns without a name for the digests that their cells look like.
func (s *sketch) guessByContent(rows [][]string) {
	for i := range s.fields {
		length := 0
		for _, row := range rows {
			switch {
			case i >= len(row) || row[i] == "":
			case !looksDigest([]byte(row[i])) || length > 0 && length != len(row[i]):
				length = -1
			case length == 0:
				length = len(row[i])
			}
		}
		if k := sumKinds[length]; k != 0 {
			s.guess(i, k.String())
		}
	}
}

// digestRows counts the rows with a digest in them.
func digestRows(rows [][]string) (n int) {
	for _, row := range rows {
		if slices.ContainsFunc(row, func(c string) bool { return looksDigest([]byte(c)) }) {
			n++
		}
	}
	return n
}

// looksValue finds what stands in no row of names: a number, a hash in hex or base64, a text of some length.
func looksValue(name string) bool { return len(name) > 80 || valueShape.MatchString(name) }

var valueShape = regexp.MustCompile(`^-?[0-9]+$|[0-9A-Fa-f]{16}|[0-9A-Za-z+/]{40}`)

// shown names the columns for an error's end, if they are names.
func (h *heading) shown() string {
	if s := newSketch(*h, nil); !s.named {
		return ""
	}
	const most = 100
	var b strings.Builder
	for i, n := range h.names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(h.names)-most)
			break
		}
		fmt.Fprintf(&b, ` "%s"`, cell.Visible(n))
	}
	return fmt.Sprintf(" (its columns, separated by %q:%s)", string(h.sep), b.String())
}

// unknownTable is the error of a table whose columns nobody named. It shows the names of its columns, never a value, and
// a mapping to start from.
func unknownTable(head []byte, o Options) error {
	s := sketchOf(head, o)
	switch {
	case s == nil:
		return fmt.Errorf("%w: no preset (%s) knows this table, and no column of it looks like a hash: say what its columns are with --csv-map", hashmatch.ErrFormat, presetNames())
	case s.named:
		return fmt.Errorf("%w: no preset (%s) knows this table%s: say what its columns are, as in\n  %s", hashmatch.ErrFormat, presetNames(), s.shown(), s.flags())
	}
	return fmt.Errorf("%w: the table has no row of column names that are known: say what its %d columns are by number, as in\n  %s", hashmatch.ErrFormat, len(s.names), s.flags())
}

// flags is the guess in the form of the tool's flags, ready to be corrected and used in a shell.
func (s *sketch) flags() string {
	var parts []string
	origin := ""
	for i, name := range s.fields {
		if name == "" {
			continue
		}
		column := s.names[i]
		if at, err := s.column(column); !s.named || err != nil || at != i || column != cell.Visible(column) || strings.Contains(column, ",") {
			column = strconv.Itoa(i + 1)
		}
		parts = append(parts, name+"="+column)
		if _, open := originWords[name]; open {
			origin = " --origin goimagehash|imagehash"
		}
	}
	sep := string(s.sep)
	if s.sep == '\t' {
		sep = "tab"
	}
	return fmt.Sprintf("--csv-map %s --csv-sep %s%s", shellQuoted(strings.Join(parts, ",")), shellQuoted(sep), origin)
}

// shellQuoted is text as a shell takes it for one word.
func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
