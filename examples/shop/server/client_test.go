package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// small is a shop that is quick to read completely and still spreads over several pages.
var small = Config{Customers: 2500, Orders: 4000, Products: 250}

// shop starts the server of a configuration and a client that is logged in.
func shop(t *testing.T, c Config) (*Server, *client) {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, &client{t: t, base: web.URL, server: s}
}

// client reads the two systems the simple way: one request after the other.
type client struct {
	t      *testing.T
	base   string
	server *Server
	token  string
}

// answer is what any listing may say.
type answer struct {
	Data struct {
		Items      []jsontext.Value `json:"items"`
		TotalPages int              `json:"totalPages"`
		Next       string           `json:"next"`
	} `json:"data"`
	Results    []jsontext.Value `json:"results"`
	IDs        []string         `json:"ids"`
	NextCursor string           `json:"next_cursor"`
	Total      int              `json:"total"`
}

func (c *client) login() {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"lode"}, "client_secret": {"crm-secret"}}
	resp, err := http.PostForm(c.base+"/crm/oauth/token", form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.UnmarshalRead(resp.Body, &grant); err != nil || grant.AccessToken == "" {
		c.t.Fatalf("log in: %v, token %q", err, grant.AccessToken)
	}
	c.token = grant.AccessToken
}

// do sends one request and reads its body.
func (c *client) do(path string) (status int, header http.Header, body []byte, err error) {
	if strings.HasPrefix(path, "/") {
		path = c.base + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("X-Api-Key", "billing-key")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, body, err
}

// body is the answer to a request that has to succeed.
func (c *client) body(path string) []byte {
	c.t.Helper()
	if c.token == "" {
		c.login()
	}
	status, _, body, err := c.do(path)
	if err != nil || status != http.StatusOK {
		c.t.Fatalf("GET %s: status %d, error %v, body %.200s", path, status, err, body)
	}
	return body
}

func (c *client) get(path string) answer {
	c.t.Helper()
	var a answer
	if err := json.Unmarshal(c.body(path), &a); err != nil {
		c.t.Fatalf("GET %s: %v", path, err)
	}
	return a
}

// customers reads all pages; query begins with & or is empty.
func (c *client) customers(query string) (all []jsontext.Value) {
	for page := 1; ; page++ {
		a := c.get("/crm/v2/customers?pageSize=200&page=" + strconv.Itoa(page) + query)
		all = append(all, a.Data.Items...)
		if page >= a.Data.TotalPages {
			return all
		}
	}
}

func (c *client) products(query string) (all []jsontext.Value) {
	for next := "/crm/v2/products?" + query; next != ""; {
		a := c.get(next)
		all = append(all, a.Data.Items...)
		next = a.Data.Next
	}
	return all
}

func (c *client) accounts(query string) (all []jsontext.Value) {
	a := c.get("/billing/api/accounts?" + query)
	for all = a.Results; a.NextCursor != ""; all = append(all, a.Results...) {
		a = c.get("/billing/api/accounts?cursor=" + a.NextCursor + "&" + query)
	}
	return all
}

func (c *client) orders(query string) (all []jsontext.Value) {
	for {
		a := c.get("/billing/api/orders?limit=500&offset=" + strconv.Itoa(len(all)) + query)
		all = append(all, a.Results...)
		if len(a.Results) == 0 || len(all) >= a.Total {
			return all
		}
	}
}

// entity is any record, with the fields that tests look at.
type entity struct {
	CustomerID, ProductID, Name, CompanyName, PhoneNumber, LastModified, LoyaltyTier, LegacyCode string
	Score, CreditLimit, ListPrice                                                                jsontext.Value
	Segment                                                                                      struct{ RefName string }
	Address                                                                                      struct{ Country string }
	AccountID                                                                                    string `json:"account_id"`
	Phone                                                                                        string `json:"phone"`
	UpdatedOn                                                                                    string `json:"updated_on"`
	OrderID                                                                                      string `json:"order_id"`
	OrderedAt                                                                                    string `json:"ordered_at"`
	UpdatedAt                                                                                    string `json:"updated_at"`
	Status                                                                                       string `json:"status"`
	Total                                                                                        string `json:"total"`
	Customer                                                                                     *struct{ System, ID string }
	Lines                                                                                        []struct {
		Number   int    `json:"line_no"`
		Quantity int64  `json:"quantity"`
		Price    string `json:"unit_price"`
	}
}

func (e entity) id() string { return e.CustomerID + e.ProductID + e.AccountID + e.OrderID }

func (e entity) cursor() string { return e.LastModified + e.UpdatedOn + e.UpdatedAt }

// decode reads records and keeps them by id, in order.
func decode(t *testing.T, raw []jsontext.Value) (list []entity, byID map[string]entity) {
	t.Helper()
	byID = map[string]entity{}
	for _, r := range raw {
		var e entity
		if err := json.Unmarshal(r, &e, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatalf("record %.200s: %v", r, err)
		}
		if _, twice := byID[e.id()]; twice {
			t.Fatalf("record %s is listed twice", e.id())
		}
		byID[e.id()] = e
		list = append(list, e)
	}
	return list, byID
}
