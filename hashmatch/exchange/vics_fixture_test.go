package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// vicsFixture is a document as the field writes it. Its hashes are made of random bytes.
type vicsFixture struct{ name, doc string }

const (
	context12      = `"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml#Media"`
	context13Cases = `"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases"`
	context20      = `"@odata.context":"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"`
)

// vicsFixtures returns every quirk that was seen in the wild, and some that were not.
func vicsFixtures() []vicsFixture {
	r := &random{Rand: rand.New(rand.NewPCG(6, 6))}
	md5 := func() string { return r.hex(16) }
	media := func(members string) string { return `{"MD5":"` + md5() + `"` + members + `}` }
	list := func(records ...string) string {
		return "{" + context20 + `,"value":[` + strings.Join(records, ",") + "]}"
	}
	raw, err := hex.DecodeString(r.hex(photoDNASize))
	if err != nil {
		panic(err)
	}
	photo64, photoHex := base64.StdEncoding.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw))
	twice := md5()
	usual := `{"MediaID":17,"Category":1,"MD5":"` + md5() + `","SHA1":"` + r.hex(20) + `","MediaSize":123456,"VictimIdentified":true,"OffenderIdentified":false,` +
		`"IsDistributed":true,"IsSuspected":null,"IsPrecategorized":true,"PrecategorizationSource":"a source","Series":"Brook","Tags":"indoor","Comments":"A remark.",` +
		`"DateUpdated":"2023-06-07T02:31:49.8300Z","RelativeFilePath":"Files\\0\\a.jpg","MimeType":"image/jpeg","PhotoDNA":"` + photo64 + `",` +
		`"Exifs":[{"MD5":"","PropertyName":"Make","PropertyValue":"Brook"}],` +
		`"MediaFiles":[{"MD5":"` + md5() + `","FileName":"holiday.jpg","FilePath":"C:\\Users\\x\\holiday.jpg","Created":"2023-06-07T02:31:49.8300Z","Unallocated":false,"SourceID":"1"}]}`
	odata := `{"odata.id":"Media(1)","odata.editLink":"Media(1)","MediaFiles@odata.navigationLinkUrl":"Media(1)/MediaFiles","MediaID":1,"Category":2,"MD5":"` + md5() + `"}`
	return []vicsFixture{
		{"usual", list(usual)},
		{"indented-crlf-bom", bom + "{\r\n  " + context12 + ",\r\n  \"value\": [\r\n    {\r\n      \"MediaID\": 1,\r\n      \"MD5\": \"" + md5() + "\"\r\n    }\r\n  ]\r\n}\r\n"},
		{"odata-noise", "{" + context12 + `,"value":[` + odata + `]}`},
		{"letter-case", list(`{"mediaid":1,"category":1,"md5":"`+md5()+`","mediasize":7}`, `{"MEDIAID":2,"CATEGORY":1,"MD5":"`+md5()+`"}`, `{"mediaID":3,"category":1,"mD5":"`+md5()+`"}`, `{"MediaId":4,"MD5":"`+md5()+`"}`)},
		{"flags", list(media(`,"VictimIdentified":"true","OffenderIdentified":"false"`), media(`,"VictimIdentified":true,"OffenderIdentified":null`), media(`,"IsSuspected":"True","IsDistributed":"maybe","SelfGenerated":1,"IsPrecategorized":""`))},
		{"quote-too-many", list(media(`,"IsSuspected":"true"","IsDistributed":"false"" `), media(`,"IsSuspected":"true""`))},
		{"empty-sha1", list(media(`,"SHA1":""`), media(`,"SHA1":null`))},
		{"big-integers", list(media(`,"MediaID":9007199254740993,"MediaSize":9223372036854775807`), media(`,"MediaID":123456789012345678901234567890,"MediaSize":9223372036854775808`))},
		{"timestamps", list(media(`,"DateUpdated":"2023-06-07T02:31:49.8300Z"`), media(`,"DateUpdated":"2023-06-07T02:31:49+01:00Z"`), media(`,"DateUpdated":"2023-06-07T02:31:49-05:00"`),
			media(`,"DateUpdated":"/Date(1686105109830)/"`), media(`,"DateUpdated":"\/Date(1686105109830)\/"`), media(`,"DateUpdated":"9/9/2024 9:59:59 PM (UTC-5)"`))},
		{"nist-caid", "{" + context12 + `,"value":[{"MD5":"` + twice + `","SHA1":"` + r.hex(20) + `","MediaSize":"1234","MediaFiles":[{"FileName":"README.txt","FilePath":"dist\\docs","MD5":"` + twice + `"}]}]}`},
		{"categories", list(media(`,"Category":0`), media(`,"Category":null`), media(``), media(`,"Category":""`), media(`,"Category":"3"`), media(`,"Category":-1`), media(`,"Category":true`))},
		{"series-tags", list(media(`,"Series":"Brook","Tags":"a;b"`), media(`,"Series":{"Name":"Brook"},"Tags":["indoor","b"]`), media(`,"Series":{"ID":7,"Name":"Brook"},"Tags":["a",7]`), media(`,"Series":"","Tags":[]`))},
		{"photodna", list(media(`,"PhotoDNA":"`+photo64+`"`), media(`,"PhotoDNA":"`+photoHex+`"`), media(`,"PhotoDNA":"`+strings.ToLower(photoHex)+`"`), media(`,"PhotoDNA":"`+photoHex[:286]+`"`), media(`,"PhotoDNA":[1,2,3]`), media(`,"PhotoDNA":""`))},
		{"alternative-hashes", list(media(`,"AlternativeHashes":[{"HashName":"PhotoDNA","HashValue":"`+photo64+`"},{"HashValue":"`+r.hex(32)+`","HashName":"PDQ"}]`),
			media(`,"AlternativeHashes":[{"HashName":"phash","HashValue":"`+r.hex(8)+`"},{"HashName":"SHA256","HashValue":"`+r.hex(32)+`"}]`), media(`,"AlternativeHashes":[{"HashName":"PDQ","HashValue":"12"}]`))},
		{"many", list(`{"MediaID":1,"MD5":"`+twice+`"}`, `{"MediaID":1,"MD5":"`+twice+`"}`, `{"MediaID":2,"MD5":"`+twice+`","Category":1}`)},
		{"precategorised-without-category", list(media(`,"Category":null,"IsPrecategorized":true`))},
		{"member-twice", list(media(`,"Category":1,"Category":2,"SHA1":"","SHA1":"`+r.hex(20)+`"`), media(`,"MD5":"`+md5()+`"`))},
		{"no-md5", list(`{"MediaID":1,"SHA1":"`+r.hex(20)+`"}`, `{"MediaID":2}`, `{"MediaID":3,"MD5":null,"SHA1":null}`)},
		{"bad-records", list(media(``), `{"MD5":"123"}`, `7`, `null`, `{"MD5":12}`, `{"MD5":"d41d8cd98f00b204e9800998ecf8427e"}`, `{}`, `{"MD5":"`+strings.Repeat("g", 32)+`"}`, media(`,"SHA1":"n/a"`))},
		{"root-members", `{"version":2,"value":[` + media(``) + `],"count":{"media":1},"@odata.context":"urn:other"}`},
		{"no-context", `{"value":[` + media(``) + `]}`},
		{"case", "{" + context13Cases + `,"value":[{"CaseID":"{0}","CaseNumber":"2024-17","ContactOrganization":"A Constabulary","TotalMediaFiles":1,"CaseMetadata":[{"PropertyName":"x"}],"Media":[` + media(``) + "," + media(`,"Category":2`) + `],"SeizureDate":null},{"CaseNumber":"18","Media":[]},{"CaseNumber":"19"}]}`},
		{"case-late", `{"value":[{"Media":[` + media(``) + `],"CaseNumber":"2024-17","TotalMediaFiles":"1"}]}`},
		{"escapes", list(media(`,"MediaFiles":[{"FileName":"\u00e9t\u00e9 \ud834\udd1e \ud800 \"x\" \/ \\.jpg","FilePath":"\t"}]`), media(",\"Comments\":\"two\nlines\""), media(",\"Comments\":\"caf\xe9\""))},
		{"unknown-members", list(media(`,"Other":{"a":[1,2.50,-3e+7,true,null,"x"],"MD5":"z"},"Comment2":"a remark","photoDnaHash":"` + photo64 + `"`))},
		{"deep", list(media(`,"Other":`+strings.Repeat("[", vicsMaxDepth+9)+`"]\""`+strings.Repeat("]", vicsMaxDepth+9)), media(``))},
	}
}

// describeEntry writes an entry on one line. A form is shown by its length: what it holds is what comes out again.
func describeEntry(e *hashmatch.Entry) string {
	var b strings.Builder
	for _, h := range e.Hashes {
		b.WriteString(h.Hash.String() + " ")
	}
	if e.HasSize {
		fmt.Fprintf(&b, "size=%d ", e.Size)
	}
	fmt.Fprintf(&b, "id=%q category=%q series=%q tags=%q names=%q sources=%q comments=%q flags=%v", e.ID, e.Category, e.Series, e.Tags, e.Names, e.Sources, e.Comments, e.Flags)
	for _, x := range e.Extras {
		fmt.Fprintf(&b, " %s:%d", x.Name, len(x.Data))
	}
	return b.String()
}

func describeReport(r *Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: read %d, kept %d, refused %d\n", r.Format, r.Read, r.Kept, r.RefusedTotal())
	for _, s := range r.Samples {
		fmt.Fprintf(&b, "refused, %s: %s\n", s.Place, s.Reason)
	}
	for _, s := range r.Oddness {
		fmt.Fprintf(&b, "odd, %s: %s\n", s.Place, s.Reason)
	}
	return b.String()
}

// Every quirk gives the entries, report and written document of its golden file, and is known by its content.
func TestVICSFixtures(t *testing.T) {
	fixtures := vicsFixtures()
	for _, f := range fixtures {
		var text strings.Builder
		var entries []hashmatch.Entry
		report, err := Read(strings.NewReader(f.doc), Options{}, func(e hashmatch.Entry) error {
			entries = append(entries, e)
			fmt.Fprintln(&text, describeEntry(&e))
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		text.WriteString(describeReport(&report))
		written, err := WriteVICS(&text, numbered(entries), VICSOptions{Country: "UK"})
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		fmt.Fprintf(&text, "%+v\n", written)
		testkit.Golden(t, filepath.Join("testdata", "vics", f.name+".txt"), []byte(text.String()))
	}
	testkit.AtLeast(t, 25, len(fixtures), "fixtures")
}
