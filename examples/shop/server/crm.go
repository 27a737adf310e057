package server

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	maxPageSize     = 1000
	productPageSize = 100
)

// listCustomers pages by number.
func (s *Server) listCustomers(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	page, size := q.number("page", 1, 1, maxRecords), q.number("pageSize", 100, 1, maxPageSize)
	since, until := q.instant("modifiedSince"), q.instant("modifiedUntil")
	if q.refused(w) {
		return
	}
	today := s.today.Load()
	list := today.customers().from(since, until)
	var a appender
	a.open("", '{')
	a.open("data", '{')
	a.open("items", '[')
	for _, e := range list.page((page-1)*size, size) {
		today.customer(int(e.n), today.day).write(&a, today.world, today.day)
	}
	a.close(']')
	a.integer("page", page)
	a.integer("totalPages", (len(list)+size-1)/size)
	a.integer("totalItems", len(list))
	a.b = append(a.b, "}}"...)
	reply(w, a.b)
}

// strangers were deleted before day 1: nobody has ever seen them.
var strangers = []string{"C-0901", "C-0902"}

// listDeletions has one page. It never forgets, also not a customer who came back.
func (s *Server) listDeletions(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	since := q.instant("deletedSince")
	if q.refused(w) {
		return
	}
	today := s.today.Load()
	var a appender
	a.open("", '{')
	a.open("data", '{')
	a.open("items", '[')
	for i, id := range strangers {
		writeDeletion(&a, since, id, at(-20+i, deletion))
	}
	for _, n := range today.deletions() {
		writeDeletion(&a, since, customerID(n), today.deletedAt(n))
	}
	a.b = append(a.b, "]}}"...)
	reply(w, a.b)
}

func writeDeletion(a *appender, since time.Time, id string, deleted time.Time) {
	if deleted.Before(since) {
		return
	}
	a.open("", '{')
	a.text("customerId", id)
	a.text("deletedAt", deleted.Format(layoutMillis))
	a.close('}')
}

// listProducts links to the next page: first without the host, then with it.
func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	start, since := q.number("after", 0, 0, maxRecords), q.instant("modifiedSince")
	if q.refused(w) {
		return
	}
	today := s.today.Load()
	list := today.items().from(since, time.Time{})
	var a appender
	a.open("", '{')
	a.open("data", '{')
	a.open("items", '[')
	for _, e := range list.page(start, productPageSize) {
		today.product(int(e.n), today.day).write(&a, today.day)
	}
	a.close(']')
	if next := start + productPageSize; next < len(list) {
		a.text("next", nextProducts(r, next))
	} else {
		a.raw("next", "null")
	}
	a.b = append(a.b, "}}"...)
	reply(w, a.b)
}

func nextProducts(r *http.Request, start int) string {
	values := r.URL.Query()
	values.Set("after", strconv.Itoa(start))
	next := url.URL{Path: r.URL.Path, RawQuery: values.Encode()}
	if start > productPageSize {
		next.Scheme, next.Host = "http", r.Host
	}
	return next.String()
}
