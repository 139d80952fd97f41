package report

import (
	"bytes"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

func TestGoldenJSONL(t *testing.T) {
	testkit.Golden(t, "testdata/results.jsonl", results(t, sampleHeader(), sample(t)))
}

// writers are what turns results into something to look at.
var goldens = map[string]func(t testing.TB, data []byte) []byte{
	"testdata/results.csv":  csvOf,
	"testdata/results.html": htmlOf,
}

func csvOf(t testing.TB, data []byte) []byte {
	t.Helper()
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func htmlOf(t testing.TB, data []byte) []byte {
	t.Helper()
	r, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenReports(t *testing.T) {
	data := results(t, sampleHeader(), sample(t))
	for path, write := range goldens {
		testkit.Golden(t, path, write(t, data))
	}
	testkit.AtLeast(t, 2, len(goldens), "reports")
}
