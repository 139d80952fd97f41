package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/hashmatch/engine/hashmatch"
)

// What the platforms' readers share: NCMEC, ThreatExchange and StopNCII exchange single hashes with opinions about them.

// What may be odd about records that are kept.
const (
	oddTime  = "no time that can be read: any other record of the same item counts before this one"
	oddMore  = "the document is one page of several: what stands on the others is missing"
	oddCount = "the document counts another number of records than stand in it"
	oddHash  = "a value that is no hash of its kind: left out"
	oddPDNA  = "a PhotoDNA value that is not 144 bytes in hex or base64: left out"
)

// Why records are refused.
const (
	reasonNoHash = "no hash of a kind that can be searched"
	reasonOther  = "its type is none that can be searched"
)

// decodePDNA reads a PhotoDNA value in hex or base64.
func decodePDNA(text string) (value []byte, ok bool) {
	var err error
	if len(text) == 2*photoDNASize {
		value, err = hex.DecodeString(text)
	} else {
		value, err = base64.StdEncoding.DecodeString(text)
	}
	return value, err == nil && len(value) == photoDNASize
}

// timeOf reads the time that orders the records of one item. Where there is none, every other record counts before this
// one, which may then be kept although it was taken back: better a hit too many than one too few.
func timeOf(at Place, text string, s *Sink) int64 {
	t, err := parseTime(text)
	if err != nil {
		s.Note(at, oddTime)
		return math.MinInt64
	}
	return t
}

// timeForms are the ways in which platforms write a time.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

// parseTime reads a date as platforms write it, or seconds since 1970; it returns microseconds. Times only order the
// records of one document.
func parseTime(text string) (micros int64, err error) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UnixMicro(), nil
		}
	}
	return parseSeconds(text)
}

// parseSeconds reads seconds since 1970, with or without a fraction, which does not count.
func parseSeconds(text string) (micros int64, err error) {
	const most = 1e12 // thirty thousand years
	var seconds int64
	digits := 0
	for _, c := range text {
		if c == '.' && digits > 0 {
			break
		}
		if c < '0' || c > '9' || seconds > most {
			return 0, errNoTime
		}
		seconds, digits = 10*seconds+int64(c-'0'), digits+1
	}
	if digits == 0 || seconds > most {
		return 0, errNoTime
	}
	return seconds * 1e6, nil
}

var errNoTime = errors.New("no time that can be read")

// jsonExtra returns an extra that carries v as JSON; ok is false when nothing is in it.
func jsonExtra(name string, v any) (x hashmatch.Extra, ok bool) {
	data, err := json.Marshal(v)
	return hashmatch.Extra{Name: name, Data: data}, err == nil && string(data) != "{}"
}

// appendTexts appends the texts that say something.
func appendTexts(list []string, texts ...string) []string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			list = append(list, t)
		}
	}
	return list
}
