package index

// Families are queries that are near each other, as the views of one picture are. One search around the first of them,
// with the radius wider by the greatest distance in a family, finds all that is within the radius of any of them: a code
// within r of a query within rho of the first is within r+rho of the first. What it finds is then compared with each.
type families struct {
	heads []uint32 // the first query of each family, as its number
	of    []uint32 // the family of each query
	size  []uint32 // of each family
	lone  [][4]uint64
	names []uint32 // the numbers of the queries in lone, or the families of those in front
	front [][4]uint64
	ends  []uint32 // where each family's queries end in order
	order []uint32 // queries by family
}

const (
	// recentHeads is how many families back a query looks for its own: the views of a picture come in all orientations
	// in turn.
	recentHeads = 16

	// trial is the number of queries after which a block without enough likeness is no longer looked at.
	trial = 256
)

// familyRadius is how far the queries of a family are from its first at most.
func familyRadius(codeBits int) int { return codeBits / 25 }

// find divides queries into families and returns false when too few of them would gain. A family of less than pays
// queries does not.
func (f *families) find(qs [][4]uint64, rho int, pays uint32) bool {
	f.heads, f.size, f.of = f.heads[:0], f.size[:0], f.of[:0]
	for i := range qs {
		if i == trial && len(f.heads) > trial*3/4 {
			return false
		}
		family := uint32(len(f.heads))
		for k := len(f.heads) - 1; k >= max(0, len(f.heads)-recentHeads); k-- {
			if Distance(qs[f.heads[k]], qs[i]) <= rho {
				family = uint32(k)
				break
			}
		}
		if int(family) == len(f.heads) {
			f.heads = append(f.heads, uint32(i))
			f.size = append(f.size, 0)
		}
		f.of = append(f.of, family)
		f.size[family]++
	}
	for _, size := range f.size {
		if size >= pays {
			f.divide(pays)
			return true
		}
	}
	return false
}

// divide lists the queries of each family that pays.
func (f *families) divide(pays uint32) {
	f.ends = append(f.ends[:0], make([]uint32, len(f.size)+1)...)
	for k, size := range f.size {
		if size < pays {
			size = 0
		}
		f.ends[k+1] = f.ends[k] + size
	}
	f.order = append(f.order[:0], make([]uint32, f.ends[len(f.size)])...)
	for i, k := range f.of {
		if f.size[k] >= pays {
			f.order[f.ends[k]] = uint32(i)
			f.ends[k]++
		}
	}
}

// members are the queries of a family that pays.
func (f *families) members(k uint32) []uint32 {
	from := uint32(0)
	if k > 0 {
		from = f.ends[k-1]
	}
	return f.order[from:f.ends[k]]
}

// askFamilies answers a block in which there are families and adds to s.placed. It returns false, and has done nothing,
// when families would not make it cheaper.
func (s *multiSearch) askFamilies(qs [][4]uint64, p *plan) bool {
	rho := familyRadius(s.m.bits)
	if p.radius+rho > s.m.bits || len(qs) < 4 {
		return false
	}
	wide := s.m.plan(p.radius + rho)
	pays := uint32(min(wide.cost/max(1, p.cost)+2, 1<<31))
	f := &s.families
	if p.scan || wide.scan || !f.find(qs, rho, pays) {
		return false
	}
	f.names, f.lone = f.names[:0], f.lone[:0]
	for i, k := range f.of {
		if f.size[k] < pays {
			f.names, f.lone = append(f.names, uint32(i)), append(f.lone, qs[i])
		}
	}
	from := len(s.placed)
	s.ask(f.lone, p)
	for i := range s.placed[from:] {
		hit := &s.placed[from+i]
		hit.query = f.names[hit.query]
	}
	f.names, f.front = f.names[:0], f.front[:0]
	for k, head := range f.heads {
		if f.size[k] >= pays {
			f.names, f.front = append(f.names, uint32(k)), append(f.front, qs[head])
		}
	}
	done := s.placed
	s.placed = s.near[:0]
	s.ask(f.front, wide)
	s.near, s.placed = s.placed, done
	for _, hit := range s.near {
		if s.full = s.full || len(s.placed) > mostHits; s.full {
			break
		}
		c := s.m.code(hit.id)
		for _, i := range f.members(f.names[hit.query]) {
			if d := Distance(c, qs[i]); d <= p.radius {
				s.placed = append(s.placed, found{i, hit.id, uint32(d)})
			}
		}
	}
	return true
}
