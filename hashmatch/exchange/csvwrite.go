package exchange

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/internal/cell"
)

// between stands between several values of one cell. Within text it is escaped.
const between = "|"

// escapedBetween is how text holds it.
const escapedBetween = `\x7c`

// WriteCSV writes one row for each entry under a row of column names (RFC 4180, but with LF), for people, their
// spreadsheets, and our own reader, which gets every entry back as it was. Entry numbers are told, but not read back.
//
// Text of others is made visible and kept from being a formula; hashes and numbers are plain: import them as text, a
// spreadsheet takes a hash of digits only for a number. Several values of a cell stand between bars. The values in
// "extras" are in base64 (RFC 4648, section 5, unpadded), each behind its name.
func WriteCSV(w io.Writer, entries iter.Seq2[uint32, hashmatch.Entry]) error {
	c := &csvWriter{b: bufio.NewWriterSize(w, 64<<10)}
	for _, name := range csvColumns() {
		c.plain(name)
	}
	c.endRow()
	for i, e := range entries {
		c.entry(i, &e)
	}
	if err := c.b.Flush(); err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	return nil
}

// csvColumns are the names of the columns. The preset "hashmatch" knows them.
func csvColumns() []string {
	columns := []string{"entry", "id", "category", "series", "tags", "names", "sources", "comments", "size"}
	for _, f := range flagFields {
		columns = append(columns, f.name)
	}
	for _, k := range hashmatch.Kinds() {
		columns = append(columns, k.String())
		if k.Perceptual() {
			columns = append(columns, k.String()+qualitySuffix)
		}
	}
	return append(columns, PhotoDNAExtra, "extras")
}

// csvWriter writes cells. Its errors wait for the flush, as those of a bufio.Writer do.
type csvWriter struct {
	b     *bufio.Writer
	begun bool // the row has a cell
}

func (c *csvWriter) entry(number uint32, e *hashmatch.Entry) {
	c.plain(strconv.FormatUint(uint64(number), 10))
	c.text(e.ID)
	c.text(e.Category)
	c.text(e.Series)
	c.texts(e.Tags)
	c.texts(e.Names)
	c.texts(e.Sources)
	c.text(e.Comments)
	if e.HasSize {
		c.plain(strconv.FormatInt(e.Size, 10))
	} else {
		c.plain("")
	}
	for _, f := range flagFields {
		c.flag(*f.of(&e.Flags))
	}
	for _, k := range hashmatch.Kinds() {
		c.hashes(e.Hashes, k)
	}
	c.extras(e.Extras)
	c.endRow()
}

func (c *csvWriter) flag(f hashmatch.Flag) {
	switch f {
	case hashmatch.Yes:
		c.plain("yes")
	case hashmatch.No:
		c.plain("no")
	default:
		c.plain("")
	}
}

// hashes writes the hashes of one kind, and their qualities.
func (c *csvWriter) hashes(all []hashmatch.EntryHash, k hashmatch.Kind) {
	var digits, qualities []string
	known := false
	for _, h := range all {
		if h.Hash.Kind() != k {
			continue
		}
		digits = append(digits, h.Hash.Hex())
		quality := ""
		if q, ok := h.Quality.Value(); ok {
			quality, known = strconv.Itoa(q), true
		}
		qualities = append(qualities, quality)
	}
	c.plain(strings.Join(digits, between))
	switch {
	case !k.Perceptual():
	case known:
		c.plain(strings.Join(qualities, between))
	default:
		c.plain("")
	}
}

// extras writes a PhotoDNA value into the cell of its own, if it is one, and all others into one.
func (c *csvWriter) extras(all []hashmatch.Extra) {
	photoDNA := ""
	var others []string
	for _, x := range all {
		if x.Name == PhotoDNAExtra && len(x.Data) == photoDNASize && photoDNA == "" {
			photoDNA = hex.EncodeToString(x.Data) // base64 may begin with a plus
			continue
		}
		others = append(others, visibleValue(x.Name)+"="+base64.RawURLEncoding.EncodeToString(x.Data))
	}
	c.plain(photoDNA)
	c.quoted(cell.Guard(strings.Join(others, between)))
}

func (c *csvWriter) text(s string) { c.quoted(cell.Text(s)) }

func (c *csvWriter) texts(list []string) {
	visible := make([]string, len(list))
	for i, s := range list {
		visible[i] = visibleValue(s)
	}
	c.quoted(cell.Guard(strings.Join(visible, between)))
}

// visibleValue is text that is one of several in a cell.
func visibleValue(s string) string {
	return strings.ReplaceAll(cell.Visible(s), between, escapedBetween)
}

// quoted writes a cell that may hold commas and quotes, but nothing that cell.Visible writes out.
func (c *csvWriter) quoted(s string) {
	if strings.ContainsAny(s, `,"`) || strings.HasPrefix(s, " ") {
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	c.plain(s)
}

func (c *csvWriter) plain(s string) {
	if c.begun {
		c.b.WriteByte(',')
	}
	c.begun = true
	c.b.WriteString(s)
}

func (c *csvWriter) endRow() {
	c.begun = false
	c.b.WriteByte('\n')
}
