package exchange

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/hashmatch/engine/hashmatch"
)

// signals is what python-threatexchange prints and reads: a line for each signal, its type before its value, or the value
// alone. Behind a PDQ hash its quality may stand; hashes of less than 50 are refused, as that program does.
var signals = Format{
	Name:  "signals",
	About: "python-threatexchange lists: type and value on each line",
	Sniff: countLines(func(line string) bool {
		kind, value, ok := strings.Cut(line, " ")
		return ok && signalTypes[kind] != 0 && len(strings.TrimSpace(value)) >= 32
	}),
	Read: readSignals,
}

// noSignal stands for types of signals that we know and cannot search.
const noSignal hashmatch.Kind = 255

var signalTypes = map[string]hashmatch.Kind{
	"pdq": hashmatch.PDQ, "md5": hashmatch.MD5, "video_md5": hashmatch.MD5, "photo_md5": hashmatch.MD5,
	"sha1": hashmatch.SHA1, "sha256": hashmatch.SHA256,
	"photodna": noSignal, "pdq_ocr": noSignal, "vpdq": noSignal, "video_tmk_pdqf": noSignal, "raw_text": noSignal, "url": noSignal,
	"url_md5": noSignal, "text_md5": noSignal, "text_tlsh": noSignal, "tlsh_pdf": noSignal, "trend_query": noSignal, "clip": noSignal,
}

func readSignals(r io.Reader, o Options, s *Sink) error {
	return readEntries(r, s, func(text string) (hashmatch.Entry, error) {
		h, err := parseSignal(strings.Fields(text), o.HexKind)
		return hashmatch.Entry{Hashes: []hashmatch.EntryHash{h}}, err
	})
}

// parseSignal reads a line.
func parseSignal(words []string, hexKind hashmatch.Kind) (e hashmatch.EntryHash, err error) {
	kind := signalTypes[words[0]]
	switch {
	case kind == 0 && len(words) == 1:
		e.Hash, err = ParseListed(words[0], hexKind)
		return e, err
	case kind == 0:
		return e, fmt.Errorf("exchange: %w: no type of signal that is known", hashmatch.ErrFormat)
	case kind == noSignal:
		return e, fmt.Errorf("exchange: %w: %s", hashmatch.ErrUnsupported, reasonOther)
	case len(words) == 1:
		return e, fmt.Errorf("exchange: %w: a type without a value", hashmatch.ErrFormat)
	case len(words) > 2 && kind != hashmatch.PDQ, len(words) > 3:
		return e, fmt.Errorf("exchange: %w: more than a type and a value", hashmatch.ErrFormat)
	}
	if e.Hash, err = hashmatch.ParseHex(kind, words[1]); err != nil || len(words) == 2 {
		return e, err
	}
	if e.Quality, err = parseQuality(words[2]); err == nil && e.Quality.Below(hashmatch.DefaultQuality) {
		err = errors.New("quality below 50: such hashes are discarded")
	}
	return e, err
}

// parseQuality reads a quality of 0 to 100.
func parseQuality(text string) (hashmatch.Quality, error) {
	q, err := strconv.Atoi(text)
	if err != nil || q < 0 || q > 100 {
		return 0, fmt.Errorf("exchange: %w: a quality is a number from 0 to 100", hashmatch.ErrFormat)
	}
	return hashmatch.QualityOf(q), nil
}
