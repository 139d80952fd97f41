package media

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/internal/testkit"
)

const vectorDir = "../../testdata/vectors"

// vector is a reference picture and what the references print for it.
type vector struct {
	name    string
	data    []byte
	pdq     hashmatch.Hash
	quality int
	small   []hashmatch.Hash // ahash, dhash, phash
}

func loadVectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open(filepath.Join(vectorDir, "hashes.csv"))
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
	hash := func(row []string, k hashmatch.Kind) hashmatch.Hash {
		h, err := hashmatch.ParseHex(k, row[column[k.String()]])
		if err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		return h
	}
	var all []vector
	for _, row := range rows[1:] {
		v := vector{name: row[0], pdq: hash(row, hashmatch.PDQ)}
		for _, k := range []hashmatch.Kind{hashmatch.AHash, hashmatch.DHash, hashmatch.PHash} {
			v.small = append(v.small, hash(row, k))
		}
		if v.quality, err = strconv.Atoi(row[column["quality"]]); err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		if v.data, err = os.ReadFile(filepath.Join(vectorDir, "images", v.name)); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	testkit.AtLeast(t, 55, len(all), "reference vectors")
	return all
}

// distance returns the Hamming distance of fp's upright hash from want.
func distance(t *testing.T, fp *hashmatch.Fingerprint, want hashmatch.Hash) int {
	t.Helper()
	got, ok := fp.Hash(want.Kind(), hashmatch.Upright)
	if !ok {
		t.Fatalf("no %s", want.Kind())
	}
	d, _ := got.Hash.Distance(want)
	return d
}

func TestVectors(t *testing.T) {
	if raceDetector {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	vectors := loadVectors(t)
	for _, exact := range []bool{false, true} {
		h := Hasher{Exact: exact}
		png, jpeg, sum, most := 0, 0, 0, 0
		for _, v := range vectors {
			fp, err := h.Sum(context.Background(), bytes.NewReader(v.data))
			if err != nil {
				t.Errorf("%s: %v", v.name, err)
				continue
			}
			if !exact {
				again, err := h.SumBytes(context.Background(), v.data)
				if err != nil || fmt.Sprint(again) != fmt.Sprint(fp) {
					t.Errorf("%s: SumBytes gives %v, %v; Sum gave %v", v.name, again, err, fp)
				}
			}
			for _, want := range v.small {
				if d := distance(t, &fp, want); d != 0 {
					t.Errorf("%s: %s is %d bits off", v.name, want.Kind(), d)
				}
			}
			quality, known := fp.Quality().Value()
			d := distance(t, &fp, v.pdq)
			if fp.Format == "png" {
				png++
				if d != 0 || !known || quality != v.quality {
					t.Errorf("%s: pdq is %d bits off, quality %d, want %d", v.name, d, quality, v.quality)
				}
				continue
			}
			jpeg++
			sum, most = sum+d, max(most, d)
			if d > 10 || quality < v.quality-3 || quality > v.quality+3 {
				t.Errorf("%s: pdq is %d bits off, quality %d, want %d", v.name, d, quality, v.quality)
			}
		}
		testkit.AtLeast(t, 14, png, "PNG vectors")
		testkit.AtLeast(t, 41, jpeg, "JPEG vectors")
		t.Logf("exact %v: pdq of %d JPEGs is %.2f bits off on average, %d at most", exact, jpeg, float64(sum)/float64(jpeg), most)
	}
}

func TestVectorsOrientation(t *testing.T) {
	if raceDetector {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	h := Hasher{Kinds: []hashmatch.Kind{hashmatch.PDQ}}
	ran := 0
	for _, v := range loadVectors(t) {
		want := 0
		if strings.HasPrefix(v.name, "e") {
			want = int(v.name[1] - '0')
			ran++
		}
		fp, err := h.SumBytes(context.Background(), v.data)
		if err != nil || fp.Orientation != want {
			t.Errorf("%s: orientation %d, %v; want %d", v.name, fp.Orientation, err, want)
		}
		var width, height int
		if _, err := fmt.Sscanf(v.name[strings.IndexByte(v.name, '_')+1:], "%dx%d", &width, &height); err != nil {
			t.Fatal(err)
		}
		if want >= 5 {
			width, height = height, width // stored on its side, named as it is looked at
		}
		if fp.Width != width || fp.Height != height {
			t.Errorf("%s: %dx%d", v.name, fp.Width, fp.Height)
		}
	}
	testkit.AtLeast(t, 8, ran, "oriented vectors")
}
