package model_test

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/record"
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
