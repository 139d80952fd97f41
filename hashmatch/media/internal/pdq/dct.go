package pdq

// cosines[k] is float32(float64(float32(sqrt(2/64))) * cos(k pi/128)): all magnitudes that the DCT matrix holds. They
// are written out because a compiler may fuse inside math.Cos, whose last bit then depends on the processor.
var cosines = [65]float32{
	0x1.6a09e6p-3, 0x1.69edfcp-3, 0x1.699a42p-3, 0x1.690ec6p-3, 0x1.684b9cp-3, 0x1.6750e4p-3,
	0x1.661ec2p-3, 0x1.64b568p-3, 0x1.63150ap-3, 0x1.613decp-3, 0x1.5f3056p-3, 0x1.5cec98p-3,
	0x1.5a730cp-3, 0x1.57c414p-3, 0x1.54e018p-3, 0x1.51c78cp-3, 0x1.4e7ae8p-3, 0x1.4afab2p-3,
	0x1.474772p-3, 0x1.4361bap-3, 0x1.3f4a24p-3, 0x1.3b015p-3, 0x1.3687eap-3, 0x1.31dea2p-3,
	0x1.2d062ep-3, 0x1.27ff5p-3, 0x1.22caccp-3, 0x1.1d6972p-3, 0x1.17dc14p-3, 0x1.12238ep-3,
	0x1.0c40c2p-3, 0x1.063498p-3, 0x1p-3, 0x1.f347dap-4, 0x1.e642b8p-4, 0x1.d8f29ap-4,
	0x1.cb598cp-4, 0x1.bd79aap-4, 0x1.af5516p-4, 0x1.a0edfep-4, 0x1.92469cp-4, 0x1.83613p-4,
	0x1.74400ap-4, 0x1.64e57ap-4, 0x1.5553e4p-4, 0x1.458daap-4, 0x1.35953cp-4, 0x1.256d12p-4,
	0x1.1517a8p-4, 0x1.049782p-4, 0x1.e7de5ep-5, 0x1.c6427ap-5, 0x1.a4608ap-5, 0x1.823dc8p-5,
	0x1.5fdf76p-5, 0x1.3d4aep-5, 0x1.1a855ep-5, 0x1.ef2894p-6, 0x1.a8fa12p-6, 0x1.628a08p-6,
	0x1.1be352p-6, 0x1.aa21a8p-7, 0x1.1c3af6p-7, 0x1.1c50e2p-8, 0x0p+00,
}

// dct is the DCT matrix D of the reference without its constant row: row i is sqrt(2/64) cos(pi/128 (i+1) (2j+1)).
var dct = func() (d [bands * side]float32) {
	for i := range bands {
		for j := range side {
			d[i*side+j] = cosine((i + 1) * (2*j + 1))
		}
	}
	return d
}()

// dctColumns is dct transposed.
var dctColumns = func() (d [side * bands]float32) {
	for i := range bands {
		for j := range side {
			d[j*bands+i] = dct[i*side+j]
		}
	}
	return d
}()

// cosine returns the cosine of k pi/128, scaled, by folding k into the first quarter of the circle.
func cosine(k int) float32 {
	k %= 256
	k = min(k, 256-k)
	if k > 64 {
		return -cosines[128-k]
	}
	return cosines[k]
}
