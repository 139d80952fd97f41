package measure

import "math"

// Upper returns the greatest rate that, with 95 % confidence, explains so few as k events in n independent trials: the
// exact bound of a Poisson variable (Garwood 1936), which for none is 3.0/n. It is at most 1.
func Upper(k, n int64) float64 {
	if n <= 0 {
		return 1
	}
	lo, hi := float64(k), float64(k)+10*math.Sqrt(float64(k)+1)+10
	for range 200 {
		if mid := (lo + hi) / 2; atMost(k, mid) > 0.05 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return min(1, hi/float64(n))
}

// atMost is the probability of at most k events where mean are expected.
func atMost(k int64, mean float64) float64 {
	if k > 1_000_000 { // the normal distribution is as good there
		return 0.5 * math.Erfc((mean-float64(k)-0.5)/math.Sqrt(2*mean))
	}
	// Summed downwards from the term at k, the largest while the mean is above k.
	g, _ := math.Lgamma(float64(k) + 1)
	term := math.Exp(float64(k)*math.Log(mean) - mean - g)
	sum := 0.0
	for i := k; i >= 0 && term > sum*1e-16; i-- {
		sum += term
		term *= float64(i) / mean
	}
	return sum
}

// Spread returns the mean of the values, and half the width of its 95 % interval were they independent.
func Spread(values []float64) (mean, half float64) {
	if len(values) == 0 {
		return 0, 0
	}
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	if len(values) < 2 {
		return mean, 0
	}
	var square float64
	for _, v := range values {
		square += (v - mean) * (v - mean)
	}
	return mean, 1.96 * math.Sqrt(square/float64(len(values)-1)/float64(len(values)))
}
