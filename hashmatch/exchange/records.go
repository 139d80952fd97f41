package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// records is what our own `hash` and `scan` print: one JSON object a line. All hashes of a file make one entry, with
// their quality, the file's size and its path as name. What a scan found or could not read is no part of it.
var records = Format{
	Name:  "records",
	About: "JSON lines as `hashmatch hash` and `hashmatch scan` print them",
	Sniff: countLines(func(line string) bool { return strings.HasPrefix(line, "{") }),
	Read:  readRecords,
}

func readRecords(r io.Reader, _ Options, s *Sink) error {
	inScan := false // between a scan's head and its summary
	seen := 0       // records of that scan
	for line, err := range lines(r) {
		if err != nil {
			return fmt.Errorf("line %d: %w", line.number, err)
		}
		if line.tooLong {
			s.Refuse(line.place(), reasonTooLong)
			seen++
			continue
		}
		if strings.TrimSpace(line.text) == "" {
			continue
		}
		var frame struct {
			Scan    json.RawMessage `json:"scan"`
			Summary *struct {
				Seen int `json:"seen"`
			} `json:"summary"`
			Size json.RawMessage `json:"size"`
		}
		if err := json.Unmarshal([]byte(line.text), &frame); err != nil {
			if line.cut {
				return fmt.Errorf("line %d: %w: the document breaks off", line.number, hashmatch.ErrIncomplete)
			}
			s.Refuse(line.place(), "not a JSON object")
			seen++
			continue
		}
		if frame.Scan != nil && inScan {
			return fmt.Errorf("line %d: %w: another scan begins, and the summary of the one before is missing", line.number, hashmatch.ErrIncomplete)
		}
		if frame.Summary != nil && inScan && frame.Summary.Seen != seen {
			return fmt.Errorf("line %d: %w: the summary counts %d records, and %d stand here", line.number, hashmatch.ErrIncomplete, frame.Summary.Seen, seen)
		}
		if frame.Scan != nil || frame.Summary != nil {
			inScan, seen = frame.Scan != nil, 0
			s.report.Scan = true
			continue
		}
		seen++
		if err := takeRecord(line, frame.Size != nil && string(frame.Size) != "null", s); err != nil {
			return err
		}
	}
	if inScan {
		return fmt.Errorf("%w: the scan's summary is missing, so records may be too", hashmatch.ErrIncomplete)
	}
	return nil
}

func takeRecord(line textLine, hasSize bool, s *Sink) error {
	var rec hashmatch.Record
	if err := json.Unmarshal([]byte(line.text), &rec); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			err = fmt.Errorf("the value of %q is of the wrong type", wrong.Field)
		}
		s.Refuse(line.place(), err.Error())
		return nil
	}
	e := rec.Fingerprint.Entry()
	e.HasSize = e.HasSize && hasSize
	e.Names = []string{rec.Path}
	if len(e.Hashes) == 0 {
		s.Refuse(line.place(), "the record holds no hash: its file could not be read, or is none")
		return nil
	}
	return s.Take(line.place(), e)
}
