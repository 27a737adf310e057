package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lodehq/lode/source"
	"golang.org/x/time/rate"
)

// client sends requests within the limits of one API. It is shared by all streams.
type client struct {
	http    *http.Client
	base    *url.URL
	limits  Limits
	limiter *rate.Limiter
	proof   credentials
	redact  *redactor
	headers map[string]string
	now     func() time.Time
	sleep   func(ctx context.Context, d time.Duration) error
	emit    func(source.Event)
}

// call is one request that may take several attempts.
type call struct {
	op     string // what a person is told was being done
	shown  string // the request, redacted; taken from the first attempt if empty
	login  bool   // carries its own credentials
	build  func() (*http.Request, error)
	accept func(*answer) error // an error means that the answer is not what was asked for
	emit   func(source.Event)
}

// answer is a complete response.
type answer struct {
	status int
	header http.Header
	body   []byte
	url    *url.URL
	hide   func(string) string // takes the secrets out of a text
}

// errTooManyRedirects is a chain of redirects that most likely never ends.
var errTooManyRedirects = fmt.Errorf("refuse redirect: more than %d in a row", maxRedirects)

// errOtherHost is a redirect or next page at a host that was not declared.
var errOtherHost = errors.New("credentials never travel to another host")

func newClient(c *Config, env source.Env) (*client, error) {
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("base_url: %w", err)
	}
	cl := &client{
		base: base, limits: c.Limits.filled(), headers: c.Headers, redact: &redactor{},
		now: time.Now, sleep: sleep, emit: func(source.Event) {},
	}
	if env.Now != nil {
		cl.now = env.Now
	}
	if env.Emit != nil {
		cl.emit = func(e source.Event) { e.Source = env.Name; env.Emit(e) }
	}
	if c.Limits.Rate > 0 {
		cl.limiter = rate.NewLimiter(rate.Limit(c.Limits.Rate), max(1, int(c.Limits.Rate/10)))
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	cl.http = &http.Client{Transport: transport.Clone(), CheckRedirect: checkRedirect}
	cl.redact.Hide(append(c.Auth.secrets(), env.Secrets...)...)
	cl.proof = newCredentials(&c.Auth, cl)
	return cl, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// sleep waits, or ends early with the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const maxRedirects = 5

// checkRedirect follows redirects within one host only.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if err := sameHost(via[0].URL, r.URL); err != nil {
		return fmt.Errorf("refuse redirect: %w", err)
	}
	if len(via) > maxRedirects {
		return errTooManyRedirects
	}
	return nil
}

// sameHost is an error that names both hosts if they differ; a step down from https
// counts as another host.
func sameHost(from, to *url.URL) error {
	if from.Host == to.Host && (from.Scheme == to.Scheme || to.Scheme == "https") {
		return nil
	}
	return fmt.Errorf("%s://%s leads to %s://%s: %w", from.Scheme, from.Host, to.Scheme, to.Host, errOtherHost)
}

// locate is the URL of a path below the base URL; an absolute URL stays as it is.
func (c *client) locate(path string) string {
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		return path
	}
	return c.base.String() + "/" + strings.TrimLeft(path, "/")
}

// once sends a request one time. The error, if any, is a *failure.
func (c *client) once(ctx context.Context, q *call) (*answer, *http.Request, error) {
	if c.limiter != nil {
		if err := c.limiter.Wait(ctx); err != nil {
			return nil, nil, &failure{err: err}
		}
	}
	r, err := q.build()
	if err != nil {
		return nil, nil, &failure{err: err, kind: source.Misuse}
	}
	r.Header.Set("Accept", "application/json")
	for name, value := range c.headers {
		r.Header.Set(name, value)
	}
	if !q.login {
		if err := c.proof.apply(ctx, r); err != nil {
			return nil, r, nested(err)
		}
	}
	if name, err := unsendable(r.Header); err != nil {
		return nil, r, &failure{err: fmt.Errorf("header %s %w", name, err), kind: source.Misuse}
	}
	a, err := c.exchange(ctx, r)
	if err != nil {
		return nil, r, err
	}
	if err := c.judge(a, q); err != nil {
		return nil, r, err
	}
	return a, r, nil
}

// exchange sends a request and reads the whole answer: half an answer is none.
func (c *client) exchange(ctx context.Context, r *http.Request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.limits.Timeout))
	defer cancel()
	response, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		return nil, transportFailure(err)
	}
	defer response.Body.Close()
	limit := int64(c.limits.MaxResponse)
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case int64(len(body)) > limit:
		return nil, &failure{err: fmt.Errorf("answer is larger than limits.max_response (%d bytes); raise it or ask for smaller pages", limit)}
	case err != nil:
		return nil, &failure{err: fmt.Errorf("answer broke off after %d bytes: %w", len(body), err), retry: true}
	}
	return &answer{status: response.StatusCode, header: response.Header, body: body, url: response.Request.URL, hide: c.redact.Text}, nil
}

// judge tells by status and content whether an answer is usable.
func (c *client) judge(a *answer, q *call) error {
	if a.status >= 200 && a.status < 300 {
		if strings.Contains(a.header.Get("Content-Type"), "html") {
			return &failure{err: fmt.Errorf("status %d with a web page instead of JSON: %s", a.status, a.snippet(a.body)), retry: true}
		}
		if err := q.accept(a); err != nil {
			return &failure{err: err, retry: true}
		}
		return nil
	}
	f := &failure{err: &statusError{a.status, a.snippet(a.body)}}
	switch {
	case a.status == http.StatusUnauthorized:
		f.kind, f.renew = source.Rejected, true
	case a.status == http.StatusForbidden:
		f.kind = source.Rejected
	case a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable:
		f.kind, f.retry = source.Later, true
		f.wait, f.asked = askedWait(a.header, c.now())
	case a.status == http.StatusRequestTimeout || a.status == http.StatusTooEarly || a.status >= 500:
		f.kind, f.retry = source.Later, true
	}
	return f
}

// The lengths of a body that are searched for secrets, and that are shown of it.
const (
	searched = 64 << 10
	quoted   = 300
)

// snippet is the beginning of a part of the answer, on one line. Secrets are taken out
// before it is cut: a part of one could not be recognised any more.
func (a *answer) snippet(part []byte) string {
	text := string(part[:min(len(part), searched)])
	if a.hide != nil {
		text = a.hide(text)
	}
	text = strings.Join(strings.Fields(text[:min(len(text), quoted)]), " ")
	if text == "" {
		return "(no text)"
	}
	return strings.ToValidUTF8(text, "?")
}
