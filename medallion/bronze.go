package medallion

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lodehq/lode/ledger"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/warehouse"
)

const tmpStage = "lode_stage"

// store writes the chunk's events into bronze. Only keys and hashes are staged for the
// comparison with what is known; payloads go straight into bronze, and those of known
// records nowhere.
func (l *load) store(ctx context.Context, tx warehouse.Tx, mode source.Mode) (stored, error) {
	table := l.out.table
	last, err := l.e.Ledger.Sequence(ctx, tx, table.Name.String())
	n := stored{covered: last, last: last}
	if err != nil || l.out.batch.Len() == 0 {
		return n, err
	}
	l.out.order()
	fresh, err := l.compare(ctx, tx, mode)
	if err != nil || mode == source.Keys {
		return n, err
	}
	l.repeatWithin(fresh, last)
	if n.events, err = tx.Load(ctx, table.Name, record.One(l.events(fresh, last))); err != nil {
		return n, fmt.Errorf("append to %s: %w", table.Name, err)
	}
	n.last = last + n.events
	for i := 0; i < len(fresh) && fresh[i].row < l.out.covered; i++ {
		n.covered = last + int64(i) + 1
	}
	return n, l.finish(ctx, tx, last, n)
}

// finish writes down what belongs to events that have just been appended after last.
func (l *load) finish(ctx context.Context, tx warehouse.Tx, last int64, n stored) error {
	if err := l.e.Ledger.PutRequests(ctx, tx, l.row.ID, l.requests()); err != nil {
		return err
	}
	if err := l.quarantine(ctx, tx, last); err != nil {
		return err
	}
	if err := l.e.analyze(ctx, tx, l.out.table, n.events, n.last); err != nil {
		return err
	}
	return l.e.Ledger.SetSequence(ctx, tx, l.out.table.Name.String(), n.last)
}

// newEvent is a row of the chunk that bronze does not know yet.
type newEvent struct {
	row     int
	repeats record.Value
	revives bool
}

// compare finds the events of the chunk that differ from the newest event of their key.
// A stream without a key, or one that keeps everything, stores them all.
func (l *load) compare(ctx context.Context, tx warehouse.Tx, mode source.Mode) ([]newEvent, error) {
	rows := l.out.byOrder()
	all := l.stream.KeepAll || len(l.stream.Key) == 0
	ask := len(l.stream.Key) > 0 && slices.Contains(l.out.ask, true)
	sweeps := l.sees(mode)
	if ask || sweeps {
		if err := l.stage(ctx, tx, sweeps); err != nil {
			return nil, err
		}
	}
	if sweeps {
		if err := l.e.Ledger.SeeKeys(ctx, tx, l.meta.Stream, l.e.dialect().Quote(tmpStage)); err != nil {
			return nil, err
		}
	}
	if mode == source.Keys {
		return nil, nil
	}
	differs := map[int]newEvent{}
	if ask {
		var err error
		if differs, err = l.differing(ctx, tx, rows); err != nil {
			return nil, err
		}
		if err := l.forgetRetold(ctx, tx, rows, differs); err != nil {
			return nil, err
		}
	}
	out := make([]newEvent, 0, len(rows))
	for _, row := range rows {
		if e, ok := differs[row]; ok {
			out = append(out, e)
		} else if all || !l.out.ask[row] {
			out = append(out, newEvent{row: row})
		}
	}
	return out, nil
}

// differing asks the warehouse which of the staged events it does not know.
func (l *load) differing(ctx context.Context, tx warehouse.Tx, rows []int) (map[int]newEvent, error) {
	out := map[int]newEvent{}
	for b, err := range tx.Query(ctx, l.differingQuery()) {
		if err != nil {
			return nil, fmt.Errorf("compare with the known events: %w", err)
		}
		for i := range b.Len() {
			row, repeats := rows[b.Vectors[0].Ints[i]], b.Vectors[1].Value(i)
			if l.stream.KeepAll {
				repeats = record.Null // every observation counts
			}
			out[row] = newEvent{row, repeats, b.Vectors[2].Value(i).Bool()}
		}
	}
	return out, nil
}

// stage loads what the comparison needs into a temporary table.
func (l *load) stage(ctx context.Context, tx warehouse.Tx, all bool) error {
	d, narrow := l.e.dialect(), l.out.narrow(all)
	fields := make([]schema.Field, len(narrow.Columns))
	for i, c := range narrow.Columns {
		fields[i] = schema.Field{Name: c.Name, Type: c.Type}
	}
	for _, sql := range d.CreateTemp(tmpStage, fields) {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("create the staging table: %w", err)
		}
	}
	if _, err := tx.Load(ctx, schema.Name{Table: tmpStage}, record.One(narrow)); err != nil {
		return fmt.Errorf("stage the keys: %w", err)
	}
	if sql := d.Analyze(schema.Name{Table: tmpStage}); sql != "" {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("analyze the staging table: %w", err)
		}
	}
	return nil
}

// differingQuery selects the staged events that differ from the newest event of their key:
// their place, an older event of the same content, and whether they bring back a record
// that was deleted.
//
// When content carries its own time, an older event of the same content is the same
// event, said again. What a record means that is back depends on the delete, see lift.go.
func (l *load) differingQuery() string {
	d := l.e.dialect()
	bronze, stage := d.Table(l.out.table.Name), d.Quote(tmpStage)
	return strings.Join([]string{
		"SELECT x.ord,",
		fmt.Sprintf("       CASE WHEN x.old_hash IS NULL THEN NULL ELSE (SELECT min(o.seq) FROM %s o WHERE o.key = x.key AND o.hash = x.hash AND o.op = x.op) END AS repeats,", bronze),
		"       COALESCE(x.op = 'upsert' AND x.old_op = 'delete', FALSE) AS revives",
		"FROM (SELECT s.*, CASE WHEN lag(s.ord) OVER w IS NULL THEN n.hash ELSE lag(s.hash) OVER w END AS old_hash,",
		"             CASE WHEN lag(s.ord) OVER w IS NULL THEN n.op ELSE lag(s.op) OVER w END AS old_op",
		fmt.Sprintf("      FROM %s s LEFT JOIN (%s) n ON n.key = s.key WINDOW w AS (PARTITION BY s.key ORDER BY s.ord)) x", stage, newest(d, l.out.table, stage)),
		"WHERE x.old_hash IS DISTINCT FROM x.hash OR x.old_op IS DISTINCT FROM x.op",
		"ORDER BY x.ord"}, "\n")
}

// newest selects the newest event of each of the keys in a relation.
func newest(d warehouse.Dialect, bronze schema.Table, keys string) string {
	b := d.Table(bronze.Name)
	return fmt.Sprintf("SELECT b.key, b.hash, b.op FROM %s b JOIN (SELECT key, max(seq) AS seq FROM %s WHERE key IN (SELECT key FROM %s) GROUP BY key) m ON m.seq = b.seq", b, b, keys)
}

// repeatWithin marks the events that say again what this very chunk said before, with
// something else between: bronze does not hold the first of them yet, and what a stream
// says must not mean another thing in one batch than in three.
func (l *load) repeatWithin(fresh []newEvent, last int64) {
	if len(l.out.repeated) == 0 || l.stream.KeepAll || len(l.stream.Key) == 0 {
		return
	}
	v := l.out.batch.Vectors
	said := map[[3]string]int64{}
	for i := range fresh {
		row := fresh[i].row
		content := [3]string{v[stageKey].Texts[row], v[stageOp].Texts[row], v[stageHash].Texts[row]}
		first, again := said[content]
		if !again {
			said[content] = last + int64(i) + 1
		} else if fresh[i].repeats.IsNull() {
			fresh[i].repeats = record.IntValue(first)
		}
	}
}

// events makes the bronze rows of new events, numbered on from last.
func (l *load) events(fresh []newEvent, last int64) *record.Batch {
	from := l.out.batch.Vectors
	out := record.NewBatch(l.out.table.Columns())
	now := l.e.Now().UnixMicro()
	for i, e := range fresh {
		v := out.Vectors
		v[0].AppendInt(last + int64(i) + 1)
		v[1].AppendText(l.row.ID)
		v[2].AppendInt(from[stageRequest].Ints[e.row])
		v[3].AppendInt(now)
		v[4].Append(from[stageKey].Value(e.row))
		v[5].AppendText(from[stageOp].Texts[e.row])
		v[6].AppendText(from[stageHash].Texts[e.row])
		v[7].Append(from[stageNote].Value(e.row))
		v[8].Append(e.repeats)
		v[9].Append(record.BoolValue(e.revives))
		v[10].Append(from[stagePayload].Value(e.row))
	}
	return out
}

func (l *load) requests() []ledger.Request {
	out := make([]ledger.Request, len(l.out.requests))
	for i, r := range l.out.requests {
		out[i] = ledger.Request{Number: r.number, Records: r.records, Origin: r.origin}
	}
	return out
}

// quarantine notes the records of this chunk that cannot be keyed. They are in bronze.
func (l *load) quarantine(ctx context.Context, tx warehouse.Tx, after int64) error {
	if l.out.problems == 0 {
		return nil
	}
	sql := fmt.Sprintf("INSERT INTO %s (entity, stream, seq, ordinal, kind, column_name, reason, record_key, load_id, observed_at, superseded)\n"+
		"SELECT '', $1, seq, 0, 'record', '', note, key, load_id, observed_at, FALSE FROM %s WHERE seq > %d AND key LIKE '!%%'",
		l.e.Ledger.Table("quarantine"), l.e.dialect().Table(l.out.table.Name), after)
	if _, err := tx.Exec(ctx, sql, record.TextValue(l.meta.Stream)); err != nil {
		return fmt.Errorf("quarantine records without a key: %w", err)
	}
	return nil
}
