// Package cpu says for which instructions the processor, its system and the build let kernels run. It is asked once, by
// those who choose a kernel; nothing else in the project looks at the processor.
package cpu

// A Path is a set of instructions for which kernels are written. Greater ones are preferred where there are several.
type Path uint8

const (
	Go     Path = iota // what the compiler makes of Go; everywhere, and alone with the build tag purego
	NEON               // arm64, which always has it
	AVX2               // amd64 with AVX2, BMI1, BMI2 and POPCNT, as all desktop processors since about 2013
	AVX512             // AVX2 and AVX-512 F, BW, VL, BITALG and VPOPCNTDQ, as of Ice Lake and Zen 4
)

// String is the name that benchmarks and statistics show.
func (p Path) String() string { return [...]string{"go", "neon", "avx2", "avx512"}[p] }

// Has tells whether kernels of the path can run here.
func Has(p Path) bool { return p == Go || has(p) }

// Best is the greatest path that can run here.
func Best() Path {
	for p := AVX512; p > Go; p-- {
		if has(p) {
			return p
		}
	}
	return Go
}
