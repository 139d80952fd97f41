package sqlitein

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// layout is one of the databases that are read: which tables it is known by, and how it is read.
type layout struct {
	name   string
	tables map[string][]string // the columns that each must have, all in capitals
	read   func(d *database, s *exchange.Sink) error
}

var layouts = []layout{
	{"nsrl-v3", map[string][]string{"FILE": {"SHA256", "SHA1", "MD5", "FILE_NAME", "FILE_SIZE"}}, readFile},
	{"nsrl-v3-full", map[string][]string{
		"METADATA":       {"SHA256", "SHA1", "MD5", "FILE_NAME", "EXTENSION", "BYTES", "OBJECT_ID"},
		"PACKAGE_OBJECT": {"OBJECT_ID"},
	}, readMetadata},
	{"autopsy-kdb", map[string][]string{
		"HASHES": {"ID", "MD5", "SHA1", "SHA2_256"}, "FILE_NAMES": {"NAME", "HASH_ID"}, "COMMENTS": {"COMMENT", "HASH_ID"},
		"DB_PROPERTIES": {"NAME", "VALUE"},
	}, readKDB},
}

// maxTables is how many tables are looked through.
const maxTables = 10_000

// layout finds out what database it is. Views have the names of tables in some releases, but whatever a view is called, it
// is not read: it could be made to say anything, for ever.
func (d *database) layout() (*layout, error) {
	var tables []string
	var name string
	query := fmt.Sprintf("SELECT upper(name) FROM sqlite_schema WHERE type='table' AND rootpage>0 AND typeof(name)='text' LIMIT %d", maxTables)
	err := d.each(query, func() error {
		tables = append(tables, name)
		return nil
	}, &name)
	if err != nil {
		return nil, err
	}
next:
	for i := range layouts {
		for table := range layouts[i].tables {
			if !slices.Contains(tables, table) {
				continue next
			}
		}
		for table, columns := range layouts[i].tables {
			if err := d.plain(table, columns); err != nil {
				return nil, err
			}
		}
		return &layouts[i], nil
	}
	return nil, fmt.Errorf("%w: a SQLite database, but with the tables of neither NSRL v3 (FILE, or METADATA and PACKAGE_OBJECT) nor Autopsy (hashes)", hashmatch.ErrFormat)
}

// verify looks at the structure of the tables. SQLite has no checksums: reading alone would not see rows that a damaged page
// no longer counts.
func (d *database) verify(l *layout) error {
	for table := range l.tables {
		var verdict string
		err := d.each("PRAGMA quick_check("+table+")", func() error {
			if verdict != "ok" {
				return fmt.Errorf("%w: table %s is damaged", hashmatch.ErrCorrupt, table)
			}
			return nil
		}, &verdict)
		if err != nil {
			return err
		}
	}
	return nil
}

// plain checks that a table has the columns, and that none of its columns is computed.
func (d *database) plain(table string, columns []string) error {
	var has []string
	var name string
	var hidden int
	var skip any
	err := d.each("PRAGMA table_xinfo("+table+")", func() error {
		if hidden != 0 {
			return fmt.Errorf("%w: table %s has a column that is computed", hashmatch.ErrUnsupported, table)
		}
		has = append(has, strings.ToUpper(name))
		return nil
	}, &skip, &name, &skip, &skip, &skip, &skip, &hidden)
	if err != nil {
		return err
	}
	for _, c := range columns {
		if !slices.Contains(has, c) {
			return fmt.Errorf("%w: table %s has no column %s", hashmatch.ErrFormat, table, c)
		}
	}
	return nil
}
