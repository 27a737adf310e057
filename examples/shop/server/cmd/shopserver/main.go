// Command shopserver plays the CRM and the billing system of the shop example.
//
// It prints the environment that the shop project needs, one NAME=value a line, as soon
// as it answers, and then serves until it is interrupted. POST /_day/2 moves on to the next day.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lodehq/lode/examples/shop/server"
)

func main() { os.Exit(code()) }

// code serves until it is interrupted, and says how that went.
func code() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "shopserver:", err)
		return 1
	}
	return 0
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	config, addr, err := parse(args, stderr)
	if err != nil {
		return err
	}
	shop, err := server.New(config)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	for _, line := range shop.Env("http://" + listener.Addr().String()) {
		fmt.Fprintln(stdout, line)
	}
	return serve(ctx, listener, shop)
}

func parse(args []string, stderr io.Writer) (config server.Config, addr string, err error) {
	flags := flag.NewFlagSet("shopserver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&addr, "addr", "127.0.0.1:8801", "`address` to listen on; port 0 chooses a free one")
	flags.Uint64Var(&config.Seed, "seed", 1, "what everything random follows from")
	flags.IntVar(&config.Day, "day", 1, "the simulated day to begin with")
	flags.IntVar(&config.Customers, "customers", 0, "customers on day 1 (default 5000)")
	flags.IntVar(&config.Orders, "orders", 0, "orders on day 1 (default 50000)")
	flags.IntVar(&config.Products, "products", 0, "products on day 1 (default 300)")
	flags.Float64Var(&config.Scale, "scale", 1, "multiplies customers and orders")
	flags.BoolVar(&config.Faults, "faults", false, "misbehave now and then")
	err = flags.Parse(args)
	return config, addr, err
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stopped()
	if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
