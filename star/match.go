package star

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/warehouse"
)

// MatchScope is what one execution of a matching works on.
type MatchScope struct {
	After   []int64 // for each matched entity: events with a greater log_seq are new
	Partial []bool  // for each: some of its events did not send every column
	First   int64   // the last log_seq of the conformed entity's own log
	All     bool    // every record is looked at anew
	Keys    string  // name for the temporary table of the things that are touched
}

// Phase is a part of a matching: statements that run once or, with Repeat, over and over
// until they touch no row. Each round is set-based; how many there are depends on how
// long the chains of records are that match each other.
type Phase struct {
	Statements []sqltext.Statement
	Repeat     bool
}

// Temporary tables of a matching.
const (
	MatchTouched = "lode_match_touched" // records with new events
	MatchRecords = "lode_match_records" // the records looked at, numbered by age: lode_thing is the thing each belongs to
	tmpReach     = "lode_match_reach"   // these, what was one with them, and what agrees with any of all these
	tmpValues    = "lode_match_fresh"   // what records say in the columns of the rules
	tmpHubs      = "lode_match_hubs"    // which records say the same
	tmpMembers   = "lode_match_members" // which thing each record should be
	tmpOwn       = "lode_match_own"     // the records of the things that are touched
	tmpStates    = "lode_match_states"  // the states that these went through
)

// How far a record has come in the matching.
const (
	there    = 0 // it exists: it joins others that it agrees with
	attached = 1 // it was deleted, and belongs to the things it agrees with
	gone     = 2 // it was deleted, and agrees with none that exists
)

// Match lists what finds, for the records that new events touch, which of them are one
// thing, and writes the things' log anew. Records that exist are joined by what they agree
// in; a thing is a connected component. A record that was deleted joins nobody, so that
// its deletion takes back what only it held together, but it stays with one of the things
// that it agrees with: the first by the order of rules. A thing is named by its oldest record.
//
// Only records are looked at that new events touch, that were one thing with these, or
// that agree with any of all these, however far: what lies beyond cannot change.
func Match(d warehouse.Dialect, m *schema.EntityModel, s MatchScope) []Phase {
	x := matching{d: d, m: m, c: m.Conformed, s: s, key: m.Key(), master: m.MasterKey()}
	once := func(statements ...sqltext.Statement) Phase { return Phase{Statements: statements} }
	begin := x.values()
	if !s.All {
		begin = slices.Concat(x.touched(), begin, x.reach())
	}
	return []Phase{
		once(begin...),
		{Statements: x.spread(), Repeat: true},
		once(append(x.records(), x.hubs()...)...),
		{Statements: x.join(there), Repeat: true},
		once(x.attach()),
		{Statements: x.join(gone), Repeat: true},
		once(slices.Concat(x.members(), x.things(), x.log(), x.write())...),
	}
}

type matching struct {
	d           warehouse.Dialect
	m           *schema.EntityModel
	c           *schema.ConformedModel
	s           MatchScope
	key, master []string // of a record; of its thing
}

func (x matching) list(alias string, names ...string) string {
	return sqltext.List(x.d, alias, names...)
}

func (x matching) cast(expr string, kind record.Kind) string {
	return "CAST(" + expr + " AS " + x.d.TypeName(record.Of(kind)) + ")"
}

func (x matching) text(s string) string {
	return x.d.Literal(record.TextValue(s), record.Of(record.Text))
}

// named selects the key of an entity's records from alias, as it stands among all.
func (x matching) named(of *schema.EntityModel, alias string) string {
	key := x.list(alias, of.Key()...)
	if x.c.Several() {
		return x.text(of.Name) + " AS " + x.d.Quote(schema.SourceEntity) + ", " + key
	}
	return key
}

// same is the condition that a record of an entity under one alias is the one that a
// relation with keys of all entities speaks of.
func (x matching) same(of *schema.EntityModel, alias, all string) string {
	on := sqltext.On(x.d, all, alias, of.Key()...)
	if x.c.Several() {
		return sqltext.Column(x.d, all, schema.SourceEntity) + " = " + x.text(of.Name) + " AND " + on
	}
	return on
}

// narrowed joins the records of a temporary table to alias, or nothing when all are looked at.
func (x matching) narrowed(of *schema.EntityModel, alias, table string) string {
	if x.s.All {
		return ""
	}
	return fmt.Sprintf(" JOIN %s k ON %s", x.d.Quote(table), x.same(of, alias, "k"))
}

// touched collects the records of new events.
func (x matching) touched() []sqltext.Statement {
	parts := make([]string, len(x.c.Of))
	for i, of := range x.c.Of {
		parts[i] = fmt.Sprintf("SELECT DISTINCT %s FROM %s l WHERE l.log_seq > %d AND l.op <> 'scope'", x.named(of, "l"), x.d.Table(of.Log.Name), x.s.After[i])
	}
	return affected.Create(x.d, MatchTouched, "the records that new events touch", strings.Join(parts, "\nUNION ALL\n"))
}

// longValue bounds the values that are held as they are: an index cannot hold a page.
// Beyond it a digest stands for the rest.
const longValue = 400

// values brings what the touched records say in the columns of the rules up to date.
func (x matching) values() []sqltext.Statement {
	d := x.d
	var parts []string
	for i, rule := range x.c.Rules {
		for _, of := range x.c.Of {
			if !of.HasColumns(rule) {
				continue
			}
			parts = append(parts, fmt.Sprintf("SELECT %s, %s AS %s, %s AS lode_sig FROM %s c%s WHERE NOT %s", x.named(of, "c"), x.cast(strconv.Itoa(i+1), record.Int),
				d.Quote(schema.MatchRule), sqltext.Signature(d, "c", rule...), d.Table(of.Current.Name), x.narrowed(of, "c", MatchTouched), sqltext.AnyNull(d, "c", rule...)))
		}
	}
	out := affected.Create(d, tmpValues, "what they say in the columns of the rules", lines(
		fmt.Sprintf("SELECT %s, CASE WHEN length(v.lode_sig) <= %d THEN v.lode_sig ELSE left(v.lode_sig, %d) || md5(v.lode_sig) END AS %s FROM (",
			x.list("v", append(slices.Clone(x.key), schema.MatchRule)...), longValue, longValue/2, d.Quote(schema.MatchValue)),
		strings.Join(parts, "\nUNION ALL\n"), ") v"))
	write := affected.Write{Target: x.c.Values, Fresh: tmpValues, Touched: MatchTouched, Keys: x.key, Delta: tmpDelta}
	if x.s.All {
		write.Touched = ""
	}
	return append(out, uncounted(write.Statements(d))...)
}

// uncounted lets statements write rows that a step does not report.
func uncounted(statements []sqltext.Statement) []sqltext.Statement {
	for i := range statements {
		statements[i].Count = ""
	}
	return statements
}

// reach begins with the touched records and those that were one thing with them.
func (x matching) reach() []sqltext.Statement {
	members := x.d.Table(x.c.Members.Name)
	return affected.Create(x.d, tmpReach, "they, and what was one thing with them", fmt.Sprintf(
		"SELECT %s, %s AS lode_round FROM (SELECT %s FROM %s t\nUNION SELECT %s FROM %s t JOIN %s m ON %s JOIN %s o ON %s) r",
		x.list("r", x.key...), x.cast("0", record.Int), x.list("t", x.key...), x.d.Quote(MatchTouched),
		x.list("o", x.key...), x.d.Quote(MatchTouched), members, sqltext.On(x.d, "m", "t", x.key...), members, sqltext.On(x.d, "o", "m", x.master...)))
}

// spread adds the records that agree by a rule with those that were added last.
func (x matching) spread() []sqltext.Statement {
	if x.s.All {
		return nil
	}
	reach, values := x.d.Quote(tmpReach), x.d.Table(x.c.Values.Name)
	said := []string{schema.MatchRule, schema.MatchValue}
	return []sqltext.Statement{{Note: "what agrees with them", SQL: lines(
		fmt.Sprintf("INSERT INTO %s SELECT DISTINCT %s, h.lode_round + 1", reach, x.list("b", x.key...)),
		fmt.Sprintf("FROM (SELECT DISTINCT %s, r.lode_round FROM %s r JOIN %s a ON %s WHERE r.lode_round = (SELECT max(lode_round) FROM %s)) h",
			x.list("a", said...), reach, values, sqltext.On(x.d, "a", "r", x.key...), reach),
		fmt.Sprintf("JOIN %s b ON %s WHERE NOT EXISTS (SELECT 1 FROM %s r WHERE %s)", values, sqltext.On(x.d, "b", "h", said...), reach, sqltext.On(x.d, "r", "b", x.key...)))}}
}

// records numbers the records by age, which is their first event. Each begins as a thing
// of its own.
func (x matching) records() []sqltext.Statement {
	d := x.d
	parts := make([]string, len(x.c.Of))
	for i, of := range x.c.Of {
		key := x.list("l", of.Key()...)
		parts[i] = lines(
			fmt.Sprintf("SELECT %s, c.is_deleted, e.lode_first FROM %s c%s", x.named(of, "c"), d.Table(of.Current.Name), x.narrowed(of, "c", tmpReach)),
			fmt.Sprintf("JOIN (SELECT %s, min(l.valid_at) AS lode_first FROM %s l%s WHERE l.op = 'upsert' GROUP BY %s) e ON %s",
				key, d.Table(of.Log.Name), x.narrowed(of, "l", tmpReach), key, sqltext.On(d, "e", "c", of.Key()...)))
	}
	return affected.Create(d, MatchRecords, "these records, the oldest first", lines(
		fmt.Sprintf("SELECT n.*, n.lode_n AS lode_thing, CASE WHEN n.is_deleted THEN %d ELSE %d END AS lode_stage FROM (", gone, there),
		fmt.Sprintf("SELECT row_number() OVER (ORDER BY r.lode_first, %s) AS lode_n, %s, r.is_deleted FROM (", x.byKey("r"), x.list("r", x.key...)),
		strings.Join(parts, "\nUNION ALL\n"), ") r) n"))
}

// byKey orders by key, the same in every database.
func (x matching) byKey(alias string) string {
	parts := make([]string, len(x.key))
	for i, k := range x.key {
		parts[i] = sqltext.Column(x.d, alias, k)
		if x.m.Columns[i].Stored.Kind == record.Text {
			parts[i] = x.d.Binary(parts[i])
		}
	}
	return strings.Join(parts, ", ")
}

// hubs lists the records that agree with others, by what they say.
func (x matching) hubs() []sqltext.Statement {
	said := x.list("v", schema.MatchRule, schema.MatchValue)
	return affected.Create(x.d, tmpHubs, "which of them say the same", lines(
		fmt.Sprintf("SELECT h.lode_n, h.%s, h.lode_hub FROM (", x.d.Quote(schema.MatchRule)),
		fmt.Sprintf("SELECT r.lode_n, %s, dense_rank() OVER (ORDER BY %s) AS lode_hub, count(*) OVER (PARTITION BY %s) AS lode_size FROM %s r JOIN %s v ON %s",
			x.list("v", schema.MatchRule), said, said, x.d.Quote(MatchRecords), x.d.Table(x.c.Values.Name), sqltext.On(x.d, "v", "r", x.key...)),
		") h WHERE h.lode_size > 1"))
}

// hubThings is, for each hub, the oldest of the things that its records of a stage are.
func (x matching) hubThings(stage int) string {
	return fmt.Sprintf("(SELECT o.lode_hub, min(p.lode_thing) AS lode_thing FROM %s o JOIN %s p ON p.lode_n = o.lode_n WHERE p.lode_stage = %d GROUP BY o.lode_hub)",
		x.d.Quote(tmpHubs), x.d.Quote(MatchRecords), stage)
}

// join lets the records of a stage that agree be one thing: each takes the oldest thing
// that it agrees with, and what that has become in the meantime.
func (x matching) join(stage int) []sqltext.Statement {
	records := x.d.Quote(MatchRecords)
	return []sqltext.Statement{
		{Note: "records that agree are one thing", SQL: lines(
			fmt.Sprintf("UPDATE %s t SET lode_thing = g.lode_thing FROM (", records),
			fmt.Sprintf("SELECT l.lode_n, min(h.lode_thing) AS lode_thing FROM %s l JOIN %s h ON h.lode_hub = l.lode_hub GROUP BY l.lode_n", x.d.Quote(tmpHubs), x.hubThings(stage)),
			fmt.Sprintf(") g WHERE g.lode_n = t.lode_n AND t.lode_stage = %d AND g.lode_thing < t.lode_thing", stage))},
		{Note: "and what that has become", SQL: fmt.Sprintf(
			"UPDATE %s t SET lode_thing = p.lode_thing FROM %s p WHERE p.lode_n = t.lode_thing AND p.lode_thing < t.lode_thing", records, records)},
	}
}

// attach gives records that were deleted to the first thing that they agree with.
func (x matching) attach() sqltext.Statement {
	return sqltext.Statement{Note: "deleted records stay with a thing that they agree with", SQL: lines(
		fmt.Sprintf("UPDATE %s t SET lode_thing = g.lode_thing, lode_stage = %d FROM (", x.d.Quote(MatchRecords), attached),
		fmt.Sprintf("SELECT DISTINCT ON (l.lode_n) l.lode_n, h.lode_thing FROM %s l JOIN %s h ON h.lode_hub = l.lode_hub ORDER BY l.lode_n, l.%s, h.lode_thing",
			x.d.Quote(tmpHubs), x.hubThings(there), x.d.Quote(schema.MatchRule)),
		fmt.Sprintf(") g WHERE g.lode_n = t.lode_n AND t.lode_stage = %d", gone))}
}

// members names each thing by its oldest record. What is no longer there is nothing. The
// log_seq is a new one just where that changes.
func (x matching) members() []sqltext.Statement {
	d, held := x.d, x.d.Table(x.c.Members.Name)
	seq, anywhere := strconv.FormatInt(x.s.First+1, 10), ""
	if !x.s.All {
		anywhere = fmt.Sprintf(" JOIN %s k ON %s", d.Quote(tmpReach), sqltext.On(d, "k", "t", x.key...))
	}
	masters, nulls, moved := make([]string, len(x.key)), make([]string, len(x.key)), []string{"t.log_seq IS NULL"}
	for i, k := range x.key {
		masters[i] = sqltext.Column(d, "o", k) + " AS " + d.Quote(x.master[i])
		nulls[i] = "CAST(NULL AS " + d.TypeName(x.m.Columns[i].Stored) + ")"
		moved = append(moved, sqltext.Column(d, "o", k)+" IS DISTINCT FROM "+sqltext.Column(d, "t", x.master[i]))
	}
	return affected.Create(d, tmpMembers, "which thing each of them is", lines(
		fmt.Sprintf("SELECT %s, %s, CASE WHEN %s THEN %s ELSE t.log_seq END AS log_seq", x.list("n", x.key...), strings.Join(masters, ", "), strings.Join(moved, " OR "), seq),
		fmt.Sprintf("FROM (SELECT r.*, min(r.lode_n) OVER (PARTITION BY r.lode_thing) AS lode_oldest FROM %s r) n", d.Quote(MatchRecords)),
		fmt.Sprintf("JOIN %s o ON o.lode_n = n.lode_oldest LEFT JOIN %s t ON %s", d.Quote(MatchRecords), held, sqltext.On(d, "t", "n", x.key...)),
		fmt.Sprintf("UNION ALL SELECT %s, %s, CASE WHEN t.%s IS NULL THEN t.log_seq ELSE %s END FROM %s t%s",
			x.list("t", x.key...), strings.Join(nulls, ", "), d.Quote(x.master[0]), seq, held, anywhere),
		fmt.Sprintf("WHERE NOT EXISTS (SELECT 1 FROM %s r WHERE %s)", d.Quote(MatchRecords), sqltext.On(d, "r", "t", x.key...))))
}

// things collects the things whose log has to be written anew: those of records with new
// events, and those that gain or lose a record.
func (x matching) things() []sqltext.Statement {
	d := x.d
	if x.s.All {
		return affected.Create(d, x.s.Keys, "every thing", fmt.Sprintf("SELECT DISTINCT %s FROM %s", x.list("", x.key...), d.Table(x.m.Log.Name)))
	}
	renamed := make([]string, len(x.key))
	for i, k := range x.key {
		renamed[i] = d.Quote(x.master[i]) + " AS " + d.Quote(k)
	}
	from := fmt.Sprintf("%s f LEFT JOIN %s t ON %s WHERE t.log_seq IS NULL OR f.log_seq <> t.log_seq OR EXISTS (SELECT 1 FROM %s h WHERE %s)",
		d.Quote(tmpMembers), d.Table(x.c.Members.Name), sqltext.On(d, "t", "f", x.key...), d.Quote(MatchTouched), sqltext.On(d, "h", "f", x.key...))
	return affected.Create(d, x.s.Keys, "the things that this touches, as they were and as they will be", lines(
		fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s", strings.Join(renamed, ", "), x.list("f", x.master...), from),
		fmt.Sprintf("UNION SELECT %s FROM %s) m WHERE m.%s IS NOT NULL", x.list("t", x.master...), from, d.Quote(x.master[0]))))
}

// write brings the members up to date.
func (x matching) write() []sqltext.Statement {
	write := affected.Write{Target: x.c.Members, Fresh: tmpMembers, Touched: tmpReach, Keys: x.key, Delta: tmpDelta}
	if x.s.All {
		write.Touched = ""
	}
	return uncounted(write.Statements(x.d))
}
