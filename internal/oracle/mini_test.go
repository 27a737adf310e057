package oracle_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/internal/oracle"
	"github.com/lodehq/lode/schema"
)

// mini is a mini-dimension of the first dimension, of the columns that this one leaves out.
// It has none if there is no column.
type mini struct {
	columns []string
	scd     string
}

func drawMini(t *rapid.T, p project) mini {
	d := p.dims[0]
	kinds := []string{"4", "5"}
	if d.Again {
		kinds = kinds[:1] // a thing that comes back has no current profile of its own
	}
	m := mini{scd: rapid.SampledFrom(kinds).Draw(t, "type of the mini-dimension")}
	for _, name := range slices.Sorted(maps.Keys(p.types)) {
		held := slices.ContainsFunc(d.Columns, func(c oracle.Column) bool { return c.Name == name })
		if !held && rapid.Bool().Draw(t, name+" in the mini-dimension") {
			m.columns = append(m.columns, name)
		}
	}
	return m
}

// declare adds the columns and the role to a project.
func (m mini) declare(p *schema.Project, role string) {
	if len(m.columns) == 0 {
		return
	}
	base := slices.IndexFunc(p.Dimensions, func(d schema.Dimension) bool { return d.From != "" })
	for _, name := range m.columns {
		p.Dimensions[base].Columns = append(p.Dimensions[base].Columns, schema.DimColumn{Name: name, SCD: m.scd, Mini: "dim_profiles"})
	}
	p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "profile", Dimension: "dim_profiles", Of: role})
}

// history is the dimension that tells who had which profile when.
func (p project) history() dimension {
	d := p.dims[0]
	d.name, d.Columns = "dim_profile_history", nil
	for _, name := range p.mini.columns {
		d.Columns = append(d.Columns, oracle.Column{Name: name, Kind: oracle.Tracked})
	}
	return d
}

// profiles holds the history of the profiles against what it must be, and what the facts
// and the dimension take from it.
func (w truth) compareProfiles(ctx context.Context, l *lode.Lode) error {
	if len(w.p.mini.columns) == 0 {
		return nil
	}
	var got, want []string
	h := w.p.history()
	rows, err := members(ctx, l, h)
	if err != nil {
		return err
	}
	for _, of := range rows {
		for _, m := range of {
			got = append(got, m.text)
		}
	}
	for _, chain := range w.profiles {
		for _, v := range chain {
			want = append(want, h.line(v, w.current(h, v)))
		}
	}
	if err := same(h.name, got, want); err != nil {
		return err
	}
	for _, q := range w.profileQueries() {
		got, err := texts(ctx, l, q.sql)
		if err != nil {
			return err
		}
		if err := same(q.what, got, q.want); err != nil {
			return err
		}
	}
	return nil
}

func (w truth) profileQueries() []question {
	shownOf := "CASE WHEN p.profile_key > 0 THEN p." + strings.Join(w.p.mini.columns, " END, CASE WHEN p.profile_key > 0 THEN p.") + " END"
	facts := question{what: "profiles of fact_sales", sql: "SELECT f.source_id, CASE WHEN p.profile_key < 0 THEN p.profile_key END, " + shownOf + " FROM gold.fact_sales f JOIN gold.dim_profiles p ON p.profile_key = f.profile_key"}
	for id, s := range w.sales {
		facts.want = append(facts.want, id+" | "+w.profileOf(s))
	}
	combinations := question{
		what: "combinations that are there twice",
		sql:  fmt.Sprintf("SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT %s FROM gold.dim_profiles WHERE profile_key > 0) x) FROM gold.dim_profiles WHERE profile_key > 0", plainTexts(w.p.mini.columns)),
		want: []string{"0"},
	}
	if w.p.mini.scd == "4" {
		return []question{facts, combinations}
	}
	d := w.p.dims[0]
	current := question{what: "current profiles of " + d.name, sql: fmt.Sprintf("SELECT d.source_id, d.version, %s FROM gold.%s d JOIN gold.dim_profiles p ON p.profile_key = d.current_profile_key WHERE d.%s_key > 0 AND NOT d.is_inferred", shownOf, d.name, d.key())}
	for key, chain := range w.chains[0] {
		for _, v := range chain {
			current.want = append(current.want, fmt.Sprintf("%s | %d | %s", key, v.Number, w.values(w.newest(key))))
		}
	}
	return []question{facts, combinations, current}
}

// plainTexts are columns as texts, which every type can be told apart by.
func plainTexts(columns []string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = "CAST(" + c + " AS text)"
	}
	return strings.Join(parts, ", ")
}

// profileOf is what the profile key of a sale leads to.
func (w truth) profileOf(s act) string {
	r := w.p.roles[0]
	r.Infer = false // no profile is inferred
	t := w.find(r, s, w.p.history(), w.profiles[s.item])
	if t.Version == nil {
		return fmt.Sprint(t.Special) + strings.Repeat(" | NULL", len(w.p.mini.columns))
	}
	return "NULL | " + w.values(*t.Version)
}

// newest is the profile that a member has now, or had last.
func (w truth) newest(key string) oracle.Version {
	chain := w.profiles[key]
	for _, v := range chain {
		if w.current(w.p.history(), v) {
			return v
		}
	}
	return chain[len(chain)-1]
}

func (w truth) values(v oracle.Version) string {
	parts := make([]string, len(w.p.mini.columns))
	for i, c := range w.p.mini.columns {
		parts[i] = shown(v.Values[c])
	}
	return strings.Join(parts, " | ")
}
