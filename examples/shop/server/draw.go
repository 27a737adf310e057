package server

// A topic separates the draws of one record, so that adding a draw leaves the others
// as they were.
type topic uint64

const (
	ofName topic = iota + 1
	ofContact
	ofSegment
	ofCountry
	ofSpelling
	ofCredit
	ofActive
	ofMoment
	ofChange
	ofDeletion
	ofPrice
	ofText
	ofCustomer
	ofProduct
	ofQuantity
	ofLines
	ofStatus
	ofCustom
	ofFault
)

// draws is a source of numbers that look random and are the same for ever: a number
// depends on the seed, the topic and what is drawn for, never on earlier draws.
type draws struct{ seed uint64 }

func (d draws) draw(t topic, keys ...int) uint64 {
	x := mix(d.seed ^ mix(uint64(t)))
	for _, k := range keys {
		x = mix(x ^ uint64(k))
	}
	return x
}

// below draws a number in [0, n).
func (d draws) below(n int, t topic, keys ...int) int {
	return int(d.draw(t, keys...) % uint64(n))
}

// oneIn is true once in n times.
func (d draws) oneIn(n int, t topic, keys ...int) bool { return d.below(n, t, keys...) == 0 }

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}
