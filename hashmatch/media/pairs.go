package media

import (
	"sync"

	"github.com/hashmatch/engine/hashmatch/media/internal/digest"
)

// pairs lets two calls share the work on their digests. MD5 is a chain of steps that each wait for the one before, so a
// core that takes two files at a time needs little more than for one: a call offers its file and goes on to the picture;
// the next takes both, and the first finds its digests done.
type pairs struct {
	lock    sync.Mutex
	offered *offer
}

// offer is a file whose digests somebody may compute.
type offer struct {
	digests *digest.Digester
	data    []byte
	done    chan bool // gets a value from who took it: whether the digests are there
}

// Files for which pairing is worth the trouble, and that are short enough to be digested without a look at a context.
const leastPaired, mostPaired = 4 << 10, 64 << 20

// begin digests data into d together with the file on offer, and returns nil; without one it offers data, by own, and
// returns that, for finish. Until then neither d nor data nor own must be touched.
func (p *pairs) begin(own *offer, d *digest.Digester, data []byte) *offer {
	p.lock.Lock()
	other := p.offered
	if other == nil {
		if own.done == nil {
			own.done = make(chan bool, 1)
		}
		own.digests, own.data = d, data
		p.offered = own
		p.lock.Unlock()
		return own
	}
	p.offered = nil
	p.lock.Unlock()
	done := false
	defer func() { other.done <- done }()
	digest.Pair(d, other.digests, data, other.data)
	done = true
	return nil
}

// finish sees to it that the digests of an offer are there.
func (p *pairs) finish(own *offer) {
	if own == nil {
		return
	}
	p.lock.Lock()
	taken := p.offered != own
	if !taken {
		p.offered = nil
	}
	p.lock.Unlock()
	if !taken {
		own.digests.Write(own.data)
	} else if !<-own.done {
		panic("media: the call that took over the digests of another panicked")
	}
	own.digests, own.data = nil, nil
}
