package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"custom/models"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/store"
)

func today() time.Time { return time.Date(2026, 5, 20, 9, 0, 0, 0, time.UTC) }

// The business needs no warehouse to be tested.
func TestEscalate(t *testing.T) {
	p, err := project(Settings{Helpdesk: "http://nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := lode.Resolve(p)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Memory(m, models.All(), store.Now(today))
	if err != nil {
		t.Fatal(err)
	}
	ctx, closed := t.Context(), today()
	ticket := func(id string, days int, with func(*models.Ticket)) *models.Ticket {
		x := &models.Ticket{Record: model.Record{SourceSystem: "desk", SourceID: id}, Title: id, Priority: "normal", OpenedAt: today().AddDate(0, 0, -days)}
		with(x)
		return x
	}
	err = store.In(db, models.Tickets).Insert(ctx,
		ticket("old", 30, func(*models.Ticket) {}),
		ticket("done", 30, func(x *models.Ticket) { x.ClosedAt = &closed }),
		ticket("urgent", 1, func(x *models.Ticket) { x.IsUrgent = true }),
		ticket("new", 1, func(*models.Ticket) {}))
	if err != nil {
		t.Fatal(err)
	}
	d := desk{now: today, limit: 7 * 24 * time.Hour}
	for round, want := range []int{2, 0} { // what has been noted is not noted again
		if n, err := d.escalate(ctx, db); n != want || err != nil {
			t.Errorf("round %d: %d escalated, want %d; %v", round, n, want, err)
		}
	}
	if n, err := (escalations{store.In(db, models.Escalations)}).because(ctx, "urgent"); n != 1 || err != nil {
		t.Errorf("%d urgent, %v", n, err)
	}
	lines, err := d.report(ctx, db)
	if err != nil || fmt.Sprint(lines) != "[{normal 3 1}]" {
		t.Errorf("report %v, %v", lines, err)
	}
}

// From a help desk to the report, in an embedded warehouse.
func TestPipelineAndBusiness(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("after") != "0" {
			fmt.Fprint(w, `{"items": []}`)
			return
		}
		fmt.Fprint(w, `{"items": [
			{"id": 1, "revision": 1, "subject": "Printer", "priority": "low", "agent": {"email": " Ann@Desk.example"}, "opened": "2026-05-01T08:00:00Z", "urgent": "F", "changed": "2026-05-01T08:00:00Z"},
			{"id": 2, "revision": 2, "title": "Fire", "priority": "high", "opened": "2026-05-19T08:00:00Z", "urgent": "T", "changed": "2026-05-19T08:00:00Z"}]}`)
	}))
	defer server.Close()
	s, err := load(settings.Only("", map[string]string{"HELPDESK_URL": server.URL, "WAREHOUSE": "duckdb:" + filepath.Join(t.TempDir(), "desk.duckdb")}))
	if err != nil {
		t.Fatal(err)
	}
	p, err := project(s)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	l, err := lode.Open(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	report, err := l.Run(ctx, lode.Options{}, nil)
	if err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	db, err := l.Store(models.All())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := (desk{now: today, limit: 7 * 24 * time.Hour}).escalate(ctx, db); n != 2 || err != nil {
		t.Errorf("%d escalated, %v", n, err)
	}
	first, err := store.In(db, models.Tickets).All().OrderBy(models.OpenedAt.Asc()).First(ctx)
	if err != nil || first.Title != "Printer" || *first.Owner != "ann@desk.example" {
		t.Errorf("read %+v, %v", first, err)
	}
}
