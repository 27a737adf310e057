// Command app is a pipeline and an application in one program: it has Lode's whole command
// line (app run, app plan, app query ...), and commands of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"custom/helpdesk"
	"custom/models"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/store"
)

func main() {
	s, err := load()
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // every problem, each with its variable
		os.Exit(2)
	}
	p, err := project(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(2)
	}
	if len(os.Args) != 2 || os.Args[1] != "escalate" && os.Args[1] != "report" {
		os.Exit(lode.Main(p))
	}
	if err := business(context.Background(), p, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "app:", err)
		os.Exit(1)
	}
}

// project is what the files of a project would say, in Go.
func project(s Settings) (lode.Project, error) {
	tickets, err := models.TicketEntity("desk.tickets")
	if err != nil {
		return lode.Project{}, err
	}
	return lode.Project{
		Warehouse: s.Warehouse.Reveal(), Drivers: standard.Warehouses(), Connectors: standard.Connectors(),
		Project: schema.Project{
			Name:     "custom",
			Sources:  []schema.Source{{Name: "desk", Config: &helpdesk.Config{URL: s.Helpdesk}}},
			Entities: []schema.Entity{tickets},
			Dimensions: []schema.Dimension{{
				Name: "dim_tickets", Description: "Tickets as they were at any time.", From: "tickets", Columns: []schema.DimColumn{{Name: "title", SCD: "1"}, {Name: "priority", SCD: "2"}, {Name: "owner", SCD: "2"}},
			}},
			Tables: model.Tables(models.All()...),
		},
	}, nil
}

// business runs a command of the application's own.
func business(ctx context.Context, p lode.Project, command string) (err error) {
	p.Unread = true // the help desk is not asked
	l, err := lode.Open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.Prepare(ctx); err != nil {
		return err
	}
	db, err := l.Store(models.All())
	if err != nil {
		return err
	}
	d := desk{now: time.Now, limit: 7 * 24 * time.Hour}
	if command == "escalate" {
		n, err := d.escalate(ctx, db)
		if err == nil {
			fmt.Printf("%d tickets escalated\n", n)
		}
		return err
	}
	lines, err := d.report(ctx, db)
	for _, l := range lines {
		fmt.Printf("%-8s %3d open %3d closed\n", l.Priority, l.Open, l.Closed)
	}
	urgent, errUrgent := escalations{store.In(db, models.Escalations)}.because(ctx, "urgent")
	if err := errors.Join(err, errUrgent); err != nil {
		return err
	}
	fmt.Printf("%d escalated because they are urgent\n", urgent)
	return nil
}
