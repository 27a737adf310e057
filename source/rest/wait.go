package rest

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest bounds what a header can ask for, so that absurd values do not overflow.
const longest = 10 * 365 * 24 * time.Hour

// askedWait is how long a response asks to wait: Retry-After in seconds or as a date, or
// the time at which a rate limit is lifted. false when it asks for nothing sensible.
func askedWait(h http.Header, now time.Time) (time.Duration, bool) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // dates in headers are by the server's clock
	}
	if v := strings.TrimSpace(h.Get("Retry-After")); v != "" {
		if wait, ok := retryAfter(v, now); ok {
			return wait, true
		}
	}
	for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
		if n, err := strconv.ParseFloat(strings.TrimSpace(h.Get(name)), 64); err == nil && n >= 0 {
			return resetWait(n, now), true
		}
	}
	return 0, false
}

func retryAfter(v string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		return seconds(n), n >= 0
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(0, min(at.Sub(now), longest)), true
}

// resetWait reads a reset time: an epoch in milliseconds or seconds, or seconds from now.
func resetWait(n float64, now time.Time) time.Duration {
	switch {
	case n > 1e11:
		return seconds(n/1e3 - float64(now.UnixMilli())/1e3)
	case n > 1e8:
		return seconds(n - float64(now.UnixMilli())/1e3)
	}
	return seconds(n)
}

func seconds(n float64) time.Duration {
	if math.IsNaN(n) || n < 0 {
		return 0
	}
	if n > longest.Seconds() {
		return longest
	}
	return time.Duration(n * float64(time.Second))
}
