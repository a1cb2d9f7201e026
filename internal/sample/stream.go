package sample

import "math/bits"

// stream is a splitmix64 sequence. Each row draws from a stream of its own, so
// that changing one row never moves another.
type stream struct{ state uint64 }

func newStream(seed, row uint64) stream {
	return stream{state: mix(seed*0x9e3779b97f4a7c15 + mix(row+1))}
}

func (s *stream) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

// below returns a number in [0, n); n must not be 0.
func (s *stream) below(n uint64) uint64 {
	hi, _ := bits.Mul64(s.next(), n)
	return hi
}

// chance is true in percent of a hundred draws.
func (s *stream) chance(percent uint64) bool { return s.below(100) < percent }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
