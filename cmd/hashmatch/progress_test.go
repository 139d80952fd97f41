package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

// halfway is progress after 10 s, with a quarter of the work done.
func halfway() *progress {
	p := &progress{started: time.Now().Add(-10 * time.Second)}
	p.allFiles.Add(40)
	p.allBytes.Add(4000 - 40)
	p.counted.Store(true)
	for i := range 10 {
		rec := hashmatch.Record{Outcome: hashmatch.Cleared, Fingerprint: hashmatch.Fingerprint{Size: 99}}
		if i == 0 {
			rec.Outcome = hashmatch.Matched
			rec.Matches = make([]hashmatch.Match, 3)
		}
		p.Done(&rec)
	}
	return p
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	p := halfway()
	p.lines(&out)(going)
	p.lines(&out)(finished)
	var got struct {
		Progress struct {
			Files, Of, Matched int
			PerSecond          float64  `json:"files_per_second"`
			Left               *float64 `json:"seconds_left"`
			Final              bool
		}
	}
	first, last, _ := strings.Cut(out.String(), "\n")
	if err := json.Unmarshal([]byte(first), &got); err != nil {
		t.Fatal(err)
	}
	g := got.Progress
	if g.Files != 10 || g.Of != 40 || g.Matched != 1 || g.PerSecond < 0.9 || g.PerSecond > 1 || g.Left == nil || *g.Left < 29 || *g.Left > 33 || g.Final {
		t.Errorf("%s", first)
	}
	if !strings.Contains(last, `"final":true`) || strings.Contains(last, "seconds_left") {
		t.Errorf("the last line is %s", last)
	}
	out.Reset()
	p.lines(&out)(stopped)
	if got := out.String(); strings.Contains(got, "final") || strings.Contains(got, "seconds_left") || !strings.Contains(got, `"files":10`) {
		t.Errorf("the last line of work that was stopped is %s", got)
	}
	p.counted.Store(false)
	if left, ok := p.secondsLeft(); ok {
		t.Errorf("%v s are left of nobody knows how much", left)
	}
}

// On a narrow terminal no line is longer than the terminal, and nothing stays at the end.
func TestProgressOnNarrowTerminals(t *testing.T) {
	for _, width := range []int{0, 1, 10, 25, 59} {
		var out bytes.Buffer
		show := halfway().words(&out, width)
		show(going)
		show(finished)
		for part := range strings.SplitSeq(out.String(), "\r") {
			if len(part) > max(width-1, 0) {
				t.Errorf("%d columns: %q", width, part)
			}
		}
		if strings.Contains(out.String(), "\n") || !strings.HasSuffix(out.String(), "\r") {
			t.Errorf("%d columns: %q", width, out.String())
		}
		if width > 30 && !strings.Contains(out.String(), "10/40 files, 30 s left") {
			t.Errorf("%d columns: %q", width, out.String())
		}
	}
}

func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	show := halfway().bar(&out)
	show(going)
	time.Sleep(200 * time.Millisecond) // the bar draws itself no oftener than it says
	show(going)
	if got := out.String(); !strings.Contains(got, "10/40") || !strings.Contains(got, "1 matched") {
		t.Errorf("the bar is %q", got)
	}
	show(finished)
}

// The display ends once, as it was ended first.
func TestProgressEndsOnce(t *testing.T) {
	for _, c := range []struct {
		end  func(*progress)
		want stage
	}{{(*progress).finish, finished}, {(*progress).stop, stopped}} {
		p := halfway()
		p.cancel = func() {}
		var shown []stage
		p.show = func(s stage) { shown = append(shown, s) }
		c.end(p)
		p.stop()
		p.finish()
		if len(shown) != 1 || shown[0] != c.want {
			t.Errorf("shown %v, want %v", shown, c.want)
		}
	}
}
