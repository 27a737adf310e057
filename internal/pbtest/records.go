package pbtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"
)

// Create makes a record and returns its id. Fields may name the id (15 characters) themselves.
func (s *Server) Create(collection string, fields map[string]any) (id string) {
	s.t.Helper()
	var record struct {
		ID string `json:"id"`
	}
	s.call(http.MethodPost, records(collection, ""), fields, &record)
	return record.ID
}

// Update changes the given fields of a record; PocketBase moves its updated time.
func (s *Server) Update(collection, id string, fields map[string]any) {
	s.t.Helper()
	s.call(http.MethodPatch, records(collection, id), fields, nil)
}

// Delete removes a record without a trace.
func (s *Server) Delete(collection, id string) {
	s.t.Helper()
	s.call(http.MethodDelete, records(collection, id), nil, nil)
}

// Record reads a record as PocketBase shows it.
func (s *Server) Record(collection, id string) map[string]any {
	s.t.Helper()
	var record map[string]any
	s.call(http.MethodGet, records(collection, id), nil, &record)
	return record
}

// Records lists the records of a collection as PocketBase shows them, by id.
func (s *Server) Records(collection string) (all []map[string]any) {
	s.t.Helper()
	for n := 1; ; n++ {
		var page struct {
			Items []map[string]any `json:"items"`
		}
		query := url.Values{"perPage": {"500"}, "page": {strconv.Itoa(n)}, "sort": {"id"}}
		s.call(http.MethodGet, records(collection, "")+"?"+query.Encode(), nil, &page)
		if len(page.Items) == 0 {
			return all
		}
		all = append(all, page.Items...)
	}
}

// Count is the number of records of a collection that satisfy a PocketBase filter; an
// empty filter is satisfied by all.
func (s *Server) Count(collection, filter string) int {
	s.t.Helper()
	var page struct {
		TotalItems int `json:"totalItems"`
	}
	query := url.Values{"perPage": {"1"}, "filter": {filter}}
	s.call(http.MethodGet, records(collection, "")+"?"+query.Encode(), nil, &page)
	return page.TotalItems
}

func records(collection, id string) string {
	path := "/api/collections/" + url.PathEscape(collection) + "/records"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return path
}

func (s *Server) login() {
	s.t.Helper()
	var grant struct {
		Token string `json:"token"`
	}
	credentials := map[string]any{"identity": s.User, "password": s.Password}
	s.call(http.MethodPost, "/api/collections/_superusers/auth-with-password", credentials, &grant)
	s.token = grant.Token
}

// call sends a request that must succeed and decodes its answer into out, if wanted.
func (s *Server) call(method, path string, body map[string]any, out any) {
	s.t.Helper()
	answer, err := s.send(method, path, body)
	if err == nil && out != nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil {
		s.t.Fatalf("%s %s of PocketBase: %v", method, path, err)
	}
}

func (s *Server) send(method, path string, body map[string]any) ([]byte, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, answer)
	}
	return answer, err
}
