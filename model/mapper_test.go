package model_test

import (
	"errors"
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
