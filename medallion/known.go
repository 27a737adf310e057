package medallion

import "github.com/zeebo/xxh3"

// knownKeys remembers, in memory of a fixed size, which keys a load has brought: it may
// take a new key for a known one, never a known one for new (B. H. Bloom, "Space/time
// trade-offs in hash coding with allowable errors", CACM 13(7), 1970). A load into an
// empty log asks the warehouse only about the keys that may be known.
type knownKeys struct{ bits []uint64 }

// knownBits is the size of the memory: 8 MiB, in which two million keys collide less
// than once in ten thousand times. Beyond, more and more keys are looked up.
const knownBits = 1 << 26

func newKnownKeys() *knownKeys { return &knownKeys{bits: make([]uint64, knownBits/64)} }

// add tells whether the key may have been added before, and adds it.
func (k *knownKeys) add(key string) bool {
	h := xxh3.HashString128(key)
	known := true
	for i := range uint64(4) {
		bit := (h.Lo + i*h.Hi) % knownBits
		if k.bits[bit/64]&(1<<(bit%64)) == 0 {
			known = false
			k.bits[bit/64] |= 1 << (bit % 64)
		}
	}
	return known
}
