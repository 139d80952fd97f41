package house

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// resultTypes are the files whose types are the lines of results.
var resultTypes = []string{
	"hashmatch/recordjson.go", "hashmatch/match.go", "hashmatch/searches.go", "hashmatch/chance.go",
	"hashmatch/report/report.go", "hashmatch/report/chance.go", "hashmatch/report/jsonl.go", "cmd/hashmatch/dupesgroup.go",
}

// Every key of results is told in doc/results.md.
func TestResultsDocNamesEveryKey(t *testing.T) {
	page := readText(t, "doc/results.md")
	keys := map[string]bool{}
	for _, file := range resultTypes {
		n := len(keys)
		for _, tag := range regexp.MustCompile("`json:\"([a-z_0-9]+)[\",]").FindAllStringSubmatch(readText(t, file), -1) {
			keys[tag[1]] = true
			if !strings.Contains(page, "`"+tag[1]+"`") {
				t.Errorf("%s: the key %q is not told", file, tag[1])
			}
		}
		if len(keys) == n {
			t.Errorf("%s adds no key", file)
		}
	}
	testkit.AtLeast(t, 85, len(keys), "keys")
}
