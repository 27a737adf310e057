package asof

import (
	"fmt"
	"strings"
	"time"

	"github.com/lodehq/lode/affected"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/sqltext"
	"github.com/lodehq/lode/star"
	"github.com/lodehq/lode/warehouse"
)

// Star gives what stands for each table of a project in a question as of a valid time:
//
//   - a dimension shows the versions in force then, and its special members;
//   - a fact shows what had happened by then, and points to these versions;
//   - a bridge shows the groups in force, or who stood above whom then;
//   - an aggregate is summed up anew from these facts and versions;
//   - silver and bronze are no star and are refused.
//
// The dialect names the tables that are read: those of the warehouse, or others.
func Star(d warehouse.Dialect, m *schema.Model, at time.Time) Relations {
	s := asOf{d: d, at: affected.Instant(d, at)}
	out := Relations{}
	for _, dim := range m.Dimensions {
		out[dim.Table.Name] = Relation{Body: s.dimension(dim)}
	}
	for _, f := range m.Facts {
		out[f.Table.Name] = s.fact(f)
	}
	for _, b := range m.Bridges {
		out[b.Table.Name] = s.bridge(b)
	}
	for _, a := range m.Aggregates {
		out[a.Table.Name] = s.aggregate(a)
	}
	for _, e := range m.Entities {
		for _, t := range e.Tables() {
			out[t.Name] = Relation{Refused: "it is no part of the star"}
		}
	}
	return out
}

type asOf struct {
	d  warehouse.Dialect
	at string // the time as SQL
}

// inForce is the condition that a version holds at the time.
func (s asOf) inForce(alias string) string {
	return fmt.Sprintf("%s <= %s AND %s < %s", sqltext.Column(s.d, alias, schema.ValidFrom), s.at, s.at, sqltext.Column(s.d, alias, schema.ValidTo))
}

// dimension selects the versions in force. Each of them is the current one then, also for
// the columns that show the current value beside the historical one.
func (s asOf) dimension(m *schema.DimensionModel) string {
	from := "FROM " + s.d.Table(m.Table.Name) + " d"
	if m.Table.Field(schema.ValidFrom) == nil {
		return "SELECT d.* " + from
	}
	columns := make([]string, len(m.Table.Fields))
	for i, f := range m.Table.Fields {
		columns[i] = sqltext.Column(s.d, "d", f.Name)
		if f.Name == schema.IsCurrent {
			columns[i] = "TRUE AS " + s.d.Quote(f.Name)
		}
		if o := takenBy(m, f.Name); o != nil {
			columns[i] = s.profile(*o) + " AS " + s.d.Quote(f.Name)
		}
		if of := currentOf(m, f.Name); of != "" {
			columns[i] = fmt.Sprintf("CASE WHEN d.%s < 0 THEN %s ELSE %s END AS %s", s.d.Quote(m.SurrogateKey), columns[i], sqltext.Column(s.d, "d", of), s.d.Quote(f.Name))
		}
	}
	return fmt.Sprintf("SELECT %s\n%s\nWHERE (%s) OR d.%s < 0", strings.Join(columns, ", "), from, s.inForce("d"), s.d.Quote(m.SurrogateKey))
}

// currentOf is the historical column beside which a column shows the current value.
func currentOf(m *schema.DimensionModel, name string) string {
	var shown schema.Attribute
	for _, a := range m.Attributes {
		if a.Name == name && a.Carry == schema.Overwritten {
			shown = a
		}
	}
	for _, a := range m.Attributes {
		if a.Carry == schema.Tracked && a.Of == shown.Of && a.Name != name {
			return a.Name
		}
	}
	return ""
}

// fact selects what had happened by the time. A key points to the version of its member
// that was in force then, or to the deleted member when there was none.
func (s asOf) fact(m *schema.FactModel) Relation {
	if m.Table.Field(m.TimeColumn()) == nil {
		return Relation{Refused: "its rows have no time of their own"}
	}
	roles := map[string]int{}
	var joins []string
	for i, r := range m.Roles {
		if r.Dim.Table.Field(schema.ValidFrom) == nil {
			continue
		}
		roles[r.Column] = i
		joins = append(joins, s.now(m, r, i))
	}
	columns := make([]string, len(m.Table.Fields))
	for j, f := range m.Table.Fields {
		columns[j] = sqltext.Column(s.d, "f", f.Name)
		if i, ok := roles[f.Name]; ok {
			columns[j] = fmt.Sprintf("CASE WHEN %s < 0 THEN %s ELSE COALESCE(v%d.lode_now, %d) END AS %s", columns[j], columns[j], i, schema.DeletedKey, s.d.Quote(f.Name))
		}
	}
	return Relation{Body: fmt.Sprintf("SELECT %s\nFROM %s f\n%sWHERE %s <= %s", strings.Join(columns, ", "), s.d.Table(m.Table.Name), strings.Join(joins, ""), s.happened(m), s.at)}
}

// now joins, to each version that a fact may point to, that of the same member in force.
func (s asOf) now(of *schema.FactModel, r schema.RoleModel, i int) string {
	if r.Of != "" {
		return s.profileNow(of, r, i)
	}
	d, table := s.d, s.d.Table(r.Dim.Table.Name)
	sk, durable := d.Quote(r.Dim.SurrogateKey), d.Quote(r.Dim.DurableKey)
	return fmt.Sprintf("LEFT JOIN (SELECT p.%s AS lode_key, n.%s AS lode_now FROM %s p JOIN %s n ON n.%s = p.%s AND %s) v%d ON v%d.lode_key = f.%s\n",
		sk, sk, table, table, durable, durable, s.inForce("n"), i, i, d.Quote(r.Column))
}

func (s asOf) happened(m *schema.FactModel) string {
	at := m.Table.Field(m.TimeColumn())
	column := sqltext.Column(s.d, "f", at.Name)
	if m.Snapshot != nil {
		column = "(" + column + " + 1)" // a period ends with the end of its last day
	}
	if at.Type.Kind == record.Date {
		return "CAST(" + column + " AS " + s.d.TypeName(record.Of(record.Timestamp)) + ")"
	}
	return column
}

// bridge selects the members of the groups that were in force, or the hierarchy as its
// members' events said it.
func (s asOf) bridge(m *schema.BridgeModel) Relation {
	if m.Groups == nil {
		return Relation{Body: s.unwritten(m.Table, star.HierarchyAt(s.d, m, s.at))}
	}
	key := s.d.Quote(m.Groups.SurrogateKey)
	return Relation{Body: fmt.Sprintf("SELECT b.*\nFROM %s b\nWHERE b.%s IN (SELECT g.%s FROM %s g WHERE %s)", s.d.Table(m.Table.Name), key, key, s.d.Table(m.Groups.Table.Name), s.inForce("g"))}
}

// aggregate sums up the facts and dimensions of the same question. When its rows were
// written has no meaning here.
func (s asOf) aggregate(m *schema.AggregateModel) Relation {
	r := Relation{Needs: []schema.Name{m.Fact.Table.Name}}
	for _, g := range m.Groups {
		if g.Role != nil {
			r.Needs = append(r.Needs, g.Role.Points().Table.Name)
		}
	}
	r.Body = s.unwritten(m.Table, star.Groups(named{s.d}, m))
	return r
}

// unwritten is a table's rows, made for a question: they were never written.
func (s asOf) unwritten(t schema.Table, rows string) string {
	columns := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		columns[i] = sqltext.Column(s.d, "a", f.Name)
		if f.Name == schema.CreatedAt || f.Name == schema.UpdatedAt {
			columns[i] = "CAST(NULL AS " + s.d.TypeName(f.Type) + ") AS " + s.d.Quote(f.Name)
		}
	}
	return fmt.Sprintf("SELECT %s FROM (\n%s\n) a", strings.Join(columns, ", "), rows)
}

// named is a dialect in which a table is the relation of its name in the same question.
type named struct{ warehouse.Dialect }

func (n named) Table(name schema.Name) string { return Name(n.Dialect, name) }
