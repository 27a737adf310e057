package rest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
)

// bounds are the texts of the range that is asked for; "" is unbounded.
type bounds struct{ from, until string }

// request builds the request for the page at a position.
func (a *api) request(ctx context.Context, e *Endpoint, g *pager, at position, b bounds) (*http.Request, error) {
	if at.URL != "" { // the API has put everything into it
		return http.NewRequestWithContext(ctx, http.MethodGet, at.URL, nil)
	}
	target, err := url.Parse(a.client.locate(e.Path))
	if err != nil {
		return nil, fmt.Errorf("build URL of %s: %w", e.Path, err)
	}
	query := target.Query()
	for _, params := range []map[string]string{a.config.Params, e.Params} {
		for name, value := range params {
			query.Set(name, value)
		}
	}
	variable := map[string]any{}
	set := func(name string, value any) { variable[name] = value }
	e.Cursor.params(b, set)
	g.params(at, set)
	if e.ParamsIn != "body" {
		for name, value := range variable {
			query.Set(name, fmt.Sprint(value))
		}
		clear(variable)
	}
	target.RawQuery = query.Encode()
	if e.Method != http.MethodPost {
		return http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	}
	return search(ctx, target.String(), e.Body, variable, b)
}

// search is a POST whose body is the declared one with the range and the position in it.
func search(ctx context.Context, target string, declared map[string]any, variable map[string]any, b bounds) (*http.Request, error) {
	filled, _ := fill(declared, b)
	fields, ok := filled.(map[string]any)
	if !ok {
		fields = map[string]any{}
	}
	for name, value := range variable {
		fields[name] = value
	}
	body, err := json.Marshal(fields, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write search body: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	return r, nil
}

// fill copies a body with {from} and {until} filled in; false for a text that needs a
// bound there is none for, which is then left out.
func fill(v any, b bounds) (any, bool) {
	switch v := v.(type) {
	case string:
		return b.fill(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			if filled, ok := fill(member, b); ok {
				out[name] = filled
			}
		}
		return out, true
	case []any:
		out := make([]any, 0, len(v))
		for _, member := range v {
			if filled, ok := fill(member, b); ok {
				out = append(out, filled)
			}
		}
		return out, true
	}
	return v, true
}

// fill puts the bounds into a template; false if one it needs is missing.
func (b bounds) fill(template string) (string, bool) {
	if strings.Contains(template, "{from}") && b.from == "" || strings.Contains(template, "{until}") && b.until == "" {
		return "", false
	}
	return strings.NewReplacer("{from}", b.from, "{until}", b.until).Replace(template), true
}

// params are the parameters that ask for a range. A nil cursor asks for everything.
func (c *Cursor) params(b bounds, set func(name string, value any)) {
	if c == nil {
		return
	}
	if c.Param != "" && b.from != "" {
		set(c.Param, b.from)
	}
	if c.Until != "" && b.until != "" {
		set(c.Until, b.until)
	}
	if c.Filter == "" {
		return
	}
	if filter, ok := b.fill(c.Filter); ok {
		name := c.FilterAs
		if name == "" {
			name = "filter"
		}
		set(name, filter)
	}
}
