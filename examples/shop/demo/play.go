package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
)

// play is the whole demo.
func (d *demo) play(ctx context.Context) error {
	d.printf("A CRM and a billing system are running, with their bad manners switched on: rate limits,\n"+
		"errors, answers cut short, a token that expires. The project is in %s.\n", d.project)
	for _, chapter := range []func(context.Context) error{
		d.plan, d.dayOne, d.dayTwo, d.status, d.story, d.trace, d.revenue, d.books,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	d.next()
	return nil
}

func (d *demo) plan(ctx context.Context) error {
	d.say("The plan", "Nothing has been done yet. What would a run do?")
	return d.lode(ctx, "plan")
}

func (d *demo) dayOne(ctx context.Context) error {
	d.say("Day one", "The first run reads everything. Bronze keeps each record as it was received, silver is\n"+
		"typed and checked, gold is the star.")
	return d.lode(ctx, "run")
}

func (d *demo) dayTwo(ctx context.Context) error {
	if err := d.shop.SetDay(2); err != nil {
		return err
	}
	d.say("Day two", "Customers have changed and vanished, orders have come, some of them late. The same command\n"+
		"now reads what is new, and touches only the keys that it concerns.")
	if err := d.lode(ctx, "run"); err != nil {
		return err
	}
	f := d.shop.Faults()
	d.printf("\nThe systems were difficult: %d requests were told to wait, %d failed, %d answers were cut short,\n"+
		"%d tokens expired. Nothing was lost by it.\n", f.Limited, f.Failed, f.Truncated, f.Expired)
	return nil
}

func (d *demo) status(ctx context.Context) error {
	d.say("Where things stand", "Counts for each table, and what was quarantined and why. A quarantined record stays in\n"+
		"bronze; nothing is thrown away.")
	return d.lode(ctx, "status")
}

func (d *demo) story(ctx context.Context) error {
	d.say("One customer's history", "C-1001 became an Enterprise customer on day two, at noon. Segment is a type 2 column, so\n"+
		"there are two versions. The first is open to the past: it also serves orders older than it.")
	if err := d.lode(ctx, "query", storyVersions); err != nil {
		return err
	}
	d.printf("\nEach order points to the version that was in force when it was placed, whenever it arrived:\n\n")
	return d.lode(ctx, "query", storyOrders)
}

func (d *demo) trace(ctx context.Context) error {
	d.say("Where a row comes from", "Each row of the star names its event, the event the load, the load its requests. These are\n"+
		"the request that brought the second version, and the beginning of what the CRM said, byte for byte:")
	return d.lode(ctx, "query", storyOrigin)
}

func (d *demo) revenue(ctx context.Context) error {
	d.say("A question to the star", "Revenue by month and by the segment that each customer had at the time, in thousands:")
	if err := d.lode(ctx, "query", revenueTable); err != nil {
		return err
	}
	rows, err := ask[revenue](ctx, d, revenueRows)
	if err != nil {
		return err
	}
	d.printf("\n")
	chart(d.out, rows)
	return nil
}

// lode runs a command of the program on the project for the reader to see.
func (d *demo) lode(ctx context.Context, args ...string) error {
	shown := strings.Join(args, " ")
	if args[0] == "query" {
		shown = fmt.Sprintf("query \"\n  %s\"", strings.ReplaceAll(args[1], "\n", "\n  "))
	}
	d.printf("$ %s -C %s %s\n", d.options.lode, d.project, shown)
	cmd := d.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = d.out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("lode %s: %w", args[0], err)
	}
	return nil
}

func (d *demo) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.options.lode, append([]string{"-C", d.project}, args...)...)
	cmd.Env = d.env
	return cmd
}

// ask runs a query and reads its answer.
func ask[T any](ctx context.Context, d *demo, sql string) ([]T, error) {
	var answer, complaint bytes.Buffer
	cmd := d.command(ctx, "query", "-q", "-o", "json", sql)
	cmd.Stdout, cmd.Stderr = &answer, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("lode query: %w: %s", err, complaint.String())
	}
	var rows []T
	if err := json.Unmarshal(answer.Bytes(), &rows); err != nil {
		return nil, fmt.Errorf("read the answer of lode query: %w", err)
	}
	return rows, nil
}

func (d *demo) next() {
	command := d.options.lode + " -C " + d.project
	d.say("What to try next", "The star stays in "+d.where()+".")
	switch {
	case !strings.HasPrefix(d.warehouse, "duckdb:"):
		command = "LODE_WAREHOUSE=... " + command
	case d.keep != "":
		command += " --warehouse " + d.warehouse
	}
	d.printf(`  the third day     bin/shopserver -faults -day 3       in another terminal, then
                    %[1]s run
  mend a rule       let silver/customers.yaml accept a credit_amount >= -1000, then
                    %[1]s replay    maps what waits in the quarantine again; no API is called
  nothing is lost   %[1]s rebuild   computes the star from bronze; the same comes out
  PostgreSQL        make demo-postgres                  or set LODE_WAREHOUSE yourself
  your own project  %[2]s init my-project

docs/tutorial.md tells this slowly.
`, command, d.options.lode)
}

func (d *demo) where() string {
	if !strings.HasPrefix(d.warehouse, "duckdb:") {
		return "the PostgreSQL database of LODE_WAREHOUSE, for as long as its server runs"
	}
	return cmp.Or(d.keep, filepath.Join(d.project, "shop.duckdb"))
}
