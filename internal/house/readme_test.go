package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashmatch/engine/internal/testkit"
)

// The library code of the README is the code of an Example, line by line, so it runs.
func TestReadmeCodeRuns(t *testing.T) {
	readme, example := readText(t, "README.md"), readText(t, "hashmatch/media/example_test.go")
	_, code, ok := strings.Cut(readme, "```go\n")
	code, _, closed := strings.Cut(code, "```")
	if !ok || !closed {
		t.Fatal("the README shows no Go code")
	}
	n := 0
	for line := range strings.Lines(code) {
		line = strings.TrimSpace(line)
		i := strings.Index(example, line)
		if i < 0 {
			t.Fatalf("the Example does not run %q, or in another order", line)
		}
		example = example[i+len(line):]
		n++
	}
	testkit.AtLeast(t, 10, n, "lines of code")
}

// The two commands that set everything up stand in the README.
func TestReadmeCommands(t *testing.T) {
	readme := readText(t, "README.md")
	for _, command := range []string{"go run ./cmd/hashmatch demo", "go test ./... ./cmd/..."} {
		if !strings.Contains(readme, "\n    "+command+"\n") {
			t.Errorf("the README does not give the command %q", command)
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}
