package medallion

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/warehouse"
)

// said is what an event says of its key.
type said struct{ op, hash string }

// forgetRetold takes out of differs the events with which the log ends already. An
// answer that names a key several times, each time with other content, would differ from
// the newest event of that key each time it is read, for ever (case 33).
func (l *load) forgetRetold(ctx context.Context, tx warehouse.Tx, rows []int, differs map[int]newEvent) error {
	if l.stream.KeepAll || len(l.out.repeated) == 0 || len(differs) == 0 {
		return nil
	}
	ends, err := l.ends(ctx, tx)
	if err != nil || len(ends) == 0 {
		return err
	}
	v, told := l.out.batch.Vectors, map[string][]int{}
	for _, row := range rows {
		key, is := v[stageKey].Texts[row], l.out.says(row)
		if before := told[key]; ends[key] == nil || len(before) > 0 && l.out.says(before[len(before)-1]) == is {
			continue
		}
		told[key] = append(told[key], row)
	}
	for key, rows := range told {
		for _, row := range rows[:retold(l.out.sayings(rows), ends[key])] {
			delete(differs, row)
		}
	}
	return nil
}

// ends reads the last events of the keys that come several times in the chunk, as many of
// each as the chunk has, oldest first.
func (l *load) ends(ctx context.Context, tx warehouse.Tx) (map[string][]said, error) {
	d := l.e.dialect()
	out := map[string][]said{}
	for b, err := range tx.Query(ctx, fmt.Sprintf("SELECT key, op, hash FROM (\n"+
		"  SELECT b.key, b.op, b.hash, b.seq, s.n, row_number() OVER (PARTITION BY b.key ORDER BY b.seq DESC) AS place\n"+
		"  FROM %s b JOIN (SELECT key, count(*) AS n FROM %s GROUP BY key HAVING count(*) > 1) s ON s.key = b.key) x\n"+
		"WHERE place <= n ORDER BY key, seq", d.Table(l.out.table.Name), d.Quote(tmpStage))) {
		if err != nil {
			return nil, fmt.Errorf("read how the log ends: %w", err)
		}
		v := b.Vectors
		for i := range b.Len() {
			out[v[0].Texts[i]] = append(out[v[0].Texts[i]], said{v[1].Texts[i], v[2].Texts[i]})
		}
	}
	return out, nil
}

func (c *chunk) says(row int) said {
	return said{c.batch.Vectors[stageOp].Texts[row], c.batch.Vectors[stageHash].Texts[row]}
}

func (c *chunk) sayings(rows []int) []said {
	out := make([]said, 0, len(rows))
	for _, row := range rows {
		out = append(out, c.says(row))
	}
	return out
}

// retold is how many of the first elements of now are the last ones of before (Knuth,
// Morris and Pratt, "Fast pattern matching in strings", SIAM J. Comput. 6(2), 1977).
func retold(now, before []said) int {
	borders := make([]int, len(now)) // of each beginning of now: the longest proper one that it ends with
	step := func(matched int, next said) int {
		for matched > 0 && (matched == len(now) || now[matched] != next) {
			matched = borders[matched-1]
		}
		if now[matched] == next {
			matched++
		}
		return matched
	}
	for i := 1; i < len(now); i++ {
		borders[i] = step(borders[i-1], now[i])
	}
	matched := 0
	for _, s := range before {
		matched = step(matched, s)
	}
	return matched
}
