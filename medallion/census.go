package medallion

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/source"
)

// A list is held against what is known part by part. The part of a key is told by the
// scope's fields in its newest record; a part of which no record came is not in the list's
// scope, and nothing is said of it. Without a scope all is one part.
//
// A key is known to a part if its newest record is in it, this pass's records among them:
// one that has moved to another part was seen there, and counts there.

// census is what a sweep finds.
type census struct {
	scope, at    []string
	guard        float64
	known, found int64
	gone         []group // what is to be deleted
	later        int64   // missing keys of which a later snapshot has told
	part         part    // being counted
	worst        part    // of those that the guard refuses, the one with the least share
	refused      int
	undated      string // a part with something gone and no time; "" if there is none
	dateless     bool
}

// group is the unseen keys of a part whose newest records tell one time.
type group struct {
	part, at string
	says     string // payload of the deletions; "" for none
	keys     int64
}

// part is what was counted of one part.
type part struct {
	name                string
	known, found, later int64
	at                  string // of the snapshot: the greatest of what was seen
	missing             []group
}

// liveKeys selects the keys whose newest event is no deletion, with their part and the
// time of their snapshot, which are constants for a stream that does not tell them.
func (l *load) liveKeys() string {
	d := l.e.dialect()
	table, place, at := d.Table(l.out.table.Name), "''", "''"
	if scope := l.stream.SweepScope; len(scope) > 0 {
		var pairs []string
		for _, path := range scope {
			pairs = append(pairs, path, d.VerbatimPath("b.payload", source.ParsePath(path)...))
		}
		place = d.JSONObject(pairs...)
	}
	if l.stream.SweepAt != "" {
		at = "COALESCE(" + d.VerbatimPath("b.payload", source.ParsePath(l.stream.SweepAt)...) + ", '')"
	}
	return fmt.Sprintf("SELECT b.key, CAST(%s AS text) AS lode_part, CAST(%s AS text) AS lode_at FROM %s b\n"+
		"JOIN (SELECT key, max(seq) AS seq FROM %s WHERE key IS NOT NULL AND key NOT LIKE '!%%' GROUP BY key) m ON m.seq = b.seq WHERE b.op = 'upsert'",
		place, at, table, table)
}

// census counts the known keys and those of them that were seen, and finds what is gone.
func (l *load) census(ctx context.Context, r ledger.Reader) (*census, error) {
	c := &census{scope: l.stream.SweepScope, guard: l.stream.SweepGuard}
	if l.stream.SweepAt != "" {
		c.at = source.ParsePath(l.stream.SweepAt)
	}
	sql := fmt.Sprintf("SELECT k.lode_part, k.lode_at, count(*), count(s.record_key) FROM (%s) k\n"+
		"LEFT JOIN (SELECT DISTINCT record_key FROM %s WHERE stream = $1) s ON s.record_key = k.key\n"+
		"GROUP BY k.lode_part, k.lode_at ORDER BY k.lode_part", l.liveKeys(), l.e.Ledger.Table("seen_keys"))
	for b, err := range r.Query(ctx, sql, record.TextValue(l.meta.Stream)) {
		if err != nil {
			return nil, fmt.Errorf("count the known and the seen keys of %s: %w", l.ref, err)
		}
		v := b.Vectors
		for i := range b.Len() {
			c.add(v[0].Texts[i], v[1].Texts[i], v[2].Ints[i], v[3].Ints[i])
		}
	}
	c.end()
	return c, nil
}

// add counts the keys of a part that tell one time. Those of one part come together.
func (c *census) add(name, at string, known, found int64) {
	if name != c.part.name {
		c.end()
		c.part = part{name: name}
	}
	p := &c.part
	p.known, p.found = p.known+known, p.found+found
	if found > 0 && compareCursors(p.at, at) < 0 {
		p.at = at
	}
	if known > found {
		p.missing = append(p.missing, group{part: name, at: at, keys: known - found})
	}
}

// end judges a part that has been counted.
func (c *census) end() {
	p := &c.part
	c.known, c.found = c.known+p.known, c.found+p.found
	if p.found == 0 {
		return
	}
	says := c.says(p.at)
	for _, g := range p.missing {
		if len(c.at) > 0 && compareCursors(g.at, p.at) > 0 {
			p.later, p.known = p.later+g.keys, p.known-g.keys
			continue
		}
		g.says = says
		c.gone = append(c.gone, g)
		if len(c.at) > 0 && p.at == "" {
			c.undated, c.dateless = p.name, true
		}
	}
	c.later += p.later
	if float64(p.found) < c.guard*float64(p.known) {
		if c.refused++; c.refused == 1 || p.share() < c.worst.share() {
			c.worst = *p
		}
	}
}

func (p part) share() float64 { return float64(p.found) / float64(p.known) }

// missing counts the keys that are to be deleted.
func (c *census) missing() (n int64) {
	for _, g := range c.gone {
		n += g.keys
	}
	return n
}

// says is the payload of the deletions of a snapshot: its time, where its records have it.
func (c *census) says(at string) string {
	if len(c.at) == 0 {
		return ""
	}
	quoted, err := jsontext.AppendQuote(nil, at)
	if err != nil {
		return "" // a database holds valid texts only
	}
	for i := len(c.at) - 1; i >= 0; i-- {
		name, err := jsontext.AppendQuote(nil, c.at[i])
		if err != nil {
			return "" // a project file holds valid texts only
		}
		quoted = []byte("{" + string(name) + ":" + string(quoted) + "}")
	}
	return string(quoted)
}

// refusal tells why a list is not believed; nil if it is.
func (c *census) refusal(list string) error {
	switch {
	case c.known > 0 && c.found == 0:
		return fmt.Errorf("%s saw 0 of %d known keys, and an empty list is never believed; nothing was deleted. "+
			"If all of them are really gone, tell so in another way than by their absence", list, c.known)
	case c.refused > 0:
		more := ""
		if c.refused > 1 {
			more = fmt.Sprintf(" (and so with %d parts more)", c.refused-1)
		}
		return fmt.Errorf("%s saw %d of %d known keys%s, less than the guard of %g asks for%s; nothing was deleted. "+
			"If they are really gone, lower sweep.guard for one run", list, c.worst.found, c.worst.known, c.of(c.worst.name), c.guard, more)
	case c.dateless:
		return fmt.Errorf("keys%s are missing from %s, and no record there tells its time in %s; nothing was deleted. "+
			"Mend the records, or take sweep.at away", c.of(c.undated), list, strings.Join(c.at, "."))
	}
	return nil
}

// of names a part: " of country=DE", or nothing where all is one part.
func (c *census) of(name string) string {
	values := map[string]*string{}
	if len(c.scope) == 0 || json.Unmarshal([]byte(name), &values) != nil {
		return ""
	}
	var fields []string
	for _, path := range c.scope {
		value := "NULL"
		if v := values[path]; v != nil {
			value = *v
		}
		fields = append(fields, path+"="+value)
	}
	return " of " + strings.Join(fields, ", ")
}
