package isolate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch"
)

// What goes over the two pipes. All numbers are little-endian.
//
//	child to parent, once:  frame of hello
//	parent to child:        magic, serial uint64, expected size int64; chunks of a length uint32 and as many bytes, the last of length 0
//	child to parent:        frame of answer
//
// A frame is a length uint32 and as many bytes of JSON. A child has one file at a time, so the parent writes no request
// before it has the last answer. The serial is there to tell an answer from one that was given twice.
const (
	protocol  = 1
	magic     = 0x31666d68 // "hmf1"
	headBytes = 4 + 8 + 8
	mostChunk = 64 << 10
	mostFrame = 256 << 10 // room for over a thousand hashes
)

// The bounds of what an answer may hold. They keep a child that a file has taken over from filling the parent's memory,
// and its reports with text of the child's choosing.
const (
	mostHashes  = 1024
	mostExtras  = 16
	mostExtra   = 4 << 10
	mostName    = 64
	mostDecoder = 256
	mostText    = 1024
	mostSide    = 1 << 30
	mostMeasure = 64
)

// hello is the first thing that a child says.
type hello struct {
	Protocol    int         `json:"isolate"`
	Confinement Confinement `json:"confinement"`
}

// answer is what a child says about one file. There is no place in it for pixels. Sizes, digests and format are not asked
// of the child: the parent knows them better.
type answer struct {
	Serial           uint64        `json:"serial"`
	Width            int           `json:"width,omitempty"`
	Height           int           `json:"height,omitempty"`
	Orientation      int           `json:"orientation,omitempty"`
	Partial          float64       `json:"partial,omitempty"`
	Decoder          string        `json:"decoder,omitempty"`
	ThumbnailDiffers bool          `json:"thumbnail_differs,omitempty"`
	Hashes           []answerHash  `json:"hashes,omitempty"`
	Extras           []answerExtra `json:"extras,omitempty"`
	Failed           bool          `json:"failed,omitempty"`
	Class            string        `json:"class,omitempty"` // of the error: a name of classes, or "" for one of none
	Text             string        `json:"text,omitempty"`  // of the error
}

type answerHash struct {
	Hash       hashmatch.Hash `json:"hash"`
	View       string         `json:"view"`
	Quality    *int           `json:"quality,omitempty"`
	Arithmetic string         `json:"arithmetic,omitempty"`
	Graphic    bool           `json:"graphic,omitempty"`
}

type answerExtra struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// wanted says what a parent asks for: nothing else is taken from a child.
type wanted struct {
	kinds  []hashmatch.Kind
	extras []string
}

// classes are the errors that keep what they are on their way to the parent. An error of several is of the first, as it
// is for a scan.
var classes = []struct {
	name string
	err  error
}{
	{"limit", hashmatch.ErrLimit},
	{"timeout", context.DeadlineExceeded},
	{"crashed", hashmatch.ErrCrashed},
	{"unsupported", hashmatch.ErrUnsupported},
	{"corrupt", hashmatch.ErrCorrupt},
}

// told is an error that a child had. It reads as it did there.
type told struct {
	text  string
	class error // nil for none
}

func (e *told) Error() string { return e.text }
func (e *told) Unwrap() error { return e.class }

// answerOf puts a fingerprint and its error into the form that is sent.
func answerOf(serial uint64, fp *hashmatch.Fingerprint, err error) *answer {
	a := &answer{
		Serial: serial, Width: fp.Width, Height: fp.Height, Orientation: fp.Orientation, Partial: fp.Partial,
		Decoder: printable(fp.Decoder, mostDecoder), ThumbnailDiffers: fp.ThumbnailDiffers,
	}
	for _, x := range fp.Extras {
		a.Extras = append(a.Extras, answerExtra(x))
	}
	for _, h := range fp.Hashes {
		sent := answerHash{Hash: h.Hash, View: string(h.View), Arithmetic: string(h.Arithmetic), Graphic: h.Graphic}
		if q, known := h.Quality.Value(); known {
			sent.Quality = &q
		}
		a.Hashes = append(a.Hashes, sent)
	}
	if err != nil {
		a.Failed, a.Text = true, cmp.Or(printable(err.Error(), mostText), "an error without text")
		for _, c := range classes {
			if errors.Is(err, c.err) {
				a.Class = c.name
				break
			}
		}
	}
	return a
}

// take checks an answer as a stranger's and puts what it holds into fp. The first error is what the child reported, the
// second that its answer is none, which leaves fp as it was.
func (a *answer) take(fp *hashmatch.Fingerprint, w *wanted) (reported, refused error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	hashes, err := a.hashes(w)
	if err != nil {
		return nil, err
	}
	extras, err := a.extras(w)
	if err != nil {
		return nil, err
	}
	reported, err = a.reported()
	if err != nil {
		return nil, err
	}
	fp.Width, fp.Height, fp.Orientation, fp.Partial = a.Width, a.Height, a.Orientation, a.Partial
	fp.Decoder, fp.ThumbnailDiffers, fp.Hashes, fp.Extras = a.Decoder, a.ThumbnailDiffers, hashes, extras
	return reported, nil
}

func (a *answer) check() error {
	switch {
	case a.Width < 0 || a.Height < 0 || a.Width > mostSide || a.Height > mostSide:
		return malformed("a picture of %dx%d", a.Width, a.Height)
	case a.Orientation < 0 || a.Orientation > 8:
		return malformed("orientation %d", a.Orientation)
	case !(a.Partial >= 0 && a.Partial < 1):
		return malformed("a share of %v", a.Partial)
	case a.Decoder != printable(a.Decoder, mostDecoder):
		return malformed("the decoder's name")
	}
	return nil
}

// hashes returns the perceptual hashes of an answer: of kinds that were asked for, one of a kind and view.
func (a *answer) hashes(w *wanted) ([]hashmatch.PictureHash, error) {
	if len(a.Hashes) > mostHashes {
		return nil, malformed("%d hashes", len(a.Hashes))
	}
	type place struct {
		kind hashmatch.Kind
		view string
	}
	seen := map[place]bool{}
	var hashes []hashmatch.PictureHash
	for _, h := range a.Hashes {
		at := place{h.Hash.Kind(), h.View}
		switch {
		case !at.kind.Perceptual() || !slices.Contains(w.kinds, at.kind):
			return nil, malformed("a hash of kind %s", at.kind)
		case !plainName(h.View) || h.Arithmetic != "" && !plainName(h.Arithmetic):
			return nil, malformed("the name of a view or an arithmetic")
		case seen[at]:
			return nil, malformed("two %s hashes of view %s", at.kind, h.View)
		case h.Quality != nil && (*h.Quality < 0 || *h.Quality > 100):
			return nil, malformed("quality %d", *h.Quality)
		}
		seen[at] = true
		taken := hashmatch.PictureHash{Hash: h.Hash, View: hashmatch.View(h.View), Arithmetic: hashmatch.Arithmetic(h.Arithmetic), Graphic: h.Graphic}
		if h.Quality != nil {
			taken.Quality = hashmatch.QualityOf(*h.Quality)
		}
		hashes = append(hashes, taken)
	}
	return hashes, nil
}

// extras returns the values of the host's own algorithms: of names that were asked for, one of each.
func (a *answer) extras(w *wanted) ([]hashmatch.Extra, error) {
	if len(a.Extras) > mostExtras {
		return nil, malformed("%d extras", len(a.Extras))
	}
	var extras []hashmatch.Extra
	for _, x := range a.Extras {
		switch {
		case !slices.Contains(w.extras, x.Name):
			return nil, malformed("an extra that nobody asked for")
		case len(x.Data) > mostExtra:
			return nil, malformed("an extra of %d bytes", len(x.Data))
		case slices.ContainsFunc(extras, func(e hashmatch.Extra) bool { return e.Name == x.Name }):
			return nil, malformed("two extras of one name")
		}
		extras = append(extras, hashmatch.Extra(x))
	}
	return extras, nil
}

// reported returns the error that the child had with the file.
func (a *answer) reported() (error, error) {
	if !a.Failed {
		if a.Class != "" || a.Text != "" {
			return nil, malformed("an error without failure")
		}
		return nil, nil
	}
	if a.Text == "" || a.Text != printable(a.Text, mostText) {
		return nil, malformed("the text of an error")
	}
	if a.Class == "" {
		return &told{text: a.Text}, nil
	}
	for _, c := range classes {
		if c.name == a.Class {
			return &told{a.Text, c.err}, nil
		}
	}
	return nil, malformed("an error's class")
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{hashmatch.ErrFormat}, args...)...)
}

// plainName reports whether name could be that of a view or an arithmetic: short, of lower-case letters, digits and a
// little punctuation.
func plainName(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.+/", rune(c)) {
			return false
		}
	}
	return name != "" && len(name) <= mostName
}

// printable returns text with every rune that does not print replaced, cut to at most n bytes. It leaves alone what it
// returned before.
func printable(text string, n int) string {
	clean := make([]rune, 0, min(len(text), n))
	size := 0
	for _, r := range text {
		if !unicode.IsPrint(r) {
			r = '?'
		}
		if size += utf8.RuneLen(r); size > n {
			break
		}
		clean = append(clean, r)
	}
	return string(clean)
}

// writeFrame sends v in one write.
func writeFrame(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(text) > mostFrame {
		return fmt.Errorf("a frame of %d bytes: %w", len(text), hashmatch.ErrLimit)
	}
	_, err = w.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...))
	return err
}

// readFrame receives into v. No length makes it allocate more than mostFrame, and nothing but the one JSON value with
// known keys will do.
func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > mostFrame {
		return malformed("a frame of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return fmt.Errorf("within a frame: %w", noEOF(err))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return malformed("a frame that is not the JSON expected")
	}
	if d.InputOffset() != int64(len(text)) {
		return malformed("a frame with more than one JSON value")
	}
	return nil
}

// noEOF makes an end in the middle of something an error that does not look like an end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
