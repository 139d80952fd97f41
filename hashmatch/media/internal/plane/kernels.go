package plane

// The three loops that take the time. Each has a twin in assembly that gives the same bits.

// mix fills dst with the sums of rows, the first at pix and each stride behind the one before, times their weights, in
// the order of the rows. There is at least one.
func mix(dst []float32, pix []byte, stride int, by []float32) {
	pix = pix[:(len(by)-1)*stride+len(dst)]
	if useAVX2 && len(dst) >= lanes {
		mixAVX2(&dst[0], len(dst), &pix[0], stride, &by[0], len(by))
		return
	}
	mixGo(dst, pix, stride, by)
}

func mixGo(dst []float32, pix []byte, stride int, by []float32) {
	clear(dst)
	for ; len(by) >= 4; by = by[4:] {
		a, b, c, d := pix[:len(dst)], pix[stride:][:len(dst)], pix[2*stride:][:len(dst)], pix[3*stride:][:len(dst)]
		ka, kb, kc, kd := by[0], by[1], by[2], by[3]
		for x, sum := range dst {
			sum += float32(ka * float32(a[x]))
			sum += float32(kb * float32(b[x]))
			sum += float32(kc * float32(c[x]))
			sum += float32(kd * float32(d[x]))
			dst[x] = sum
		}
		if len(by) > 4 {
			pix = pix[4*stride:]
		}
	}
	for t, k := range by {
		row := pix[t*stride:][:len(dst)]
		for x := range dst {
			dst[x] += float32(k * float32(row[x]))
		}
	}
}

// sum fills sums with the weighted sums of columns, in the order of the cells. A column is lanes floats, and so is a sum.
func (a *Axis) sum(sums, columns []float32) {
	n := len(a.taps)
	sums, columns = sums[:lanes*n], columns[:lanes*a.cells]
	if useAVX2 {
		sumAVX2(&sums[0], &columns[0], &a.first[0], &a.taps[0], &a.by[0], n)
		return
	}
	a.sumGo(sums, columns)
}

func (a *Axis) sumGo(sums, columns []float32) {
	by := a.by
	for j, first := range a.first {
		var s [lanes]float32
		n := int(a.taps[j])
		in := columns[int(first)*lanes:][:n*lanes]
		for _, k := range by[:n] {
			c := (*[lanes]float32)(in)
			in = in[lanes:]
			s[0] += float32(k * c[0])
			s[1] += float32(k * c[1])
			s[2] += float32(k * c[2])
			s[3] += float32(k * c[3])
			s[4] += float32(k * c[4])
			s[5] += float32(k * c[5])
			s[6] += float32(k * c[6])
			s[7] += float32(k * c[7])
		}
		by = by[n:]
		*(*[lanes]float32)(sums[j*lanes:]) = s
	}
}

// turn transposes blocks of lanes x lanes floats: dst and src hold the first, and the next is a step further. Rows are a
// stride apart.
func turn(dst []float32, dstStride, dstStep int, src []float32, srcStride, srcStep, blocks int) {
	if blocks == 0 {
		return
	}
	dst = dst[:(blocks-1)*dstStep+(lanes-1)*dstStride+lanes]
	src = src[:(blocks-1)*srcStep+(lanes-1)*srcStride+lanes]
	if useAVX2 {
		turnAVX2(&dst[0], dstStride, dstStep, &src[0], srcStride, srcStep, blocks)
		return
	}
	turnGo(dst, dstStride, dstStep, src, srcStride, srcStep, blocks)
}

func turnGo(dst []float32, dstStride, dstStep int, src []float32, srcStride, srcStep, blocks int) {
	for b := range blocks {
		for i := range lanes {
			row := (*[lanes]float32)(src[b*srcStep+i*srcStride:])
			out := dst[b*dstStep+i:]
			for j, v := range row {
				out[j*dstStride] = v
			}
		}
	}
}
