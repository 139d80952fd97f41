package report

import "github.com/hashmatch/engine/hashmatch"

// SetChance is what a scan has to expect of one set: matches between pictures that have nothing to do with each other.
type SetChance struct {
	Set string `json:"set"` // its name
	hashmatch.Chance
}

// ThoroughInfo describes the second pass of a thorough scan.
type ThoroughInfo struct {
	Radius  int    `json:"radius"` // of PDQ
	Why     string `json:"why"`    // where it comes from
	Views   int    `json:"views"`  // hashes that were looked up for a picture, at most
	Chosen  int64  `json:"chosen"` // files that were examined again
	Of      int64  `json:"of"`     // files there are
	LookUps int64  `json:"look_ups"`
}
