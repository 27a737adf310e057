package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lodehq/lode/settings"
	"github.com/lodehq/lode/source"
)

// What cannot be sent is a mistake of the configuration, which names the key and not the value.
func TestWhatNoHeaderCanCarryIsAMistake(t *testing.T) {
	t.Parallel()
	login := map[string]settings.Secret{"user": secret("me")}
	for name, c := range map[string]struct {
		auth    Auth
		headers map[string]string
		want    string
	}{
		"a token of two lines":       {Auth{Type: "bearer", Token: secret("hush\nhush")}, nil, "auth.token: holds a line break or another control character, which no header can carry"},
		"a token with NUL":           {Auth{Type: "bearer", Token: secret("hush\x00")}, nil, "auth.token: holds a line break"},
		"a key of two lines":         {Auth{Type: "api_key", Header: "X-Key", Key: secret("hush\r\nhush")}, nil, "auth.key: holds a line break"},
		"a name with a space":        {Auth{Type: "api_key", Header: "X Key", Key: secret("hush")}, nil, "auth.header: is no name of a header; write letters, digits and -"},
		"a login's name":             {Auth{Type: "login", Path: "/t", Body: login, Header: "X:"}, nil, "auth.header: is no name"},
		"a login's value":            {Auth{Type: "login", Path: "/t", Body: login, Value: "a\n{token}"}, nil, "auth.value: holds a line break"},
		"another header's value":     {Auth{}, map[string]string{"X-A": "a\nb"}, "headers.X-A: holds a line break"},
		"another header's name":      {Auth{}, map[string]string{"X-Ä": "a"}, "headers.X-Ä: is no name"},
		"a tab, and other languages": {Auth{Type: "bearer", Token: secret("a\tü")}, map[string]string{"X-A": "ü"}, ""},
		"a key that is a parameter":  {Auth{Type: "api_key", Query: "k", Key: secret("a\nb")}, nil, ""},
		"a password of two lines":    {Auth{Type: "basic", Username: "me", Password: secret("a\nb")}, nil, ""},
	} {
		b := newBench(t)
		b.config.Auth, b.config.Headers = c.auth, c.headers
		err := b.config.Validate()
		if text := fmt.Sprint(err); (err == nil) != (c.want == "") || !strings.Contains(text, c.want) || strings.Contains(text, "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenThatNoHeaderCanCarryIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, rowsOn(1)...)
	b.config.Auth = Auth{Type: "login", Path: "/token", Body: map[string]settings.Secret{"user": secret("me")}}
	b.server.Handle("/token", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"token":"hush\nhush"}`) })
	r := b.read(source.Request{})
	b.fails(r, source.Misuse, "header Authorization holds a line break or another control character")
	if len(b.waits) > 0 || len(b.server.Requests("/x")) > 0 || slices.ContainsFunc(b.events, func(e source.Event) bool { return e.Kind == "retry" }) || strings.Contains(fmt.Sprint(r.err), "hush") {
		t.Errorf("%v, %v, %v", b.waits, b.events, r.err)
	}
}
