package hashmatch

import "errors"

// The sentinels that errors of this module wrap; test them with errors.Is. The text around a sentinel carries the
// evidence: path, section, offset, row.
var (
	ErrFormat      = errors.New("malformed")       // text or bytes that do not follow their format
	ErrLimit       = errors.New("over the limit")  // a declared or real size beyond what the caller allows
	ErrUnsupported = errors.New("unsupported")     // recognised, but this build cannot read it
	ErrCorrupt     = errors.New("corrupt")         // damaged: a checksum, count or structure does not hold
	ErrIncomplete  = errors.New("incomplete")      // an answer could not be given in full, so none is given
	ErrUntrusted   = errors.New("not trusted")     // not signed by a key that is asked for, or older than allowed
	ErrCrashed     = errors.New("decoder crashed") // a decoder panicked; the panic ended there
)
