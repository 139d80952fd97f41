package exchange

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// layout is how the rows of one table are read.
type layout struct {
	variant     string // the preset's name
	sep         byte
	before      int // rows before the first of entries
	width       int // cells of a full row
	bindings    []binding
	leading     []binding // those of hashes that stand before every other column, and so cannot be shifted
	none        [][]byte
	noneCarried [][]byte
	latin1      bool
	written     bool
}

// heading is the first row of a table, split by one separator.
type heading struct {
	sep    byte
	before int // rows before it
	names  []string
}

// separators are those that are tried, in this order.
var separators = []byte{',', ';', '\t', '|'}

// headingsOf returns the first row of a document as each separator that may be meant splits it.
func headingsOf(head []byte, o Options) (all []heading) {
	seps, before := separators, 0
	line, named := sepLine(head)
	if named {
		seps, before = []byte{line}, 1
	}
	if o.Preset != nil && o.Preset.Separator != "" {
		seps = []byte(o.Preset.Separator)
	}
	if o.Separator != 0 {
		seps = []byte(string(o.Separator))
	}
	for _, sep := range seps {
		rows := newRowReader(bytes.NewReader(head), sep, len(head))
		var row tableRow
		var err error
		for range before + 1 {
			if row, err = rows.next(); err != nil {
				break
			}
		}
		if err != nil || row.refused != "" || !row.ended && len(head) == headSize {
			continue
		}
		h := heading{sep: sep, before: before}
		for _, c := range row.cells {
			h.names = append(h.names, strings.TrimSpace(string(c)))
		}
		all = append(all, h)
	}
	return all
}

// sepLine returns the separator that a first line "sep=;" names, as Excel writes and reads it.
func sepLine(head []byte) (sep byte, ok bool) {
	line, _, _ := bytes.Cut(bytes.TrimPrefix(head, []byte(bom)), []byte("\n"))
	line = bytes.Trim(bytes.TrimSuffix(line, []byte("\r")), `"`)
	if rest, found := bytes.CutPrefix(bytes.ToLower(line), []byte("sep=")); found && len(rest) == 1 {
		sep, err := separator([]rune{rune(rest[0])})
		return sep, err == nil
	}
	return 0, false
}

// layoutOf finds out how a document's rows are to be read.
func layoutOf(head []byte, o Options) (*layout, error) {
	if err := o.checkTable(); err != nil {
		return nil, fmt.Errorf("%w: %w", hashmatch.ErrFormat, err)
	}
	all := headingsOf(head, o)
	if o.Preset == nil && o.Columns == nil {
		h, p := recognised(all)
		if h == nil {
			return nil, unknownTable(head, o)
		}
		return bind(h, p, p.Columns, o)
	}
	columns := o.columns()
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: the document does not begin with a row of column names", hashmatch.ErrFormat)
	}
	best := slices.MaxFunc(all, func(a, b heading) int {
		return cmp.Or(cmp.Compare(a.finds(columns), b.finds(columns)), cmp.Compare(len(a.names), len(b.names)))
	})
	p := o.Preset
	if p == nil {
		p = &Preset{}
	}
	return bind(&best, p, columns, o)
}

// recognised returns the heading that a built-in preset knows, and the preset: of several that which asks for most.
func recognised(all []heading) (h *heading, best *Preset) {
	for i := range all {
		for _, p := range presets() {
			if all[i].finds(nil, p.Recognise...) == len(p.Recognise) && (best == nil || len(p.Recognise) > len(best.Recognise)) {
				h, best = &all[i], p
			}
		}
	}
	return h, best
}

// finds returns how many of the columns, and of those that a mapping names, are there.
func (h *heading) finds(columns map[string]string, more ...string) (n int) {
	for _, c := range slices.AppendSeq(more, maps.Values(columns)) {
		if i, _ := h.column(c); i >= 0 {
			n++
		}
	}
	return n
}

// column returns the place of a column by its name, or by its number from 1; -1 if it is not there. An error says that
// the name is not its alone.
func (h *heading) column(name string) (at int, err error) {
	at = -1
	for i, n := range h.names {
		if strings.EqualFold(n, strings.TrimSpace(name)) {
			if at >= 0 {
				return at, fmt.Errorf("more than one column is named %q: say which by its number", name)
			}
			at = i
		}
	}
	if n, err := strconv.Atoi(name); at < 0 && err == nil && n >= 1 && n <= maxCells {
		return n - 1, nil
	}
	return at, nil
}

// bind makes the layout of a table under h. A column that the user named must be there.
func bind(h *heading, p *Preset, columns map[string]string, o Options) (*layout, error) {
	l := &layout{variant: p.Name, sep: h.sep, before: h.before + 1, width: len(h.names), latin1: p.Encoding == "latin1", written: p.Written}
	for _, n := range p.None {
		l.none = append(l.none, []byte(n))
	}
	for _, n := range p.NoneCarried {
		l.noneCarried = append(l.noneCarried, []byte(n))
	}
	origin := cmp.Or(p.Origin, o.Origin)
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		f, err := fieldNamed(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", hashmatch.ErrFormat, err)
		}
		at, err := h.column(columns[name])
		_, mine := o.Columns[name]
		switch {
		case err != nil && mine:
			return nil, fmt.Errorf("%w: %w", hashmatch.ErrFormat, err)
		case at < 0 && mine:
			return nil, fmt.Errorf("%w: no column is named %q%s", hashmatch.ErrFormat, columns[name], h.shown())
		case at < 0:
			continue
		}
		if f.word != "" {
			if f.kind, _ = origin.kindOf(f.word); f.kind == 0 {
				return nil, fmt.Errorf("%w: column %q: %s", hashmatch.ErrFormat, columns[name], reasonNoOrigin)
			}
		}
		l.bindings = append(l.bindings, binding{field: f, column: at})
	}
	l.carry(h, p.Carry)
	return l, l.order(h)
}

// carry binds the columns that are carried as they are. Of columns of one name the first is.
func (l *layout) carry(h *heading, patterns []string) {
	for i, name := range h.names {
		wanted := slices.ContainsFunc(patterns, func(p string) bool {
			if begin, ok := strings.CutSuffix(p, "*"); ok {
				return len(name) > len(begin) && strings.EqualFold(name[:len(begin)], begin)
			}
			return strings.EqualFold(name, p)
		})
		if !wanted {
			continue
		}
		if first, _ := h.column(name); first == i {
			l.bindings = append(l.bindings, binding{field: field{what: fieldExtra, extra: name}, column: i})
		}
	}
}

// order puts hashes before what is said of them, and finds out what stands where.
func (l *layout) order(h *heading) error {
	slices.SortStableFunc(l.bindings, func(a, b binding) int { return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.column, b.column)) })
	hashes := slices.DeleteFunc(slices.Clone(l.bindings), func(b binding) bool { return b.what != fieldHash })
	if len(hashes) == 0 {
		return fmt.Errorf("%w: the table has none of the columns with a hash%s", hashmatch.ErrFormat, h.shown())
	}
	for i, b := range hashes {
		if b.column == i {
			l.leading = append(l.leading, b)
		}
	}
	if l.numbered(h, hashes) {
		l.before--
	}
	for _, b := range l.bindings {
		l.width = max(l.width, b.column+1)
	}
	return nil
}

// numbered reports whether the first row is one of entries and not of names: a column of hashes holds one there.
func (l *layout) numbered(h *heading, hashes []binding) bool {
	return slices.ContainsFunc(hashes, func(b binding) bool {
		if b.column >= len(h.names) {
			return false
		}
		_, err := parseHashCell(b.kind, []byte(h.names[b.column]))
		return err == nil
	})
}

// sample returns the rows of a head under a heading, but for one that the head's end may cut.
func (h *heading) sample(head []byte) (rows [][]string) {
	t := newRowReader(bytes.NewReader(head), h.sep, len(head))
	for range h.before + 1 {
		if _, err := t.next(); err != nil {
			return nil
		}
	}
	t.width = len(h.names)
	for {
		row, err := t.next()
		if err != nil || !row.ended && len(head) == headSize {
			return rows
		}
		var cells []string
		for _, c := range row.cells {
			cells = append(cells, strings.TrimSpace(string(c)))
		}
		rows = append(rows, cells)
	}
}
