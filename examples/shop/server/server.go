package server

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Server is both systems. It is an http.Handler, safe for concurrent use.
type Server struct {
	config Config
	zone   *time.Location
	mux    *http.ServeMux
	tokens tokens
	faults *faults
	today  atomic.Pointer[snapshot]
}

// New makes the server of a shop. A size that cannot be played is an error that names it.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("open the shop: %w", err)
	}
	zone, err := billingZone()
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, zone: zone, mux: http.NewServeMux(), faults: newFaults(c)}
	s.tokens.strict = c.Faults
	s.today.Store(newSnapshot(newWorld(c, c.Day)))
	s.routes()
	return s, nil
}

func (s *Server) routes() {
	s.mux.HandleFunc("POST /crm/oauth/token", s.issueToken)
	s.mux.HandleFunc("GET /crm/v2/customers", s.crm(s.listCustomers))
	s.mux.HandleFunc("GET /crm/v2/customers/deleted", s.crm(s.listDeletions))
	s.mux.HandleFunc("GET /crm/v2/products", s.crm(s.listProducts))
	s.mux.HandleFunc("GET /billing/api/accounts", s.billing(s.listAccounts))
	s.mux.HandleFunc("GET /billing/api/accounts/ids", s.billing(s.listAccountIDs))
	s.mux.HandleFunc("GET /billing/api/orders", s.billing(s.listOrders))
	s.mux.HandleFunc("GET /_day", s.showDay)
	s.mux.HandleFunc("POST /_day/{day}", s.moveDay)
}

// ServeHTTP answers a request to either system.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Day is the simulated day.
func (s *Server) Day() int { return s.today.Load().day }

// SetDay moves the simulated clock, also backwards. Requests under way finish on the old day.
func (s *Server) SetDay(day int) error {
	if err := within("day", day, 1, maxDay); err != nil {
		return err
	}
	s.today.Store(newSnapshot(newWorld(s.config, day)))
	return nil
}

// Env is what the shop project needs in its environment to talk to this server, as
// NAME=value lines. Base is where the server answers, without a path.
func (s *Server) Env(base string) []string {
	return []string{
		"CRM_URL=" + base + "/crm",
		"CRM_CLIENT_ID=" + s.config.ClientID,
		"CRM_CLIENT_SECRET=" + s.config.ClientSecret,
		"BILLING_URL=" + base + "/billing",
		"BILLING_API_KEY=" + s.config.APIKey,
	}
}

func (s *Server) showDay(w http.ResponseWriter, _ *http.Request) {
	var a appender
	a.open("", '{')
	a.integer("day", s.Day())
	a.text("date", Date(s.Day()))
	a.close('}')
	reply(w, a.b)
}

func (s *Server) moveDay(w http.ResponseWriter, r *http.Request) {
	day, err := strconv.Atoi(r.PathValue("day"))
	if err == nil {
		err = s.SetDay(day)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "set the day: "+err.Error())
		return
	}
	s.showDay(w, r)
}

// reply sends a JSON document. A client that has gone away is no concern of ours.
func reply(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// refuse sends an error document.
func refuse(w http.ResponseWriter, status int, message string) {
	var a appender
	a.open("", '{')
	a.text("error", message)
	a.close('}')
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(a.b)
}
