package media

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	small   []hashmatch.Hash // ahash, dhash, phash: of Go's own pixels, for JPEGs too
	turned  []hashmatch.Hash // the reference's dihedral form, in the order of hashmatch.Orientations
	python  []hashmatch.Hash // pyahash, pydhash, pyphash; without what only an exactly constant picture has
}

// constant are pictures of one colour: the transform of Python's pHash gives exact zeros for them, any other gives noise.
var constant = []string{"flat_200x150.png", "tiny_3x3.png"}

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
		for _, k := range []hashmatch.Kind{hashmatch.PyAHash, hashmatch.PyDHash, hashmatch.PyPHash} {
			if k != hashmatch.PyPHash || !slices.Contains(constant, v.name) {
				v.python = append(v.python, hash(row, k))
			}
		}
		for _, name := range []string{"none", "rot90", "rot180", "rot270", "flipx", "flipy", "flipplus1", "flipminus1"} {
			h, err := hashmatch.ParseHex(hashmatch.PDQ, row[column["dih_"+name]])
			if err != nil {
				t.Fatalf("%s: %s: %v", row[0], name, err)
			}
			v.turned = append(v.turned, h)
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

// With reference arithmetic, every kind is what its reference prints of equal pixels.
func TestVectorsExactly(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	h := Hasher{Exact: true, Kinds: Computable()}
	dihedral := Hasher{Exact: true, Views: Dihedral, Kinds: []hashmatch.Kind{hashmatch.PDQ}}
	png, jpeg, sum, most := 0, 0, 0, 0
	for _, v := range loadVectors(t) {
		fp := mustSum(t, &h, v.data)
		for _, want := range v.small {
			if d := distance(t, &fp, want); d != 0 {
				t.Errorf("%s: %s is %d bits off", v.name, want.Kind(), d)
			}
		}
		quality, known := fp.Quality().Value()
		d := distance(t, &fp, v.pdq)
		if fp.Format == "jpeg" { // the references' pixels are libjpeg's
			jpeg++
			sum, most = sum+d, max(most, d)
			if d > 10 || quality < v.quality-3 || quality > v.quality+3 {
				t.Errorf("%s: pdq is %d bits off, quality %d, want %d", v.name, d, quality, v.quality)
			}
			continue
		}
		png++
		turned := mustSum(t, &dihedral, v.data)
		for i, view := range hashmatch.Orientations() {
			if got := turned.Hashes[i]; got.View != view || got.Hash != v.turned[i] {
				t.Errorf("%s: the dihedral form of %s is %s, want %s", v.name, view, got.Hash, v.turned[i])
			}
		}
		if d != 0 || !known || quality != v.quality {
			t.Errorf("%s: pdq is %d bits off, quality %d, want %d", v.name, d, quality, v.quality)
		}
		for _, want := range v.python {
			if d := distance(t, &fp, want); d != 0 {
				t.Errorf("%s: %s is %d bits off", v.name, want.Kind(), d)
			}
		}
	}
	testkit.AtLeast(t, 14, png, "PNG vectors")
	testkit.AtLeast(t, 41, jpeg, "JPEG vectors")
	t.Logf("pdq of %d JPEGs is %.2f bits off on average, %d at most", jpeg, float64(sum)/float64(jpeg), most)
}

// The fast way is as near to the references as other implementations are asked to be.
func TestVectorsFast(t *testing.T) {
	if testkit.Race {
		t.Skip("one call at a time: TestConcurrent has the races")
	}
	var h Hasher
	n, most := 0, map[hashmatch.Kind]int{}
	sum := map[hashmatch.Kind]int{}
	for _, v := range loadVectors(t) {
		fp, err := h.Sum(context.Background(), bytes.NewReader(v.data))
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if again, err := h.SumBytes(context.Background(), v.data); err != nil || fmt.Sprint(again) != fmt.Sprint(fp) {
			t.Errorf("%s: SumBytes gives %v, %v; Sum gave %v", v.name, again, err, fp)
		}
		quality, _ := fp.Quality().Value()
		if quality < v.quality-3 || quality > v.quality+3 {
			t.Errorf("%s: quality %d, want %d", v.name, quality, v.quality)
		}
		if v.quality < 80 {
			continue
		}
		n++
		for _, want := range append([]hashmatch.Hash{v.pdq}, v.small...) {
			d := distance(t, &fp, want)
			k := want.Kind()
			sum[k], most[k] = sum[k]+d, max(most[k], d)
		}
	}
	testkit.AtLeast(t, 30, n, "vectors of quality 80 and more")
	for k, limit := range map[hashmatch.Kind]int{hashmatch.PDQ: 10, hashmatch.AHash: 4, hashmatch.DHash: 10, hashmatch.PHash: 4} {
		t.Logf("%s of %d pictures is %.2f bits off on average, %d at most", k, n, float64(sum[k])/float64(n), most[k])
		if most[k] > limit {
			t.Errorf("%s is up to %d bits off, more than %d", k, most[k], limit)
		}
	}
}

func TestVectorsOrientation(t *testing.T) {
	if testkit.Race {
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
