// Package sqlitein reads known items from SQLite databases: NSRL v3 of NIST, minimal and full, and .kdb of Autopsy.
//
// A database is opened read-only and as one that nobody changes, so that nothing is written beside it: no journal, no lock.
// Rows stream; memory does not grow with the database, but for the names and comments of a .kdb, which have to be sorted.
//
// A database is a program as much as a document: views, triggers, generated columns and virtual tables are run by whoever
// reads it. Only plain tables are read here, by queries of ours, and the limits below hold for all that SQLite does.
package sqlitein

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/hashmatch/engine/hashmatch"
	"github.com/hashmatch/engine/hashmatch/exchange"
)

// Magic is what every SQLite database begins with, unless it is encrypted.
const Magic = "SQLite format 3\x00"

// Is reports whether a file that begins with head is a SQLite database.
func Is(head []byte) bool { return bytes.HasPrefix(head, []byte(Magic)) }

// About says for people what is read.
const About = "SQLite databases: NSRL v3 (minimal, full), Autopsy .kdb"

// The limits of what a database may make SQLite do.
const (
	maxValue   = 1 << 20 // bytes of one value, and of one row
	maxColumns = 200
	maxSteps   = 1 << 16 // instructions of one query's program
)

// progressEvery is after how many rows progress is told.
const progressEvery = 1 << 14

// Read gives each known item of the database at path to add, as exchange.Read does. progress, unless it is nil, is told now
// and then how many rows were read. On error the caller must throw away what add was given.
func Read(ctx context.Context, path string, add func(hashmatch.Entry) error, progress func(rows int64)) (report exchange.Report, err error) {
	h, err := check(path)
	if err != nil {
		return report, fmt.Errorf("sqlitein: %w", err)
	}
	s := exchange.NewSink("sqlite", add)
	err = guard(func() error {
		d, err := open(ctx, path)
		if err != nil {
			return err
		}
		d.progress = progress
		if s, err = d.read(path, h, add); !errors.Is(err, hashmatch.ErrCrashed) {
			d.close()
		}
		return err
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return s.Report(), fmt.Errorf("sqlitein: %w", err)
	}
	return s.Report(), nil
}

// read reads what a database holds.
func (d *database) read(path string, h header, add func(hashmatch.Entry) error) (*exchange.Sink, error) {
	l, err := d.layout()
	if err != nil {
		return exchange.NewSink("sqlite", add), err
	}
	s := exchange.NewSink(l.name, add)
	if h.wal {
		s.Note(exchange.Place{}, "the database was in WAL mode: what a -wal file held when it was copied is not here")
	}
	return s, d.readVerified(path, l, s)
}

// readVerified reads while another connection verifies: on two cores it costs no time. The first to fail stops both.
func (d *database) readVerified(path string, l *layout, s *exchange.Sink) error {
	ctx, cancel := context.WithCancelCause(d.ctx)
	defer cancel(nil)
	verified := make(chan error, 1)
	go func() {
		err := guard(func() error {
			v, err := open(ctx, path)
			if err != nil {
				return err
			}
			defer v.close()
			return v.verify(l)
		})
		if err != nil {
			cancel(err)
		}
		verified <- err
	}()
	d.ctx = ctx
	err := guard(func() error { return l.read(d, s) })
	if err != nil {
		cancel(err)
	}
	if damaged := <-verified; err != nil || damaged != nil {
		return context.Cause(ctx)
	}
	return s.Finish()
}

// guard runs f, and makes an error of a crash in it. The reader is C made into Go, which addresses memory as C does: what a
// hostile file may bring about there is an access to a page that is not there, and this ends it. What f had open stays so:
// its locks may be held.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: SQLite gave up on the database", hashmatch.ErrCrashed)
		}
	}()
	return f()
}

// database is an open one.
type database struct {
	ctx      context.Context
	pool     *sql.DB
	conn     *sql.Conn
	rows     int64
	progress func(rows int64)
}

// settings come before the first look into the database: SQLite's own advice for files that one does not trust.
var settings = []string{"trusted_schema(0)", "cell_size_check(1)", "mmap_size(0)", "query_only(1)", "temp_store(memory)"}

func open(ctx context.Context, path string) (*database, error) {
	q := url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": settings, "_defensive": {"1"}}
	pool, err := sql.Open("sqlite", address(path)+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	d := &database{ctx: ctx, pool: pool}
	if d.conn, err = pool.Conn(ctx); err != nil {
		pool.Close()
		return nil, named(err)
	}
	for id, most := range map[int]int{
		sqlite3.SQLITE_LIMIT_LENGTH: maxValue, sqlite3.SQLITE_LIMIT_COLUMN: maxColumns, sqlite3.SQLITE_LIMIT_VDBE_OP: maxSteps,
		sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0, sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
	} {
		if _, err := sqlite.Limit(d.conn, id, most); err != nil {
			d.close()
			return nil, err
		}
	}
	return d, nil
}

func (d *database) close() {
	d.conn.Close()
	d.pool.Close()
}

// address returns the URI of a file, whose name may hold any byte.
func address(path string) string {
	path = filepath.ToSlash(path)
	switch {
	case runtime.GOOS == "windows" && len(path) > 1 && path[1] == ':':
		path = "/" + path
	case strings.HasPrefix(path, "//"): // else the first part would be taken for a host
		path = "//" + path
	}
	var b strings.Builder
	b.WriteString("file:")
	for _, c := range []byte(path) {
		if c == '/' || c == '.' || c == '-' || c == '_' || c == ':' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// each runs a query and visits its rows. A visit sees values that are overwritten by the next.
func (d *database) each(query string, visit func() error, into ...any) error {
	rows, err := d.conn.QueryContext(d.ctx, query)
	if err != nil {
		return named(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("%w: a value of another type than its column's", hashmatch.ErrCorrupt)
		}
		if err := visit(); err != nil {
			return err
		}
	}
	return named(rows.Err())
}

// texts runs a query whose rows are one text each, and visits them. It asks the driver itself: what database/sql does for
// a row would be a fifth of the work.
func (d *database) texts(query string, visit func(text string) error) error {
	return d.conn.Raw(func(c any) error {
		rows, err := c.(driver.QueryerContext).QueryContext(d.ctx, query, nil)
		if err != nil {
			return named(err)
		}
		defer rows.Close()
		row := make([]driver.Value, 1)
		for {
			err := rows.Next(row)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil && d.rows%progressEvery == 0 {
				err = d.ctx.Err()
			}
			if err != nil {
				return named(err)
			}
			text, ok := row[0].(string)
			if !ok {
				return fmt.Errorf("%w: a value of another type than its column's", hashmatch.ErrCorrupt)
			}
			if err := visit(text); err != nil {
				return err
			}
		}
	})
}

// next counts a row that was read.
func (d *database) next() exchange.Place {
	d.rows++
	if d.progress != nil && d.rows%progressEvery == 0 {
		d.progress(d.rows)
	}
	return exchange.Place{Row: d.rows}
}

// named makes one of our errors of SQLite's, whose own words may repeat what stands in the database.
func named(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: the database is damaged (SQLite error %d)", hashmatch.ErrCorrupt, e.Code())
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: no SQLite database, or an encrypted one", hashmatch.ErrFormat)
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM:
		return fmt.Errorf("%w: a value or row of more than %d bytes", hashmatch.ErrLimit, maxValue)
	case sqlite3.SQLITE_INTERRUPT:
		return context.Canceled
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY:
		return fmt.Errorf("the file cannot be read (SQLite error %d)", e.Code())
	}
	return fmt.Errorf("%w: the database's tables are not as they should be (SQLite error %d)", hashmatch.ErrCorrupt, e.Code())
}

// header is what the first bytes of a database say.
type header struct{ wal bool }

// check looks at a file before SQLite does: it must be a whole one, with nothing beside it that belongs to it.
func check(path string) (h header, err error) {
	fi, err := os.Stat(path)
	if err != nil {
		return h, err
	}
	if !fi.Mode().IsRegular() {
		return h, fmt.Errorf("%w: a database is a file: SQLite does not read a stream", hashmatch.ErrFormat)
	}
	for _, suffix := range []string{"-wal", "-journal"} {
		if beside, err := os.Stat(path + suffix); err == nil && beside.Size() > 0 {
			return h, fmt.Errorf("%w: beside the database stands %s, with changes that are not in it yet: copy both and let "+
				"sqlite3 bring them together (sqlite3 COPY .schema), then take the copy", hashmatch.ErrIncomplete, filepath.Base(path)+suffix)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer f.Close()
	head := make([]byte, 100)
	if n, _ := f.ReadAt(head, 0); n < len(head) {
		return h, fmt.Errorf("%w: the file ends in its head", hashmatch.ErrIncomplete)
	}
	return parseHeader(head, fi.Size())
}

// parseHeader checks the parts of https://sqlite.org/fileformat.html#the_database_header that tell a cut file.
func parseHeader(head []byte, size int64) (h header, err error) {
	if !Is(head) {
		return h, fmt.Errorf("%w: no SQLite database, or an encrypted one", hashmatch.ErrFormat)
	}
	big := func(at int) int64 {
		return int64(head[at])<<24 | int64(head[at+1])<<16 | int64(head[at+2])<<8 | int64(head[at+3])
	}
	page := int64(head[16])<<8 | int64(head[17])
	if page == 1 {
		page = 65536
	}
	if page < 512 || page&(page-1) != 0 {
		return h, fmt.Errorf("%w: pages of %d bytes: no SQLite database, or an encrypted one", hashmatch.ErrFormat, page)
	}
	pages := big(28)
	if known := pages > 0 && big(24) == big(92); known && pages*page > size {
		return h, fmt.Errorf("%w: the database has %d bytes and says that it has %d", hashmatch.ErrIncomplete, size, pages*page)
	}
	return header{wal: head[18] == 2 || head[19] == 2}, nil
}
