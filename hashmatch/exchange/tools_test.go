package exchange

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// Where the real tools are installed, what they print of the same files is read as the same items.
func TestRealTools(t *testing.T) {
	for _, tool := range []string{"hashdeep", "md5deep", "hfind"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed here (Debian: hashdeep, sleuthkit); the documents in testdata/foreign are from them", tool)
		}
	}
	r := testkit.Rand(t)
	dir := t.TempDir()
	names := []string{"plain", "a, b", "line\nbreak", "\xff\xfe", "<&>'\"", "\x01\x1f", "ü", " offset 0-1", "%%%% x"}
	for _, n := range names {
		data := make([]byte, 1+r.IntN(3000))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if err := os.WriteFile(filepath.Join(dir, n), data, 0o600); err != nil {
			t.Skipf("this file system does not hold every name: %v", err)
		}
	}
	run := func(tool string, args ...string) string {
		cmd := exec.Command(tool, args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", tool, err)
		}
		return string(out)
	}
	var results []string
	for _, args := range [][]string{{"-r", "."}, {"-d", "-r", "."}} {
		text, report, err := foreign(t, []byte(run("hashdeep", append([]string{"-j0"}, args...)...)), Options{})
		if err != nil || report.Kept != len(names) {
			t.Fatalf("hashdeep %v: %v\n%s", args, err, text)
		}
		entries, _, _ := strings.Cut(text, report.Format+": ")
		results = append(results, entries)
	}
	if results[0] != results[1] {
		t.Errorf("hashdeep's text and its DFXML differ:\n%s\n%s", results[0], results[1])
	}
	sums := filepath.Join(t.TempDir(), "known.txt")
	if err := os.WriteFile(sums, []byte(run("md5deep", "-j0", "plain", "a, b", "ü")), 0o600); err != nil {
		t.Fatal(err)
	}
	run("hfind", "-i", "md5sum", sums)
	for suffix, kept := range map[string]int{"-md5.idx": 3, "-md5.idx2": 0} {
		index, err := os.ReadFile(sums + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if text, report, err := foreign(t, index, Options{}); err != nil || report.Kept != kept || report.Ignored != (kept == 0) {
			t.Errorf("%s: %v\n%s", suffix, err, text)
		}
	}
}

func BenchmarkForeign(b *testing.B) {
	r := testkit.Rand(b)
	hashdeep := "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n"
	dfxml, delta, index := "<dfxml>\n", "BEGIN;\n", hfindType+"md5sum\n"
	const records = 2000
	for i := range records {
		md5, sha1, sha256, name := hexDigits(r, 32), hexDigits(r, 40), hexDigits(r, 64), fmt.Sprintf("/some/folder/file-%d.jpg", i)
		hashdeep += fmt.Sprintf("%d,%s,%s,%s\n", i, md5, sha256, name)
		dfxml += fmt.Sprintf("<fileobject>\n <filename>%s</filename>\n <filesize>%d</filesize>\n <hashdigest type='MD5'>%s</hashdigest>\n <hashdigest type='SHA256'>%s</hashdigest>\n</fileobject>\n", name, i, md5, sha256)
		delta += fmt.Sprintf("INSERT INTO FILE(sha256,sha1,md5,crc32,file_name,file_size,package_id) VALUES('%s','%s','%s','01234567','%s',%d,7);\n", sha256, sha1, md5, name, i)
		index += fmt.Sprintf("%s|%016d\n", md5, i)
	}
	for name, doc := range map[string]string{"hashdeep": hashdeep, "dfxml": dfxml + "</dfxml>", "nsrl-delta": delta + "COMMIT;", "hfind": index, "encase": string(encaseSet(r, "x", records))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				report, err := Read(strings.NewReader(doc), Options{Format: name}, discard)
				if err != nil || report.Kept != records {
					b.Fatal(report, err)
				}
			}
			b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func discard(hashmatch.Entry) error { return nil }
