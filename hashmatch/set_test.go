package hashmatch

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch/internal/setfile"
	"github.com/hashmatch/engine/internal/testkit"
)

var testInfo = Info{Name: "test", Disposition: KnownBad}

// randomEntry makes an entry; pool > 0 draws digests from so few values that entries meet.
func randomEntry(r *rand.Rand, pool int) Entry {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var e Entry
	for _, k := range Kinds() {
		if r.IntN(3) == 0 {
			h := EntryHash{Hash: randomHash(r, k, pool)}
			for range 1 + r.IntN(3) { // several qualities of one hash, some unknown
				if k.Perceptual() && r.IntN(2) == 0 {
					h.Quality = QualityOf(r.IntN(101))
				}
				e.Hashes = append(e.Hashes, h)
			}
		}
	}
	if len(e.Hashes) == 0 {
		e.Hashes = []EntryHash{{Hash: randomHash(r, SHA1, pool)}}
	}
	if r.IntN(3) == 0 {
		e.Size, e.HasSize = int64(r.IntN(3)), true
	}
	e.ID, e.Category, e.Series = pick("", "", "7"), pick("", "", "0", "1"), pick("", "", "s")
	e.Comments = pick("", "", "", "said by one")
	for range r.IntN(3) {
		e.Tags, e.Names = append(e.Tags, pick("x", "y")), append(e.Names, pick("a.jpg", "b\xff.jpg"))
		e.Sources = append(e.Sources, pick("lab", "agency"))
	}
	if r.IntN(8) == 0 {
		e.Flags.Distributed = Flag(r.IntN(3))
		e.Extras = append(e.Extras, Extra{Name: "photodna", Data: []byte{byte(r.IntN(2)), 2, 3}})
	}
	return e
}

func buildBytes(t testing.TB, info Info, entries ...Entry) []byte {
	t.Helper()
	b := NewBuilder(info)
	for _, e := range entries {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	n, err := b.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Fatalf("WriteTo: %d of %d bytes, %v", n, out.Len(), err)
	}
	return out.Bytes()
}

func mustOpen(t testing.TB, data []byte) *Set {
	t.Helper()
	s, err := OpenBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomEntries(r *rand.Rand, n, pool int) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = randomEntry(r, pool)
	}
	return entries
}

// What goes in comes out: entries that do not meet keep everything they say.
func TestSetKeepsEntries(t *testing.T) {
	r := testkit.Rand(t)
	n := 0
	for range 40 {
		entries := randomEntries(r, r.IntN(60), 0)
		var want []*Entry
		for _, e := range entries {
			want = append(want, slowNormal(e))
		}
		slices.SortFunc(want, compareEntries)
		s := mustOpen(t, buildBytes(t, testInfo, entries...))
		var got []*Entry
		for i, e := range s.Entries() {
			if int(i) != len(got) || !reflect.DeepEqual(e, s.Entry(i)) {
				t.Fatalf("entry %d comes out of order", i)
			}
			got = append(got, &e)
			n++
		}
		if !slices.EqualFunc(got, want, func(a, b *Entry) bool { return compareEntries(a, b) == 0 }) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
		if !reflect.DeepEqual(s.Info(), testInfo) || s.Len() != len(want) {
			t.Fatalf("info %v, %d entries", s.Info(), s.Len())
		}
		if err := s.Verify(); err != nil {
			t.Fatal(err)
		}
	}
	testkit.AtLeast(t, 500, n, "entries")
}

// The bytes of a set do not depend on the order of its entries, even where merging has to choose.
func TestSetBytesDoNotDependOnOrder(t *testing.T) {
	r := testkit.Rand(t)
	merged, apart := 0, 0
	for range 200 {
		entries := randomEntries(r, 2+r.IntN(30), 6)
		first := buildBytes(t, testInfo, entries...)
		for range 5 {
			r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			if !bytes.Equal(buildBytes(t, testInfo, entries...), first) {
				t.Fatal("another order, other bytes")
			}
		}
		b := NewBuilder(testInfo)
		for _, e := range entries {
			if err := b.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		c, err := b.Counts()
		if err != nil || c.Added != len(entries) || c.Added != c.Entries+c.Merged {
			t.Fatalf("counts %+v, %v", c, err)
		}
		merged, apart = merged+c.Merged, apart+c.Apart
	}
	testkit.AtLeast(t, 200, merged, "merged entries")
	testkit.AtLeast(t, 200, apart, "contradicting entries")
}

// Building a set from a set's entries gives the set again: nothing is left to merge.
func TestSetIsAFixedPoint(t *testing.T) {
	r := testkit.Rand(t)
	for range 50 {
		data := buildBytes(t, testInfo, randomEntries(r, 40, 6)...)
		var again []Entry
		for _, e := range mustOpen(t, data).Entries() {
			again = append(again, e)
		}
		if !bytes.Equal(buildBytes(t, testInfo, again...), data) {
			t.Fatal("the entries of a set make another set")
		}
	}
}

func TestMerge(t *testing.T) {
	h := func(k Kind, v byte) EntryHash {
		x, _ := NewHash(k, bytes.Repeat([]byte{v}, k.Size()))
		return EntryHash{Hash: x}
	}
	cases := []struct {
		name    string
		in      []Entry
		entries int
		apart   int
	}{
		{"the same twice", []Entry{{Hashes: []EntryHash{h(MD5, 1)}}, {Hashes: []EntryHash{h(MD5, 1)}}}, 1, 0},
		{"a shared digest", []Entry{{Hashes: []EntryHash{h(MD5, 1)}}, {Hashes: []EntryHash{h(MD5, 1), h(SHA1, 2)}}}, 1, 0},
		{"a chain", []Entry{{Hashes: []EntryHash{h(MD5, 1)}}, {Hashes: []EntryHash{h(SHA1, 2)}}, {Hashes: []EntryHash{h(MD5, 1), h(SHA1, 2)}}}, 1, 0},
		{"another digest differs", []Entry{{Hashes: []EntryHash{h(MD5, 1), h(SHA1, 2)}}, {Hashes: []EntryHash{h(MD5, 1), h(SHA1, 3)}}}, 2, 1},
		{"sizes differ", []Entry{{Hashes: []EntryHash{h(MD5, 1)}, Size: 1, HasSize: true}, {Hashes: []EntryHash{h(MD5, 1)}, Size: 2, HasSize: true}}, 2, 1},
		{"categories differ", []Entry{{Hashes: []EntryHash{h(MD5, 1)}, Category: "0"}, {Hashes: []EntryHash{h(MD5, 1)}, Category: "1"}}, 2, 1},
		{"a category is added", []Entry{{Hashes: []EntryHash{h(MD5, 1)}}, {Hashes: []EntryHash{h(MD5, 1)}, Category: "1"}}, 1, 0},
		{"perceptual hashes never merge", []Entry{{Hashes: []EntryHash{h(PDQ, 1)}, Names: []string{"a"}}, {Hashes: []EntryHash{h(PDQ, 1)}, Names: []string{"b"}}}, 2, 0},
		{"flags differ", []Entry{{Hashes: []EntryHash{h(MD5, 1)}, Flags: Flags{Suspected: Yes}}, {Hashes: []EntryHash{h(MD5, 1)}, Flags: Flags{Suspected: No}}}, 2, 1},
		{"photodna differs", []Entry{{Hashes: []EntryHash{h(MD5, 1)}, Extras: []Extra{{"photodna", []byte{1}}}}, {Hashes: []EntryHash{h(MD5, 1)}, Extras: []Extra{{"photodna", []byte{2}}}}}, 1, 0},
	}
	for _, c := range cases {
		b := NewBuilder(testInfo)
		for _, e := range c.in {
			if err := b.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		got, err := b.Counts()
		if err != nil || got.Entries != c.entries || got.Apart != c.apart {
			t.Errorf("%s: %+v, %v; want %d entries, %d apart", c.name, got, err, c.entries, c.apart)
		}
	}
	testkit.AtLeast(t, 10, len(cases), "cases")
}

func TestBuilderRefuses(t *testing.T) {
	md5 := EntryHash{Hash: randomHash(testkit.Rand(t), MD5, 1)}
	other := EntryHash{Hash: randomHash(testkit.Rand(t), MD5, 0)}
	bad := map[string]Entry{
		"no hash":               {},
		"the zero hash":         {Hashes: []EntryHash{{}}},
		"two digests of a kind": {Hashes: []EntryHash{md5, other}},
		"a digest's quality":    {Hashes: []EntryHash{{Hash: md5.Hash, Quality: QualityOf(7)}}},
		"a quality above 100":   {Hashes: []EntryHash{{Hash: Hash64(PHash, 1), Quality: 200}}},
		"a flag of no state":    {Hashes: []EntryHash{md5}, Flags: Flags{Suspected: 3}},
		"a negative size":       {Hashes: []EntryHash{md5}, Size: -1, HasSize: true},
	}
	for name, e := range bad {
		if err := NewBuilder(testInfo).Add(e); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	testkit.AtLeast(t, 7, len(bad), "bad entries")
	for _, info := range []Info{{}, {Name: "x"}, {Disposition: KnownBad}, {Name: "x", Disposition: 9}, {Name: "\xff", Disposition: Other}, {Name: "a\x1b[2J", Disposition: Other}, {Name: "x", Description: "\n", Disposition: Other}, {Name: "a\u202eb", Disposition: Other}} {
		if _, err := NewBuilder(info).WriteTo(&bytes.Buffer{}); !errors.Is(err, ErrFormat) {
			t.Errorf("info %+v: %v", info, err)
		}
	}
}

// smallSet is a set file with every section and every field in it.
func smallSet(t testing.TB) []byte {
	r := rand.New(rand.NewPCG(7, 7))
	entries := []Entry{}
	for i, k := range Kinds() {
		e := Entry{Hashes: []EntryHash{{Hash: randomHash(r, k, 0)}}}
		if k.Perceptual() {
			e.Hashes[0].Quality = QualityOf(10 * i)
			e.Hashes = append(e.Hashes, EntryHash{Hash: randomHash(r, k, 0)}, EntryHash{Hash: randomHash(r, SHA256, 0)})
		}
		entries = append(entries, e)
	}
	entries[0] = Entry{
		ID: "4711", Hashes: entries[0].Hashes, Size: 1234, HasSize: true, Category: "2", Series: "series", Tags: []string{"b", "a"},
		Names: []string{"x.jpg", "y\xff.jpg"}, Sources: []string{"lab"}, Comments: "a comment",
		Flags: Flags{Distributed: Yes, Suspected: No}, Extras: []Extra{{"photodna", []byte{1, 2, 3}}},
	}
	info := Info{Name: "small", Disposition: KnownBad, Description: "every field", Scheme: &Scheme{"s", []Category{{"2", "label", 3}}}}
	return buildBytes(t, info, entries...)
}

func TestEveryBitFlipIsRefused(t *testing.T) {
	data := smallSet(t)
	n := 0
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			if _, err := OpenBytes(bytes.Clone(data)); err == nil {
				t.Errorf("byte %d bit %d: no error", i, bit)
			} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
				t.Errorf("byte %d bit %d: %v", i, bit, err)
			}
			data[i] ^= 1 << bit
			n++
		}
	}
	testkit.AtLeast(t, 8000, n, "bit flips")
}

func TestEveryTruncationIsRefused(t *testing.T) {
	data := smallSet(t)
	for n := range data {
		if _, err := OpenBytes(data[:n:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(data))
		}
		if n > 0 {
			if _, err := OpenBytes(append(bytes.Clone(data), data[:n]...)); err == nil {
				t.Errorf("%d bytes appended: no error", n)
			}
		}
	}
	testkit.AtLeast(t, 1000, len(data), "truncations")
}

// A file whose checksums are right but whose content is hostile gives an error or a set, never a panic or a wild read.
func TestHostileSectionsNeverPanic(t *testing.T) {
	r := testkit.Rand(t)
	data := smallSet(t)
	f, err := setfile.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	opened, n := 0, 4000
	if testing.Short() {
		n = 500
	}
	for range n {
		sections := slices.Clone(f.Sections)
		i := r.IntN(len(sections))
		sections[i].Data = mutated(r, sections[i].Data)
		if openHostile(t, sections) {
			opened++
		}
	}
	t.Logf("%d of %d hostile files opened as sets", opened, n)
}

func mutated(r *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	for range 1 + r.IntN(3) {
		switch i := r.IntN(len(data) + 1); r.IntN(4) {
		case 0:
			data = data[:i]
		case 1:
			data = slices.Insert(data, i, byte(r.Uint32()))
		default:
			if i < len(data) {
				data[i] = []byte{0, 1, 0xff, byte(r.Uint32()), data[i] + 1}[r.IntN(5)]
			}
		}
	}
	return data
}

// openHostile opens a file of the given sections. What opens must be exactly what its info and entries would be written as:
// there is one form of every set, and nothing in a file that does not count.
func openHostile(t testing.TB, sections []setfile.Section) bool {
	var out bytes.Buffer
	if _, err := setfile.Write(&out, setfile.Header{}, sections); err != nil {
		t.Fatal(err)
	}
	s, err := OpenBytes(out.Bytes())
	if err != nil {
		return false
	}
	var entries []*Entry
	for _, e := range s.Entries() {
		entries = append(entries, &e)
	}
	if !bytes.Equal(slowBytes(s.Info(), entries), out.Bytes()) {
		t.Fatal("a file that opens is not the one that its entries make")
	}
	return true
}

func FuzzOpenBytes(f *testing.F) {
	data := smallSet(f)
	parsed, err := setfile.Parse(data)
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range parsed.Sections {
		f.Add(uint8(i), s.Data)
	}
	f.Fuzz(func(t *testing.T, i uint8, section []byte) {
		sections := slices.Clone(parsed.Sections)
		sections[int(i)%len(sections)].Data = section
		openHostile(t, sections)
		openUnchecked(t, sections)
		OpenBytes(section)
	})
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	future := bytes.Clone(smallSet(t))
	future[8] = 2
	cases := []struct {
		path, says string
		is         error
	}{
		{filepath.Join(dir, "missing.hms"), "", os.ErrNotExist},
		{dir, "is a directory", nil},
		{write("empty.hms", nil), "empty", ErrCorrupt},
		{write("text.hms", []byte("hello, this is no set file at all")), "not a set file", ErrFormat},
		{write("future.hms", future), "newer version", ErrUnsupported},
		{write("cut.hms", smallSet(t)[:20]), "cut short", ErrCorrupt},
	}
	for _, c := range cases {
		for i, opts := range [][]Option{nil, {Mapped()}, {Mapped(), StructureOnly()}} {
			_, err := Open(c.path, opts...)
			if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%s, options %d: %v", c.path, i, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.path) {
				t.Errorf("the error does not name the file: %v", err)
			}
		}
	}
	testkit.AtLeast(t, 6, len(cases), "faulty files")
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.hms")
	b := NewBuilder(testInfo)
	for _, e := range randomEntries(testkit.Rand(t), 30, 0) {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second one replaces the first
		if err := b.WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(path)
	if err != nil || s.Len() != 30 {
		t.Fatal(s, err)
	}
	if fi, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	if err := b.WriteFile(dir); err == nil {
		t.Error("a directory was written over")
	}
	if err := NewBuilder(Info{}).WriteFile(path); err == nil {
		t.Error("a set without a name was written")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("temporary files stay behind: %v", left)
	}
}
