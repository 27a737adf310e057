package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lodehq/lode/examples/shop/server"
)

// serve answers for the shop on a free port of this machine until stop is called.
func serve(shop *server.Server) (base string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("find a port for the shop: %w", err)
	}
	web := &http.Server{Handler: shop, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "demo: serve the shop:", err)
		}
	}()
	stop = func() {
		_ = web.Close() // nobody asks any more
		<-done
	}
	return "http://" + listener.Addr().String(), stop, nil
}

// afterwards is where `bin/shopserver` answers unless it is told otherwise.
const afterwards = "http://127.0.0.1:8801"

// envNote is the first line of an .env that the demo wrote, and may write again.
const envNote = "# Written by the demo, for bin/shopserver. The demo writes it anew as long as this line stands here.\n"

// prepare empties the place for the warehouse, returns its address, and leaves an .env
// with which the project can be used after the demo.
func prepare(o options, shop *server.Server) (warehouse string, err error) {
	env := filepath.Join(o.project, ".env")
	old, err := os.ReadFile(env)
	if err == nil && bytes.HasPrefix(old, []byte(envNote)) || errors.Is(err, os.ErrNotExist) {
		text := envNote + strings.Join(shop.Env(afterwards), "\n") + "\n"
		err = os.WriteFile(env, []byte(text), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("write the project's .env: %w", err)
	}
	if address := os.Getenv("LODE_WAREHOUSE"); address != "" && o.keep == "" {
		return address, nil
	}
	file := o.keep
	if file == "" {
		file = filepath.Join(o.project, "shop.duckdb")
	}
	for _, f := range []string{file, file + ".wal"} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("begin with an empty warehouse: %w", err)
		}
	}
	file, err = filepath.Abs(file)
	return "duckdb:" + file, err
}
