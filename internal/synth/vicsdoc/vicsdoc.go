// Package vicsdoc makes VICS documents of random bytes, for tests and benchmarks: no value in them is the hash of anything.
// The same Document gives the same bytes on every machine.
package vicsdoc

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// Style is what a document looks like.
type Style uint8

const (
	Distributed Style = iota // a hash set as it is handed on: VICS 2.0 Media, one record a line, about 600 bytes each
	Ignorable                // the layout of NIST's CAID files: VICS 1.2 Media, sizes as text, a file name each
	Case                     // one case, indented, with CR LF, the files of each medium, Exif and null members
)

// Document says what to make.
type Document struct {
	Style   Style
	Seed    uint64
	Records int   // number of Media; 0 makes as many as Bytes needs
	Bytes   int64 // least length of a document that does not say Records
}

// Write writes the document and returns the number of its records.
func (d Document) Write(w io.Writer) (records int, err error) {
	b := bufio.NewWriterSize(w, 1<<18)
	g := generator{r: rand.New(rand.NewPCG(d.Seed, uint64(d.Style))), w: b}
	head, separator, tail := g.frame(d.Style)
	written := int64(0)
	print := func(s string) {
		written += int64(len(s))
		b.WriteString(s) // the error stays in b until Flush
	}
	print(head)
	for ; records < d.Records || d.Records == 0 && written < d.Bytes-int64(len(tail)); records++ {
		if records > 0 {
			print(separator)
		}
		g.buf = g.buf[:0]
		switch d.Style {
		case Distributed:
			g.distributed(records)
		case Ignorable:
			g.ignorable()
		case Case:
			g.medium(records)
		}
		written += int64(len(g.buf))
		if _, err := b.Write(g.buf); err != nil {
			return records, err
		}
	}
	print(tail)
	return records, b.Flush()
}

type generator struct {
	r   *rand.Rand
	w   *bufio.Writer
	buf []byte
}

func (g *generator) frame(s Style) (head, separator, tail string) {
	switch s {
	case Distributed:
		return `{"@odata.context":"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media","value":[` + "\n", ",\n", "\n]}\n"
	case Ignorable:
		return `{"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml#Media","value":[`, ",", "]}"
	}
	return "\ufeff" + strings.ReplaceAll(`{
  "odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases",
  "value": [
    {
      "CaseID": "{`+g.guid()+`}",
      "CaseNumber": "`+fmt.Sprintf("2024-%06d", g.r.IntN(1e6))+`",
      "ContactOrganization": "Synthetic Constabulary",
      "ContactName": null,
      "TotalMediaFiles": 0,
      "Media": [
`, "\n", "\r\n"), ",\r\n", "\r\n      ]\r\n    }\r\n  ]\r\n}\r\n"
}

func (g *generator) printf(format string, args ...any) { g.buf = fmt.Appendf(g.buf, format, args...) }

// distributed appends a record as hash sets hold them.
func (g *generator) distributed(number int) {
	md5 := g.hex(16)
	g.printf(`{"MediaID":%d,"Category":%d,"MD5":"%s","SHA1":"%s","MediaSize":%d,`, int64(number)+1<<40, 1+g.r.IntN(4), md5, g.hex(20), 1000+g.r.IntN(1<<22))
	g.printf(`"VictimIdentified":%s,"OffenderIdentified":%s,"IsDistributed":%s,`, g.flag(), g.flag(), g.flag())
	switch g.r.IntN(5) {
	case 0:
		g.printf(`"Series":"%s",`, g.words(2, " "))
	case 1:
		g.printf(`"Series":null,`)
	}
	if g.r.IntN(4) == 0 {
		g.printf(`"Tags":"%s",`, g.words(2, ","))
	}
	if g.r.IntN(10) == 0 {
		g.printf(`"Comments":"%s",`, g.words(8, " "))
	}
	if g.r.IntN(4) > 0 {
		g.printf(`"PhotoDNA":"%s",`, base64.StdEncoding.EncodeToString(g.bytes(144)))
	}
	if g.r.IntN(2) == 0 {
		name := g.fileName()
		g.printf(`"MediaFiles":[{"MD5":"%s","FileName":"%s","FilePath":"%s\\%s","Created":"%s","Written":"%s"}],`, md5, name, g.folder(), name, g.date(), g.date())
	}
	g.printf(`"MimeType":"image/jpeg","DateUpdated":"%s"}`, g.date())
}

// ignorable appends a record as NIST's files hold them.
func (g *generator) ignorable() {
	md5 := g.hex(16)
	g.printf(`{"MD5":"%s","SHA1":"%s","MediaSize":"%d","MediaFiles":[`, md5, g.hex(20), g.r.IntN(1<<20))
	for i := range 1 + g.r.IntN(2) {
		if i > 0 {
			g.printf(",")
		}
		g.printf(`{"FileName":"%s","FilePath":"%s","MD5":"%s"}`, g.fileName(), g.folder(), md5)
	}
	g.printf("]}")
}

// medium appends a record as a case file holds them.
func (g *generator) medium(number int) {
	start := len(g.buf)
	md5, when := g.hex(16), g.date()
	g.printf(`        {
          "MediaID": %d,
          "Category": %s,
          "MD5": "%s",
          "SHA1": "%s",
          "MediaSize": %d,
          "VictimIdentified": null,
          "OffenderIdentified": null,
          "IsDistributed": null,
          "IsPrecategorized": %s,
          "Series": "",
          "Tags": null,
          "Comments": null,
          "RelativeFilePath": "Files\\%d\\%s",
          "MimeType": "image/jpeg",
`, number+1, []string{"null", "0", "1", "2"}[g.r.IntN(4)], md5, g.hex(20), g.r.IntN(1<<22), g.flag(), number%256, g.fileName())
	if g.r.IntN(2) == 0 {
		g.printf(`          "Exifs": [
            { "MD5": "%s", "PropertyName": "Make", "PropertyValue": "%s" },
            { "MD5": "%s", "PropertyName": "DateTime", "PropertyValue": "%s" }
          ],
`, md5, g.words(1, ""), md5, g.date())
	}
	name := g.fileName()
	g.printf(`          "MediaFiles": [
            {
              "MD5": "%s",
              "FileName": "%s",
              "FilePath": "%s\\%s",
              "Created": "%s",
              "Written": "%s",
              "Accessed": "%s",
              "Unallocated": false,
              "SourceID": "%d"
            }
          ]
        }`, md5, name, g.folder(), name, when, when, g.date(), g.r.IntN(4))
	text := strings.ReplaceAll(string(g.buf[start:]), "\n", "\r\n")
	g.buf = append(g.buf[:start], text...)
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, 0, n+8)
	for len(b) < n {
		v := g.r.Uint64()
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return b[:n]
}

func (g *generator) hex(n int) string { return strings.ToUpper(hex.EncodeToString(g.bytes(n))) }

func (g *generator) guid() string {
	h := hex.EncodeToString(g.bytes(16))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (g *generator) flag() string { return []string{"true", "false"}[g.r.IntN(2)] }

func (g *generator) date() string {
	return fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02d.%04dZ", 10+g.r.IntN(15), 1+g.r.IntN(12), 1+g.r.IntN(28), g.r.IntN(24), g.r.IntN(60), g.r.IntN(60), g.r.IntN(10000))
}

var vocabulary = [...]string{"apple", "barn", "bridge", "brook", "candle", "clover", "cloud", "fern", "field", "garden",
	"gate", "harbour", "hedge", "hill", "island", "kettle", "lamp", "lane", "meadow", "moss", "orchard", "pebble", "été", "雪"}

func (g *generator) words(n int, separator string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = vocabulary[g.r.IntN(len(vocabulary))]
	}
	return strings.Join(list, separator)
}

func (g *generator) fileName() string {
	return fmt.Sprintf("%s_%05d.jpg", g.words(1, ""), g.r.IntN(1e5))
}

// folder returns a Windows path as JSON spells it.
func (g *generator) folder() string { return `C:\\Users\\` + g.words(3, `\\`) }
