// Command demo shows Lode at work on the shop: it starts the shop's two APIs, with their
// faults, and calls the real lode program on the project for two days, as a person would.
//
//	make demo                                  into examples/shop/shop.duckdb
//	make demo DEMOFLAGS="--keep my.duckdb"     into another file
//	LODE_WAREHOUSE=postgres://... make demo    into PostgreSQL
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"

	"github.com/lodehq/lode/examples/shop/server"
)

// options are what the caller chooses.
type options struct {
	lode    string  // the program
	project string  // the project's folder
	keep    string  // the DuckDB file, "" for the project's own
	scale   float64 // multiplies customers and orders
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&o.lode, "lode", filepath.Join("bin", "lode"), "the lode `program`; make build makes it")
	flags.StringVar(&o.project, "project", filepath.Join("examples", "shop"), "`folder` of the shop project")
	flags.StringVar(&o.keep, "keep", "", "DuckDB `file` to fill, instead of the project's own")
	flags.Float64Var(&o.scale, "scale", 1, "multiplies customers and orders")
	if err := flags.Parse(args); err != nil {
		return err
	}
	shop, err := server.New(server.Config{Faults: true, Scale: o.scale})
	if err != nil {
		return err
	}
	base, stop, err := serve(shop)
	if err != nil {
		return err
	}
	defer stop()
	warehouse, err := prepare(o, shop)
	if err != nil {
		return err
	}
	d := &demo{
		options: o, shop: shop, warehouse: warehouse, out: os.Stdout,
		bold: term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "",
		env:  append(os.Environ(), append(shop.Env(base), "LODE_WAREHOUSE="+warehouse)...),
	}
	return d.play(ctx)
}

// demo is one showing.
type demo struct {
	options
	shop      *server.Server
	warehouse string
	env       []string // of the program
	out       io.Writer
	bold      bool
	chapter   int
}

func (d *demo) printf(format string, args ...any) { fmt.Fprintf(d.out, format, args...) }

// say begins a chapter.
func (d *demo) say(title, text string) {
	d.chapter++
	title = fmt.Sprintf("%d. %s", d.chapter, title)
	if d.bold {
		title = "\x1b[1m" + title + "\x1b[0m"
	}
	d.printf("\n%s\n%s\n\n", title, text)
}
