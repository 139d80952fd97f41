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
	done    chan struct{} // closed by who took it
}

// Files for which pairing is worth the trouble, and that are short enough to be digested without a look at a context.
const leastPaired, mostPaired = 4 << 10, 64 << 20

// begin digests data into d together with the file on offer, and returns nil; without one it offers data and returns the
// offer, for finish. Until then neither d nor data must be touched.
func (p *pairs) begin(d *digest.Digester, data []byte) *offer {
	p.lock.Lock()
	other := p.offered
	if other == nil {
		own := &offer{d, data, make(chan struct{})}
		p.offered = own
		p.lock.Unlock()
		return own
	}
	p.offered = nil
	p.lock.Unlock()
	defer close(other.done)
	digest.Pair(d, other.digests, data, other.data)
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
	if taken {
		<-own.done
		return
	}
	own.digests.Write(own.data)
}
