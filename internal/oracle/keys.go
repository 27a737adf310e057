package oracle

// Held is a row of a dimension as it is found, with its surrogate key: all that decides
// which version of a new chain it becomes.
type Held struct {
	Surrogate int64
	Begins    int64
	Inferred  bool
	Tracked   string // its values of history, as one text
}

// Keep gives each version of a key, as (begins, tracked) in Surrogate-less rows, the
// surrogate key of the row that it was before, or 0 if it is new. An inferred member is
// the first version. A row whose beginning stays is itself. Of the rest, rows of equal
// content are the same in their order: a boundary has moved.
func Keep(before, after []Held) []int64 {
	keys := make([]int64, len(after))
	used := map[int64]bool{}
	give := func(i int, h Held) {
		keys[i] = h.Surrogate
		used[h.Surrogate] = true
	}
	for i, v := range after {
		for _, h := range before {
			if h.Inferred && i == 0 || !h.Inferred && h.Begins == v.Begins {
				give(i, h)
			}
		}
	}
	for i, v := range after {
		for _, h := range before {
			if keys[i] == 0 && !used[h.Surrogate] && !h.Inferred && h.Tracked == v.Tracked {
				give(i, h)
			}
		}
	}
	return keys
}
