package oracle_test

import (
	"fmt"

	"github.com/lodehq/lode/internal/oracle"
)

// holds checks what must be true of any star at any moment, also between two steps:
// I1 to I3 of the chains, one durable key a thing, and that every key of a fact is the
// one that the dimension as it stands gives it.
func (f found) holds(p project) error {
	for i, d := range p.dims {
		surrogates := map[int64]bool{}
		for key, rows := range f.dims[i] {
			current := 0
			for j, m := range rows {
				switch {
				case m.From >= m.To:
					return fmt.Errorf("%s: I1: an empty version: %s", d.name, m.text)
				case j > 0 && rows[j-1].To > m.From:
					return fmt.Errorf("%s: I2: versions overlap: %s", d.name, m.text)
				case surrogates[m.surrogate]:
					return fmt.Errorf("%s: two rows have the key %d", d.name, m.surrogate)
				case !d.Again && m.durable != rows[0].durable:
					return fmt.Errorf("%s: %s has two durable keys", d.name, key)
				}
				surrogates[m.surrogate] = true
				if m.current {
					current++
				}
			}
			if current > 1 {
				return fmt.Errorf("%s: I3: %d current versions of %s", d.name, current, key)
			}
		}
	}
	for id, s := range f.sales {
		for i, r := range p.roles {
			if err := f.points(r, s, i); err != nil {
				return fmt.Errorf("I6: sale %s, role %s: %w", id, r.name, err)
			}
		}
	}
	return nil
}

// points checks one key of a fact against the dimension as it is found.
func (f found) points(r role, s sold, i int) error {
	var rows []member
	if s.item != nil {
		rows = f.dims[r.dim][*s.item]
	}
	var chain []oracle.Version
	var now *oracle.Version
	for _, m := range rows {
		if !m.inferred {
			chain = append(chain, m.Version)
		}
	}
	for j := range chain {
		if rows[j].current {
			now = &chain[j]
		}
	}
	// That a key could not be read the fact does not say: its keys have to agree in it.
	t := r.Find(oracle.Named{Key: s.item, At: s.at, KeyRefused: s.keys[0] == oracle.Error, AtRefused: s.day == oracle.Error}, chain, now)
	surrogate, durable := int64(t.Special), int64(t.Special)
	switch {
	case t.Inferred && len(rows) == 0:
		return fmt.Errorf("there is no inferred member")
	case t.Inferred:
		surrogate, durable = rows[0].surrogate, rows[0].durable
	case t.Version != nil:
		m := rows[t.Version.Number-1]
		surrogate, durable = m.surrogate, m.durable
	}
	if s.durables[i] == 0 {
		durable = 0
	}
	if s.keys[i] != surrogate || s.durables[i] != durable {
		return fmt.Errorf("the keys are %d, %d and should be %d, %d: %+v", s.keys[i], s.durables[i], surrogate, durable, t)
	}
	return nil
}

// kept checks that the versions kept their surrogate keys from one run to the next, and
// that new ones got new keys.
func (f found) kept(before found, p project) error {
	for i, d := range p.dims {
		taken := map[int64]string{}
		for key, rows := range before.dims[i] {
			for _, m := range rows {
				taken[m.surrogate] = key
			}
		}
		for key, rows := range f.dims[i] {
			if rows[0].inferred {
				continue
			}
			want := oracle.Keep(held(before.dims[i][key]), held(rows))
			for j, m := range rows {
				_, old := taken[m.surrogate]
				switch {
				case want[j] == 0 && old:
					return fmt.Errorf("%s: a new version has the old key %d of %s: %s", d.name, m.surrogate, taken[m.surrogate], m.text)
				case want[j] != 0 && m.surrogate != want[j]:
					return fmt.Errorf("%s: the key of a version changed from %d to %d: %s", d.name, want[j], m.surrogate, m.text)
				}
			}
			if old := before.dims[i][key]; len(old) > 0 && !d.Again && old[0].durable != rows[0].durable {
				return fmt.Errorf("%s: the durable key of %s changed from %d to %d", d.name, key, old[0].durable, rows[0].durable)
			}
		}
	}
	return nil
}

func held(rows []member) []oracle.Held {
	var out []oracle.Held
	for _, m := range rows {
		out = append(out, oracle.Held{Surrogate: m.surrogate, Begins: m.Begins, Inferred: m.inferred, Tracked: m.tracked})
	}
	return out
}
