package postgres

// mostWriters is how many transactions gain from going side by side.
const mostWriters = 4

// Writers is how many transactions may usefully write side by side. Each may read on a
// second connection meanwhile, and the run's lock holds one more.
func (w *database) Writers() int {
	return min(mostWriters, int(w.pool.Config().MaxConns-1)/2)
}
