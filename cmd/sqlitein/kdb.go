package sqlitein

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// readKDB reads Autopsy's hash database (tsk/hashdb/sqlite_hdb.cpp of The Sleuth Kit). Digests are blobs; some tools write
// their hex digits. Names and comments stand in tables of their own, by the number of their hash: all three are read in
// the order of that number, side by side.
func readKDB(d *database, s *exchange.Sink) error {
	if err := d.kdbVersion(s); err != nil {
		return err
	}
	names, stopNames := iter.Pull2(d.attached("name", "file_names"))
	defer stopNames()
	comments, stopComments := iter.Pull2(d.attached("comment", "comments"))
	defer stopComments()
	toNames, toComments := &attachments{pull: names}, &attachments{pull: comments}
	var id int64
	var raw [3]sql.RawBytes
	err := d.each("SELECT "+number("id")+", md5, sha1, sha2_256 FROM hashes NOT INDEXED ORDER BY 1", func() error {
		at := d.next()
		e, err := parseHashes(raw[:])
		if err != nil {
			s.Refuse(at, err.Error())
			return nil
		}
		if e.Names, err = toNames.of(id); err != nil {
			return err
		}
		texts, err := toComments.of(id)
		if err != nil {
			return err
		}
		e.Comments = strings.Join(texts, "\n")
		return s.Take(at, e)
	}, &id, &raw[0], &raw[1], &raw[2])
	if err != nil {
		return err
	}
	for range toNames.strays + toComments.strays {
		s.Note(exchange.Place{}, "a name or comment of no hash that is there")
	}
	return nil
}

// kdbVersion notes a version that this reader does not know.
func (d *database) kdbVersion(s *exchange.Sink) error {
	known := false
	var value string
	err := d.each("SELECT CAST(ifnull(value,'') AS TEXT) FROM db_properties WHERE name='Schema Version' LIMIT 1", func() error {
		known = value == "1"
		return nil
	}, &value)
	if err == nil && !known {
		s.Note(exchange.Place{}, "the database's schema version is not 1")
	}
	return err
}

// kdbKinds are the kinds of the digest columns.
var kdbKinds = []hashmatch.Kind{hashmatch.MD5, hashmatch.SHA1, hashmatch.SHA256}

func parseHashes(raw []sql.RawBytes) (e hashmatch.Entry, err error) {
	for i, k := range kdbKinds {
		var h hashmatch.Hash
		switch len(raw[i]) {
		case 0:
			continue
		case k.Size():
			h, err = hashmatch.NewHash(k, raw[i])
		default:
			h, err = hashmatch.ParseHex(k, string(raw[i]))
		}
		if err != nil {
			return e, err
		}
		e.Hashes = append(e.Hashes, hashmatch.EntryHash{Hash: h})
	}
	if len(e.Hashes) == 0 {
		return e, fmt.Errorf("%w: no md5, sha1 or sha256", hashmatch.ErrFormat)
	}
	return e, nil
}

// attachment is a text of a hash.
type attachment struct {
	hash int64
	text string
}

// errStopped ends a query whose rows nobody wants any more.
var errStopped = errors.New("stopped")

// attached goes through the texts of a table, in the order of their hashes.
func (d *database) attached(column, table string) iter.Seq2[attachment, error] {
	query := "SELECT " + number("hash_id") + ", CAST(ifnull(" + column + ",'') AS TEXT) FROM " + table + " NOT INDEXED ORDER BY 1, 2"
	return func(yield func(attachment, error) bool) {
		var a attachment
		err := guard(func() error { // iter.Pull2 runs it beside the goroutine that Read guards
			return d.each(query, func() error {
				if !yield(a, nil) {
					return errStopped
				}
				return nil
			}, &a.hash, &a.text)
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(a, err)
		}
	}
}

// number is an expression that is a whole number whatever stands in the column.
func number(column string) string { return "CAST(ifnull(" + column + ",-1) AS INTEGER)" }

// attachments hands out texts hash after hash.
type attachments struct {
	pull    func() (attachment, error, bool)
	current attachment
	have    bool
	strays  int // texts of hashes that are not there
}

// of returns the texts of a hash; of hashes before it none can be had any more.
func (a *attachments) of(hash int64) (texts []string, err error) {
	for {
		if !a.have {
			if a.current, err, a.have = a.pull(); err != nil || !a.have {
				return texts, err
			}
		}
		switch {
		case a.current.hash > hash:
			return texts, nil
		case a.current.hash < hash:
			a.strays++
		case a.current.text != "" && (len(texts) == 0 || texts[len(texts)-1] != a.current.text):
			texts = append(texts, a.current.text)
		}
		a.have = false
	}
}
