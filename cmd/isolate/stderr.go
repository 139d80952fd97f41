package isolate

import (
	"bytes"
	"strings"
	"sync"
)

// mostLine is how much is kept of a line of a child's standard error.
const mostLine = 300

// lastWords takes a child's standard error and keeps of it what may say why the child died: the first line with which Go
// reports a panic or a fatal error (it prints traces after that), and else the last line. It never takes more memory,
// however much is written.
type lastWords struct {
	mu    sync.Mutex
	line  []byte // so far, at most mostLine
	fault string
	last  string
}

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(p)
	for {
		line, rest, ended := bytes.Cut(p, []byte("\n"))
		w.line = append(w.line, line[:min(len(line), mostLine-len(w.line))]...)
		if !ended {
			return n, nil
		}
		w.end()
		p = rest
	}
}

// end takes the line as it stands.
func (w *lastWords) end() {
	line := string(bytes.TrimSpace(w.line))
	w.line = w.line[:0]
	if line == "" {
		return
	}
	w.last = line
	if w.fault == "" && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")) {
		w.fault = line
	}
}

// forget begins anew: what was said about one file is not held against the next.
func (w *lastWords) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line, w.fault, w.last = w.line[:0], "", ""
}

// String returns the line that says most, printable and without paths; "" if there is none.
func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
	line := w.last
	if w.fault != "" {
		line = w.fault
	}
	return withoutPaths(printable(line, mostLine))
}

// memory reports whether the child said that it died for want of memory.
func (w *lastWords) memory() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.HasPrefix(w.fault, "fatal error: ") &&
		(strings.Contains(w.fault, "out of memory") || strings.Contains(w.fault, "cannot allocate memory"))
}

// withoutPaths replaces the words of a text that are absolute paths: records tell nothing of the machine they were made
// on.
func withoutPaths(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		bare := strings.TrimLeft(word, "\"'`([{<=")
		if strings.HasPrefix(bare, "/") || strings.HasPrefix(bare, `\`) || strings.HasPrefix(bare, "file:") ||
			len(bare) > 2 && bare[1] == ':' && (bare[2] == '\\' || bare[2] == '/') {
			words[i] = "(path)"
		}
	}
	return strings.Join(words, " ")
}
