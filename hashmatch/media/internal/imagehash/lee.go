package imagehash

// The DCT of goimagehash is that of Byeong Gi Lee, "A new algorithm to compute the discrete cosine transform", 1984, with
// its roundings: where pictures are flat or symmetrical, bits hang on them. Only what the first eight of 64 coefficients
// need is computed.

// secants of the six levels: 2 cos((i + 1/2) pi/n), by which differences are divided. They are written out because a
// compiler may fuse inside math.Cos, whose last bit then depends on the processor.
var (
	secant64 = [32]float64{
		0x1.ffd886084cd0cp+00, 0x1.fe9cdad01883ap+00, 0x1.fc26470e19fd4p+00, 0x1.f8764fa714ba9p+00,
		0x1.f38f3ac64e589p+00, 0x1.ed740e7684963p+00, 0x1.e6288ec48e112p+00, 0x1.ddb13b6ccc23cp+00,
		0x1.d4134d14dc93ap+00, 0x1.c954b213411f5p+00, 0x1.bd7c0ac6f9529p+00, 0x1.b090a581502p+00,
		0x1.a29a7a0462782p+00, 0x1.93a22499263fcp+00, 0x1.83b0e0bff976ep+00, 0x1.72d0837efff97p+00,
		0x1.610b7551d2cdfp+00, 0x1.4e6cabbe3e5eap+00, 0x1.3affa292050bap+00, 0x1.26d054cdd12ep+00,
		0x1.11eb3541b4b24p+00, 0x1.f8ba4dbf89abcp-01, 0x1.cc66e9931c45ep-01, 0x1.9ef7943a8ed89p-01,
		0x1.7088530fa45a1p-01, 0x1.4135c94176602p-01, 0x1.111d262b1f678p-01, 0x1.c0b826a7e4f62p-02,
		0x1.5e214448b3fcbp-02, 0x1.f564e56a97314p-03, 0x1.2d52092ce19f8p-03, 0x1.92155f7a36678p-05,
	}
	secant32 = [16]float64{
		0x1.ff621e3796d7ep+00, 0x1.fa7557f08a517p+00, 0x1.f0a7efb9230d8p+00, 0x1.e212104f686e5p+00,
		0x1.ced7af43cc773p+00, 0x1.b728345196e3ep+00, 0x1.9b3e047f38741p+00, 0x1.7b5df226aafafp+00,
		0x1.57d69348cecap+00, 0x1.30ff7fce17036p+00, 0x1.073879922ffeep+00, 0x1.b5d1009e15cc2p-01,
		0x1.58f9a75ab1fddp-01, 0x1.f19f97b215f1ep-02, 0x1.2c8106e8e613ap-02, 0x1.91f65f10dd825p-04,
	}
	secant16 = [8]float64{
		0x1.fd88da3d12525p+00, 0x1.e9f4156c62ddap+00, 0x1.c38b2f180bdb1p+00, 0x1.8bc806b151741p+00,
		0x1.44cf325091dd7p+00, 0x1.e2b5d3806f63ep-01, 0x1.294062ed59f04p-01, 0x1.917a6bc29b438p-03,
	}
	secant8 = [4]float64{
		0x1.f6297cff75cbp+00, 0x1.a9b66290ea1a4p+00, 0x1.1c73b39ae68c9p+00, 0x1.8f8b83c69a60cp-02,
	}
	secant4 = [2]float64{0x1.d906bcf328d46p+00, 0x1.87de2a6aea964p-01}
)

const secant2 = 0x1.6a09e667f3bcdp+00

// lee64 returns the first eight coefficients of x. Each level splits into the sums of opposite values, which make the
// even coefficients, and their divided differences, of which neighbours add up to the odd ones.
func lee64(x *[64]float64) [8]float64 {
	var even, odd [32]float64
	for i := range even {
		even[i] = x[i] + x[63-i]
		odd[i] = (x[i] - x[63-i]) / secant64[i]
	}
	e, o := lee32(&even), lee32(&odd)
	return [8]float64{e[0], o[0] + o[1], e[1], o[1] + o[2], e[2], o[2] + o[3], e[3], o[3] + o[4]}
}

func lee32(x *[32]float64) [5]float64 {
	var even, odd [16]float64
	for i := range even {
		even[i] = x[i] + x[31-i]
		odd[i] = (x[i] - x[31-i]) / secant32[i]
	}
	e, o := lee16(&even), lee16(&odd)
	return [5]float64{e[0], o[0] + o[1], e[1], o[1] + o[2], e[2]}
}

func lee16(x *[16]float64) [3]float64 {
	var even, odd [8]float64
	for i := range even {
		even[i] = x[i] + x[15-i]
		odd[i] = (x[i] - x[15-i]) / secant16[i]
	}
	e0, e1 := lee8(&even)
	o0, o1 := lee8(&odd)
	return [3]float64{e0, o0 + o1, e1}
}

func lee8(x *[8]float64) (first, second float64) {
	first = (x[0] + x[7]) + (x[3] + x[4]) + ((x[1] + x[6]) + (x[2] + x[5]))
	d0 := (x[0] - x[7]) / secant8[0]
	d1 := (x[1] - x[6]) / secant8[1]
	d2 := (x[2] - x[5]) / secant8[2]
	d3 := (x[3] - x[4]) / secant8[3]
	low := (d0 + d3) + (d1 + d2)
	t2 := (d0 - d3) / secant4[0]
	t3 := (d1 - d2) / secant4[1]
	return first, low + ((t2 + t3) + (t2-t3)/secant2)
}
