package server

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// A client that tries a request again, and logs in again when told to, gets every byte
// that an untroubled one gets.
func TestFaultsPass(t *testing.T) {
	t.Parallel()
	_, calm := shop(t, small)
	troubled := small
	troubled.Faults = true
	s, c := shop(t, troubled)
	c.login()
	for i := range 500 {
		path := fmt.Sprintf("/billing/api/orders?limit=5&offset=%d", i*5)
		if i%4 == 0 {
			path = fmt.Sprintf("/crm/v2/customers?pageSize=5&page=%d", i/4+1)
		}
		want := calm.body(path)
		if tries := c.persist(path, want); tries > mostRepeats {
			t.Fatalf("GET %s failed %d times in a row", path, tries)
		}
	}
	if n := s.Faults(); n.Limited < 3 || n.Failed < 2 || n.Truncated < 2 || n.Expired < 2 {
		t.Errorf("500 requests met %+v, want some of each", n)
	}
}

// persist repeats a request until it brings what is wanted; it says how often it failed
// other than by an expired token.
func (c *client) persist(path string, want []byte) (failures int) {
	c.t.Helper()
	for failures <= mostRepeats {
		status, header, body, err := c.do(path)
		switch {
		case err == nil && status == http.StatusOK && bytes.Equal(body, want):
			return failures
		case status == http.StatusUnauthorized:
			c.login()
			continue
		case status == http.StatusTooManyRequests && !retryAfter(header.Get("Retry-After")):
			c.t.Errorf("GET %s: Retry-After is %q", path, header.Get("Retry-After"))
		case err == nil && status == http.StatusOK && len(body) >= len(want):
			c.t.Errorf("GET %s: a whole body that differs", path)
		}
		failures++
	}
	return failures
}

func retryAfter(v string) bool {
	_, err := time.Parse(http.TimeFormat, v)
	seconds, numberErr := strconv.Atoi(v)
	return err == nil || numberErr == nil && seconds > 0
}
