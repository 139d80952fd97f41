package jpegluma

import "sync"

// codes is what a pair of Huffman tables, DC and AC, is turned into. Tables are made when they are first needed.
type codes struct {
	dc, ac symbols
	made   need
	used   uint64 // when, for the cache

	start startTable
	step  stepTable
	first firstTable
	pair  pairTable
}

// need is a set of tables.
type need uint8

const (
	toSkip need = 1 << iota // start and step
	toRead                  // first and pair
)

// builder is memory for building tables.
type builder struct {
	steps  steps
	single [1 << pairBits]uint32
}

// make makes the tables of what that are not there yet.
func (c *codes) make(what need, b *builder) {
	what &^= c.made
	c.made |= what
	if what&toSkip != 0 {
		b.steps.build(&c.ac.spec)
		c.step.build(&b.steps)
		c.start.build(&c.dc.spec, &b.steps)
	}
	if what&toRead != 0 {
		c.first.build(&c.dc.spec)
		c.pair.build(&b.single, &c.ac.spec)
	}
}

// cached is how many pairs of tables a Decoder keeps: more than a scan can use.
const cached = 6

// codeCache keeps the codes of the files before: a camera's files share theirs.
type codeCache struct {
	slots   [cached]*codes
	clock   uint64
	builder *builder
}

// find returns the codes of a pair of tables. They stay as they are at least until cached-1 other pairs were asked for.
func (c *codeCache) find(dc, ac *spec, what need) *codes {
	for _, f := range commonCodes {
		if std := f(); std.dc.spec.equal(dc) && std.ac.spec.equal(ac) {
			return std
		}
	}
	if c.builder == nil {
		c.builder = new(builder)
	}
	c.clock++
	oldest := 0
	for i, s := range &c.slots {
		if s == nil {
			c.slots[i] = new(codes)
			oldest = i
			break
		}
		if s.dc.spec.equal(dc) && s.ac.spec.equal(ac) {
			s.used = c.clock
			s.make(what, c.builder)
			return s
		}
		if s.used < c.slots[oldest].used {
			oldest = i
		}
	}
	s := c.slots[oldest]
	s.dc.build(dc)
	s.ac.build(ac)
	s.made, s.used = 0, c.clock
	s.make(what, c.builder)
	return s
}

// commonCodes are those of the example tables of T.81, annex K.3, which most cameras and programs use as they are: they
// are made once for all Decoders.
var commonCodes = [...]func() *codes{
	sync.OnceValue(func() *codes { return newCommon(lumaDC, lumaAC) }),
	sync.OnceValue(func() *codes { return newCommon(chromaDC, chromaAC) }),
}

func newCommon(dc, ac string) *codes {
	var c codes
	for _, t := range []struct {
		symbols *symbols
		table   string
	}{{&c.dc, dc}, {&c.ac, ac}} {
		var s spec
		s.set([]byte(t.table))
		t.symbols.build(&s)
	}
	c.make(toSkip|toRead, new(builder))
	return &c
}

const (
	lumaDC   = "\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00" + "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"
	chromaDC = "\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00" + "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b"
	lumaAC   = "\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7d" +
		"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42\xb1" +
		"\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37" +
		"\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a" +
		"\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3" +
		"\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3" +
		"\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"
	chromaAC = "\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77" +
		"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1\xc1" +
		"\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36" +
		"\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69" +
		"\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a" +
		"\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca" +
		"\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa"
)
