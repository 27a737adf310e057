package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// query reads parameters strictly, as a good API does: what it does not understand is
// an error and not ignored. The first mistake stays in err.
type query struct {
	values url.Values
	err    error
}

func queryOf(r *http.Request) *query { return &query{values: r.URL.Query()} }

func (q *query) fail(name, want string) {
	if q.err == nil {
		q.err = fmt.Errorf("parameter %s is %q; write %s", name, q.values.Get(name), want)
	}
}

// number is an integer parameter within bounds.
func (q *query) number(name string, otherwise, low, high int) int {
	if !q.values.Has(name) {
		return otherwise
	}
	n, err := strconv.Atoi(q.values.Get(name))
	if err != nil || n < low || n > high {
		q.fail(name, fmt.Sprintf("a number from %d to %d", low, high))
	}
	return n
}

// instant is a timestamp parameter; zero if it was not given.
func (q *query) instant(name string) time.Time { return q.time(name, time.RFC3339Nano) }

// date is a date parameter; zero if it was not given.
func (q *query) date(name string) time.Time { return q.time(name, time.DateOnly) }

func (q *query) time(name, layout string) time.Time {
	if !q.values.Has(name) {
		return time.Time{}
	}
	t, err := time.Parse(layout, q.values.Get(name))
	if err != nil {
		q.fail(name, "a time like "+layout)
	}
	return t
}

// refused answers the first mistake, if there was one.
func (q *query) refused(w http.ResponseWriter) bool {
	if q.err != nil {
		refuse(w, http.StatusBadRequest, q.err.Error())
	}
	return q.err != nil
}
