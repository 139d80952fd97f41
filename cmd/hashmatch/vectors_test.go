package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

// What hash --exact prints of the reference pictures is what the reference says: for every PNG to the bit, PDQ's quality
// included; goimagehash's kinds for every picture.
func TestHashPrintsTheReferenceValues(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "vectors")
	f, err := os.Open(filepath.Join(dir, "hashes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	want := map[string][]string{}
	for _, row := range rows[1:] {
		want[row[0]] = row
	}
	var out, errs bytes.Buffer
	if code := run([]string{"hash", "-q", "--exact", filepath.Join(dir, "images")}, nil, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	exact, small := 0, 0
	for s := bufio.NewScanner(&out); s.Scan(); {
		var rec hashmatch.Record
		if err := json.Unmarshal(s.Bytes(), &rec); err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(rec.Path)
		row, ok := want[name]
		if !ok {
			t.Fatalf("%s is not in hashes.csv", name)
		}
		pdq, _ := rec.Fingerprint.Hash(hashmatch.PDQ, hashmatch.Upright)
		quality, _ := pdq.Quality.Value()
		if strings.HasSuffix(name, ".png") {
			exact++
			if pdq.Hash.Hex() != row[column["pdq"]] || strconv.Itoa(quality) != row[column["quality"]] {
				t.Errorf("%s: pdq %s quality %d, want %s %s", name, pdq.Hash.Hex(), quality, row[column["pdq"]], row[column["quality"]])
			}
		}
		for _, k := range []hashmatch.Kind{hashmatch.AHash, hashmatch.DHash, hashmatch.PHash} {
			small++
			if h, _ := rec.Fingerprint.Hash(k, hashmatch.Upright); h.Hash.Hex() != row[column[k.String()]] {
				t.Errorf("%s: %s, want %s", name, h.Hash, row[column[k.String()]])
			}
		}
	}
	testkit.AtLeast(t, 14, exact, "PNG pictures")
	testkit.AtLeast(t, 3*55, small, "small hashes")
}
