//go:build heic && nodynamic

package heif

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	_ "unsafe" // for go:linkname

	_ "github.com/gen2brain/avif" // holds avifWasm
	_ "github.com/gen2brain/heic" // holds heicWasm
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/hashmatch/engine/hashmatch"
)

// The WebAssembly of the two modules, packed with gzip. Their own Go code is not used: it can neither bound a decoder's
// memory nor stop it, takes three to five times the memory, and lays out planes narrower than 64 samples wrongly.

//go:linkname heicWasm github.com/gen2brain/heic.heifWasm
var heicWasm []byte

//go:linkname avifWasm github.com/gen2brain/avif.decodeWasm
var avifWasm []byte

// module is a decoder in WebAssembly, compiled at first use and kept.
type module struct {
	name   string
	packed *[]byte
	sum    string // SHA-256 of packed
	// stops are the functions, by number, at which a decoder that should stop does. They were found by counting calls:
	// each runs once for some block of pixels, so they cost nothing, where wazero's own check at every loop makes
	// decoding four times as slow. The numbers hold for the bytes with this sum only; others, which somebody put in the
	// place of these, run with that check.
	stops []uint32

	once     sync.Once
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	size     uint32 // of an instance's memory when it is ready
	made     []run  // what its constructors have written there
	err      error
}

var modules = map[codec]*module{
	hevc: {
		name: heicName, packed: &heicWasm, stops: []uint32{676, 698, 840, 880, 1207},
		sum: "3634a6447ea3915633667f39e01ff540a60f4e2f837a8391d044d76dfd8a0435",
	},
	av1: {
		name: avifName, packed: &avifWasm, stops: []uint32{194, 734, 735, 750, 968, 1033},
		sum: "1ee2423413384d54b3fa4e2882424d60a2a05f5fe7ec573535fdb6b531071a9b",
	},
}

// compile readies the module, once.
func (m *module) compile() error {
	m.once.Do(func() { m.err = m.build() })
	return m.err
}

func (m *module) build() error {
	unzip, err := gzip.NewReader(bytes.NewReader(*m.packed))
	if err != nil {
		return err
	}
	code, err := io.ReadAll(unzip)
	if err != nil {
		return err
	}
	ctx := context.Background()
	m.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCloseOnContextDone(!m.known()))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, m.runtime); err != nil {
		return err
	}
	if m.known() {
		ctx = experimental.WithFunctionListenerFactory(ctx, experimental.FunctionListenerFactoryFunc(m.listener))
	}
	if m.compiled, err = m.runtime.CompileModule(ctx, code); err != nil {
		return err
	}
	return m.initialize()
}

// run is some bytes of an instance's memory.
type run struct {
	at    uint32
	bytes []byte
}

// initialize lets an instance run its constructors and keeps what they write. That is all that they leave: the only
// variable outside memory is the stack's end. They take ten milliseconds, and to write it again takes none.
func (m *module) initialize() error {
	in, err := m.start(context.Background(), &moving{limit: 16 << 20}, 16<<20)
	if err != nil {
		return err
	}
	defer in.close()
	memory := func() ([]byte, error) { return in.read(0, int(in.Memory().Size())) }
	now, err := memory()
	if err != nil {
		return err
	}
	before := bytes.Clone(now)
	if _, err := in.ExportedFunction("_initialize").Call(in.ctx); err != nil {
		return err
	}
	after, err := memory()
	if err != nil {
		return err
	}
	m.size = uint32(len(after))
	m.made = changes(append(before, make([]byte, len(after)-len(before))...), after)
	return nil
}

// changes returns where two memories of one size differ, by blocks.
func changes(before, after []byte) (runs []run) {
	const block = 1 << 10
	for at := 0; at < len(after); at += block {
		end := min(at+block, len(after))
		if now := after[at:end]; !bytes.Equal(before[at:end], now) {
			runs = append(runs, run{uint32(at), bytes.Clone(now)})
		}
	}
	return runs
}

// known reports whether the functions have the numbers of stops.
func (m *module) known() bool {
	sum := sha256.Sum256(*m.packed)
	return hex.EncodeToString(sum[:]) == m.sum
}

// listener has stop called by the functions of stops, and by no others.
func (m *module) listener(f api.FunctionDefinition) experimental.FunctionListener {
	if slices.Contains(m.stops, f.Index()) {
		return experimental.FunctionListenerFunc(stop)
	}
	return nil
}

// stop ends the decoder that calls it if its context is over: wazero turns the panic into the call's error.
func stop(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
	if ctx.Err() != nil {
		panic(context.Cause(ctx))
	}
}

// instance is a running decoder with a memory of its own.
type instance struct {
	api.Module
	ctx    context.Context
	memory *memory
}

// open starts an instance with limit bytes of memory. It must be closed.
func (m *module) open(ctx context.Context, limit int64) (*instance, error) {
	if err := m.compile(); err != nil {
		return nil, err
	}
	room, err := reserve(limit)
	if err != nil {
		return nil, fmt.Errorf("%d bytes for %s: %w: %w", limit, m.name, err, hashmatch.ErrLimit)
	}
	return m.openIn(ctx, room, limit)
}

// openIn is open in a memory that can grow to limit bytes, which goes when the instance is closed.
func (m *module) openIn(ctx context.Context, room linear, limit int64) (*instance, error) {
	if limit < int64(m.size) {
		room.Free()
		return nil, errFull(limit)
	}
	in, err := m.start(ctx, room, limit)
	if err != nil {
		return nil, err
	}
	_, ok := in.Memory().Grow(m.size/page - in.Memory().Size()/page)
	for _, r := range m.made {
		ok = ok && in.Memory().Write(r.at, r.bytes)
	}
	if !ok {
		in.close()
		return nil, errOutside
	}
	return in, nil
}

// start makes an instance whose constructors have not run. There are no files, arguments or clocks for it, and what it
// prints goes nowhere.
func (m *module) start(ctx context.Context, room linear, limit int64) (*instance, error) {
	memory := &memory{linear: room, limit: limit}
	allocator := experimental.MemoryAllocatorFunc(func(uint64, uint64) experimental.LinearMemory { return memory })
	mod, err := m.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, allocator), m.compiled,
		wazero.NewModuleConfig().WithName("").WithStartFunctions()) // without a name there can be many
	if err != nil {
		memory.Free()
		return nil, err
	}
	return &instance{Module: mod, ctx: ctx, memory: memory}, nil
}

func (i *instance) close() { i.Module.Close(context.Background()) }

// call calls an exported function.
func (i *instance) call(name string, args ...uint64) (uint64, error) {
	res, err := i.ExportedFunction(name).Call(i.ctx, args...)
	switch {
	case err == nil:
		return res[0], nil
	case i.ctx.Err() != nil:
		return 0, context.Cause(i.ctx)
	case i.memory.refused:
		return 0, errFull(i.memory.limit)
	}
	// The rest of the text is a stack of functions without names.
	text, _, _ := bytes.Cut([]byte(err.Error()), []byte("\n"))
	return 0, fmt.Errorf("%s: %w", text, hashmatch.ErrCorrupt)
}

func errFull(limit int64) error {
	return fmt.Errorf("the decoder wants more than the %d bytes that such a picture takes: %w", limit, hashmatch.ErrLimit)
}

var errOutside = errors.New("the decoder's memory ends before its picture")

// alloc allocates n bytes in the instance's memory; they go when it does.
func (i *instance) alloc(n int64) (uint32, error) {
	at, err := i.call("malloc", uint64(n))
	if err == nil && at == 0 {
		err = errFull(i.memory.limit)
	}
	return uint32(at), err
}

// put copies a file into the instance's memory.
func (i *instance) put(r *rebuilt) (uint32, error) {
	start, err := i.alloc(r.size())
	if err != nil {
		return 0, err
	}
	at := start
	for _, run := range append([][]byte{r.head}, r.runs...) {
		if !i.Memory().Write(at, run) {
			return 0, errOutside
		}
		at += uint32(len(run))
	}
	return start, nil
}

// read returns n bytes of the instance's memory, which are gone when it is closed.
func (i *instance) read(at uint32, n int) ([]byte, error) {
	b, ok := i.Memory().Read(at, uint32(n))
	if !ok {
		return nil, errOutside
	}
	return b, nil
}
