package jpegluma

// The constants of the inverse DCT with 13 bits behind the point, as in the IJG's jidctint.c. Source: Loeffler,
// Ligtenberg and Moschytz, Practical fast 1-D DCT algorithms with 11 multiplications, ICASSP 1989.
const (
	fix0298 = 2446
	fix0390 = 3196
	fix0541 = 4433
	fix0765 = 6270
	fix0899 = 7373
	fix1175 = 9633
	fix1501 = 12299
	fix1847 = 15137
	fix1961 = 16069
	fix2053 = 16819
	fix2562 = 20995
	fix3072 = 25172
)

// inverse dequantizes block, which is zeroed, and writes its samples to the first 8 bytes of 8 rows of out. The result is
// that of libjpeg-turbo's vector code bit for bit, for any coefficients: products with the quantizer wrap at 16 bits,
// columns saturate there, samples at 0 and 255.
func inverse(block *[64]int16, quant *[64]uint16, out []byte, stride int) {
	out = out[:7*stride+8]
	if useAVX2 {
		inverseAVX2(block, quant, &out[0], stride)
		return
	}
	inverseGeneric(block, quant, out, stride)
}

func inverseGeneric(block *[64]int16, quant *[64]uint16, out []byte, stride int) {
	var t [64]int32
	for i := range t {
		t[i] = int32(block[i] * int16(quant[i]))
	}
	clear(block[:])
	for c := range 8 {
		column := t[c : c+57 : c+57]
		if column[8]|column[16]|column[24]|column[32]|column[40]|column[48]|column[56] == 0 {
			v := int32(saturate(column[0] << 2))
			for i := 0; i < 64; i += 8 {
				column[i] = v
			}
			continue
		}
		even0, even1, even2, even3 := evens(column[0], column[16], column[32], column[48])
		odd0, odd1, odd2, odd3 := odds(column[8], column[24], column[40], column[56])
		const half, shift = 1 << 10, 11
		column[0] = int32(saturate((even0 + odd0 + half) >> shift))
		column[8] = int32(saturate((even1 + odd1 + half) >> shift))
		column[16] = int32(saturate((even2 + odd2 + half) >> shift))
		column[24] = int32(saturate((even3 + odd3 + half) >> shift))
		column[32] = int32(saturate((even3 - odd3 + half) >> shift))
		column[40] = int32(saturate((even2 - odd2 + half) >> shift))
		column[48] = int32(saturate((even1 - odd1 + half) >> shift))
		column[56] = int32(saturate((even0 - odd0 + half) >> shift))
	}
	for y := range 8 {
		row := t[8*y : 8*y+8 : 8*y+8]
		even0, even1, even2, even3 := evens(row[0], row[2], row[4], row[6])
		odd0, odd1, odd2, odd3 := odds(row[1], row[3], row[5], row[7])
		const half, shift = 1 << 17, 18
		to := out[y*stride : y*stride+8 : y*stride+8]
		to[0] = clamp((even0+odd0+half)>>shift + 128)
		to[1] = clamp((even1+odd1+half)>>shift + 128)
		to[2] = clamp((even2+odd2+half)>>shift + 128)
		to[3] = clamp((even3+odd3+half)>>shift + 128)
		to[4] = clamp((even3-odd3+half)>>shift + 128)
		to[5] = clamp((even2-odd2+half)>>shift + 128)
		to[6] = clamp((even1-odd1+half)>>shift + 128)
		to[7] = clamp((even0-odd0+half)>>shift + 128)
	}
}

// evens is the half of the transform that takes the coefficients 0, 2, 4 and 6.
func evens(c0, c2, c4, c6 int32) (int32, int32, int32, int32) {
	z := (c2 + c6) * fix0541
	a, b := z+c2*fix0765, z-c6*fix1847
	sum, difference := (c0+c4)<<13, (c0-c4)<<13
	return sum + a, difference + b, difference - b, sum - a
}

// odds is the half that takes the coefficients 1, 3, 5 and 7.
func odds(c1, c3, c5, c7 int32) (int32, int32, int32, int32) {
	a, b, c, d := c1+c7, c3+c5, c3+c7, c1+c5
	all := (c + d) * fix1175
	a, b, c, d = a*-fix0899, b*-fix2562, c*-fix1961+all, d*-fix0390+all
	return c1*fix1501 + a + d, c3*fix3072 + b + c, c5*fix2053 + b + d, c7*fix0298 + a + c
}
