package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestRunPrintsTheEnvironmentAndServes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-day", "2", "-customers", "500", "-orders", "500"}, in, io.Discard)
		in.Close()
	}()
	env := map[string]string{}
	for lines := bufio.NewScanner(out); len(env) < 5 && lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		env[name] = value
	}
	base, ok := strings.CutSuffix(env["CRM_URL"], "/crm")
	if !ok {
		t.Fatalf("the environment is %v", env)
	}
	resp, err := http.Get(base + "/_day")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != `{"day":2,"date":"2025-06-02"}` {
		t.Errorf("the day is %s", body)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestRunRefusesAbsurdSizes(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), []string{"-customers", "3"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "Customers") {
		t.Errorf("error %v, want one about Customers", err)
	}
}
