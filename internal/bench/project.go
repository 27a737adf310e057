package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source/file"
	"github.com/lodehq/lode/standard"
)

// people is the project of the file benchmarks: records of about 400 bytes with
// thirteen typed columns.
func people(address, dir string) lode.Project {
	return lode.Project{Warehouse: address, Dir: dir, Drivers: standard.Warehouses(), Project: schema.Project{
		Name: "people",
		Sources: []schema.Source{{Name: "files", Config: &file.Config{Tables: []file.Stream{
			{Name: "people", Glob: []string{"people.jsonl"}, Format: "jsonl", Key: []string{"id"}},
		}}}},
		Entities: []schema.Entity{peopleEntity("files.people")},
	}}
}

func peopleEntity(stream string) schema.Entity {
	return schema.Entity{
		Name: "people", Key: []string{"source_id"},
		Columns: []schema.Column{
			{Name: "name", Type: "text", Required: true}, {Name: "email", Type: "normalized_email"}, {Name: "phone", Type: "phone"},
			{Name: "is_active", Type: "boolean_string"}, {Name: "segment", Type: "reference"}, {Name: "country_code", Type: "country"},
			{Name: "currency_code", Type: "currency"}, {Name: "credit_amount", Type: "decimal(18,2)"}, {Name: "visit_count", Type: "integer"},
			{Name: "born_date", Type: "date"}, {Name: "street", Type: "text"}, {Name: "city", Type: "text"}, {Name: "score", Type: "float"},
		},
		Rules: []schema.Rule{{Name: "credit is not negative", Check: "credit_amount >= 0"}},
		From: []schema.Mapping{{
			Stream: stream, ValidAt: schema.ValidAt{Field: "lastModified"}, Ignore: []string{"id", "note"},
			Fields: []schema.FieldMapping{
				{Name: "name", From: "companyName | name"}, {Name: "email", From: "emailAddress"}, {Name: "phone", From: "phoneNumber"},
				{Name: "is_active", From: "isActive"}, {Name: "segment", From: "segment"}, {Name: "country_code", From: "address.country"},
				{Name: "currency_code", From: "currency"}, {Name: "credit_amount", From: "creditLimit"}, {Name: "visit_count", From: "visits"},
				{Name: "born_date", From: "born"}, {Name: "street", From: "address.street"}, {Name: "city", From: "address.city"}, {Name: "score", From: "score"},
			},
		}},
	}
}

// person is record i of the file benchmarks.
func person(i int) string {
	return personAt(i, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*time.Millisecond), i%5000)
}

// personAt is the same person at another time, in another town.
func personAt(i int, at time.Time, town int) string {
	return fmt.Sprintf(`{"id":%d,"companyName":"Company %d of the long road","emailAddress":" Person.%d@Example.COM","phoneNumber":"+49 30 %07d",`+
		`"isActive":"%s","segment":{"id":"%d","refName":"Segment %d"},"address":{"street":"Long Street %d","city":"Town %d","country":"%s"},`+
		`"currency":"EUR","creditLimit":%d.%02d,"visits":%d,"born":"19%02d-%02d-%02d","score":%d.5,"lastModified":"%s","note":"%060d"}`,
		i, i, i, i%10_000_000, [...]string{"T", "F"}[i%2], i%5, i%5, i%900, town, [...]string{"DE", "FR", "US", "JP"}[i%4],
		i%100_000, i%100, i%1000, i%100, i%12+1, i%28+1, i%1000, at.Format("2006-01-02T15:04:05.000Z"), i)
}

// writePeople writes n records into dir/people.jsonl.
func writePeople(dir string, n int) error { return writeEach(dir, n, person) }

// writeChanged writes them again; so many have moved a year later.
func writeChanged(dir string, n, changed int) error {
	return writeEach(dir, n, func(i int) string {
		if i%(n/changed) != 0 {
			return person(i)
		}
		return personAt(i, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 5000+i%7)
	})
}

func writeEach(dir string, n int, record func(i int) string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "people.jsonl"))
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for i := range n {
		if _, err := w.WriteString(record(i) + "\n"); err != nil {
			return err
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

// run opens a project, runs it and closes it again.
func run(ctx context.Context, p lode.Project, o lode.Options) error {
	l, err := lode.Open(ctx, p)
	if err != nil {
		return err
	}
	report, err := l.Run(ctx, o, nil)
	return errors.Join(err, report.Err(), l.Close())
}
