package model_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/model"
)

type client struct {
	ID     int64              `lode:",key"`
	Email  string             `lode:",type=normalized_email"`
	Name   string             //
	Tier   string             `lode:",oneof=basic|gold"`
	Credit decimal.Decimal    `lode:"credit_amount,type=decimal(18,2)"`
	Phone  *string            //
	Token  *int64             `lode:"api_token"`
	Custom model.CustomFields `lode:"custom_fields,json"`
}

func clients(t *testing.T, options ...model.MapperOption[client]) *model.Mapper[client] {
	t.Helper()
	m := model.Table[client]("clients", model.Check("credit is not negative", "credit_amount >= 0"))
	name := model.Field(m, func(c *client) *string { return &c.Name })
	x, err := model.NewMapper(m, append(options, model.From(name, "companyName | name"), model.SeenAt[client](func() time.Time { return time.Unix(0, 0) }))...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestMapperMakesARow(t *testing.T) {
	t.Parallel()
	c, err := clients(t).New([]byte(`{"id":7,"email":" A@B.example","companyName":"Acme","tier":"gold","creditAmount":"12.5","color":"red"}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != 7 || c.Email != "a@b.example" || c.Name != "Acme" || c.Credit.String() != "12.5" || c.Phone != nil || string(c.Custom["color"].Value) != `"red"` {
		t.Errorf("got %+v", c)
	}
	d, err := clients(t).NewFromMap(map[string]any{"id": 8, "email": "x@y.example", "name": "N", "tier": "basic", "credit_amount": 3, "phone": "1"})
	if err != nil || d.ID != 8 || *d.Phone != "1" || d.Custom != nil {
		t.Errorf("of a map: %+v, %v", d, err)
	}
}

func TestMapperUpdatesWhatIsThere(t *testing.T) {
	t.Parallel()
	phone := "1"
	c := &client{ID: 7, Email: "a@b.example", Name: "Acme", Tier: "gold", Phone: &phone, Custom: model.CustomFields{"color": {Value: []byte(`"red"`), FirstSeen: time.Unix(-9, 0).UTC()}}}
	if err := clients(t).Update(c, []byte(`{"id":99,"name":"New","phone":null,"color":"blue","size":5}`)); err != nil {
		t.Fatal(err)
	}
	if c.ID != 7 || c.Name != "New" || c.Email != "a@b.example" || c.Phone != nil {
		t.Errorf("got %+v", c)
	}
	if color := c.Custom["color"]; string(color.Value) != `"blue"` || color.FirstSeen.Unix() != -9 || string(c.Custom["size"].Value) != "5" {
		t.Errorf("custom fields %+v", c.Custom)
	}
	before := *c
	if err := clients(t).Update(c, []byte(`{"name":"Other","tier":"silver"}`)); err == nil || c.Name != before.Name {
		t.Errorf("a record that breaks a rule was taken in part: %v, %+v", err, c)
	}
}

func TestMapperTellsAllThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()
	no := errors.New("names are short")
	x := clients(t, model.Strict[client](), model.Validate(func(c *client) error {
		if len(c.Name) > 5 {
			return no
		}
		return nil
	}))
	_, err := x.New([]byte(`{"id":"x","email":"none","name":"Acme Limited","tier":"gold","credit_amount":1.005,"api_token":"hunter2","color":1}`))
	if !errors.Is(err, no) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"id: not a integer", "email: not a", "credit_amount: not a", "color: the field is not known", "api_token: has a value"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret is shown: %v", err)
	}
}

func TestCheckAsksRulesOfAValue(t *testing.T) {
	t.Parallel()
	m := model.Table[client]("clients", model.Check("credit is not negative", "credit_amount >= 0"))
	err := m.Check(&client{ID: 1, Email: "a@b.example", Name: "n", Tier: "silver", Credit: decimal.NewFromInt(-1)})
	if err == nil || !strings.Contains(err.Error(), "credit is not negative") || !strings.Contains(err.Error(), "tier is one of its words") {
		t.Errorf("got %v", err)
	}
}

func TestAProblemNamesPathRuleAndValue(t *testing.T) {
	t.Parallel()
	type parcel struct {
		ID     int64           `lode:",key"`
		Zip    string          `lode:"postal_code"`
		Weight decimal.Decimal `lode:"weight_kg,type=decimal(8,3)"`
		Price  decimal.Decimal `lode:",type=decimal(8,2)"`
		Tax    *int64
		PIN    *int64 `lode:"access_code"`
	}
	m := model.Table[parcel]("parcels", model.Check("the price is fair", "price > weight_kg"))
	x, err := model.NewMapper(m, model.From(model.Field(m, func(p *parcel) *string { return &p.Zip }), "to.address.zip | to.zip"),
		model.From(model.Field(m, func(p *parcel) *decimal.Decimal { return &p.Weight }), "box.weight"),
		model.From(model.Maybe(m, func(p *parcel) **int64 { return &p.Tax }), "gross / rate"),
		model.From(model.Maybe(m, func(p *parcel) **int64 { return &p.PIN }), "login.apiToken"))
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ path, column, rule, value string }
	for record, want := range map[string][]row{
		`{"id":1,"to":{},"box":{"weight":"` + strings.Repeat("9", 80) + `"},"Price":"much","login":{"apiToken":"hunter2"}}`: {
			{"to.address.zip | to.zip", "postal_code", "required", ""},
			{"box.weight", "weight_kg", "decimal(8,3)", `"` + strings.Repeat("9", 59) + "…"},
			{"Price", "price", "decimal(8,2)", `"much"`},
			{"login.apiToken", "access_code", "integer", ""},
		},
		`{"id":1,"to":{"zip":"N1"},"box":{"weight":3},"price":2}`:                            {{"price, box.weight", "", "the price is fair", "price is 2.00, weight_kg is 3.000"}},
		`{"id":1,"to":{"zip":null},"box":{"weight":3},"price":4}`:                            {{"to.zip", "postal_code", "required", ""}},
		`{"id":1,"to":{"zip":"N1"},"box":{"weight":3},"price":4,"gross":5,"rate":{"a":"b"}}`: {{"gross, rate", "tax", "gross / rate", ""}},
	} {
		_, err := x.New([]byte(record))
		var got []row
		for _, p := range model.Problems(err) {
			got = append(got, row{p.Path, p.Column, p.Rule, p.Value})
		}
		slices.SortFunc(got, func(a, b row) int { return strings.Compare(a.column, b.column) })
		slices.SortFunc(want, func(a, b row) int { return strings.Compare(a.column, b.column) })
		if !slices.Equal(got, want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s\ngot  %v\nwant %v\n%v", record, got, want, err)
		}
	}
	_, err = x.New([]byte(`{"id":1,"to":{"zip":null},"box":{"weight":3},"price":4}`))
	if err == nil || err.Error() != "map a record to table parcels: to.zip (column postal_code): is required and has no value" {
		t.Errorf("it reads %v", err)
	}
}

func TestATagDeclaresADefault(t *testing.T) {
	t.Parallel()
	type ticket struct {
		ID    int64  `lode:",key"`
		State string `lode:",default='a, ''b''',unique"`
		Level int64  `lode:",default=3"`
		Empty string `lode:",default="`
	}
	m := model.Table[ticket]("tickets")
	if err := m.Info().Err(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []*string{nil, new("a, 'b'"), new("3"), new("")} {
		if got := m.Info().Table.Columns[i].Default; (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("column %d: %v", i, got)
		}
	}
	if len(m.Info().Table.Unique) != 1 {
		t.Error("what stands behind the default is lost")
	}
	x, err := model.NewMapper(m)
	if err != nil {
		t.Fatal(err)
	}
	if row, err := x.New([]byte(`{"id": 1, "level": 5}`)); err != nil || row.State != "a, 'b'" || row.Level != 5 {
		t.Errorf("a record without the field: %+v, %v", row, err)
	}
	row := &ticket{ID: 1, State: "kept"}
	if err := x.Update(row, []byte(`{}`)); err != nil || row.State != "kept" {
		t.Errorf("an update of nothing: %+v, %v", row, err)
	}
}

func TestATagRefusesWhatIsNoDefault(t *testing.T) {
	t.Parallel()
	type wrong struct {
		ID    int64 `lode:",key"`
		Level int64 `lode:",default=high"`
	}
	if err := model.Table[wrong]("wrongs").Info().Err(); err == nil || !strings.Contains(err.Error(), `field Level: default: not a integer: "high"`) {
		t.Errorf("got %v", err)
	}
	if err := model.Entity[wrong]("wrongs").Info().Err(); err == nil || !strings.Contains(err.Error(), "a default, a foreign key or a former name belongs to a table that programs write") {
		t.Errorf("got %v", err)
	}
}

func TestStrictAndLax(t *testing.T) {
	t.Parallel()
	type reading struct {
		ID   int64 `lode:",key"`
		On   bool  `lode:"is_on"`
		Note string
		At   time.Time
		Cost decimal.Decimal `lode:",type=decimal(8,2)"`
	}
	m := model.Table[reading]("readings")
	lax, err := model.NewMapper(m)
	if err != nil {
		t.Fatal(err)
	}
	strict, err := model.NewMapper(m, model.Strict[reading]())
	if err != nil {
		t.Fatal(err)
	}
	loose := []byte(`{"id":"12","is_on":"true","note":7,"at":"2026-03-01T12:00:00Z","cost":"1.50"}`)
	if r, err := lax.New(loose); err != nil || r.ID != 12 || !r.On || r.Note != "7" {
		t.Errorf("lax: %+v %v", r, err)
	}
	_, err = strict.New(loose)
	for _, want := range []string{"id: is a text, and strictly it is a number", "is_on: is a text, and strictly it is a boolean", "note: is a number, and strictly it is a text"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	for _, cost := range []string{`"1.50"`, `1.5`} {
		if _, err := strict.New([]byte(`{"id":12,"is_on":true,"note":"7","at":"2026-03-01T12:00:00Z","cost":` + cost + `}`)); err != nil {
			t.Errorf("strict: %v", err)
		}
	}
}

func TestWhatAMapperDoesNotTake(t *testing.T) {
	t.Parallel()
	type thing struct {
		ID    int64   `lode:",key"`
		Level *string `lode:",renamed_from=tier"`
		Qty   *int64
		Pwd   *int64
		Sum   *string
		Meta  *int64
	}
	m := model.Table[thing]("things")
	x, err := model.NewMapper(m, model.Strict[thing](), model.From(model.Maybe(m, func(t *thing) **int64 { return &t.Qty }), "'7'"),
		model.From(model.Maybe(m, func(t *thing) **string { return &t.Sum }), "extra + 1"))
	if err != nil {
		t.Fatal(err)
	}
	row, err := x.New([]byte(`{"id":1,"tier":"gold","extra":1}`))
	if err != nil || row.Level == nil || *row.Level != "gold" || *row.Qty != 7 || *row.Sum != "2" {
		t.Errorf("got %+v %v", row, err)
	}
	for record, want := range map[string]string{
		`{"id":1}{"id":2}`: "something follows", `{"id":1} garbage`: "something follows",
		`{"id":1,"meta":{"password":"hunter2"}}`: "meta: is an object", `{"id":1,"meta":["hunter2"]}`: "meta: is a list", `{"id":1,"pwd":"hunter2"}`: "it is not shown",
	} {
		if _, err := x.New([]byte(record)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", record, err, want)
		}
	}
	if err := x.Update(nil, []byte(`{}`)); err == nil {
		t.Error("nil was updated")
	}
	if err := m.Check(nil); err == nil {
		t.Error("nil keeps the rules")
	}
	if _, err := model.NewMapper(m, nil); err == nil {
		t.Error("a nil option was taken")
	}
}
