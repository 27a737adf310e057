package server

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const accountPageSize = 200

// listAccounts pages by an opaque token. Behind the first page comes an empty one with
// a token of its own, as filtered listings have.
func (s *Server) listAccounts(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	since := q.date("updated_from")
	start, empty := q.accountToken("cursor")
	if q.refused(w) {
		return
	}
	today := s.today.Load()
	list := today.bills().from(since, time.Time{})
	page := list.page(start, accountPageSize)
	if empty {
		page = nil
	}
	var a appender
	a.open("", '{')
	a.open("results", '[')
	for _, e := range page {
		today.account(int(e.n), today.day).write(&a, today.world, today.day)
	}
	a.close(']')
	if next := start + len(page); next < len(list) {
		a.text("next_cursor", accountToken(next, start == 0 && !empty))
	} else {
		a.raw("next_cursor", "null")
	}
	a.close('}')
	reply(w, a.b)
}

// accountToken names the place where a page starts, and whether it is the empty one.
func accountToken(start int, empty bool) string {
	kind := "page"
	if empty {
		kind = "gap"
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", kind, start))
}

func (q *query) accountToken(name string) (start int, empty bool) {
	if !q.values.Has(name) {
		return 0, false
	}
	text, err := base64.RawURLEncoding.DecodeString(q.values.Get(name))
	kind, number, _ := strings.Cut(string(text), ":")
	if _, scanErr := fmt.Sscanf(number, "%d", &start); err != nil || scanErr != nil || start < 0 {
		q.fail(name, "a token that this API gave")
	}
	return start, kind == "gap"
}

// listAccountIDs lists every account there is; what is not in it is gone.
func (s *Server) listAccountIDs(w http.ResponseWriter, _ *http.Request) {
	today := s.today.Load()
	var a appender
	a.open("", '{')
	a.open("ids", '[')
	for n := range today.accountCount(today.day) {
		if today.accountListed(n, today.day) {
			a.element(accountID(n))
		}
	}
	a.b = append(a.b, "]}"...)
	reply(w, a.b)
}

// listOrders pages by offset and limit.
func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) {
	q := queryOf(r)
	start, size := q.number("offset", 0, 0, maxRecords), q.number("limit", 100, 1, maxPageSize)
	since := q.instant("updated_from")
	if q.refused(w) {
		return
	}
	today := s.today.Load()
	list := today.sales().from(since, time.Time{})
	a := appender{b: make([]byte, 0, 512*min(size, len(list)))}
	a.open("", '{')
	a.integer("total", len(list))
	a.integer("offset", start)
	a.open("results", '[')
	for _, e := range list.page(start, size) {
		today.order(int(e.n), today.day).write(&a)
	}
	a.b = append(a.b, "]}"...)
	reply(w, a.b)
}
