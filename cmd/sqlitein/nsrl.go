package sqlitein

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// readFile reads the table FILE of a minimal release: a row for each file and package, so that a file comes often. Such
// rows become one entry where entries of the same digests do.
func readFile(d *database, s *exchange.Sink) error {
	return d.files(s, joined("sha256", "sha1", "md5", "file_size", "file_name")+" FROM file NOT INDEXED")
}

// readMetadata reads the table METADATA of a full release, as its view FILE does: rows that belong to a package. The name
// of a file is split there.
func readMetadata(d *database, s *exchange.Sink) error {
	name := "file_name||CASE ifnull(extension,'') WHEN '' THEN '' ELSE '.'||extension END"
	return d.files(s, joined("sha256", "sha1", "md5", "bytes", name)+
		" FROM metadata NOT INDEXED WHERE object_id IN (SELECT object_id FROM package_object)")
}

// bar stands between the values of a row. No digest and no size has one; the name, which may, comes last.
const bar = "|"

// joined is the beginning of a query that makes one text of all values of a row: a value costs as much to fetch as five are
// to cut from each other here.
func joined(columns ...string) string {
	query := "SELECT "
	for i, c := range columns {
		if i > 0 {
			query += "||'" + bar + "'||"
		}
		query += "ifnull(" + c + ",'')"
	}
	return query
}

// fileKinds are the kinds of a row's first three values.
var fileKinds = []hashmatch.Kind{hashmatch.SHA256, hashmatch.SHA1, hashmatch.MD5}

func (d *database) files(s *exchange.Sink, query string) error {
	return d.texts(query, func(row string) error {
		at := d.next()
		e, err := parseFile(row)
		if err != nil {
			s.Refuse(at, err.Error())
			return nil
		}
		return s.Take(at, e)
	})
}

// parseFile makes an entry of a joined row.
func parseFile(row string) (hashmatch.Entry, error) {
	e := hashmatch.Entry{Hashes: make([]hashmatch.EntryHash, 0, len(fileKinds))}
	for _, k := range fileKinds {
		digits, rest, ok := strings.Cut(row, bar)
		if !ok {
			return e, fmt.Errorf("%w: a digest with a bar in it", hashmatch.ErrFormat)
		}
		row = rest
		if len(digits) == 0 {
			continue
		}
		h, err := hashmatch.ParseHex(k, digits)
		if err != nil {
			return e, err
		}
		e.Hashes = append(e.Hashes, hashmatch.EntryHash{Hash: h})
	}
	if len(e.Hashes) == 0 {
		return e, fmt.Errorf("%w: no md5, sha1 or sha256", hashmatch.ErrFormat)
	}
	digits, name, ok := strings.Cut(row, bar)
	if len(digits) > 0 {
		size, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || size < 0 {
			return e, fmt.Errorf("%w: the size is no number of bytes", hashmatch.ErrFormat)
		}
		e.Size, e.HasSize = size, ok
	}
	if len(name) > 0 {
		e.Names = []string{strings.Clone(name)} // the row itself need not be kept
	}
	return e, nil
}
