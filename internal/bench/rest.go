package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/source"
	"github.com/lodehq/lode/source/rest"
	"github.com/lodehq/lode/standard"
)

const restPage = 1000

// pages serves n people as pages of JSON.
func pages(n int) http.Handler {
	bodies := make([][]byte, (n+restPage-1)/restPage)
	for p := range bodies {
		body := []byte(`{"items":[`)
		for i := p * restPage; i < min((p+1)*restPage, n); i++ {
			if i > p*restPage {
				body = append(body, ',')
			}
			body = append(body, person(i)...)
		}
		bodies[p] = fmt.Appendf(body, `],"pages":%d}`, len(bodies))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil || p < 1 || p > len(bodies) {
			http.Error(w, "no such page", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(bodies[p-1]) // a reader that went away is its own business
	})
}

func restConfig(base string) *rest.Config {
	return &rest.Config{BaseURL: base, Tables: []rest.Stream{{Name: "people", Endpoint: rest.Endpoint{
		Path: "/people", Records: "items", Key: []string{"id"},
		Paging: &rest.Paging{Type: "page", Param: "page", TotalPages: "pages"},
	}}}}
}

// restToSilver loads 200k records from a server in this process, and then only fetches
// and parses them.
func (b *bench) restToSilver(ctx context.Context) error {
	n := b.size(200_000)
	server := httptest.NewServer(pages(n))
	defer server.Close()
	address, err := b.database(ctx)
	if err != nil {
		return err
	}
	p := lode.Project{Warehouse: address, Drivers: standard.Warehouses(), Project: schema.Project{
		Name: "people", Sources: []schema.Source{{Name: "api", Config: restConfig(server.URL)}}, Entities: []schema.Entity{peopleEntity("api.people")},
	}}
	start := time.Now()
	if err := run(ctx, p, lode.Options{}); err != nil {
		return err
	}
	took := seconds(start)
	start = time.Now()
	if err := fetch(ctx, server.URL, n); err != nil {
		return err
	}
	b.versus("rest_to_silver_postgres", float64(n)/took, float64(n)/seconds(start), "rows/s")
	return nil
}

// fetch reads every record and its key, and keeps nothing.
func fetch(ctx context.Context, base string, want int) error {
	s, err := restConfig(base).Open(ctx, source.Env{Name: "api"})
	if err != nil {
		return err
	}
	records := 0
	for batch, err := range s.Read(ctx, source.Request{Stream: "people", Mode: source.Full}) {
		if err != nil {
			return err
		}
		records += len(batch.Records)
	}
	if records != want {
		return fmt.Errorf("fetched %d records of %d", records, want)
	}
	return errors.Join(s.Close())
}
