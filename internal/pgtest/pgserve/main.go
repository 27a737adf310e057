// Command pgserve starts a throw-away PostgreSQL, prints the URL of an empty database in
// it, and serves until it is interrupted. With -- and a
// command it serves for as long as the command runs, which finds the URL in
// LODE_WAREHOUSE:
//
//	go run ./internal/pgtest/pgserve -- lode run --project examples/shop
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/lodehq/lode/internal/pgtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx, os.Args[1:])
	stop()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgserve:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, command []string) (err error) {
	cluster, err := pgtest.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	database, err := cluster.CreateDatabase(ctx)
	if err != nil {
		return err
	}
	url := cluster.URL(database)
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		fmt.Println(url)
		<-ctx.Done()
		return nil
	}
	return run(ctx, command, url)
}

func run(ctx context.Context, command []string, url string) error {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "LODE_WAREHOUSE="+url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
