package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema"
	"github.com/shopspring/decimal"
)

type sealed string

func (s *sealed) ColumnType() string { return "text" }

func (s *sealed) Encode() (record.Value, error) { return record.TextValue("sealed"), nil }

func TestDeclarationsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	type half struct {
		ID     int64 `lode:",key"`
		Secret sealed
	}
	type numbered struct {
		ID int64 `lode:",key,generated"`
	}
	for want, m := range map[string]model.Some{
		"stores itself only in part":   model.Table[half]("halves"),
		"only a uuid can be generated": model.Table[numbered]("numbers"),
	} {
		if err := m.Info().Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestFieldsPointToColumns(t *testing.T) {
	t.Parallel()
	type home struct {
		ID      int64                   `lode:",key"`
		Address struct{ Street string } `lode:",json"`
	}
	m := model.Table[home]("homes")
	elsewhere := "not in the row"
	for what, c := range map[string]model.Column[home, string]{
		"into a JSON value": model.Field(m, func(h *home) *string { return &h.Address.Street }),
		"outside":           model.Field(m, func(*home) *string { return &elsewhere }),
	} {
		if c.Ref().Err() == nil {
			t.Errorf("a column %s was taken", what)
		}
	}
}

func TestMapperMissesWhatIsRequired(t *testing.T) {
	t.Parallel()
	_, err := clients(t).New([]byte(`{"id": 1}`))
	for _, want := range []string{"email: is required", "companyName | name (column name): is required", "credit_amount: is required"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

func TestComputedOfComputed(t *testing.T) {
	t.Parallel()
	type account struct {
		ID     int64 `lode:",key"`
		Amount int64
	}
	accounts := model.Table[account]("accounts",
		model.Compute("double", "amount * 2"), model.Compute("is_much", "double > 100"),
		model.Computed(schema.Computed{Name: "exact", Value: "double", Type: "decimal(12,2)"}),
		model.Check("not too much", "double < 1000"))
	much := model.ComputedField[bool](accounts, "is_much")
	exact := model.ComputedField[decimal.Decimal](accounts, "exact")
	row := &account{Amount: 60}
	if v, ok, err := much.Of(row); !v || !ok || err != nil {
		t.Errorf("is_much is %v %v %v", v, ok, err)
	}
	if v, ok, err := exact.Of(row); !v.Equal(decimal.NewFromInt(120)) || !ok || err != nil {
		t.Errorf("exact is %v %v %v", v, ok, err)
	}
	if err := accounts.Check(row); err != nil {
		t.Error(err)
	}
	if err := accounts.Check(&account{Amount: 600}); err == nil || !strings.Contains(err.Error(), "not too much") {
		t.Errorf("the rule over a computed column says %v", err)
	}
}

func TestTimesInDateColumns(t *testing.T) {
	t.Parallel()
	type visit struct {
		ID int64     `lode:",key"`
		On time.Time `lode:",type=date"`
	}
	on := model.Field(model.Table[visit]("visits"), func(v *visit) *time.Time { return &v.On }).Ref().Model.Place("on")
	v, err := on.Encode(model.Pointer(&visit{On: time.Date(1969, 12, 30, 0, 0, 0, 0, time.UTC)}))
	if err != nil || v != record.DateValue(-2) {
		t.Errorf("midnight is %v %v", v, err)
	}
	if _, err := on.Encode(model.Pointer(&visit{On: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)})); err == nil || !strings.Contains(err.Error(), "model.Date") {
		t.Errorf("noon is no date: %v", err)
	}
}
