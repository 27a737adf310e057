package lode

import (
	"strings"
	"testing"

	"github.com/lodehq/lode/medallion"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source/rest"
	"github.com/lodehq/lode/warehouse"
	"github.com/lodehq/lode/warehouse/duckdb"
)

// TestARunThatCannotBeExecutedIsRecordedAsFailed: steps in a circle, which no project can
// declare, stand for whatever an executor may end with.
func TestARunThatCannotBeExecutedIsRecordedAsFailed(t *testing.T) {
	t.Parallel()
	crm := &rest.Config{BaseURL: "http://127.0.0.1:1", Tables: []rest.Stream{{Name: "things", Endpoint: rest.Endpoint{Path: "/things", Key: []string{"id"}}}}}
	l, err := Open(t.Context(), Project{
		Project: schema.Project{
			Name: "small", Sources: []schema.Source{{Name: "crm", Config: crm}},
			Entities: []schema.Entity{{
				Name: "things", Key: []string{"source_id"}, Columns: []schema.Column{{Name: "name", Type: "text"}},
				From: []schema.Mapping{{Stream: "crm.things", Fields: []schema.FieldMapping{{Name: "name", From: "name"}}}},
			}},
		},
		Warehouse: "duckdb:", Drivers: []warehouse.Driver{duckdb.Driver{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	plan, err := l.Plan(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.engine.Apply(t.Context(), plan.Changes); err != nil {
		t.Fatal(err)
	}
	circle := medallion.Plan{Work: []medallion.Work{{Step: medallion.Step{Name: "a", Inputs: []string{"a"}}}}}
	if _, err := l.execute(t.Context(), Options{Command: "run"}, circle, nil); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Fatalf("steps in a circle: %v", err)
	}
	status, err := l.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Runs) != 1 || status.Runs[0].Status != "failed" || !strings.Contains(status.Runs[0].Message, "circle") || status.Runs[0].EndedAt.IsZero() {
		t.Errorf("the run is recorded as %+v", status.Runs)
	}
}
