package scan

import (
	"sync"

	"github.com/hashmatch/engine/hashmatch"
)

// Account is an Observer that keeps the accounts of a scan: Seen counts the items as they come from the source, all else
// the records as they are given, so that a record that is lost between the two shows. Its zero value is ready to use;
// several scans may share one.
type Account struct {
	mu    sync.Mutex
	tally hashmatch.Tally
}

// Taken counts an item.
func (a *Account) Taken(Item) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tally.Seen++
}

// Done counts a record.
func (a *Account) Done(rec *hashmatch.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tally.Add(rec)
}

// Tally returns the accounts so far. Items are ahead of records: its Check holds only after scans that came to their end.
func (a *Account) Tally() hashmatch.Tally {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tally
}
