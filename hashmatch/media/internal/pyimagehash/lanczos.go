package pyimagehash

import "math"

// Pillow writes a weight of 1 as 2^22. Half of that, added first, rounds.
const (
	precision = 22
	half      = 1 << (precision - 1)
)

// clip is a sum's 8-bit value.
func clip(sum int32) uint8 { return uint8(max(0, min(255, sum>>precision))) }

// fixed is a weight in Pillow's integers, halves away from zero.
func fixed(w float64) int32 {
	if w = float64(w * (1 << precision)); w < 0 {
		return int32(w - 0.5)
	}
	return int32(w + 0.5)
}

// lanczos returns Pillow's weights of sample i of samples on a side of full pixels: of the pixels from first on. They are
// in buf, if it has room.
func lanczos(full, samples, i int, buf []float64) (first int, weights []float64) {
	scale := float64(full) / float64(samples)
	stretch := max(scale, 1)
	support := float64(3 * stretch)
	centre := float64((float64(i) + 0.5) * scale)
	first = max(int(centre-support+0.5), 0)
	end := min(int(centre+support+0.5), full)
	weights = buf[:0]
	sum := 0.0
	for x := first; x < end; x++ {
		w := filter(float64((float64(x) - centre + 0.5) * (1 / stretch)))
		weights = append(weights, w)
		sum += w
	}
	for t := range weights {
		weights[t] /= sum
	}
	return first, weights
}

// filter is Lanczos's kernel of three lobes.
func filter(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return float64(sinc(x) * sinc(x/3))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x = float64(x * math.Pi)
	return sine(x) / x
}

// sine is math.Sin, after the Cephes library, for |x| up to 10: written out because a compiler may fuse products and
// sums in that one, whose last bit then depends on the processor.
func sine(x float64) float64 {
	negative := x < 0
	x = math.Abs(x)
	octant := uint64(float64(x * (4 / math.Pi)))
	octant += octant & 1
	y := float64(octant)
	// pi/4 in three parts, of which the first two have few enough bits to be multiplied exactly
	z := ((x - float64(y*7.85398125648498535156e-1)) - float64(y*3.77489470793079817668e-8)) - float64(y*2.69515142907905952645e-15)
	octant &= 7
	if octant > 3 {
		negative = !negative
		octant -= 4
	}
	zz := float64(z * z)
	if octant == 1 || octant == 2 {
		y = polynomial(zz, 4.16666666666665929218e-2, -1.38888888888730564116e-3, 2.48015872888517045348e-5, -2.75573141792967388112e-7, 2.08757008419747316778e-9, -1.13585365213876817300e-11)
		y = 1.0 - float64(0.5*zz) + float64(float64(zz*zz)*y)
	} else {
		y = polynomial(zz, -1.66666666666666307295e-1, 8.33333333332211858878e-3, -1.98412698295895385996e-4, 2.75573136213857245213e-6, -2.50507477628578072866e-8, 1.58962301576546568060e-10)
		y = z + float64(float64(z*zz)*y)
	}
	if negative {
		return -y
	}
	return y
}

// polynomial sums up to c[0] + c[1] x + ..., each product rounded.
func polynomial(x float64, c ...float64) float64 {
	sum := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		sum = float64(sum*x) + c[i]
	}
	return sum
}
