package schema_test

import (
	"slices"
	"testing"

	"github.com/lodehq/lode/schema"
)

// profiled lets the maker of the shop's items go to a mini-dimension, and gives sales its key.
func profiled(put func(p *schema.Project)) change {
	return func(p *schema.Project) {
		p.Dimensions[0].Columns = append(p.Dimensions[0].Columns, schema.DimColumn{Name: "maker", SCD: "5", Mini: "dim_profiles"})
		p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, schema.Role{Name: "profile", Dimension: "dim_profiles", Of: "item"})
		put(p)
	}
}

// A mini-dimension is a dimension of combinations and a history, and leaves its base.
func TestMiniDimension(t *testing.T) {
	t.Parallel()
	p := shop()
	profiled(func(p *schema.Project) {})(&p)
	m, problems := resolve(p)
	if problems != nil {
		t.Fatal(problems)
	}
	for name, want := range map[string][]string{
		"dim_items":           {"item_key", "item_durable_key", "source_system", "source_id", "name", "price", "current_profile_key", "valid_from"},
		"dim_profiles":        {"profile_key", "maker", "created_at"},
		"dim_profile_history": {"profile_history_key", "profile_history_durable_key", "source_system", "source_id", "maker", "profile_key", "valid_from"},
	} {
		if got := m.Dimension(name).Table.FieldNames()[:len(want)]; !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
	}
	var order []string
	for _, d := range m.Dimensions {
		order = append(order, d.Name)
	}
	if want := []string{"dim_profiles", "dim_profile_history", "dim_items", "dim_dates"}; !slices.Equal(order, want) {
		t.Errorf("the dimensions come as %v, want %v", order, want)
	}
	r := m.Fact("fact_sales").Role("profile")
	if r.Points().Name != "dim_profiles" || r.Dim.Name != "dim_profile_history" || r.Takes() != "profile_key" || !slices.Equal(r.Key, []string{"item_system", "item_id"}) || r.AsOf != "event" {
		t.Errorf("the role is %+v", r)
	}
}

func TestMiniDimensionProblems(t *testing.T) {
	t.Parallel()
	column := func(put func(c *schema.DimColumn)) change {
		return profiled(func(p *schema.Project) { put(&p.Dimensions[0].Columns[2]) })
	}
	role := func(put func(r *schema.Role)) change {
		return profiled(func(p *schema.Project) { put(&p.Facts[0].Dimensions[2]) })
	}
	checkProblems(t, map[string]change{
		`dimension dim_items: columns.maker.mini: is missing; name the mini-dimension that holds the column, as dim_profiles`: profiled(func(p *schema.Project) {
			p.Dimensions[0].Columns[2].Mini = ""
			p.Facts[0].Dimensions = p.Facts[0].Dimensions[:2]
		}),
		`dimension dim_items: columns.price.mini: belongs to columns of types 4 and 5 only`:          profiled(func(p *schema.Project) { p.Dimensions[0].Columns[1].Mini = "dim_profiles" }),
		`dimension dim_items: columns.maker.scope: belongs to type 1 columns only`:                   column(func(c *schema.DimColumn) { c.Scope = "all" }),
		`dimension dim_items: columns.make: entity items has no such column (did you mean "maker"?)`: column(func(c *schema.DimColumn) { c.Name = "make" }),
		`dimension dim_items: columns.source_id: is part of the natural key, which is always there`:  column(func(c *schema.DimColumn) { c.Name = "source_id" }),
		`dimension dim_items: columns.maker.mini: dim_dates is declared as a dimension already; a mini-dimension is made of the columns that name it, so choose another name`: profiled(func(p *schema.Project) {
			p.Dimensions[0].Columns[2].Mini = "dim_dates"
			p.Facts[0].Dimensions = p.Facts[0].Dimensions[:2]
		}),
		`dimension dim_items: columns.maker.mini: the table name gold.fact_sales is taken by fact fact_sales already`: profiled(func(p *schema.Project) {
			p.Dimensions[0].Columns[2].Mini = "fact_sales"
			p.Facts[0].Dimensions[2].Dimension = "fact_sales"
		}),
		`dimension dim_others: columns.maker.mini: dim_profiles is the mini-dimension of dim_items already; a profile is one of one dimension, so choose another name`: profiled(func(p *schema.Project) {
			p.Dimensions = append(p.Dimensions, schema.Dimension{Name: "dim_others", From: "items", Columns: []schema.DimColumn{{Name: "name", SCD: "1"}, {Name: "maker", SCD: "4", Mini: "dim_profiles"}}})
		}),
		`dimension dim_items: columns: all go to mini-dimensions; leave at least one in the dimension itself`: profiled(func(p *schema.Project) {
			p.Dimensions[0].Columns = p.Dimensions[0].Columns[2:]
			p.Aggregates = nil
		}),
		`dimension dim_items: reused_key: makes several things of one key, whose current profiles are not told apart; declare the columns of dim_profiles as type 4`: profiled(func(p *schema.Project) { p.Dimensions[0].ReusedKey = "new" }),
		`fact fact_sales: dimensions.profile.of: is missing; dim_profiles holds profiles of dim_items, so name the role whose profile this is`:                       role(func(r *schema.Role) { r.Of = "" }),
		`fact fact_sales: dimensions.profile.of: the fact has no role "itm" (did you mean "item"?)`:                                                                  role(func(r *schema.Role) { r.Of = "itm" }),
		`fact fact_sales: dimensions.profile.of: sold_on is a role of dim_dates, and dim_profiles holds profiles of dim_items`:                                       role(func(r *schema.Role) { r.Of = "sold_on" }),
		`fact fact_sales: dimensions.profile.key: comes from the role item; remove it`:                                                                               role(func(r *schema.Role) { r.Key = []string{"item_id"} }),
		`fact fact_sales: dimensions.profile.zone: belongs to days and times of day, and dim_profiles holds neither; remove it`:                                      role(func(r *schema.Role) { r.Zone = "UTC" }),
		`fact fact_sales: dimensions.profile.dimension: there is no dimension "dim_profile" (did you mean "dim_profiles"?)`:                                          role(func(r *schema.Role) { r.Dimension = "dim_profile" }),
		`fact fact_sales: dimensions.profile.dimension: dim_profile_history is the history of dim_profiles; point to that one, with of`:                              role(func(r *schema.Role) { r.Dimension = "dim_profile_history" }),
		`fact fact_sales: dimensions.sold_on.of: belongs to mini-dimensions, and dim_dates is none; remove it`:                                                       profiled(func(p *schema.Project) { p.Facts[0].Dimensions[1].Of = "item" }),
	})
}

// A profile is one of a member at a time, so that it adds nothing to what a measure may be
// summed over.
func TestMiniDimensionIsAsAdditiveAsItsMember(t *testing.T) {
	t.Parallel()
	p := shop()
	profiled(func(p *schema.Project) {
		p.Facts[0].Measures[0].Sum = []string{"sold_on"}
		p.Aggregates[0].Group = append(p.Aggregates[0].Group, schema.GroupBy{Name: "item_key", By: "item_key"})
	})(&p)
	if _, problems := resolve(p); problems != nil {
		t.Error(problems)
	}
}
