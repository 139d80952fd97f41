package index

import (
	"sync/atomic"

	"github.com/hashmatch/engine/index/internal/layout"
)

// treeName names the engine in its bytes.
func treeName[C Code]() string {
	if width[C]() == 64 {
		return "tree64"
	}
	return "tree256"
}

// AppendBinary implements encoding.BinaryAppender: it appends the tree in the form that LoadBKTree takes. It returns no
// error.
func (t *BKTree[C]) AppendBinary(dst []byte) ([]byte, error) {
	w := layout.NewWriter(dst, treeName[C]())
	w.Uint(uint64(len(t.codes)))
	w.Uint(uint64(len(t.ids)))
	w.Uint(uint64(len(t.nodes)))
	layout.Append(w, t.codes)
	layout.Append(w, t.ids)
	layout.Append(w, column(t.nodes, func(n *node) uint32 { return n.lo }))
	layout.Append(w, column(t.nodes, func(n *node) uint32 { return n.hi }))
	layout.Append(w, column(t.nodes, func(n *node) uint32 { return n.child }))
	layout.Append(w, column(t.nodes, func(n *node) uint16 { return n.children }))
	layout.Append(w, column(t.nodes, func(n *node) uint16 { return n.near }))
	layout.Append(w, column(t.nodes, func(n *node) uint16 { return n.far }))
	layout.Append(w, column(t.nodes, func(n *node) uint8 {
		if n.same {
			return 1
		}
		return 0
	}))
	t.bands.append(w)
	return w.Finish(), nil
}

// column is one number of each node.
func column[T layout.Element](nodes []node, number func(*node) T) []T {
	all := make([]T, len(nodes))
	for i := range nodes {
		all[i] = number(&nodes[i])
	}
	return all
}

// LoadBKTree returns the tree that AppendBinary wrote. It uses b, which must not change while the tree is in use, and
// copies nothing but the nodes, of which there are about one for a hundred codes, provided that b begins at a multiple of
// 8 bytes and the machine is little-endian. Unless they are Trusted, what the nodes say is compared with the codes, on all
// cores. All errors wrap ErrCorrupt.
func LoadBKTree[C Code](b []byte, opts ...LoadOption) (*BKTree[C], error) {
	r := layout.NewReader(b, treeName[C](), isTrusted(opts))
	n := r.Uint("number of codes", 0, 1<<32-1)
	r.Uint("number of ids", n, n)
	count := r.Uint("number of nodes", min(n, 1), 2*n)
	t := &BKTree[C]{codes: layout.Slice[C](r, "codes", n), ids: layout.Slice[uint32](r, "ids", n)}
	t.loadNodes(r, count)
	t.bands = loadBands[C](r)
	if err := r.End(); err != nil {
		return nil, err
	}
	if !isTrusted(opts) && !t.holds() {
		r.Fail("nodes", 0, "they, or the bands, contradict the codes")
		return nil, r.Err()
	}
	return t, nil
}

// holds tells whether the nodes and the filter say of the codes what is so.
func (t *BKTree[C]) holds() bool {
	var wrong atomic.Bool
	eachPart(len(t.nodes), 64, func(from, to int) {
		for i := from; i < to && !wrong.Load(); i++ {
			if !t.rightNode(&t.nodes[i]) {
				wrong.Store(true)
			}
		}
	})
	eachPart(len(t.codes), 1024, func(from, to int) {
		for i := from; i < to && !wrong.Load(); i++ {
			if !t.bands.mayHold(t.codes[i], 0) {
				wrong.Store(true)
			}
		}
	})
	return !wrong.Load()
}

// rightNode tells whether the codes of a node are equal where it says so, and its children's as far from the pivot as
// they say.
func (t *BKTree[C]) rightNode(n *node) bool {
	pivot := t.codes[n.lo]
	if n.same {
		for _, c := range t.codes[n.lo:n.hi] {
			if c != pivot {
				return false
			}
		}
	}
	for _, child := range t.nodes[n.child:][:n.children] {
		for _, c := range t.codes[child.lo:child.hi] {
			if d := uint16(Distance(c, pivot)); d < child.near || d > child.far {
				return false
			}
		}
	}
	return true
}

// loadNodes reads and checks the nodes: whatever they are, a search visits each at most once and reads only codes.
func (t *BKTree[C]) loadNodes(r *layout.Reader, count uint64) {
	lo, hi := layout.Slice[uint32](r, "nodes", count), layout.Slice[uint32](r, "nodes", count)
	child := layout.Slice[uint32](r, "nodes", count)
	children := layout.Slice[uint16](r, "nodes", count)
	near, far := layout.Slice[uint16](r, "nodes", count), layout.Slice[uint16](r, "nodes", count)
	same := layout.Slice[uint8](r, "nodes", count)
	if r.Err() != nil || count == 0 {
		return
	}
	t.nodes = make([]node, count)
	for i := range t.nodes {
		t.nodes[i] = node{lo[i], hi[i], child[i], children[i], near[i], far[i], same[i] == 1}
		if same[i] > 1 {
			r.Fail("nodes", 0, "node %d is neither of equal codes nor of others", i)
		}
	}
	if i, why := t.misplaced(); why != "" {
		r.Fail("nodes", 0, "node %d: %s", i, why)
		t.nodes = nil
	}
}

// misplaced tells the first node that is not where it must be, and why. Nodes lie level by level, so that children follow
// one another without a gap in the order of their parents: every node but the root has one parent, which stands before
// it, and there is no way in a circle. The codes of the children are those of their parent, in order.
func (t *BKTree[C]) misplaced() (i int, why string) {
	free := uint64(1) // the first node that is nobody's child yet
	if root := &t.nodes[0]; root.lo != 0 || uint64(root.hi) != uint64(len(t.codes)) {
		return 0, "the root does not have all codes"
	}
	for i := range t.nodes {
		n := &t.nodes[i]
		switch {
		case uint64(i) >= free:
			return i, "it has no parent"
		case n.lo >= n.hi || uint64(n.hi) > uint64(len(t.codes)):
			return i, "its codes are not there"
		case n.near > n.far || int(n.far) > width[C]():
			return i, "its distances are none"
		case n.child == 0 && n.children != 0 || n.child != 0 && (n.same || n.children == 0):
			return i, "it is neither a leaf nor a parent"
		case n.child == 0:
			continue
		case uint64(n.child) != free || free+uint64(n.children) > uint64(len(t.nodes)):
			return i, "its children are not there"
		}
		next := n.lo
		for j := range t.nodes[n.child:][:n.children] {
			c := &t.nodes[int(n.child)+j]
			if c.lo != next || c.hi > n.hi {
				return i, "its children's codes are not its own"
			}
			next = c.hi
		}
		if next != n.hi {
			return i, "some of its codes are no child's"
		}
		free += uint64(n.children)
	}
	if free != uint64(len(t.nodes)) {
		return len(t.nodes) - 1, "it has no parent"
	}
	return 0, ""
}
