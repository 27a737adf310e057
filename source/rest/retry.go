package rest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/lodehq/lode/source"
)

// failure is why one attempt did not succeed, and what may help.
type failure struct {
	err   error
	kind  source.Kind   // what it means when nothing helps
	retry bool          // trying again may help
	renew bool          // new credentials may help
	asked bool          // the API says how long to wait
	wait  time.Duration // for as long
	after time.Time
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// transportFailure judges an error without an answer. The URL is taken out of the text;
// a host that does not exist will not exist in a moment either.
func transportFailure(err error) *failure {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	f := &failure{err: err, kind: source.Later, retry: true}
	var unknown *net.DNSError
	if errors.Is(err, errOtherHost) || errors.Is(err, errTooManyRedirects) || errors.As(err, &unknown) && unknown.IsNotFound {
		f.kind, f.retry = source.Failed, false
	}
	return f
}

// nested turns the end of an inner call, such as a login, into the end of the outer.
func nested(err error) *failure {
	f := &failure{err: err}
	var inner *source.Error
	if errors.As(err, &inner) {
		f.kind, f.after = inner.Kind, inner.After
	}
	return f
}

// tries is what has been spent on one call.
type tries struct {
	attempts int
	waited   time.Duration
	renewed  bool
	backoff  *backoff.ExponentialBackOff
}

// send gets a usable answer, or ends with a *source.Error once its means are spent.
func (c *client) send(ctx context.Context, q call) (*answer, error) {
	t := tries{backoff: backoff.NewExponentialBackOff()}
	t.backoff.InitialInterval = 200 * time.Millisecond
	t.backoff.MaxInterval = 20 * time.Second
	if q.emit == nil {
		q.emit = c.emit
	}
	for {
		a, r, err := c.once(ctx, &q)
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil {
			return nil, c.fail(source.Later, &q, ctx.Err(), time.Time{})
		}
		var f *failure
		if !errors.As(err, &f) {
			f = &failure{err: err}
		}
		if err := c.mend(ctx, &q, r, f, &t); err != nil {
			return nil, err
		}
	}
}

// mend does what may help before the next attempt, or gives up.
func (c *client) mend(ctx context.Context, q *call, r *http.Request, f *failure, t *tries) error {
	switch {
	case f.renew && !q.login && !t.renewed:
		t.renewed = true
		return c.renew(ctx, q, r, f)
	case f.asked:
		return c.waitAsAsked(ctx, q, f, t)
	case f.retry:
		return c.tryAgain(ctx, q, f, t)
	}
	return c.fail(f.kind, q, f.err, f.after)
}

// renew gets new credentials once; the same request is then sent again.
func (c *client) renew(ctx context.Context, q *call, r *http.Request, f *failure) error {
	renewed, err := c.proof.refresh(ctx, r)
	if err != nil {
		inner := nested(err)
		return c.fail(inner.kind, q, inner.err, inner.after)
	}
	if !renewed {
		return c.fail(f.kind, q, f.err, time.Time{})
	}
	return nil
}

// waitAsAsked does not spend attempts, but the time that may be waited in all.
func (c *client) waitAsAsked(ctx context.Context, q *call, f *failure, t *tries) error {
	if limit := time.Duration(c.limits.MaxWait); t.waited+f.wait > limit {
		err := fmt.Errorf("%w; the API asks to wait %s, limits.max_wait is %s", f.err, f.wait.Round(time.Second), limit)
		return c.fail(source.Later, q, err, c.now().Add(f.wait))
	}
	if f.wait == 0 { // "again at once" may not become a busy loop
		return c.tryAgain(ctx, q, f, t)
	}
	t.waited += f.wait
	q.emit(source.Event{Kind: "rate_limited", Text: c.redact.Text(fmt.Sprintf("%s: waiting %s as the API asks", q.shown, f.wait))})
	jitter := time.Duration(rand.Int64N(int64(min(f.wait/10, time.Second)) + 1))
	return c.pause(ctx, q, f.wait+jitter)
}

func (c *client) tryAgain(ctx context.Context, q *call, f *failure, t *tries) error {
	t.attempts++
	if t.attempts >= c.limits.Attempts {
		return c.fail(f.kind, q, fmt.Errorf("given up after %d attempts: %w", t.attempts, f.err), f.after)
	}
	q.emit(source.Event{Kind: "retry", Text: c.redact.Text(fmt.Sprintf("%s: %v", q.shown, f.err))})
	return c.pause(ctx, q, t.backoff.NextBackOff())
}

func (c *client) pause(ctx context.Context, q *call, d time.Duration) error {
	if err := c.sleep(ctx, d); err != nil {
		return c.fail(source.Later, q, err, time.Time{})
	}
	return nil
}

// fail is the error that leaves the source: without secrets, with the request.
func (c *client) fail(kind source.Kind, q *call, err error, after time.Time) error {
	text := err.Error()
	if q.shown != "" {
		text = q.shown + ": " + text
	}
	return &source.Error{Kind: kind, Op: q.op, After: after, Err: &safeError{text: c.redact.Text(text), err: err}}
}

// safeError shows a redacted text. What it wraps can be asked for but not printed.
type safeError struct {
	text string
	err  error
}

func (e *safeError) Error() string { return e.text }

// Is asks the wrapped error.
func (e *safeError) Is(target error) bool { return errors.Is(e.err, target) }

// status is the HTTP status that ended a call, 0 if there was none.
func status(err error) int {
	var outer *source.Error
	var safe *safeError
	if !errors.As(err, &outer) || !errors.As(outer.Err, &safe) {
		return 0
	}
	return statusOf(safe.err)
}

func statusOf(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return 0
}

// statusError is an answer with a status that is no success.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.text) }
