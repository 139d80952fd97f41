package exchange

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// vpdq is what Meta's vpdq-hash-video writes of one video: a line for each frame with its number, the quality, the PDQ
// hash and the time in seconds. All frames are the hashes of one entry, those of low quality too; the gate of matching
// knows them by it. The numbers and times of the frames are not kept.
var vpdq = Format{
	Name:  "vpdq",
	About: "vPDQ text: the frames of one video",
	Sniff: sniffVPDQ,
	Read:  readVPDQ,
}

// maxFrames is how many frames one video may have: nine hours of thirty a second.
const maxFrames = 1 << 20

func sniffVPDQ(head []byte) int {
	n := countLines(func(line string) bool {
		_, _, err := parseFrame(line)
		return err == nil
	})(head)
	if n > 0 && n == len(linesOf(head)) {
		return Certain
	}
	return n
}

// Oddities of a video's frames.
const (
	oddFrames = "frames that are not in the order of their numbers"
	oddEnd    = "the last line has no end: the document may have been cut"
)

func readVPDQ(r io.Reader, o Options, s *Sink) error {
	e := hashmatch.Entry{}
	if o.Name != "" {
		e.Names = []string{videoName(o.Name)}
	}
	at, last := Place{}, int64(-1)
	for line, err := range lines(r) {
		switch {
		case err != nil:
			return fmt.Errorf("line %d: %w", line.number, err)
		case line.tooLong:
			s.Refuse(line.place(), reasonTooLong)
			continue
		case strings.TrimSpace(line.text) == "":
			continue
		}
		number, h, err := parseFrame(line.text)
		switch {
		case err != nil && line.cut:
			return fmt.Errorf("line %d: %w: the last frame breaks off", line.number, hashmatch.ErrIncomplete)
		case err != nil:
			s.Refuse(line.place(), err.Error())
			continue
		case len(e.Hashes) == maxFrames:
			return fmt.Errorf("line %d: %w: more than %d frames", line.number, hashmatch.ErrLimit, maxFrames)
		}
		if number <= last {
			s.Note(line.place(), oddFrames)
		}
		if line.cut {
			s.Note(line.place(), oddEnd)
		}
		if len(e.Hashes) == 0 {
			at = line.place()
		}
		last = number
		e.Hashes = append(e.Hashes, h)
	}
	if len(e.Hashes) == 0 {
		return nil
	}
	return s.Take(at, e)
}

// videoName takes away what was added to the video's name.
func videoName(document string) string {
	for _, end := range []string{".gz", ".zst", ".txt"} {
		document = strings.TrimSuffix(document, end)
	}
	return document
}

// parseFrame reads a line.
func parseFrame(line string) (number int64, h hashmatch.EntryHash, err error) {
	cells := strings.Split(strings.TrimSpace(line), ",")
	if len(cells) != 4 {
		return 0, h, errors.New("a frame has a number, a quality, a hash and a time")
	}
	if number, err = strconv.ParseInt(cells[0], 10, 64); err != nil || number < 0 {
		return 0, h, errors.New("no number of a frame")
	}
	if t, err := strconv.ParseFloat(cells[3], 64); err != nil || !(t >= 0) {
		return 0, h, errors.New("no time of a frame")
	}
	if h.Quality, err = parseQuality(cells[1]); err != nil {
		return 0, h, err
	}
	h.Hash, err = hashmatch.ParseHex(hashmatch.PDQ, cells[2])
	return number, h, err
}
