package schema_test

import (
	"testing"

	"github.com/lodehq/lode/schema"
)

// also adds a dimension to the shop, and a role of it with the given key.
func also(d schema.Dimension, role schema.Role) change {
	return func(p *schema.Project) {
		d.Name = "dim_others"
		p.Dimensions = append(p.Dimensions, d)
		if role.Key != nil {
			role.Name, role.Dimension = "other", "dim_others"
			p.Facts[0].Dimensions = append(p.Facts[0].Dimensions, role)
		}
	}
}

func TestGeneratedDimensionProblems(t *testing.T) {
	t.Parallel()
	none := schema.Role{}
	times := func(x schema.TimeOfDay) schema.Dimension { return schema.Dimension{TimeOfDay: &x} }
	bands := func(x ...schema.Band) schema.Dimension { return schema.Dimension{Bands: x} }
	part := func(name, begins string) []schema.DayPart {
		return []schema.DayPart{{Name: "day", Begins: "06:00"}, {Name: name, Begins: begins}}
	}
	checkProblems(t, map[string]change{
		`dimension dim_others: time_of_day.grain: is missing; write hour, minute or second`:                                                     also(times(schema.TimeOfDay{}), none),
		`dimension dim_others: time_of_day.grain: "day" is not known; write hour, minute, second`:                                               also(times(schema.TimeOfDay{Grain: "day"}), none),
		`dimension dim_others: time_of_day.parts.night: "24:00" is no time of day; write HH:MM`:                                                 also(times(schema.TimeOfDay{Grain: "hour", Parts: part("night", "24:00")}), none),
		`dimension dim_others: time_of_day.parts.night: begins at 06:00, not after the part before it; put the parts into the order of the day`: also(times(schema.TimeOfDay{Grain: "hour", Parts: part("night", "06:00")}), none),
		`dimension dim_others: bands: is empty; name at least one`:                                                                              also(bands([]schema.Band{}...), none),
		`dimension dim_others: bands.0.label: is missing`:                                                                                       also(bands(schema.Band{To: "1"}), none),
		`dimension dim_others: bands.1.label: "a" is there twice`:                                                                               also(bands(schema.Band{Label: "a", To: "1"}, schema.Band{Label: "a"}), none),
		`dimension dim_others: bands.0.to: is missing; only the last band may have no end`:                                                      also(bands(schema.Band{Label: "a"}, schema.Band{Label: "b"}), none),
		`dimension dim_others: bands.1.to: 1.0 is not above the end of the band before it; put the bands into their order`:                      also(bands(schema.Band{Label: "a", To: "1"}, schema.Band{Label: "b", To: "1.0"}), none),
		`dimension dim_others: bands.0.to: "1e3" is no number with at most 34 digits before the point and 4 behind it`:                          also(bands(schema.Band{Label: "a", To: "1e3"}), none),
		`dimension dim_others: bands.0.to: "0.00001" is no number with at most 34 digits before the point and 4 behind it`:                      also(bands(schema.Band{Label: "a", To: "0.00001"}), none),
		`dimension dim_others: bands: stands beside calendar; a dimension is one of them`: also(schema.Dimension{
			Calendar: &schema.Calendar{From: "2025-01-01", To: "2025-12-31"}, Bands: []schema.Band{{Label: "a"}},
		}, none),
		`dimension dim_others: bands: is generated; remove from and columns`:                               also(schema.Dimension{From: "items", Bands: []schema.Band{{Label: "a"}}}, none),
		`dimension dim_others: validity: belongs to the history of an entity, and this is none; remove it`: also(schema.Dimension{Validity: "day", Bands: []schema.Band{{Label: "a"}}}, none),
	})
}

func TestJunkProblems(t *testing.T) {
	t.Parallel()
	junk := func(from string, columns ...string) schema.Dimension {
		return schema.Dimension{Junk: &schema.Junk{From: from, Columns: columns}}
	}
	none := schema.Role{}
	checkProblems(t, map[string]change{
		`dimension dim_others: junk.from: there is no entity "item" (did you mean "items"?)`:                                      also(junk("item", "name"), none),
		`dimension dim_others: junk.columns: is empty; name at least one`:                                                         also(junk("items"), none),
		`dimension dim_others: junk.columns.1: entity items has no column "nam" (did you mean "name"?)`:                           also(junk("items", "price", "nam"), none),
		`dimension dim_others: junk.columns.1: name is there twice`:                                                               also(junk("items", "name", "name"), none),
		`dimension dim_others: junk.columns.0: source_id is part of the key of items: each row would be a combination of its own`: also(junk("items", "source_id"), none),
	})
}

func TestRoleProblems(t *testing.T) {
	t.Parallel()
	bands := schema.Dimension{Bands: []schema.Band{{Label: "a"}}}
	times := schema.Dimension{TimeOfDay: &schema.TimeOfDay{Grain: "hour"}}
	junk := schema.Dimension{Junk: &schema.Junk{From: "sales", Columns: []string{"rate"}}}
	audit := schema.Dimension{Audit: true}
	role := func(put func(r *schema.Role)) change {
		return func(p *schema.Project) { put(&p.Facts[0].Dimensions[1]) }
	}
	checkProblems(t, map[string]change{
		`fact fact_sales: dimensions.other.key: column "item_id" is text, which cannot serve here`:                                            also(bands, schema.Role{Key: []string{"item_id"}}),
		`fact fact_sales: dimensions.other.key: names 2 columns, a member of dim_others is found by 1, which gives its label`:                 also(bands, schema.Role{Key: []string{"amount", "rate"}}),
		`fact fact_sales: dimensions.other.key: column "amount" is decimal(12,2), which cannot serve here`:                                    also(times, schema.Role{Key: []string{"amount"}}),
		`fact fact_sales: dimensions.other.key: names 2 columns, the natural key of dim_others has 1 (rate)`:                                  also(junk, schema.Role{Key: []string{"amount", "rate"}}),
		`fact fact_sales: dimensions.other.as_of: belongs to dimensions with a history, and dim_others has none; remove it`:                   also(bands, schema.Role{Key: []string{"amount"}, AsOf: "event"}),
		`fact fact_sales: dimensions.other.when_null: means nothing here: in dim_others NULL is a value like any other; remove it`:            also(junk, schema.Role{Key: []string{"rate"}, WhenNull: "unknown"}),
		`fact fact_sales: dimensions.other.key: is not needed: a load of dim_others is found by the event that the row is made of; remove it`: also(audit, schema.Role{Key: []string{"amount"}}),
		`fact fact_sales: dimensions.other.when_null: means nothing here: every row is made of an event; remove it`:                           also(audit, schema.Role{Key: []string{}, WhenNull: "unknown"}),
		`fact fact_sales: dimensions.other.zone: belongs to days and times of day, and dim_others holds neither; remove it`:                   also(bands, schema.Role{Key: []string{"amount"}, Zone: "UTC"}),
		`fact fact_sales: dimensions.sold_on.zone: "Berlin" is no time zone; write one as Europe/Berlin`:                                      role(func(r *schema.Role) { r.Zone = "Berlin" }),
		`fact fact_sales: dimensions.sold_on.zone: "Local" is no time zone; write one as Europe/Berlin`:                                       role(func(r *schema.Role) { r.Zone = "Local" }),
		`fact fact_sales: dimensions.sold_on.key: names 0 columns, a member of dim_dates is found by 1, which gives its date`:                 role(func(r *schema.Role) { r.Key = nil }),
	})
}

// What a fact needs to find a member follows from where the members come from.
func TestLookup(t *testing.T) {
	t.Parallel()
	for want, d := range map[schema.Lookup]schema.Dimension{
		schema.ByVersion: {From: "items"}, schema.ByDay: {Calendar: &schema.Calendar{}}, schema.ByTime: {TimeOfDay: &schema.TimeOfDay{}},
		schema.ByRange: {Bands: []schema.Band{}}, schema.ByCombination: {Junk: &schema.Junk{}}, schema.ByEvent: {Audit: true},
	} {
		m := schema.DimensionModel{Dimension: d}
		if got := m.Lookup(); got != want {
			t.Errorf("%s: looked up by %s, want %s", m.Kind(), got, want)
		}
		if generated := want != schema.ByVersion && want != schema.ByCombination; m.Generated() != generated {
			t.Errorf("%s: generated is %t", m.Kind(), m.Generated())
		}
	}
}
