package plane

import "sync"

// cacheBytes bounds the axes that one kernel keeps. PDQ's axis of a photograph takes 3 KB, so that those of more than a
// thousand sides fit.
const cacheBytes = 4 << 20

// cache keeps axes on two shelves. What is asked for stands on the new one or moves there; when that has its half of the
// memory it becomes the old one, and what nobody asked for meanwhile goes.
type cache struct {
	mu       sync.RWMutex
	new, old map[cacheKey]*Axis
	bytes    int // on the new shelf
}

type cacheKey struct {
	full, scale int
	window      Window
	mirrored    bool
}

// Axis returns what Fold does, and keeps it for the next call, within 4 MiB for each kernel. An axis of more than a
// sixteenth of that is made anew at every call: no photograph has one.
func (k *Kernel) Axis(full, scale int, mirrored bool) *Axis {
	return k.AxisWindow(full, scale, Window{To: full}, mirrored)
}

// AxisWindow is FoldWindow in memory of its own, and keeps it as Axis does.
func (k *Kernel) AxisWindow(full, scale int, w Window, mirrored bool) *Axis {
	key := cacheKey{full, scale, w, mirrored}
	c := &k.folded
	if a := c.find(key); a != nil {
		return a
	}
	if a := c.move(key); a != nil {
		return a
	}
	a := k.foldNew(full, scale, w, mirrored) // of two callers at once one is in vain, and nobody waits
	if a.bytes() <= cacheBytes/16 {
		c.put(key, a)
	}
	return a
}

// find returns the axis of key from the new shelf, or nil.
func (c *cache) find(key cacheKey) *Axis {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.new[key]
}

// move returns the axis of key from the old shelf, or nil, and sets it on the new one.
func (c *cache) move(key cacheKey) *Axis {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.old[key]
	if a != nil {
		delete(c.old, key)
		c.set(key, a)
	}
	return a
}

func (c *cache) put(key cacheKey, a *Axis) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(key, a)
}

// set puts an axis on the new shelf. The caller holds the lock.
func (c *cache) set(key cacheKey, a *Axis) {
	size := a.bytes()
	if before := c.new[key]; before != nil {
		c.bytes -= before.bytes()
	} else if c.bytes+size > cacheBytes/2 || c.new == nil {
		c.new, c.old, c.bytes = map[cacheKey]*Axis{}, c.new, 0
	}
	c.new[key] = a
	c.bytes += size
}
