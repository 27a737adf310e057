// Command pocketbase runs a real PocketBase server on loopback, with customers and orders
// in it, as a source for the Lode project in the folder project.
//
// It lives in a module of its own, so that Lode does not depend on PocketBase. On its
// first start in a data directory it creates a superuser, the two collections and their
// records; the records are the same ones every time. Then it prints the environment
// that the project needs, one NAME=value a line, and serves until it is interrupted.
// Records are changed and deleted through PocketBase's own API or its dashboard at /_/.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // PocketBase's own tables
)

// options are the flags.
type options struct {
	addr, dir         string
	user, password    string
	customers, orders int
	untilEOF          bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("pocketbase", flag.ContinueOnError)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8802", "`address` to listen on; port 0 chooses a free one")
	flags.StringVar(&o.dir, "dir", "pb_data", "`directory` of the server's data")
	flags.StringVar(&o.user, "user", "lode@example.com", "e-mail of the superuser")
	flags.StringVar(&o.password, "password", "lode-demo-password", "password of the superuser")
	flags.IntVar(&o.customers, "customers", 450, "customers to begin with")
	flags.IntVar(&o.orders, "orders", 1500, "orders to begin with")
	flags.BoolVar(&o.untilEOF, "until-eof", false, "also end when standard input ends, so that no test leaves a server behind")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.customers < 1 || o.orders < 0 {
		return o, errors.New("read the flags: -customers must be at least 1 and -orders not negative")
	}
	return o, nil
}

// run serves until ctx is done.
func run(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.untilEOF {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			stop()
		}()
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: o.dir})
	if err := prepare(app, o); err != nil {
		return err
	}
	return errors.Join(serve(ctx, app, o, stdout), app.ResetBootstrapState())
}

// prepare opens the data directory and fills it if it is new.
func prepare(app core.App, o options) error {
	if err := app.Bootstrap(); err != nil {
		return fmt.Errorf("open %s: %w", o.dir, err)
	}
	if err := app.RunAllMigrations(); err != nil {
		return fmt.Errorf("migrate %s: %w", o.dir, err)
	}
	if _, err := app.FindCollectionByNameOrId(customers); err == nil {
		return nil
	}
	return app.RunInTransaction(func(tx core.App) error {
		return errors.Join(createSuperuser(tx, o), createCollections(tx), seed(tx, o))
	})
}

func serve(ctx context.Context, app core.App, o options, stdout io.Writer) error {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.addr, err)
	}
	var stopped func() bool
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener, e.InstallerFunc = listener, nil
		stopped = context.AfterFunc(ctx, func() { _ = e.Server.Close() })
		fmt.Fprintf(stdout, "PB_URL=http://%s\nPB_USER=%s\nPB_PASSWORD=%s\n", listener.Addr(), o.user, o.password)
		return e.Next()
	})
	err = apis.Serve(app, apis.ServeConfig{HttpAddr: o.addr})
	if stopped != nil {
		stopped()
	}
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
