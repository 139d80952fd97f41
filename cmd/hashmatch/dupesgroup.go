package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashmatch/engine/hashmatch"
)

// dupesHeader is the first line of what dupes writes: how files were compared.
type dupesHeader struct {
	Tool         string           `json:"tool"`
	Radius       int              `json:"radius"`
	Diameter     int              `json:"diameter"`
	Quality      int              `json:"quality"` // the gate
	Kinds        []hashmatch.Kind `json:"kinds"`
	Exact        bool             `json:"exact"`
	Views        string           `json:"views,omitempty"`         // that were compared
	WithoutViews int              `json:"without_views,omitempty"` // pictures of results whose views were not written
	Roots        int              `json:"roots"`
	Warnings     []string         `json:"warnings,omitempty"`
}

// dupeFile is what is told of a file.
type dupeFile struct {
	root          int
	path          string
	size          int64
	width, height int
	quality       hashmatch.Quality
	sha256        hashmatch.Hash
	also          []hashmatch.View
}

// newDupeFile takes from a record what is told of its file. The views that are other pictures are named: they are in the file, and
// no look at a near-duplicate shows them.
func newDupeFile(rec *hashmatch.Record) dupeFile {
	fp := &rec.Fingerprint
	f := dupeFile{
		root: rec.Root, path: rec.Path, size: fp.Size, width: fp.Width, height: fp.Height,
		quality: fp.Quality(), sha256: fp.Digest(hashmatch.SHA256),
	}
	for _, h := range fp.Hashes {
		picture, _ := h.View.Base()
		if isOtherPicture(picture) && !slices.Contains(f.also, picture) {
			f.also = append(f.also, picture)
		}
	}
	return f
}

// isOtherPicture reports whether a view is another picture in the file.
func isOtherPicture(v hashmatch.View) bool {
	return v == hashmatch.Thumbnail || strings.HasPrefix(string(v), string(hashmatch.Appended))
}

// dupeGroup is the line of a group.
type dupeGroup struct {
	Group   int          `json:"group"` // its number, from 1
	Files   int          `json:"files"`
	Reason  string       `json:"not_compared,omitempty"` // why its picture was compared with no other
	Members []dupeMember `json:"members"`                // the representative first, the others in the order of files
}

// dupeMember is a file of a group.
type dupeMember struct {
	Root     int              `json:"root,omitempty"`
	Path     *string          `json:"path,omitempty"`
	PathB64  *string          `json:"path_b64,omitempty"` // in place of path when it is not UTF-8
	Size     int64            `json:"size"`
	SHA256   string           `json:"sha256,omitempty"`
	Quality  *int             `json:"pdq_quality,omitempty"`
	Width    int              `json:"width,omitempty"`
	Height   int              `json:"height,omitempty"`
	Equal    bool             `json:"equal,omitempty"`    // the representative's SHA-256
	Distance *int             `json:"distance,omitempty"` // to the representative
	View     hashmatch.View   `json:"view,omitempty"`
	ViewOf   string           `json:"view_of,omitempty"` // whose view it is, where it is not this file's
	Also     []hashmatch.View `json:"also,omitempty"`    // other pictures that the file holds
}

// group describes a cluster.
func (d *dupes) group(number int, c *hashmatch.Cluster) *dupeGroup {
	g := &dupeGroup{Group: number, Files: len(c.Members), Reason: c.Reason, Members: make([]dupeMember, 1, len(c.Members))}
	digest := d.files[c.Representative].sha256
	for i := range c.Members {
		m := d.member(&c.Members[i])
		if c.Members[i].Position == c.Representative {
			g.Members[0] = m
			continue
		}
		m.Equal = !digest.IsZero() && d.files[c.Members[i].Position].sha256 == digest
		g.Members = append(g.Members, m)
	}
	return g
}

func (d *dupes) member(of *hashmatch.ClusterMember) dupeMember {
	f := &d.files[of.Position]
	m := dupeMember{Root: f.root, Size: f.size, SHA256: f.sha256.Hex(), Width: f.width, Height: f.height, View: of.View, Also: f.also}
	if utf8.ValidString(f.path) {
		m.Path = &f.path
	} else {
		b64 := base64.StdEncoding.EncodeToString([]byte(f.path))
		m.PathB64 = &b64
	}
	if q, known := f.quality.Value(); known {
		m.Quality = &q
	}
	if of.View != "" {
		m.Distance = &of.Distance
	}
	if of.Reversed {
		m.ViewOf = "representative"
	}
	return m
}

// dupesSummary accounts for every file.
type dupesSummary struct {
	Seen        int `json:"seen"`
	Grouped     int `json:"grouped"`      // in groups of at least two
	Alone       int `json:"alone"`        // pictures that are near no other
	NotCompared int `json:"not_compared"` // whose picture could be compared with no other, and that equal none
	NoPicture   int `json:"no_picture"`   // files that are no media
	Unread      int `json:"unread"`       // not regular, or could not be read
	Matched     int `json:"matched"`      // of results: known already
	Groups      int `json:"groups"`       // of at least two
	Written     int `json:"groups_written"`
	ToOpen      int `json:"to_open"` // what is left to look at: the groups' representatives, and who is in none
}

// add counts a cluster.
func (s *dupesSummary) add(c *hashmatch.Cluster) {
	s.ToOpen++
	switch n := len(c.Members); {
	case n > 1:
		s.Grouped += n
		s.Groups++
	case c.Reason != "":
		s.NotCompared++
	default:
		s.Alone++
	}
}

// check returns an error that wraps ErrIncomplete unless every file is accounted for once.
func (s *dupesSummary) check() error {
	if sum := s.Grouped + s.Alone + s.NotCompared + s.NoPicture + s.Unread + s.Matched; sum != s.Seen {
		return fmt.Errorf("%w: %d files seen, %d accounted for", hashmatch.ErrIncomplete, s.Seen, sum)
	}
	return nil
}

// print says in two lines what became of the files and what that saves.
func (s *dupesSummary) print(w io.Writer) {
	line := fmt.Sprintf("seen %d =", s.Seen)
	sep := " "
	for _, part := range []struct {
		name string
		n    int
	}{
		{"grouped", s.Grouped}, {"alone", s.Alone}, {"not compared", s.NotCompared}, {"no picture", s.NoPicture},
		{"could not be read", s.Unread}, {"matched", s.Matched},
	} {
		if part.n > 0 {
			line += fmt.Sprintf("%s%s %d", sep, part.name, part.n)
			sep = " + "
		}
	}
	if s.Seen == 0 {
		line += " 0"
	}
	fmt.Fprintln(w, line)
	fmt.Fprintf(w, "%d files in %d groups: %d + %d others to open instead of %d\n",
		s.Grouped, s.Groups, s.Groups, s.Alone+s.NotCompared, s.Grouped+s.Alone+s.NotCompared)
}
