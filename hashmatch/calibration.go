package hashmatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"
)

// CalibrationReach is the greatest distance that a Calibration looks at. Those over MaxThorough are for comparison with
// the model, where a small sample has something to count.
const CalibrationReach = 96

// MaxHubs is how many hubs a Calibration lists.
const MaxHubs = 100

// Calibration is what was measured between pictures that have nothing to do with the entries of a set, and their PDQ
// hashes. A pair is a picture and an entry, whatever the number of views of the one and of hashes of the other.
//
// Its rates are as good as its pictures: of other kinds of pictures than those of the scan, they say little. And pairs of
// one picture, or one entry, are not independent, so where HitPictures or HitEntries is far below the hits, the bounds
// are too narrow.
type Calibration struct {
	Set       string // the set's name
	Digest    string // and its content
	Sample    string // what pictures were taken
	Views     string // the name of the views that were looked up
	ViewCount int    // hashes that were looked up for a picture, on average, rounded up
	Pictures  int    // that were compared
	Entries   int    // that they were compared with: those with a PDQ hash that passes the quality gate
	Pairs     int64  // Pictures x Entries
	Radius    int    // as far as was looked, 31 to CalibrationReach
	// Counts[d] is the number of pairs whose least distance, over all views, is d, up to Radius.
	Counts      [CalibrationReach + 1]int64
	HitPictures int   // pictures that came within Radius of an entry
	HitEntries  int   // entries that came within Radius of a picture
	Hubs        []Hub // the MaxHubs of most Times, then of the lowest numbers
	MoreHubs    int   // hubs beyond those listed
}

// Hub is an entry that came near unrelated pictures more than once.
type Hub struct {
	Entry uint32 `json:"entry"`
	ID    string `json:"id,omitempty"` // the first kilobyte of what the set's source calls it, as far as it is UTF-8
	Hash  Hash   `json:"hash"`         // the entry's first PDQ hash that passes the gate
	Times int    `json:"times"`        // pictures it came within the calibration's Radius of
	Least int    `json:"least"`        // its least distance to one
}

// Within returns the number of pairs that were at most t apart. Beyond Radius it is what was seen up to there.
func (c *Calibration) Within(t int) (n int64) {
	for d := 0; d <= min(t, c.Radius, CalibrationReach); d++ {
		n += c.Counts[d]
	}
	return n
}

// Upper returns, with 95 % confidence, at most what share of pairs is within t: 3 in Pairs where none was seen, and 1
// where nobody looked, that is beyond Radius or without pairs. The counts are taken for Poisson's, which gives a bound
// that is exact for small rates and otherwise above that of Clopper and Pearson.
func (c *Calibration) Upper(t int) float64 {
	if c.Pairs <= 0 || t > c.Radius {
		return 1
	}
	return min(1, mostOf(c.Within(t))/float64(c.Pairs))
}

// calibrationVersion is the version of the JSON form that this package writes, and the only one it reads.
const calibrationVersion = 1

// calibrationJSON is the JSON form of a Calibration. All its keys are always there.
type calibrationJSON struct {
	Version     int     `json:"calibration"`
	Set         string  `json:"set"`
	Digest      string  `json:"digest"`
	Sample      string  `json:"sample"`
	Views       string  `json:"views"`
	ViewCount   int     `json:"view_count"`
	Pictures    int     `json:"pictures"`
	Entries     int     `json:"entries"`
	Pairs       int64   `json:"pairs"`
	Radius      int     `json:"radius"`
	Counts      []int64 `json:"counts"`
	HitPictures int     `json:"hit_pictures"`
	HitEntries  int     `json:"hit_entries"`
	Hubs        []Hub   `json:"hubs"`
	MoreHubs    int     `json:"more_hubs"`
}

// MarshalJSON returns the calibration as one JSON object, whose first key is its version. A calibration that contradicts
// itself, or in which nothing was compared, gives an error that wraps ErrFormat.
func (c Calibration) MarshalJSON() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	j := calibrationJSON{
		calibrationVersion, c.Set, c.Digest, c.Sample, c.Views, c.ViewCount, c.Pictures, c.Entries, c.Pairs, c.Radius,
		c.Counts[:c.Radius+1], c.HitPictures, c.HitEntries, c.Hubs, c.MoreHubs,
	}
	if j.Hubs == nil {
		j.Hubs = []Hub{}
	}
	return marshalPlain(&j)
}

// UnmarshalJSON is the inverse of MarshalJSON. It takes nothing else: a key that is missing, unknown or spelt otherwise,
// and numbers that contradict each other, give an error that wraps ErrFormat and names the place; another version one
// that wraps ErrUnsupported.
func (c *Calibration) UnmarshalJSON(data []byte) error {
	var version struct {
		Calibration *json.Number `json:"calibration"`
	}
	if !utf8.Valid(data) { // encoding/json would put other characters in their place
		return badCalibration("it is no UTF-8")
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return badCalibration("%s", jsonFault(err))
	}
	switch {
	case version.Calibration == nil:
		return badCalibration(`the key "calibration", which holds the version, is missing`)
	case version.Calibration.String() != fmt.Sprint(calibrationVersion):
		return fmt.Errorf("hashmatch: calibration: %w: version %s, and this program reads %d", ErrUnsupported, *version.Calibration, calibrationVersion)
	}
	var j calibrationJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return badCalibration("%s", jsonFault(err))
	}
	if len(j.Counts) != j.Radius+1 || j.Radius > CalibrationReach {
		return badCalibration("counts: %d of them for radius %d (at most %d)", len(j.Counts), j.Radius, CalibrationReach)
	}
	read := Calibration{
		Set: j.Set, Digest: j.Digest, Sample: j.Sample, Views: j.Views, ViewCount: j.ViewCount, Pictures: j.Pictures,
		Entries: j.Entries, Pairs: j.Pairs, Radius: j.Radius, HitPictures: j.HitPictures, HitEntries: j.HitEntries,
		Hubs: j.Hubs, MoreHubs: j.MoreHubs,
	}
	copy(read.Counts[:], j.Counts)
	again, err := read.MarshalJSON()
	if err != nil {
		return err
	}
	if !sameJSON(data, again) { // encoding/json passes over missing keys, null, and keys in other letters
		return badCalibration("a key is missing, null or in other letters")
	}
	*c = read
	return nil
}

// maxText is the longest of a calibration's texts, and maxCalibration the longest calibration that is read. With hubs
// whose ids are all as long as can be, and every byte of them escaped, it is two thirds of it.
const (
	maxText        = 1000
	maxCalibration = 1 << 20
)

// ReadCalibration reads what MarshalJSON has written, and nothing may follow it. Errors are those of UnmarshalJSON, an
// error that wraps ErrLimit for more than 1 MiB, and the reader's.
func ReadCalibration(r io.Reader) (*Calibration, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCalibration+1))
	if err != nil {
		return nil, fmt.Errorf("hashmatch: calibration: %w", err)
	}
	if len(data) > maxCalibration {
		return nil, fmt.Errorf("hashmatch: calibration: %w: more than %d bytes", ErrLimit, maxCalibration)
	}
	c := new(Calibration)
	if err := c.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	return c, nil
}

// sameJSON reports whether two JSON texts say the same, whatever the order of keys and the space between them.
func sameJSON(a, b []byte) bool {
	said := func(text []byte) (v any) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return nil
		}
		return v
	}
	return reflect.DeepEqual(said(a), said(b))
}

func badCalibration(format string, args ...any) error {
	return fmt.Errorf("hashmatch: calibration: %w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// jsonFault adds the place to an error of encoding/json.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("byte %d: %v", syntax.Offset, err)
	case errors.As(err, &mismatch):
		return fmt.Sprintf("byte %d: %v", mismatch.Offset, err)
	}
	return err.Error()
}

// check tells what in a calibration cannot be.
func (c *Calibration) check() error {
	for _, text := range []struct{ key, value string }{{"set", c.Set}, {"sample", c.Sample}, {"views", c.Views}} {
		if text.value == "" || len(text.value) > maxText || !utf8.ValidString(text.value) || strings.ContainsFunc(text.value, drives) {
			return badCalibration("%s: it must be UTF-8 of 1 to %d bytes without control characters", text.key, maxText)
		}
	}
	if len(c.Digest) != 64 || strings.Trim(c.Digest, "0123456789abcdef") != "" {
		return badCalibration("digest: it must be 64 hex digits")
	}
	if c.Radius < tierA || c.Radius > CalibrationReach {
		return badCalibration("radius: %d (%d to %d)", c.Radius, tierA, CalibrationReach)
	}
	for _, n := range []struct {
		key        string
		value, max int
	}{{"view_count", c.ViewCount, 1 << 16}, {"pictures", c.Pictures, math.MaxInt32}, {"entries", c.Entries, math.MaxInt32}} {
		if n.value < 1 || n.value > n.max {
			return badCalibration("%s: %d (1 to %d)", n.key, n.value, n.max)
		}
	}
	if c.Pairs != int64(c.Pictures)*int64(c.Entries) {
		return badCalibration("pairs: %d, but %d pictures and %d entries make %d", c.Pairs, c.Pictures, c.Entries, int64(c.Pictures)*int64(c.Entries))
	}
	if err := c.checkCounts(); err != nil {
		return err
	}
	return c.checkHubs()
}

// checkCounts checks what was counted against the number of pairs, which is in order.
func (c *Calibration) checkCounts() error {
	left := c.Pairs
	for d, n := range c.Counts {
		if n < 0 || n > left || d > c.Radius && n != 0 {
			return badCalibration("counts[%d]: %d, of %d pairs that are left up to radius %d", d, n, left, c.Radius)
		}
		left -= n
	}
	hits := c.Pairs - left
	for _, n := range []struct {
		key       string
		value, of int
	}{{"hit_pictures", c.HitPictures, c.Pictures}, {"hit_entries", c.HitEntries, c.Entries}} {
		if n.value < 0 || n.value > n.of || int64(n.value) > hits || (n.value == 0) != (hits == 0) {
			return badCalibration("%s: %d of %d, with %d hits", n.key, n.value, n.of, hits)
		}
	}
	if int64(c.HitPictures)*int64(c.HitEntries) < hits {
		return badCalibration("hit_pictures, hit_entries: %d and %d cannot make %d hits", c.HitPictures, c.HitEntries, hits)
	}
	return nil
}

// checkHubs checks the hubs against the counts, which are in order.
func (c *Calibration) checkHubs() error {
	if len(c.Hubs) > MaxHubs || c.MoreHubs < 0 || c.MoreHubs > 0 && len(c.Hubs) < MaxHubs || c.MoreHubs > c.HitEntries-len(c.Hubs) {
		return badCalibration("hubs: %d and %d more, of %d entries that were hit; %d are listed at most", len(c.Hubs), c.MoreHubs, c.HitEntries, MaxHubs)
	}
	for i := range c.Hubs {
		h := &c.Hubs[i]
		switch {
		case h.Hash.Kind() != PDQ:
			return badCalibration("hubs[%d]: its hash is no pdq hash", i)
		case h.Times < 2 || h.Times > c.HitPictures:
			return badCalibration("hubs[%d]: near %d of %d pictures", i, h.Times, c.HitPictures)
		case h.Least < 0 || h.Least > c.Radius || c.Counts[h.Least] == 0:
			return badCalibration("hubs[%d]: least distance %d, at which nothing was counted", i, h.Least)
		case len(h.ID) > maxText || !utf8.ValidString(h.ID):
			return badCalibration("hubs[%d]: its id is no UTF-8, or longer than %d bytes", i, maxText)
		case i > 0 && compareHubs(c.Hubs[i-1], *h) >= 0:
			return badCalibration("hubs[%d]: out of order", i)
		}
	}
	return nil
}

// compareHubs puts those that were met more often first.
func compareHubs(a, b Hub) int {
	if a.Times != b.Times {
		return b.Times - a.Times
	}
	return int(int64(a.Entry) - int64(b.Entry))
}
