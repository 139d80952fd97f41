package sqlitein

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
	"github.com/hashmatch/engine/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The schemas of NIST's and of The Sleuth Kit's databases, as far as they matter here.
const (
	minimalSchema = `
CREATE TABLE FILE (sha256 VARCHAR NOT NULL, sha1 VARCHAR NOT NULL, md5 VARCHAR NOT NULL, crc32 VARCHAR NOT NULL, file_name VARCHAR NOT NULL,
 file_size INTEGER NOT NULL, package_id INTEGER NOT NULL,
 CONSTRAINT PK_FILE__FILE PRIMARY KEY (sha256, sha1, md5, crc32, file_name, file_size, package_id));
CREATE TABLE PKG (package_id INTEGER NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE VERSION (version VARCHAR UNIQUE NOT NULL, description VARCHAR NOT NULL);
CREATE VIEW DISTINCT_HASH AS SELECT DISTINCT sha256, sha1, md5, crc32 FROM FILE;`
	fullSchema = `
CREATE TABLE PACKAGE_OBJECT (package_object_id INTEGER UNIQUE NOT NULL, package_id INTEGER NOT NULL, object_id INTEGER UNIQUE NOT NULL, PRIMARY KEY (package_object_id));
CREATE TABLE METADATA (metadata_id NUMERIC UNIQUE NOT NULL, object_id INTEGER, key_hash VARCHAR NOT NULL, file_name VARCHAR NOT NULL,
 extension VARCHAR DEFAULT '' NOT NULL, bytes INTEGER NOT NULL, mtime TIMESTAMP, crc32 VARCHAR NOT NULL, md5 VARCHAR NOT NULL, sha1 VARCHAR NOT NULL,
 sha256 VARCHAR NOT NULL, PRIMARY KEY (metadata_id));
CREATE VIEW FILE AS SELECT UPPER(md.sha256) AS sha256, UPPER(md.sha1) AS sha1, UPPER(md.md5) AS md5,
 CASE md.extension WHEN '' THEN md.file_name ELSE md.file_name||'.'||md.extension END AS file_name, md.bytes AS file_size, po.package_id
 FROM METADATA AS md, PACKAGE_OBJECT AS po WHERE md.object_id = po.object_id;`
	kdbSchema = `
CREATE TABLE db_properties (name TEXT NOT NULL, value TEXT);
INSERT INTO db_properties VALUES('Schema Version','1');
CREATE TABLE hashes (id INTEGER PRIMARY KEY AUTOINCREMENT, md5 BINARY(16) UNIQUE, sha1 BINARY(20), sha2_256 BINARY(32));
CREATE TABLE file_names (name TEXT NOT NULL, hash_id INTEGER NOT NULL, PRIMARY KEY(name, hash_id));
CREATE TABLE comments (comment TEXT NOT NULL, hash_id INTEGER NOT NULL, PRIMARY KEY(comment, hash_id));
CREATE INDEX md5_index ON hashes(md5);`
)

func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789ABCDEF"[r.IntN(16)]
	}
	return string(b)
}

func fileRow(r *rand.Rand, name string, size any) string {
	return fmt.Sprintf("INSERT INTO FILE VALUES('%s','%s','%s','%s','%s',%v,%d);", digits(r, 64), digits(r, 40), digits(r, 32), digits(r, 8), name, size, r.IntN(9))
}

// make writes a database and returns its path.
func makeDB(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known % #?.db")
	db, err := sql.Open("sqlite", address(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

var longHex = regexp.MustCompile(`[0-9a-fA-F]{16}`)

// readDB writes down all that was taken of a database and told of it.
func readDB(t testing.TB, path string) (string, error) {
	t.Helper()
	var b strings.Builder
	report, err := Read(context.Background(), path, func(e hashmatch.Entry) error {
		for _, h := range e.Hashes {
			fmt.Fprintf(&b, "%s ", h.Hash)
		}
		if e.HasSize {
			fmt.Fprintf(&b, "size %d ", e.Size)
		}
		fmt.Fprintf(&b, "%q %q\n", e.Names, e.Comments)
		return nil
	}, nil)
	fmt.Fprintf(&b, "%s: %d read, %d kept, %d refused\n", report.Format, report.Read, report.Kept, report.RefusedTotal())
	told := fmt.Sprint(err)
	for _, s := range append(report.Samples, report.Oddness...) {
		told += fmt.Sprintf("\n%s: %s", s.Place, s.Reason)
	}
	if report.Read != report.Kept+report.RefusedTotal()+report.Removed || longHex.MatchString(told) {
		t.Errorf("%+v\n%s", report, told)
	}
	fmt.Fprintf(&b, "%s\n", strings.TrimPrefix(told, "<nil>\n"))
	return b.String(), err
}

// The databases that are read, with the faults that single rows may have.
func TestDatabases(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	md5, sha1, sha256 := digits(r, 32), digits(r, 40), digits(r, 64)
	full := func(id, object any, name, extension string) string {
		return fmt.Sprintf("INSERT INTO METADATA VALUES(%v,%v,'k','%s','%s',77,NULL,'','%s','%s','%s');", id, object, name, extension, strings.ToLower(digits(r, 32)), strings.ToLower(digits(r, 40)), strings.ToLower(digits(r, 64)))
	}
	paths := map[string]string{
		"nsrl-minimal": makeDB(t, minimalSchema, fileRow(r, "a|b.dll", 1), fileRow(r, "it''s", 0), fileRow(r, "", int64(1<<40)),
			fmt.Sprintf("INSERT INTO FILE VALUES('%s','%s','%s','','first',5,1);INSERT INTO FILE VALUES('%s','%s','%s','','second',5,2);", sha256, sha1, md5, sha256, sha1, md5),
			"INSERT INTO FILE VALUES('','','"+md5+"','','only md5',5,1);", "INSERT INTO FILE VALUES('','','','','no digest',5,1);",
			fileRow(r, "negative", -1), fileRow(r, "no number", "'many'"), fileRow(r, "a float", "1.5"), fileRow(r, "a blob", "x'00ff'"),
			"INSERT INTO FILE VALUES('"+sha256[1:]+"','','','','short',5,1);", "INSERT INTO FILE VALUES('a|b','','','','bar',5,1);",
			"INSERT INTO FILE VALUES('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855','','','','empty',0,1);"),
		"nsrl-full": makeDB(t, fullSchema, "INSERT INTO PACKAGE_OBJECT VALUES(1,1,10);", full(1, 10, "setup", "exe"), full(2, 10, "readme", ""),
			full(3, 11, "of no package", ""), full(4, "NULL", "of nothing", "")),
		"kdb": makeDB(t, kdbSchema, "INSERT INTO hashes VALUES(1,x'"+md5+"',NULL,NULL),(3,NULL,x'"+sha1+"',x'"+sha256+"'),(4,'"+strings.ToLower(digits(r, 32))+"',NULL,NULL),(5,NULL,NULL,NULL),(6,x'00',NULL,NULL);",
			"INSERT INTO file_names VALUES('b',3),('a',3),('stray',2),('x',1),('stray',9);", "INSERT INTO comments VALUES('two',3),('one',3);"),
		"kdb-version": makeDB(t, kdbSchema, "UPDATE db_properties SET value='2'", "INSERT INTO hashes VALUES(1,x'"+md5+"',NULL,NULL);"),
		"wal":         makeDB(t, "PRAGMA journal_mode=WAL;", minimalSchema, fileRow(r, "a", 1)),
	}
	for name, path := range paths {
		got, err := readDB(t, path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		testkit.Golden(t, filepath.Join("testdata", name+".golden"), []byte(got))
	}
	testkit.AtLeast(t, 5, len(paths), "databases")
	if runtime.GOOS != "windows" {
		if _, err := readDB(t, "/"+paths["kdb"]); err != nil {
			t.Errorf("a path with two slashes: %v", err)
		}
	}
}

// A database that cannot be trusted is refused, and the error says why.
func TestRefused(t *testing.T) {
	r := testkit.Rand(t)
	whole := makeDB(t, "PRAGMA page_size=512;", minimalSchema, fileRow(r, "a", 1), fileRow(r, "b", 1))
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	beside := func(suffix string) string {
		path := makeDB(t, minimalSchema, fileRow(r, "a", 1))
		if err := os.WriteFile(path+suffix, []byte("changes"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := func(data []byte) string {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	scrambled := slices.Clone(data)
	for i := 100; i < len(scrambled); i++ {
		scrambled[i] = byte(r.Uint32())
	}
	noPages := slices.Clone(data)
	noPages[16], noPages[17] = 3, 7
	cases := []struct {
		name, path string
		is         error
		says       string
	}{
		{"a write-ahead log", beside("-wal"), hashmatch.ErrIncomplete, "-wal"},
		{"a hot journal", beside("-journal"), hashmatch.ErrIncomplete, "-journal"},
		{"nothing", file(nil), hashmatch.ErrIncomplete, "head"},
		{"no database", file([]byte(strings.Repeat("text ", 100))), hashmatch.ErrFormat, "encrypted"},
		{"encrypted behind its head", file(scrambled), hashmatch.ErrCorrupt, ""},
		{"pages of no size", file(noPages), hashmatch.ErrFormat, "pages"},
		{"cut", file(data[:len(data)-512]), hashmatch.ErrIncomplete, "bytes"},
		{"cut in a page", file(data[:len(data)-1]), hashmatch.ErrIncomplete, "bytes"},
		{"other tables", makeDB(t, "CREATE TABLE moz_places(id, url);"), hashmatch.ErrFormat, "neither"},
		{"no rows", makeDB(t, minimalSchema), hashmatch.ErrFormat, "no records"},
		{"a view", makeDB(t, "CREATE VIEW FILE AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x sha256, x sha1, x md5, x file_name, x file_size FROM c;"), hashmatch.ErrFormat, "neither"},
		{"a virtual table", makeDB(t, "CREATE VIRTUAL TABLE FILE USING fts5(sha256, sha1, md5, file_name, file_size);"), hashmatch.ErrFormat, "neither"},
		{"a computed column", makeDB(t, "CREATE TABLE FILE(sha256, sha1, md5, file_size, file_name AS (printf('%.*c',900000,'x')));", "INSERT INTO FILE VALUES(1,2,3,4);"), hashmatch.ErrUnsupported, "computed"},
		{"a column that is missing", makeDB(t, "CREATE TABLE FILE(sha256, sha1, md5, file_size);", "INSERT INTO FILE VALUES(1,2,3,4);"), hashmatch.ErrFormat, "no column FILE_NAME"},
		{"a huge value", makeDB(t, minimalSchema, fileRow(r, strings.Repeat("x", 2<<20), 1)), hashmatch.ErrLimit, "value"},
		{"a folder", t.TempDir(), hashmatch.ErrFormat, "file"},
		{"no file", filepath.Join(t.TempDir(), "none"), os.ErrNotExist, ""},
	}
	for _, c := range cases {
		start := time.Now()
		if _, err := readDB(t, c.path); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v that says %q", c.name, err, c.is, c.says)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %v", c.name, took)
		}
	}
	testkit.AtLeast(t, 17, len(cases), "databases")
}

// Nothing is written beside a database, nor to it, even where that could be done; and it can be read where it cannot.
func TestFolderUnchanged(t *testing.T) {
	r := testkit.Rand(t)
	for _, schema := range [][]string{{minimalSchema, fileRow(r, "a", 1)}, {"PRAGMA journal_mode=WAL;", minimalSchema, fileRow(r, "a", 1)}, {kdbSchema, "INSERT INTO hashes VALUES(1,x'" + digits(r, 32) + "',NULL,NULL)"}} {
		path := makeDB(t, schema...)
		before := folder(t, filepath.Dir(path))
		for _, mode := range []os.FileMode{0o700, 0o500} {
			if err := os.Chmod(filepath.Dir(path), mode); err != nil {
				t.Fatal(err)
			}
			if _, err := readDB(t, path); err != nil {
				t.Error(err)
			}
			if after := folder(t, filepath.Dir(path)); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		}
		os.Chmod(filepath.Dir(path), 0o700)
	}
}

func folder(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AtLeast(t, 1, len(entries), "files")
	text := ""
	for _, e := range entries {
		fi, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintln(e.Name(), fi.Size(), fi.ModTime(), slices.Equal(data, nil), len(data), fmt.Sprintf("%x", sum(data)))
	}
	return text
}

func sum(data []byte) (n uint64) {
	for _, b := range data {
		n = n*1099511628211 + uint64(b)
	}
	return n
}

// many makes a database of many rows.
func many(t testing.TB, rows int) string {
	return makeDB(t, "PRAGMA journal_mode=OFF;", "CREATE TABLE FILE(sha256, sha1, md5, crc32, file_name, file_size INTEGER, package_id INTEGER);",
		fmt.Sprintf("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT %d) INSERT INTO FILE SELECT hex(randomblob(32)), hex(randomblob(20)), hex(randomblob(16)), hex(randomblob(4)), 'some-file-name-'||x||'.dll', x, x%%1000 FROM c;", rows))
}

// A reading that is cancelled stops, with the reason; so does one whose taker has had enough. Progress is told meanwhile.
func TestStops(t *testing.T) {
	path := many(t, 50_000)
	reason := errors.New("a reason")
	ctx, cancel := context.WithCancelCause(context.Background())
	n := 0
	_, err := Read(ctx, path, func(hashmatch.Entry) error {
		if n++; n == 1000 {
			cancel(reason)
		}
		return nil
	}, nil)
	if !errors.Is(err, reason) || n > 40_000 {
		t.Errorf("%v after %d rows", err, n)
	}
	if _, err := Read(ctx, path, func(hashmatch.Entry) error { return nil }, nil); !errors.Is(err, reason) {
		t.Errorf("cancelled beforehand: %v", err)
	}
	if _, err := Read(context.Background(), path, func(hashmatch.Entry) error { return reason }, nil); !errors.Is(err, reason) {
		t.Errorf("an add that fails: %v", err)
	}
	var told []int64
	if _, err := Read(context.Background(), path, func(hashmatch.Entry) error { return nil }, func(rows int64) { told = append(told, rows) }); err != nil || !slices.Equal(told, []int64{progressEvery, 2 * progressEvery, 3 * progressEvery}) {
		t.Errorf("progress %v, %v", told, err)
	}
}

// Whatever bytes are changed, the reading ends in time, without a crash, and with an error or with rows that are plausible.
func TestDamaged(t *testing.T) {
	r := testkit.Rand(t)
	rows := func(n int) (s string) {
		for i := range n {
			s += fileRow(r, fmt.Sprint("file ", i, strings.Repeat("x", r.IntN(30)*r.IntN(2)*r.IntN(90))), i)
		}
		return s
	}
	blobs := func(n int) (s string) {
		for i := range n {
			s += fmt.Sprintf("INSERT INTO hashes VALUES(%d,x'%s',NULL,NULL);INSERT INTO file_names VALUES('n%d',%d);", i+1, digits(r, 32), i, i+1)
		}
		return s
	}
	mutants := 600
	if testing.Short() {
		mutants = 100
	}
	failed, crashed := 0, 0
	for _, path := range []string{
		makeDB(t, "PRAGMA page_size=2048;", minimalSchema, rows(40)),
		makeDB(t, "PRAGMA page_size=512;", kdbSchema, blobs(40)),
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		mutant := filepath.Join(t.TempDir(), "mutant.db")
		for i := range mutants {
			m := slices.Clone(data)
			for range 1 + r.IntN(4) {
				at := r.IntN(len(m))
				if r.IntN(2) == 0 { // where pages and cells are described
					at = at/512*512 + r.IntN(60)
				}
				m[at%len(m)] = []byte{0, 1, 0x7f, 0x80, 0xff, byte(r.Uint32())}[r.IntN(6)]
			}
			if i%20 == 0 {
				m = m[:r.IntN(len(m))]
			}
			if err := os.WriteFile(mutant, m, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			taken := 0
			report, err := Read(ctx, mutant, func(hashmatch.Entry) error { taken++; return nil }, nil)
			cancel()
			if err == nil && report.Read != 40 {
				t.Errorf("mutant %d of %s: %d of 40 rows and no error", i, filepath.Base(path), report.Read)
			}
			if taken > 4000 || errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("mutant %d: %d entries, %v", i, taken, err)
			}
			if err != nil {
				failed++
			}
			if errors.Is(err, hashmatch.ErrCrashed) {
				crashed++
				t.Errorf("mutant %d: %v", i, err)
			}
		}
	}
	t.Logf("%d of %d mutants give an error, %d by a crash", failed, 2*mutants, crashed)
	testkit.AtLeast(t, mutants/2, failed, "errors")
}

// A page that no longer counts all of its rows is found out, although SQLite reads on past it without a word.
func TestLostRows(t *testing.T) {
	r := testkit.Rand(t)
	rows := ""
	for i := range 100 {
		rows += fileRow(r, "x", i)
	}
	path := makeDB(t, "PRAGMA page_size=2048;", minimalSchema, rows)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	const tableLeaf, tableNode = 13, 5
	for page := 2048; page < len(data); page += 2048 { // not the first, which holds the schema
		if kind := data[page]; kind != tableLeaf && kind != tableNode || data[page+4] < 2 {
			continue
		}
		lost++
		data[page+4]--
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readDB(t, path); !errors.Is(err, hashmatch.ErrCorrupt) {
			t.Errorf("the page at %d: %v", page, err)
		}
		data[page+4]++
	}
	testkit.AtLeast(t, 10, lost, "pages")
}

// Where the real tools are installed, what they write is read.
func TestRealTools(t *testing.T) {
	for _, tool := range []string{"sqlite3", "hfind"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed here (Debian: sqlite3, sleuthkit)", tool)
		}
	}
	if runtime.GOOS == "windows" {
		t.Skip("the tools are Debian's")
	}
	r := testkit.Rand(t)
	dir := t.TempDir()
	nsrl, kdb := filepath.Join(dir, "nsrl.db"), filepath.Join(dir, "known.kdb")
	cmd := exec.Command("sqlite3", nsrl)
	cmd.Stdin = strings.NewReader(minimalSchema + fileRow(r, "a", 1) + fileRow(r, "b", 2))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, args := range [][]string{{"-c", kdb}, {"-a", kdb, digits(r, 32), digits(r, 32)}} {
		if out, err := exec.Command("hfind", args...).CombinedOutput(); err != nil {
			t.Fatalf("hfind %v: %v: %s", args, err, out)
		}
	}
	for _, path := range []string{nsrl, kdb} {
		got, err := readDB(t, path)
		if err != nil || !strings.Contains(got, ": 2 read, 2 kept, 0 refused\n") {
			t.Errorf("%s: %v\n%s", path, err, got)
		}
	}
}

// The reading is what decides where a second core verifies.
func BenchmarkNSRL(b *testing.B) {
	const rows = 200_000
	path := many(b, rows)
	nothing := func(hashmatch.Entry) error { return nil }
	b.Run("checked and read", func(b *testing.B) {
		for b.Loop() {
			report, err := Read(context.Background(), path, nothing, nil)
			if err != nil || report.Kept != rows {
				b.Fatal(report, err)
			}
		}
		b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("read", func(b *testing.B) {
		d, err := open(context.Background(), path)
		if err != nil {
			b.Fatal(err)
		}
		defer d.close()
		for b.Loop() {
			if err := readFile(d, exchange.NewSink("", nothing)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
