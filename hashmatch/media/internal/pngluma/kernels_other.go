//go:build !amd64 || purego

package pngluma

func paeth(above, row []byte, step int)       { paethGeneric(above, row, step) }
func average(above, row []byte, step int)     { averageGeneric(above, row, step) }
func sub(above, row []byte, step int)         { subGeneric(above, row, step) }
func addColumns(sums []uint16, row []byte)    { addColumnsGeneric(sums, row) }
func adlerSums(p []byte) (a, b uint32, n int) { return 0, 0, 0 }
