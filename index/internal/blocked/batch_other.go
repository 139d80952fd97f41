//go:build purego || !amd64

package blocked

func placeAVX2(*places, *byte, int, int, *hasher, *uint64, uint64) { panic("blocked: no kernel here") }

func testAVX2(*uint32, *uint64, *places, uint32, int) int { panic("blocked: no kernel here") }

func fetchAVX2(*byte, *uint64, int) { panic("blocked: no kernel here") }
