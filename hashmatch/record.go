package hashmatch

import (
	"fmt"
	"slices"
)

// Outcome is what became of one file of a scan. Every file seen has exactly one. The zero Outcome is none: it is what a
// record has that only tells of hashes.
type Outcome uint8

// The outcomes. Where several apply, the first of this order counts.
const (
	NotRegular  Outcome = 1  // a link, FIFO, device or socket: never opened
	Skipped     Outcome = 2  // left out, or not compared in full, because the user said so
	Denied      Outcome = 3  // no permission to read
	IOError     Outcome = 4  // could not be read
	Changed     Outcome = 5  // changed while it was read
	Matched     Outcome = 6  // met an entry
	TooLarge    Outcome = 7  // a picture over the limits of size or memory
	Timeout     Outcome = 8  // a picture that took longer than allowed
	Crashed     Outcome = 9  // a picture whose decoder crashed
	Corrupt     Outcome = 10 // a damaged picture
	Partial     Outcome = 11 // a picture of which too little could be decoded for its no to mean anything
	Unhashable  Outcome = 12 // a picture too plain for perceptual hashes
	Unsupported Outcome = 13 // media that this build cannot decode
	Cleared     Outcome = 14 // everything asked for was compared, nothing matched

	outcomeEnd = 15
)

var outcomes = [outcomeEnd]string{
	"", "not-regular", "skipped", "denied", "io-error", "changed", "matched", "too-large", "timeout", "crashed", "corrupt",
	"partial", "unhashable", "unsupported", "clear",
}

// Outcomes returns all outcomes in their order.
func Outcomes() []Outcome {
	all := make([]Outcome, 0, outcomeEnd-1)
	for o := Outcome(1); o < outcomeEnd; o++ {
		all = append(all, o)
	}
	return all
}

// String returns the outcome as records spell it.
func (o Outcome) String() string {
	if o >= outcomeEnd {
		return fmt.Sprintf("Outcome(%d)", uint8(o))
	}
	return outcomes[o]
}

// MarshalText returns the name.
func (o Outcome) MarshalText() ([]byte, error) {
	if o >= outcomeEnd {
		return nil, fmt.Errorf("hashmatch: %w: outcome number %d", ErrFormat, uint8(o))
	}
	return []byte(outcomes[o]), nil
}

// UnmarshalText is the inverse of MarshalText.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomes[:], string(text))
	if i < 0 {
		return fmt.Errorf("hashmatch: %w: status %q", ErrFormat, text)
	}
	*o = Outcome(i)
	return nil
}

// Trouble reports whether the outcome means that a file could not be examined as asked, through no decision of the
// user: such files make a scan end with exit code 3.
func (o Outcome) Trouble() bool {
	switch o {
	case Denied, IOError, Changed, TooLarge, Timeout, Crashed, Corrupt, Partial:
		return true
	}
	return false
}

// Examined reports whether the file was compared in full: only these outcomes say anything about it.
func (o Outcome) Examined() bool { return o == Matched || o == Cleared }

// Record is the outcome of one file.
type Record struct {
	Root    int    // which of several roots the file was found under, from 1; 0 when there is only one
	Path    string // raw bytes, "/"-separated, relative to the root
	Outcome Outcome
	// Fault is what went wrong with a file that matched all the same: the outcome it would have had. 0 for none.
	Fault       Outcome
	Fingerprint Fingerprint // what could be computed; its Size is the file's
	Matches     []Match
	More        int    // matches beyond those listed
	Error       string // what went wrong, or why the file was not compared in full
}

// DropViews leaves out the hashes of views that matched nothing and can be computed from the picture again: they are many
// times what the record holds otherwise. Those of the upright picture stay, and those of other pictures in the file.
func (r *Record) DropViews() {
	met := map[View]bool{Upright: true}
	for i := range r.Matches {
		met[r.Matches[i].View] = true
	}
	r.Fingerprint.Hashes = slices.DeleteFunc(r.Fingerprint.Hashes, func(h PictureHash) bool { return !met[h.View] && !h.View.stored() })
}

// Trouble reports whether the file counts as one that could not be examined as asked.
func (r *Record) Trouble() bool { return r.Outcome.Trouble() || r.Fault.Trouble() }

// Tally is the accounting of a scan. Its zero value is ready to use.
type Tally struct {
	Seen    int64 // files taken up
	Bytes   int64 // of all records
	Matches int64
	Faults  int64 // matched files that also had a fault
	Trouble int64 // files that could not be examined as asked, matched ones among them
	By      [outcomeEnd]int64
}

// Add counts a record.
func (t *Tally) Add(r *Record) {
	t.Bytes += r.Fingerprint.Size
	t.Matches += int64(len(r.Matches) + r.More)
	if r.Fault != 0 {
		t.Faults++
	}
	if r.Trouble() {
		t.Trouble++
	}
	if r.Outcome < outcomeEnd {
		t.By[r.Outcome]++
	}
}

// Check returns an error that wraps ErrIncomplete unless every file seen has exactly one outcome.
func (t *Tally) Check() error {
	sum := int64(0)
	for _, o := range Outcomes() {
		sum += t.By[o]
	}
	if sum != t.Seen || t.By[0] != 0 {
		return fmt.Errorf("hashmatch: %w: %d files seen, %d accounted for", ErrIncomplete, t.Seen, sum)
	}
	return nil
}

// String returns one line: "seen 7 = matched 2 + corrupt 1 + clear 4".
func (t *Tally) String() string {
	line := fmt.Sprintf("seen %d =", t.Seen)
	sep := " "
	for _, o := range Outcomes() {
		if t.By[o] > 0 {
			line += fmt.Sprintf("%s%s %d", sep, o, t.By[o])
			sep = " + "
		}
	}
	if sep == " " {
		line += " 0"
	}
	return line
}
