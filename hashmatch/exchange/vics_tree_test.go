package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// tree is a JSON value that keeps the order of members: nil, bool, json.Number, string, []tree or members.
type tree any

type members []pair

type pair struct {
	name  string
	value tree
}

// parseTree reads one JSON value with encoding/json.
func parseTree(t testing.TB, text string) tree {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := treeOf(d)
	if err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Fatalf("more follows: %v", err)
	}
	return v
}

func treeOf(d *json.Decoder) (tree, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []tree{}
		for d.More() {
			v, err := treeOf(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		object := members{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := treeOf(d)
			if err != nil {
				return nil, err
			}
			object = append(object, pair{name.(string), v})
		}
		_, err := d.Token()
		return object, err
	}
	return token, nil
}

// render spells a tree; with r, in one of many ways.
func render(b *strings.Builder, v tree, r *rand.Rand) {
	space := func() {
		for r != nil && r.IntN(6) == 0 {
			b.WriteString([]string{" ", "\n", "\r\n", "\t", "          "}[r.IntN(5)])
		}
	}
	switch v := v.(type) {
	case members:
		b.WriteByte('{')
		for i, m := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			space()
			render(b, m.name, r)
			space()
			b.WriteByte(':')
			space()
			render(b, m.value, r)
			space()
		}
		b.WriteByte('}')
	case []tree:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			space()
			render(b, e, r)
			space()
		}
		b.WriteByte(']')
	case string:
		renderText(b, v, r)
	case nil:
		b.WriteString("null")
	default:
		fmt.Fprint(b, v)
	}
}

func renderText(b *strings.Builder, s string, r *rand.Rand) {
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '/' && r != nil && r.IntN(2) == 0:
			b.WriteString(`\/`)
		case c > 0xffff && r != nil && r.IntN(3) == 0:
			fmt.Fprintf(b, `\u%04x\u%04X`, 0xd800+(c-0x10000)>>10, 0xdc00+(c-0x10000)&0x3ff)
		case c < ' ' || r != nil && c <= 0xffff && r.IntN(60) == 0:
			fmt.Fprintf(b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
}

func rendered(v tree) string {
	var b strings.Builder
	render(&b, v, nil)
	return b.String()
}

// random makes records of every quirk.
type random struct {
	*rand.Rand
	onePhotoDNA bool // at most one PhotoDNA value in a record
	photoDNA    int
	md5         string
}

func (r *random) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return fmt.Sprintf("%X", b)
}

func (r *random) word() string {
	return []string{"", "a", "brook", "Fähre", "雪", "𝄞 clef", `C:\Users\x\`, "a \"quoted\" one", "tab\tand\nline", "2023-06-07T02:31:49.8300Z",
		"2023-06-07T02:31:49+01:00Z", "2024-01-01T00:00:00-05:00", "/Date(1686105109830)/", "9/9/2024 9:59:59 PM (UTC-5)", "12345678", "true",
		strings.Repeat("long ", 30), r.hex(16), strings.ToLower(r.hex(20)), r.hex(3)}[r.IntN(20)]
}

func (r *random) number() json.Number {
	return json.Number([]string{"0", "7", "95", "96", "-1", "9007199254740993", "9223372036854775807", "123456789012345678901234567890", "1.50", "2e9", "-0"}[r.IntN(11)])
}

func (r *random) any(depth int) tree {
	switch n := r.IntN(9); {
	case n == 0:
		return nil
	case n == 1:
		return r.IntN(2) == 0
	case n < 4:
		return r.number()
	case n == 4 && depth < 4:
		list := []tree{}
		for range r.IntN(4) {
			list = append(list, r.any(depth+1))
		}
		return list
	case n == 5 && depth < 4:
		object := members{}
		for range r.IntN(4) {
			object = append(object, pair{r.name(), r.any(depth + 1)})
		}
		return object
	}
	return r.word()
}

func (r *random) name() string {
	if r.IntN(3) == 0 {
		return r.cased(vicsSpelling[1+r.IntN(int(vicsNames)-1)])
	}
	return "Other" + r.hex(1)
}

// cased writes a name in another letter case at times.
func (r *random) cased(name string) string {
	switch r.IntN(12) {
	case 0:
		return strings.ToLower(name)
	case 1:
		return strings.ToUpper(name)
	case 2:
		return strings.ToLower(name[:1]) + name[1:]
	case 3:
		b := []byte(name)
		for i := range b {
			if r.IntN(2) == 0 {
				b[i] ^= 0x20 * (b[i] >> 6)
			}
		}
		return string(b)
	}
	return name
}

// media makes one record, mostly in the usual order.
func (r *random) media() members {
	r.photoDNA, r.md5 = 0, r.hex(16)
	var m members
	for n := nameMediaID; n <= lastOfMedia; n++ {
		if r.IntN(3) == 0 && n != nameMD5 {
			continue
		}
		m = append(m, pair{r.cased(vicsSpelling[n]), r.mediaValue(n)})
	}
	for range r.IntN(3) {
		name := r.name()
		if strings.EqualFold(name, "Media") {
			continue // which makes it a case
		}
		n, _ := nameOf([]byte(name))
		value := r.any(0)
		if n <= lastOfMedia {
			value = r.mediaValue(n)
		}
		at := r.IntN(len(m) + 1)
		m = append(m[:at:at], append(members{{name, value}}, m[at:]...)...)
	}
	if r.IntN(8) == 0 {
		r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	}
	if r.IntN(8) == 0 {
		m = append(m, pair{"odata.id", "Media(1)"}, pair{"MediaFiles@odata.navigationLinkUrl", "Media(1)/MediaFiles"})
	}
	return m
}

// mediaValue makes a value as the member has it, or at times any other.
func (r *random) mediaValue(n vicsName) tree {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		return ""
	case 2:
		if n != nameMD5 {
			return r.any(1)
		}
	}
	switch n {
	case nameMediaID, nameCategory, nameMediaSize:
		if r.IntN(4) == 0 {
			return string(r.number())
		}
		return r.number()
	case nameMD5:
		return r.letters(r.md5)
	case nameSHA1:
		return r.letters(r.hex(20))
	case nameSHA256:
		return r.letters(r.hex(32))
	case nameSeries:
		return []tree{r.word(), members{{"Name", r.word()}}, members{{"Name", r.word()}, {"ID", r.number()}}, members{{"ID", "x"}}, members{{"id", "x"}, {"name", r.word()}}}[r.IntN(5)]
	case nameTags:
		list := []tree{}
		for range r.IntN(4) {
			list = append(list, r.word())
		}
		return []tree{r.word(), list, list}[r.IntN(3)]
	case namePhotoDNA:
		return r.photoDNAText()
	case nameAlternativeHashes:
		list := []tree{}
		for range r.IntN(3) {
			list = append(list, r.alternative())
		}
		return list
	case nameExifs:
		return []tree{members{{"MD5", r.md5}, {"PropertyName", r.word()}, {"PropertyValue", r.word()}}}
	case nameMediaFiles:
		list := []tree{}
		for range r.IntN(3) {
			list = append(list, r.file())
		}
		return list
	}
	if n >= nameVictimIdentified && n <= nameIsPrecategorized {
		return []tree{true, false, "true", "false", "True", "maybe"}[r.IntN(6)]
	}
	return r.word()
}

func (r *random) letters(digits string) string {
	switch r.IntN(5) {
	case 0:
		return strings.ToLower(digits)
	case 1:
		return strings.ToLower(digits[:9]) + digits[9:]
	}
	return digits
}

func (r *random) alternative() tree {
	name, value := "PDQ", r.letters(r.hex(32))
	switch r.IntN(5) {
	case 0:
		name, value = "PhotoDNA", r.photoDNAText()
	case 1:
		name, value = "phash", r.hex(8)
	case 2:
		name, value = "SHA-256", r.hex(32)
	}
	m := members{{"MD5", r.md5}, {"HashName", name}, {"HashValue", value}}
	r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	if r.IntN(3) == 0 {
		m = append(m, pair{"Other", r.any(2)})
	}
	return m
}

func (r *random) file() tree {
	name := r.word()
	m := members{{"MD5", r.md5}, {"FileName", name}, {"FilePath", `D:\` + r.word() + name}, {"Created", r.word()}, {"Written", r.word()}}
	if r.IntN(3) == 0 {
		m = append(m, pair{r.name(), r.any(2)}, pair{"ParentMD5", r.hex(16)}, pair{"Unallocated", r.IntN(2) == 0})
	}
	if r.IntN(6) == 0 {
		r.Shuffle(len(m), func(i, j int) { m[i], m[j] = m[j], m[i] })
	}
	return m
}

func (r *random) photoDNAText() string {
	r.photoDNA++
	switch n := r.IntN(8); {
	case n == 0 || r.onePhotoDNA && r.photoDNA > 1:
		return r.hex(100)
	case n == 1:
		return r.hex(photoDNASize)
	case n == 2:
		return strings.ToLower(r.hex(photoDNASize))
	}
	raw, err := hex.DecodeString(r.hex(photoDNASize))
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// document spells records as a document.
func (r *random) document(records []members) string {
	var b strings.Builder
	list := make([]tree, len(records))
	for i, m := range records {
		list[i] = m
	}
	root := members{{"@odata.context", "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"}, {"value", list}}
	if r.IntN(3) == 0 {
		b.WriteString(bom)
	}
	render(&b, root, r.Rand)
	return b.String()
}
