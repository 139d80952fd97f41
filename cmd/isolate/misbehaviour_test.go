package isolate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/media"
	"github.com/hashmatch/engine/internal/synth"
	"github.com/hashmatch/engine/internal/testkit"
)

// What children do costs their file's hashes and nothing else: digests stay, and the next file is right.
func TestMisbehaviour(t *testing.T) {
	memory := int64(64 << 20)
	if testkit.Race {
		memory = 4 << 30
	}
	crashed, limit, timeout := hashmatch.ErrCrashed, hashmatch.ErrLimit, context.DeadlineExceeded
	tests := []struct {
		order string
		class error
		text  string
	}{
		{"panic", crashed, "exit status 2: panic: index 7 of 3 in (path)"},
		{"nil", crashed, "nil pointer dereference"},
		{"goroutine", crashed, "panic: in another goroutine"},
		{"exit", crashed, "exit status 7"},
		{"exit well", crashed, "exit status 0"},
		{"stack", crashed, "fatal error: stack overflow"},
		{"loud", crashed, "exit status 9: xxx"},
		{"lines", crashed, "exit status 9: two at (path) ?[31m"},
		{"early exit", crashed, "exit status 8"},
		{"stdout", crashed, "it closed a pipe"},
		{"garbage", crashed, "its answer: malformed: a frame of"},
		{"huge", crashed, "its answer: malformed: a frame of 2147483647 bytes"},
		{"large", crashed, "its answer: malformed: a frame of 262145 bytes"},
		{"not JSON", crashed, "its answer: malformed: a frame that is not"},
		{"cut", crashed, "exit status 0"},
		{"other file", crashed, "out of turn"},
		{"keys", crashed, "a frame that is not the JSON expected"},
		{"digests", crashed, "a hash of kind md5"},
		{"big", limit, "more than 67108864 bytes of memory"},
		{"many", limit, "more than 67108864 bytes of memory"},
		{"small", limit, "more than 67108864 bytes of memory"},
		{"hang", timeout, "it took too long"},
		{"spin", timeout, "it took too long"},
		{"partial", timeout, "it took too long"},
		{"early stdin", crashed, "it closed a pipe"},
		{"early slow", timeout, "it took too long"},
		{"early hang", timeout, "it took too long"},
		{"corrupt", hashmatch.ErrCorrupt, "media: png: row 7: corrupt"},
		{"unsupported", hashmatch.ErrUnsupported, "media: png: unsupported: of its own"},
		{"limit", limit, "media: png: over the limit"},
		{"timeout", timeout, "media: png: context deadline exceeded"},
		{"crashed", crashed, "media: png: decoder crashed: index 7 of 3"},
		{"classless", nil, "something? else?"},
		{"textless", nil, "an error without text"},
		{"long", nil, strings.Repeat("ü", 512)},
	}
	var jpeg bytes.Buffer
	if err := synth.Encode(&jpeg, synth.Picture(synth.Landscape, 7, 200, 150), "jpeg"); err != nil {
		t.Fatal(err)
	}
	want, err := new(media.Hasher).SumBytes(t.Context(), jpeg.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	command := as("confined", fmt.Sprint(memory))
	p := newPool(t, Config{Workers: 2, Memory: memory, Command: command})
	hasty := newPool(t, Config{Workers: 4, Memory: memory, Time: 400 * time.Millisecond, Command: command})
	ran := 0
	var wait sync.WaitGroup
	for _, tt := range tests {
		ran++
		if strings.Contains(tt.text, "67108864") && (testkit.Race || !p.Confinement().Has(wallMemory)) {
			t.Logf("%s: there is no limit for memory, or it is beside the race detector", tt.order)
			continue
		}
		p := p
		if strings.Contains(tt.text, "too long") {
			p = hasty
		}
		wait.Go(func() {
			data := order(tt.order) + strings.Repeat("\x00pixels", 100_000)
			fp, err := p.Sum(t.Context(), strings.NewReader(data))
			if err == nil || tt.class != nil && !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s: %v", tt.order, err)
			}
			digests, digestErr := p.digests.SumBytes(t.Context(), []byte(data))
			if !alike(fp, digests) || digestErr != nil {
				t.Errorf("%s: %+v, %v", tt.order, fp, digestErr)
			}
			if tt.class == nil {
				for _, c := range classes {
					if errors.Is(err, c.err) {
						t.Errorf("%s: %v", tt.order, err)
					}
				}
			}
			got, err := p.Sum(t.Context(), bytes.NewReader(jpeg.Bytes()))
			if p == hasty && errors.Is(err, timeout) && got.Digests != nil {
				return // on a slow machine
			}
			same(t, "after "+tt.order, got, want, err, nil)
		})
	}
	wait.Wait()
	testkit.AtLeast(t, 33, ran, "orders")
}
