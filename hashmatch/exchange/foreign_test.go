package exchange

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// foreign reads a document of another tool and writes down all that was taken and told of it.
func foreign(t testing.TB, doc []byte, o Options) (string, Report, error) {
	t.Helper()
	var b strings.Builder
	report, err := Read(iotest.HalfReader(bytes.NewReader(doc)), o, func(e hashmatch.Entry) error {
		for _, h := range e.Hashes {
			fmt.Fprintf(&b, "%s ", h.Hash)
		}
		if e.HasSize {
			fmt.Fprintf(&b, "size %d ", e.Size)
		}
		fmt.Fprintf(&b, "%q", e.Names)
		if len(e.Sources) > 0 {
			fmt.Fprintf(&b, " of %q", e.Sources)
		}
		b.WriteByte('\n')
		return nil
	})
	entries := b.String()
	if n := strings.Count(entries, "\n"); report.Read != report.Kept+report.Removed+report.RefusedTotal() || err == nil && n != report.Kept {
		t.Errorf("the report does not add up: %+v with %d entries", report, n)
	}
	fmt.Fprintf(&b, "%s: %d read, %d kept, %d removed, %d refused\n", report.Format, report.Read, report.Kept, report.Removed, report.RefusedTotal())
	for _, s := range report.Samples {
		fmt.Fprintf(&b, "refused at %s: %s\n", s.Place, s.Reason)
	}
	for _, s := range report.Oddness {
		fmt.Fprintf(&b, "odd at %s: %s\n", s.Place, s.Reason)
	}
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String(), report, err
}

// hex returns random digits, as lists of hashes hold them.
func hexDigits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[r.IntN(16)]
	}
	return string(b)
}

// encaseSet makes a hash set of EnCase.
func encaseSet(r *rand.Rand, name string, records int) []byte {
	b := make([]byte, encaseHead)
	copy(b, encaseMagic)
	for i, c := range []rune(name) {
		binary.LittleEndian.PutUint16(b[encaseNameAt+2*i:], uint16(c))
	}
	for range records * encaseRecord {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

// jumps makes a file as hfind writes it beside an index.
func jumps() []byte {
	b := bytes.Repeat([]byte{0xff}, jumpsSize)
	binary.LittleEndian.PutUint64(b[8*77:], 84)
	binary.LittleEndian.PutUint64(b[8*4000:], 184)
	return b
}

// madeDocuments are those that no tool here writes, and quirks of those that they do.
func madeDocuments() map[string]string {
	r := rand.New(rand.NewPCG(3, 5))
	md5, sha1, sha256 := hexDigits(r, 32), hexDigits(r, 40), hexDigits(r, 64)
	deepHead := "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked from: /\n## $ hashdeep -r .\n##\n"
	row := func(name string) string { return fmt.Sprintf("5,%s,%s,%s\n", hexDigits(r, 32), hexDigits(r, 64), name) }
	insert := func(name string) string {
		return fmt.Sprintf("INSERT INTO FILE(sha256,sha1,md5,crc32,file_name,file_size,package_id) VALUES('%s','%s','%s','%s','%s',%d,7);\n",
			strings.ToUpper(hexDigits(r, 64)), strings.ToUpper(hexDigits(r, 40)), strings.ToUpper(hexDigits(r, 32)), hexDigits(r, 8), name, r.IntN(1000))
	}
	return map[string]string{
		"encase":            string(encaseSet(r, "Größe 7", 3)),
		"encase-no-name":    string(encaseSet(r, "", 1)),
		"hfind-idx2":        string(jumps()),
		"hfind-faults":      hfindType + "md5sum\r\n" + hfindName + "x.txt\r\n" + md5 + "|0000000000000000\r\nnonsense\r\n" + hexDigits(r, 32) + "|12\r\n00" + md5[2:] + "|0000000000000033\r\nd41d8cd98f00b204e9800998ecf8427e|0000000000000066\r\n",
		"hfind-old":         hfindType + "md5sum\n" + md5 + "|0000000000000000\n",
		"hashdeep-crlf":     strings.ReplaceAll("\ufeff"+deepHead+row(`C:\a.jpg`)+row(`C:\b, c.jpg`), "\n", "\r\n"),
		"hashdeep-two":      deepHead + row("/a") + "%%%% HASHDEEP-1.0\n%%%% sha1,filename\n## second\n" + sha1 + ",/b\n",
		"hashdeep-names":    deepHead + row("/line\n\nbreaks, two\n## no comment") + row("/%\n%%%% HASHDEEP-1.0\nis part of a name") + row("") + "\n\n",
		"hashdeep-faults":   deepHead + "no row\nnor this\n" + row("/a") + "5," + md5 + ",0123,/short digest\nand its second line\n" + row("/b") + "5,xyz," + sha256 + ",/no digest\n",
		"hashdeep-nothing":  "%%%% HASHDEEP-1.0\n%%%% size,tiger,filename\n5," + hexDigits(r, 48) + ",/a\n5," + hexDigits(r, 48) + ",/b\n",
		"hashdeep-2":        "%%%% HASHDEEP-2.0\n%%%% size,md5,filename\n",
		"dfxml-fiwalk":      fiwalk(md5, sha1, hexDigits(r, 32), hexDigits(r, 40), hexDigits(r, 32), hexDigits(r, 40)),
		"dfxml-faults":      "<dfxml><fileobject><filename>a</filename></fileobject><fileobject><hashdigest type='MD5'>12</hashdigest></fileobject><fileobject><filesize>-4</filesize><hashdigest type='MD5'>" + md5 + "</hashdigest></fileobject><fileobject><hashdigest type='md5' coding='base64'>AAAA</hashdigest><sha1>" + sha1 + "</sha1></fileobject></dfxml>",
		"dfxml-latin1":      "<?xml version='1.0' encoding='ISO-8859-1'?><dfxml></dfxml>",
		"dfxml-entity":      "<!DOCTYPE dfxml [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>\n<dfxml><fileobject><filename>&b;</filename></fileobject></dfxml>",
		"dfxml-two":         "<dfxml><fileobject><md5>" + md5 + "</md5></fileobject></dfxml>\n<dfxml></dfxml>",
		"dfxml-text-after":  "<dfxml><fileobject><md5>" + md5 + "</md5></fileobject></dfxml> more",
		"nsrl-delta":        "BEGIN TRANSACTION;\n" + insert("a.dll") + insert("it''s; -- no ''comment''\n/* nor this */.exe") + "DELETE FROM FILE WHERE sha256='" + sha256 + "' AND md5='" + md5 + "';\nUPDATE FILE SET file_name='b.dll', file_size=3 WHERE md5='" + md5 + "' AND sha1='" + sha1 + "' AND package_id=9;\nUPDATE FILE SET file_name='c' WHERE rowid=12;\nINSERT INTO PKG(package_id,name) VALUES(3,'x');\nCOMMIT;\n",
		"nsrl-delta-full":   "insert into METADATA(metadata_id,object_id,file_name,extension,bytes,md5,sha1,sha256) values (1,2,'setup','exe',77,'" + md5 + "','" + sha1 + "',NULL),(2,2,'readme','',0,'d41d8cd98f00b204e9800998ecf8427e','da39a3ee5e6b4b0d3255bfef95601890afd80709',NULL);",
		"nsrl-delta-faults": "/* faults */ PRAGMA x=1;\n" + insert("a") + "INSERT INTO FILE VALUES('1');\nINSERT INTO FILE(md5) VALUES(hex('x'));\nINSERT INTO FILE(md5,file_size) VALUES('" + md5 + "',-7);\nINSERT INTO FILE(md5) VALUES('" + md5[1:] + "');\nINSERT INTO FILE(file_name) VALUES('x');\nUPDATE FILE SET md5=lower(md5);\nDROP TABLE x;\nINSERT OR IGNORE INTO \"FILE\"(\"md5\") VALUES('" + md5 + "');\n",
		"nsrl-delta-back":   "BEGIN;\n" + insert("a") + "ROLLBACK;\n",
		"bsd-upper":         "MD5 (a) = " + strings.ToUpper(md5) + "\n\\SHA1 (b\\nc) = " + sha1 + "\n",
		"bare":              md5 + "\r\n" + strings.ToUpper(sha1) + "\r\n",
	}
}

// fiwalk makes a document as fiwalk does: with volumes, digests of runs, and a file that has two states.
func fiwalk(d ...string) string {
	return fmt.Sprintf(`<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE fiwalk [ <!ELEMENT fiwalk (a)> ]>
<!-- a comment -->
<dfxml xmloutputversion='1.0' xmlns:delta='x'>
<volume offset='32256'><block_size>512</block_size>
 <fileobject>
  <parent_object><inode>2</inode></parent_object>
  <filename>IMG_1.JPG</filename><name_type>r</name_type>
  <filesize>1024</filesize>
  <byte_runs><byte_run offset='0' len='512'><hashdigest type='MD5'>%[3]s</hashdigest></byte_run></byte_runs>
  <hashdigest type='md5'>%[1]s</hashdigest>
  <hashdigest type='SHA-1'>
   %[2]s
  </hashdigest>
  <hashdigest type='sha512'>00</hashdigest>
 </fileobject>
 <fileobject><filename>DIR</filename><name_type>d</name_type></fileobject>
 <fileobject>
  <filename>new</filename><filesize>1</filesize><hashdigest type='md5'>%[5]s</hashdigest><hashdigest type='sha1'>%[6]s</hashdigest>
  <delta:original_fileobject><filename>old</filename><hashdigest type='md5'>%[3]s</hashdigest><hashdigest type='sha1'>%[4]s</hashdigest></delta:original_fileobject>
 </fileobject>
</volume>
</dfxml>
`, d[0], d[1], d[2], d[3], d[4], d[5])
}

// allDocuments are those made here and those that real tools wrote, by name.
func allDocuments(t testing.TB) map[string]string {
	t.Helper()
	docs := madeDocuments()
	files, err := filepath.Glob(filepath.Join("testdata", "foreign", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, ".golden") {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		docs[filepath.Base(f)] = string(data)
	}
	testkit.AtLeast(t, 30, len(docs), "documents")
	return docs
}

// What other tools write is read, and each quirk of it is told.
func TestForeignDocuments(t *testing.T) {
	for name, doc := range allDocuments(t) {
		got, report, err := foreign(t, []byte(doc), Options{})
		testkit.Golden(t, filepath.Join("testdata", "foreign", "golden", name+".golden"), []byte(got))
		told := fmt.Sprint(report.Samples, report.Oddness, err)
		if told = strings.ToLower(told); longHex.MatchString(told) {
			t.Errorf("%s: a hash is told: %s", name, told)
		}
	}
}

// A document that was cut anywhere gives an error, or no more records than the whole and a note where its format can tell.
func TestCutDocuments(t *testing.T) {
	cuts := 0
	for name, doc := range allDocuments(t) {
		_, whole, err := foreign(t, []byte(doc), Options{})
		if err != nil || strings.HasPrefix(name, "hfind-idx2") || whole.Format == "sums" || whole.Format == "list" {
			continue
		}
		clean := 0
		for n := range len(doc) {
			if n < encaseHead-20 && whole.Format == "encase" && n%50 != 0 {
				continue
			}
			cuts++
			text, report, err := foreign(t, []byte(doc[:n]), Options{Format: whole.Format})
			if err != nil {
				continue
			}
			clean++
			if report.Kept > whole.Kept || report.Read > whole.Read {
				t.Errorf("%s cut at %d of %d: %d kept of %d\n%s", name, n, len(doc), report.Kept, whole.Kept, text)
			}
			if !cleanCut(whole.Format, doc[:n], doc) {
				t.Errorf("%s cut at %d of %d, after %q: no error\n%s", name, n, len(doc), doc[max(0, n-40):n], text)
			}
		}
		t.Logf("%s: %d of %d cuts leave what may be a whole document", name, clean, len(doc))
	}
	testkit.AtLeast(t, 10_000, cuts, "cuts")
}

// cleanCut reports whether a cut is one that the format cannot tell: between two records, without a frame around them.
func cleanCut(format, head, whole string) bool {
	switch format {
	case "encase":
		return (len(head)-encaseHead)%encaseRecord == 0
	case "hashdeep":
		return strings.HasSuffix(head, "\n")
	case "hfind": // the offset ends the line
		return strings.HasSuffix(head, "\n") || whole[len(head)] == '\n' || whole[len(head)] == '\r' || strings.HasSuffix(head, "\r")
	case "nsrl-delta":
		rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(head), "/* faults */"))
		return !strings.HasPrefix(head, "BEGIN") && strings.HasSuffix(rest, ";") || strings.HasSuffix(rest, "COMMIT;")
	case "dfxml":
		return strings.HasSuffix(strings.TrimSpace(head), "</dfxml>")
	}
	return false
}

// However deep, long or endless a document is, little of it is kept in memory, and its end is an error.
func TestHostileXML(t *testing.T) {
	md5 := strings.Repeat("a1", 16)
	object := "<fileobject><md5>" + md5 + "</md5></fileobject>"
	for name, c := range map[string]struct {
		doc string
		is  error
	}{
		"deep":              {"<dfxml>" + strings.Repeat("<a>", 1000), hashmatch.ErrLimit},
		"deep in an object": {"<dfxml><fileobject>" + strings.Repeat("<a>", 1000), hashmatch.ErrLimit},
		"a tag of 2 MiB":    {"<dfxml>" + object + "<" + strings.Repeat("a", 2<<20), hashmatch.ErrLimit},
		"a text of 2 MiB":   {"<dfxml>" + object + strings.Repeat("a", 2<<20), hashmatch.ErrLimit},
		"a comment":         {"<dfxml>" + object + "<!--" + strings.Repeat("a", 2<<20), hashmatch.ErrLimit},
		"attributes":        {"<dfxml>" + object + "<a " + strings.Repeat("a='' ", 1<<19), hashmatch.ErrLimit},
		"an entity":         {"<dfxml>" + object + "&x;</dfxml>", hashmatch.ErrFormat},
		"not closed":        {"<dfxml>" + object, hashmatch.ErrIncomplete},
		"closed otherwise":  {"<dfxml>" + object + "</dfxlm>", hashmatch.ErrFormat},
		"another root":      {"<html>" + object + "</html>", hashmatch.ErrFormat},
		"nothing":           {"", hashmatch.ErrIncomplete},
	} {
		if _, _, err := foreign(t, []byte(c.doc), Options{Format: "dfxml"}); !errors.Is(err, c.is) || longHex.MatchString(err.Error()) {
			t.Errorf("%s: %v, want %v", name, err, c.is)
		}
	}
	wide := "<dfxml>" + object + "<fileobject>" + strings.Repeat("<a>"+strings.Repeat("x", 3000)+"</a>", 900) + "</fileobject><fileobject>" + strings.Repeat("<a/>", 2000) + "</fileobject></dfxml>"
	if _, r, err := foreign(t, []byte(wide), Options{}); err != nil || r.Kept != 1 || r.RefusedTotal() != 2 {
		t.Errorf("objects that are too large: %+v, %v", r, err)
	}
}

// A long name, built of many short lines, costs no more than its length.
func TestHashdeepLongNames(t *testing.T) {
	head := "%%%% HASHDEEP-1.0\n%%%% md5,filename\n"
	row := strings.Repeat("a1", 16) + ",x\n"
	_, r, err := foreign(t, []byte(head+row+strings.Repeat("y\n", 400_000)+row+strings.Repeat("y\n", 900_000)+row), Options{})
	if err != nil || r.Kept != 2 || r.RefusedTotal() != 1 {
		t.Errorf("%+v, %v", r.Refused, err)
	}
}

// Names with any bytes come back from hashdeep's text and from DFXML as they went in.
func TestNamesRoundTrip(t *testing.T) {
	r := testkit.Rand(t)
	const odd = "abc,\n\t \"'#%\x01\x7f\xff\xc3\xa9\xf3\xbf\xb8\x80|;"
	for range 300 {
		var names []string
		text, doc := "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n## \n", "<dfxml>\n"
		for range 1 + r.IntN(4) {
			name := make([]byte, 1+r.IntN(12))
			for i := range name {
				if name[i] = odd[r.IntN(len(odd))]; r.IntN(4) == 0 {
					name[i] = byte(1 + r.IntN(255))
				}
			}
			name[0], name[len(name)-1] = '/', '.' // an editor's empty lines at the end are no part of a name
			name = bytes.ReplaceAll(name, []byte("\r"), []byte("r"))
			names = append(names, string(name))
			md5 := hexDigits(r, 32)
			text += fmt.Sprintf("%d,%s,%s\n", r.IntN(100), md5, name)
			escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(string(name))
			doc += fmt.Sprintf("<fileobject><filename>%s</filename><hashdigest type='MD5'>%s</hashdigest></fileobject>\n", escaped, md5)
		}
		for _, d := range []string{text, doc + "</dfxml>\n"} {
			var got []string
			_, err := Read(iotest.HalfReader(strings.NewReader(d)), Options{}, func(e hashmatch.Entry) error {
				got = append(got, e.Names...)
				return nil
			})
			if err != nil || strings.Join(got, "\x00") != strings.Join(names, "\x00") {
				t.Fatalf("%q\n got %q\nwant %q, %v", d, got, names, err)
			}
		}
	}
}

// Whatever text the values of a delta are, they come back, and nothing in them is taken for SQL.
func TestDeltaRoundTrip(t *testing.T) {
	r := testkit.Rand(t)
	pieces := []string{"a", "''", ";", "--", "/*", "*/", "\n", "(", ")", ",", "\"", "COMMIT", " ", "\xff", "é", "VALUES", "\r\n"}
	for range 500 {
		var want []string
		doc := "BEGIN TRANSACTION;\n"
		for range 1 + r.IntN(4) {
			name := "x"
			for range r.IntN(8) {
				name += pieces[r.IntN(len(pieces))]
			}
			want = append(want, strings.ReplaceAll(name, "''", "'"))
			doc += fmt.Sprintf("INSERT INTO FILE(sha256,sha1,md5,crc32,file_name,file_size,package_id) VALUES('%s','%s','%s','','%s',1,2); -- it's\n",
				hexDigits(r, 64), hexDigits(r, 40), hexDigits(r, 32), name)
		}
		var got []string
		_, err := Read(iotest.HalfReader(strings.NewReader(doc+"COMMIT;")), Options{}, func(e hashmatch.Entry) error {
			got = append(got, e.Names...)
			return nil
		})
		if err != nil || strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("%q\n got %q\nwant %q, %v", doc, got, want, err)
		}
	}
}

func FuzzForeign(f *testing.F) {
	n := 0
	for _, doc := range allDocuments(f) {
		n++
		f.Add(doc)
	}
	testkit.AtLeast(f, 30, n, "seeds")
	f.Fuzz(func(t *testing.T, doc string) {
		for _, format := range []string{"hashdeep", "dfxml", "hfind", "encase", "nsrl-delta", ""} {
			text, report, err := foreign(t, []byte(doc), Options{Format: format})
			for _, s := range append(report.Samples, report.Oddness...) {
				if longHex.MatchString(s.Reason) {
					t.Fatalf("a hash is told: %s", text)
				}
			}
			if err != nil && longHex.MatchString(err.Error()) {
				t.Fatalf("a hash is told: %v", err)
			}
		}
	})
}
