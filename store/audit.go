package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
)

// AuditEntry is a line of the audit log: who changed what, and when.
type AuditEntry struct {
	ID        uuid.UUID `lode:",key,generated"`
	At        time.Time `lode:"changed_at"`
	Who       string    `lode:"changed_by"`
	Action    string    `lode:",oneof=insert|update|delete"`
	TableName string
	RowKey    json.RawMessage
	Before    json.RawMessage `lode:"before_values" doc:"The row before, as JSON; NULL for an insert."`
	After     json.RawMessage `lode:"after_values" doc:"The row after, as JSON; NULL for a delete."`
}

// AuditLog is the model of the audit log. A project that audits names it among its models.
var AuditLog = model.Table[AuditEntry]("audit_log", model.Describe("Who changed which row of the application, when, and how."), model.Index("table_name"))

// auditing is the audit log switched on.
type auditing struct{ who func(context.Context) string }

// Audited writes each change of a row of an application table into AuditLog, in the same
// transaction. who tells from the context who it is.
func Audited(who func(context.Context) string) Option {
	return func(o *options) { o.audit = &auditing{who} }
}

// of tells whether the changes of a model are written down.
func (a *auditing) of(b *bound) bool { return a != nil && b.info != AuditLog.Info() }

// audit notes a change for the audit log. The entries of a call are written together when it is
// done: DuckDB has no memory for a statement for each of many.
func (w writer[T]) audit(ctx context.Context, action string, old, row *T) error {
	a := w.u.owner.options.audit
	if !a.of(w.b) {
		return nil
	}
	is := row
	if is == nil {
		is = old
	}
	key, err := w.b.key(model.Pointer(is))
	if err != nil {
		return err
	}
	names := map[string]any{}
	for i, v := range key {
		names[w.b.table.PrimaryKey[i]] = plain(v)
	}
	id, err := uuid.NewV7() // now, so that the log's order by ID is that of the changes
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	entry := &AuditEntry{ID: id, At: w.now.Time(), Who: a.who(ctx), Action: action, TableName: w.b.table.Name.String()}
	if entry.RowKey, err = json.Marshal(names); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	if entry.Before, err = w.document(old); err != nil {
		return err
	}
	if entry.After, err = w.document(row); err != nil {
		return err
	}
	if *w.entries = append(*w.entries, entry); len(*w.entries) < loadRows {
		return nil
	}
	return w.flush(ctx)
}

// flush writes the entries of the audit log that were noted. A change without its entry is not kept.
func (w writer[T]) flush(ctx context.Context) error {
	err := In(w.u, AuditLog).Insert(ctx, *w.entries...)
	w.u.failed(err, many)
	*w.entries = nil
	return err
}

// document is a row as JSON; nil for none.
func (w writer[T]) document(row *T) (json.RawMessage, error) {
	if row == nil {
		return nil, nil
	}
	values, err := w.b.values(model.Pointer(row))
	if err != nil {
		return nil, err
	}
	members := map[string]any{}
	for i, c := range w.b.own {
		members[c.Name] = plain(values[i])
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("write the audit log: %w", err)
	}
	return raw, nil
}

// plain is a value as encoding/json writes it without loss: decimals are texts.
func plain(v record.Value) any {
	switch v.Kind() {
	case record.Invalid:
		return nil
	case record.Int:
		return v.Int()
	case record.Bool:
		return v.Bool()
	case record.Float:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		return v.String() // JSON has no number for it
	case record.JSON:
		return json.RawMessage(v.Text())
	default:
		return v.String()
	}
}
