package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// artefactOptions are the flags of match for hashes that other tools found: in a chat's database, in another suite's export.
type artefactOptions struct {
	input, separator string
	hashColumns      []string
	sizeColumn       string
	context          []string
}

func (o *artefactOptions) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.input, "input", "", "look up the hashes of a table: "+strings.Join(exchange.RowFormats(), ", "))
	f.StringSliceVar(&o.hashColumns, "hash-column", nil, "with --input: columns that hold hashes, as COLUMN or KIND=COLUMN; hashdeep and dfxml have their own")
	f.StringVar(&o.sizeColumn, "size-column", "", "with --input: column of the file's size, which confirms an MD5; hashdeep and dfxml have their own")
	f.StringSliceVar(&o.context, "context", nil, "with --input: columns that are passed through with the answer")
	f.StringVar(&o.separator, "csv-sep", "", "with --input csv: what separates fields, instead of finding it out (tab for a tabulator)")
}

// check refuses what makes no sense together.
func (o *artefactOptions) check(args []string) error {
	switch {
	case o.input == "" && (len(o.hashColumns) > 0 || len(o.context) > 0 || o.separator+o.sizeColumn != ""):
		return usagef("--hash-column, --size-column, --context and --csv-sep go with --input")
	case o.input == "":
		return nil
	case !slices.Contains(exchange.RowFormats(), o.input):
		return usagef("--input %s: one of %s", o.input, strings.Join(exchange.RowFormats(), ", "))
	case len(args) > 1:
		return usagef("--input: one FILE, or - for standard input")
	case o.separator != "" && o.input != "csv":
		return usagef("--csv-sep goes with --input csv")
	case o.separator != "" && o.separator != "tab" && utf8.RuneCountInString(o.separator) != 1:
		return usagef("--csv-sep %q: one character, or tab", o.separator)
	case len(o.hashColumns) == 0 && (o.input == "csv" || o.input == "jsonl"):
		return usagef("--hash-column is missing: which column holds the hashes?")
	}
	return nil
}

// hashColumn is a column with the kind of its hashes; 0 where the hashes themselves must tell.
type hashColumn struct {
	name string
	kind hashmatch.Kind
}

// ownColumns are the digests that hashdeep and DFXML call by their names.
var ownColumns = []hashColumn{{"md5", hashmatch.MD5}, {"sha1", hashmatch.SHA1}, {"sha256", hashmatch.SHA256}}

// columns reads --hash-column. A column that is called like a kind holds that kind: "SHA-256" and "sha256" do.
func (o *artefactOptions) columns() []hashColumn {
	if len(o.hashColumns) == 0 {
		return ownColumns
	}
	var columns []hashColumn
	for _, text := range o.hashColumns {
		if name, column, named := strings.Cut(text, "="); named {
			if k, err := hashmatch.ParseKind(name); err == nil {
				columns = append(columns, hashColumn{column, k})
				continue
			}
		}
		k, _ := hashmatch.ParseKind(strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(text)))
		columns = append(columns, hashColumn{text, k})
	}
	return columns
}

// size returns the name of the column that holds sizes; "" when there is none.
func (o *artefactOptions) size() string {
	own := map[string]string{"hashdeep": "size", "dfxml": "filesize"}
	if o.sizeColumn == "" {
		return own[o.input]
	}
	return o.sizeColumn
}

// notPresent marks every answer: what was looked up is a hash that somebody wrote down, not a file that was seen.
const notPresent = "referenced, not present"

// reference is the answer to one row.
type reference struct {
	exchange.Place
	Context json.RawMessage `json:"context,omitempty"`
	Content string          `json:"content"`
	answer
}

// artefacts is the work on one table.
type artefacts struct {
	*matchOptions
	columns  []hashColumn
	found    bool            // a row had one of the columns
	passed   map[string]bool // the columns of --context that a row had
	answered tally
}

// answerRows answers row by row.
func (o *matchOptions) answerRows(cmd *cobra.Command, m *hashmatch.Matcher, args []string) error {
	r := cmd.InOrStdin()
	if len(args) == 1 && args[0] != "-" {
		f, err := openInput(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	out := newLineWriter(cmd.OutOrStdout())
	a := &artefacts{matchOptions: o, columns: o.artefacts.columns(), passed: map[string]bool{}}
	in := &flushing{&contextReader{cmd.Context(), r}, out}
	for row, err := range exchange.Rows(in, o.artefacts.rowOptions(a.columns)) {
		if err != nil {
			return errors.Join(refusedTable(err), out.flush())
		}
		ref, err := a.look(cmd.Context(), m, row)
		if err != nil {
			return errors.Join(err, out.flush())
		}
		if err := out.write(ref); err != nil {
			return err
		}
		a.answered.count(&ref.answer)
	}
	if err := out.flush(); err != nil {
		return err
	}
	if !a.found && a.answered.all > 0 {
		return &exitError{exitFatal, fmt.Errorf("none of %d rows has a column %s", a.answered.all, a.names())}
	}
	for _, name := range o.artefacts.context {
		if !a.passed[name] && a.answered.all > 0 && !o.quiet {
			fmt.Fprintf(cmd.ErrOrStderr(), "warning: no row has a column %q\n", name)
		}
	}
	return a.answered.exit(o.exitMatch, "rows")
}

// refusedTable is the error of a table that cannot be read on. What was answered before stands.
func refusedTable(err error) error {
	if errors.Is(err, hashmatch.ErrIncomplete) || errors.Is(err, context.Canceled) {
		return err
	}
	return &exitError{exitFatal, err}
}

func (o *artefactOptions) rowOptions(columns []hashColumn) exchange.RowOptions {
	ro := exchange.RowOptions{Format: o.input, Needed: slices.Clone(o.context)}
	if len(o.hashColumns) > 0 {
		for _, c := range columns {
			ro.Needed = append(ro.Needed, c.name)
		}
	}
	if o.sizeColumn != "" {
		ro.Needed = append(ro.Needed, o.sizeColumn)
	}
	if o.separator == "tab" {
		ro.Separator = '\t'
	} else if o.separator != "" {
		ro.Separator, _ = utf8.DecodeRuneInString(o.separator)
	}
	return ro
}

func (a *artefacts) names() string {
	var names []string
	for _, c := range a.columns {
		names = append(names, c.name)
	}
	return strings.Join(names, " or ")
}

// look answers one row. Its error is one that ends the program: a row that makes no sense is an answer too.
func (a *artefacts) look(ctx context.Context, m *hashmatch.Matcher, row *exchange.Row) (*reference, error) {
	ref := &reference{Place: row.At, Content: notPresent}
	if row.Fault != "" {
		a.found = true
		ref.Error = row.Fault
		return ref, nil
	}
	var err error
	if ref.Context, err = a.passThrough(row); err != nil {
		return nil, err
	}
	fp, err := a.fingerprint(row)
	switch {
	case err != nil:
		ref.Error = err.Error()
		return ref, nil
	case fp == nil:
		ref.Status, ref.Reason = hashmatch.Unexamined.String(), "the row holds no hash"
		return ref, nil
	}
	return ref, a.search(ctx, m, fp, &ref.answer)
}

// fingerprint makes one of the row's hashes; nil where it has none.
func (a *artefacts) fingerprint(row *exchange.Row) (*hashmatch.Fingerprint, error) {
	fp := &hashmatch.Fingerprint{}
	for _, c := range a.columns {
		cell, ok := row.Cell(c.name)
		a.found = a.found || ok
		text := strings.TrimSpace(cell.Text)
		if text == "" {
			continue
		}
		h, err := a.hash(c, text)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		if h.Kind().Digest() {
			if slices.ContainsFunc(fp.Digests, func(d hashmatch.Hash) bool { return d.Kind() == h.Kind() }) {
				return nil, fmt.Errorf("column %s: a second %s in one row", c.name, h.Kind())
			}
			fp.Digests = append(fp.Digests, h)
		} else {
			fp.Hashes = append(fp.Hashes, hashmatch.PictureHash{Hash: h, View: hashmatch.Upright})
		}
	}
	if len(fp.Digests)+len(fp.Hashes) == 0 {
		return nil, nil
	}
	if cell, ok := row.Cell(a.artefacts.size()); ok && a.artefacts.size() != "" {
		size, err := strconv.ParseInt(strings.TrimSpace(cell.Text), 10, 64)
		if err == nil && size > 0 { // anything else says nothing, as an empty cell does
			fp.Size = size
		}
	}
	slices.SortFunc(fp.Digests, func(a, b hashmatch.Hash) int { return int(a.Kind()) - int(b.Kind()) })
	return fp, nil
}

func (a *artefacts) hash(c hashColumn, text string) (hashmatch.Hash, error) {
	if c.kind != 0 && !strings.Contains(text, ":") {
		return hashmatch.ParseHex(c.kind, text)
	}
	h, err := exchange.ParseListed(text, a.bareHexKind)
	if err == nil && c.kind != 0 && h.Kind() != c.kind {
		return h, fmt.Errorf("%w: a hash of another kind", hashmatch.ErrFormat)
	}
	return h, err
}

// passThrough makes an object of the columns of --context that the row has, in their order: a value of JSON as it stood,
// others as text; text that is no UTF-8 as base64, under a name that says so.
func (a *artefacts) passThrough(row *exchange.Row) (json.RawMessage, error) {
	var b bytes.Buffer
	for _, name := range a.artefacts.context {
		cell, ok := row.Cell(name)
		if !ok {
			continue
		}
		a.passed[name] = true
		value := cell.JSON
		if value == nil || !utf8.Valid(value) {
			text := cell.Text
			if value != nil {
				text = string(value)
			}
			if !utf8.ValidString(text) {
				name, text = name+"_b64", base64.StdEncoding.EncodeToString([]byte(text))
			}
			var err error
			if value, err = jsonText(text); err != nil {
				return nil, err
			}
		}
		key, err := jsonText(name)
		if err != nil {
			return nil, err
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", key, value)
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return json.RawMessage("{" + b.String() + "}"), nil
}

// jsonText returns a text as JSON, without the detours that only a page of HTML needs.
func jsonText(text string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// flushing hands the answers out before it waits for more rows: whoever writes them may wait for the answers.
type flushing struct {
	r   io.Reader
	out *lineWriter
}

func (f *flushing) Read(p []byte) (int, error) {
	if err := f.out.flush(); err != nil {
		return 0, err
	}
	return f.r.Read(p)
}
