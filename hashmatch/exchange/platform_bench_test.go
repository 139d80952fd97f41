package exchange

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
)

// Reading a platform's document, beside the standard library's reading of all of it into memory at once.
func BenchmarkPlatforms(b *testing.B) {
	const records = 2000
	for _, c := range []struct {
		format, head, record, tail string
		whole                      func(doc []byte) error
	}{
		{
			"ncmec", "<queryResult><images>",
			`<image><member id="1">Example</member><id>a%[1]d</id><timestamp>2020-01-01T00:00:00Z</timestamp><classification>A1</classification><fingerprints><md5>%032[1]x</md5><sha1>%040[1]x</sha1><pdq>%064[1]x</pdq></fingerprints></image>` + "\n",
			"</images></queryResult>",
			func(doc []byte) error {
				var all struct {
					Images []ncmecEntry `xml:"images>image"`
				}
				return xml.Unmarshal(doc, &all)
			},
		},
		{
			"stopncii", `{"hashRecords":[`,
			`{"lastModtimestamp":1625167804,"hashValue":"%064[1]x","hashStatus":"Active","caseNumbers":{"cc592711-7068-442f-b5d2-24d50d389751":"Active"},"signalType":"ImagePDQ"},` + "\n",
			"7]}",
			func(doc []byte) error {
				var all struct {
					Records []any `json:"hashRecords"`
				}
				return json.Unmarshal(doc, &all)
			},
		},
		{
			"threatexchange", `[`,
			`{"id":"%[1]d","indicator":"%064[1]x","type":"HASH_PDQ","last_updated":1625167804,"should_delete":false,"descriptors":{"data":[{"id":"3","owner":{"id":"8"},"status":"MALICIOUS","tags":["a"]}]}},` + "\n",
			"7]",
			func(doc []byte) error {
				var all []any
				return json.Unmarshal(doc, &all)
			},
		},
	} {
		var doc strings.Builder
		doc.WriteString(c.head)
		for i := range records {
			fmt.Fprintf(&doc, c.record, i+1)
		}
		doc.WriteString(c.tail)
		b.Run(c.format+"/ours", func(b *testing.B) {
			b.SetBytes(int64(doc.Len()))
			for b.Loop() {
				if _, err := Read(strings.NewReader(doc.String()), Options{Format: c.format}, func(hashmatch.Entry) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.format+"/whole", func(b *testing.B) {
			b.SetBytes(int64(doc.Len()))
			for b.Loop() {
				if err := c.whole([]byte(doc.String())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
