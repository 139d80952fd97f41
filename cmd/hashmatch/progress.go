package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/scan"
)

// progressEvery is how often progress is told as JSON; the first time comes early, as a sign of life.
const (
	progressEvery = time.Second
	progressFirst = 100 * time.Millisecond
)

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress tells on standard error how far the work is: a bar with rate and time left on a terminal, JSON lines
// elsewhere. It is the scan.Observer of every verb, and so keeps the accounts too.
type progress struct {
	scan.Account
	files, bytes, matched atomic.Int64 // done
	allFiles, allBytes    atomic.Int64 // there are, as far as they were counted
	counted               atomic.Bool  // the count is complete
	started               time.Time
	stops                 sync.Once
	cancel                context.CancelFunc
	wait                  sync.WaitGroup
	show                  func(stage) // nil: nothing is shown
}

// stage is how far the work is when progress is shown.
type stage int

const (
	going    stage = iota
	stopped        // before its end, or at the end of a part
	finished       // all of it was done
)

// startProgress begins to show progress, as the flags say. Of roots, the files are counted meanwhile, so that the time
// left can be told; nil roots have no count.
//
// answers says that the answers go to standard output: where that is the terminal too, a bar between them would spoil
// both.
func (f *hashingFlags) startProgress(cmd *cobra.Command, roots []root, answers bool) (*progress, error) {
	w := cmd.ErrOrStderr()
	how := f.progress
	switch {
	case how != "auto" && how != "bar" && how != "json" && how != "none":
		return nil, usagef("--progress %s: auto, bar, json or none", how)
	case f.quiet, how == "auto" && answers && isTerminal(cmd.OutOrStdout()):
		how = "none"
	case how == "auto" && isTerminal(w):
		how = "bar"
	case how == "auto":
		how = "json"
	}
	p := &progress{started: time.Now(), cancel: func() {}}
	every := progressEvery
	switch how {
	case "bar":
		p.show, every = p.bar(w), progressFirst
	case "json":
		p.show = p.lines(w)
	default:
		return p, nil
	}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(cmd.Context())
	p.wait.Go(func() { p.tick(ctx, every) })
	if len(roots) > 0 {
		p.wait.Go(func() {
			err := count(ctx, roots, func(files, bytes int64) {
				p.allFiles.Add(files)
				p.allBytes.Add(bytes)
			})
			p.counted.Store(err == nil)
		})
	}
	return p, nil
}

// expect says how much there is to do where it was counted beforehand.
func (p *progress) expect(files, bytes int64) {
	p.allFiles.Store(files)
	p.allBytes.Store(bytes)
	p.counted.Store(true)
}

// Done implements scan.Observer.
func (p *progress) Done(rec *hashmatch.Record) {
	p.Account.Done(rec)
	p.files.Add(1)
	p.bytes.Add(rec.Fingerprint.Size)
	if rec.Outcome == hashmatch.Matched {
		p.matched.Add(1)
	}
}

func (p *progress) tick(ctx context.Context, every time.Duration) {
	t := time.NewTimer(progressFirst)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			p.show(going)
			t.Reset(every)
		case <-ctx.Done():
			return
		}
	}
}

// finish shows that all work is done, and ends the display.
func (p *progress) finish() { p.end(finished) }

// stop ends the display, unless that was done: the work ended early.
func (p *progress) stop() { p.end(stopped) }

func (p *progress) end(how stage) {
	p.stops.Do(func() {
		p.cancel()
		p.wait.Wait()
		if p.show != nil {
			p.show(how)
		}
	})
}

// secondsLeft estimates from the bytes that are left, and from the files where all are empty; false when nobody knows.
func (p *progress) secondsLeft() (float64, bool) {
	done, all := p.bytes.Load()+p.files.Load(), p.allBytes.Load()+p.allFiles.Load()
	if !p.counted.Load() || done == 0 || all < done {
		return 0, false
	}
	return time.Since(p.started).Seconds() * float64(all-done) / float64(done), true
}

// lines shows progress as JSON lines. The last one says "final" if all work is done, and in no case how long the rest
// would take.
func (p *progress) lines(w io.Writer) func(stage) {
	return func(s stage) {
		seconds := time.Since(p.started).Seconds()
		line := struct {
			Files    int64    `json:"files"`
			Of       int64    `json:"of,omitempty"`
			Bytes    int64    `json:"bytes"`
			Matched  int64    `json:"matched"`
			PerSec   float64  `json:"files_per_second"`
			LeftSecs *float64 `json:"seconds_left,omitempty"`
			Final    bool     `json:"final,omitempty"`
		}{Files: p.files.Load(), Bytes: p.bytes.Load(), Matched: p.matched.Load(), Final: s == finished}
		if p.counted.Load() {
			line.Of = p.allFiles.Load()
		}
		line.PerSec = rounded(float64(line.Files) / seconds)
		if left, ok := p.secondsLeft(); ok && s == going {
			left = rounded(left)
			line.LeftSecs = &left
		}
		if data, err := json.Marshal(map[string]any{"progress": line}); err == nil {
			fmt.Fprintf(w, "%s\n", data)
		}
	}
}

func rounded(x float64) float64 { return float64(int64(x*10+0.5)) / 10 }

// narrow is the width in columns below which a bar does not fit on one line.
const narrow = 60

// bar shows a bar; until the files are counted it has no end. On a narrow terminal it is a few words instead: what does
// not fit on a line would fill the screen, ten lines a second.
func (p *progress) bar(w io.Writer) func(stage) {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width < narrow {
			return p.words(w, width)
		}
	}
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(w), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("files"), progressbar.OptionSetWidth(12), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(90*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true),
	)
	whole := false
	return func(s stage) {
		if p.counted.Load() && !whole {
			whole = true
			bar.ChangeMax64(max(p.allFiles.Load(), 1))
		}
		bar.Describe(fmt.Sprintf("%d matched", p.matched.Load()))
		bar.Set64(p.files.Load())
		switch s {
		case stopped:
			bar.Clear()
		case finished:
			bar.Finish()
		}
	}
}

// words shows progress in as many columns as there are.
func (p *progress) words(w io.Writer, width int) func(stage) {
	return func(s stage) {
		text := ""
		if s == going {
			text = fmt.Sprintf("%d files, %d matched", p.files.Load(), p.matched.Load())
			if left, ok := p.secondsLeft(); ok {
				text = fmt.Sprintf("%d/%d files, %.0f s left", p.files.Load(), p.allFiles.Load(), left)
			}
		}
		text = text[:min(len(text), max(width-1, 0))]
		fmt.Fprintf(w, "\r%-*s\r%s", max(width-1, 0), "", text)
	}
}
