package exchange

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/synth/vicsdoc"
)

var benchStyles = []struct {
	name  string
	style vicsdoc.Style
}{{"distributed", vicsdoc.Distributed}, {"ignorable", vicsdoc.Ignorable}, {"case", vicsdoc.Case}}

func benchDocument(b testing.TB, style vicsdoc.Style, size int64) ([]byte, int) {
	var doc bytes.Buffer
	n, err := vicsdoc.Document{Style: style, Seed: 1, Bytes: size}.Write(&doc)
	if err != nil {
		b.Fatal(err)
	}
	return doc.Bytes(), n
}

// Bytes to entries on one core, with encoding/json, into no more than generic values, beside it.
func BenchmarkVICS(b *testing.B) {
	for _, s := range benchStyles {
		doc, n := benchDocument(b, s.style, 16<<20)
		b.Run(s.name+"/entries", func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				read := 0
				_, err := Read(bytes.NewReader(doc), Options{Format: "vics"}, func(hashmatch.Entry) error { read++; return nil })
				if err != nil || read != n {
					b.Fatal(read, n, err)
				}
			}
			b.ReportMetric(float64(len(doc))/float64(n), "B/record")
		})
		b.Run(s.name+"/encoding-json", func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				if err := decodeStandard(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// decodeStandard decodes a document with encoding/json into a struct, without making entries of it.
func decodeStandard(doc []byte) error {
	type media struct {
		MediaID                                               json.Number
		Category                                              *int
		MD5, SHA1, MimeType, PhotoDNA, Series, Tags, Comments string
		MediaSize                                             any
		VictimIdentified, OffenderIdentified, IsDistributed   any
		DateUpdated                                           string
		MediaFiles                                            []struct{ MD5, FileName, FilePath, Created string }
	}
	var all struct {
		Value []struct {
			media
			Media []media
		} `json:"value"`
	}
	return json.Unmarshal(bytes.TrimPrefix(doc, []byte(bom)), &all)
}
