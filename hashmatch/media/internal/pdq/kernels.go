package pdq

// The loops that take the time. Each has a twin in assembly that gives the same bits.

// multiply fills c with the product of the matrices a, 16 x 64, and b, 64 x n, whose n is a multiple of 16: each sum is
// taken in the order of the 64.
func multiply(c []float32, a *[bands * side]float32, b []float32, n int) {
	c, b = c[:bands*n], b[:side*n]
	if useAVX2 {
		multiplyAVX2(&c[0], &a[0], &b[0], n)
		return
	}
	multiplyGo(c, a, b, n)
}

func multiplyGo(c []float32, a *[bands * side]float32, b []float32, n int) {
	clear(c)
	for i := range bands {
		row := c[i*n:][:n]
		for k := 0; k < side; k += 4 {
			m0, m1, m2, m3 := a[i*side+k], a[i*side+k+1], a[i*side+k+2], a[i*side+k+3]
			b0, b1, b2, b3 := b[k*n:][:n], b[(k+1)*n:][:n], b[(k+2)*n:][:n], b[(k+3)*n:][:n]
			for j, sum := range row {
				sum += float32(m0 * b0[j])
				sum += float32(m1 * b1[j])
				sum += float32(m2 * b2[j])
				sum += float32(m3 * b3[j])
				row[j] = sum
			}
		}
	}
}

// steps returns the sum of the steps between all neighbours in the grid, each in percent of the range and cut to an
// integer.
func steps(g *grid) int {
	if useAVX2 {
		return stepsAVX2(&g[0])
	}
	return stepsGo(g)
}

func stepsGo(g *grid) int {
	sum := 0
	for i := range side {
		row := (*[side]float32)(g[i*side:])
		if i < side-1 {
			below := (*[side]float32)(g[(i+1)*side:])
			for j, v := range row {
				sum += step(v, below[j])
			}
		}
		for j := range side - 1 {
			sum += step(row[j], row[j+1])
		}
	}
	return sum
}

func step(u, v float32) int {
	d := int((u - v) * 100 / 255)
	return max(d, -d)
}

// slide moves boxes down by one row, each of a column: row goes in, old goes out and becomes row, and out gets the means.
func slide(sum, old, row, out []float32, by float32) {
	n := len(sum)
	old, row, out = old[:n], row[:n], out[:n]
	done := 0
	if useAVX2 && n >= 8 {
		done = n &^ 7
		slideAVX2(&sum[0], &old[0], &row[0], &out[0], by, done)
	}
	slideGo(sum[done:], old[done:], row[done:], out[done:], by)
}

func slideGo(sum, old, row, out []float32, by float32) {
	old, row, out = old[:len(sum)], row[:len(sum)], out[:len(sum)]
	for x, v := range row {
		t := sum[x] + v
		t -= old[x]
		sum[x], old[x], out[x] = t, v, t/by
	}
}

// divide divides each of row by its own.
func divide(row, by []float32) {
	n := len(row)
	by = by[:n]
	done := 0
	if useAVX2 && n >= 8 {
		done = n &^ 7
		divideAVX2(&row[0], &by[0], done)
	}
	divideGo(row[done:], by[done:])
}

func divideGo(row, by []float32) {
	by = by[:len(row)]
	for x := range row {
		row[x] /= by[x]
	}
}
