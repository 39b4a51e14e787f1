package front

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock/wire"
)

func TestAccessLog(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refused":
			w.Header().Set(wire.RequestIDHeader, "given")
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "no")
		case "/cut":
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		case "/gone":
			panic(http.ErrAbortHandler)
		case "/taken":
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		}
	}
	for _, c := range []struct {
		path   string
		header http.Header
		want   map[string]any
	}{
		{"/ok?page=2&api_key=hidden", nil, map[string]any{"path": "/ok?page=2&api_key=***", "status": 200.0, "bytes": 0.0}},
		{"/refused", http.Header{"X-Request-Id": {"mine"}, "Twinbill-Sandbox": {"a-key-of-cloudhealth"}}, // which may be a key
			map[string]any{"path": "/refused", "status": 418.0, "bytes": 2.0, "request_id": "given", "sandbox": "a-...29392474"}},
		{"/ok", http.Header{"X-Request-Id": {"mine"}}, map[string]any{"path": "/ok", "status": 200.0, "bytes": 0.0, "request_id": "mine"}},
		{"/cut", nil, map[string]any{"path": "/cut", "status": 200.0, "bytes": 4.0, "cut": true}},
		{"/gone", nil, map[string]any{"path": "/gone", "status": 0.0, "bytes": 0.0, "cut": true}},
		{"/taken", nil, map[string]any{"path": "/taken", "status": 0.0, "bytes": 0.0, "cut": true}},
	} {
		said := make(lines, 1)
		server := httptest.NewServer(AccessLog(http.HandlerFunc(handler), slog.New(slog.NewJSONHandler(said, nil))))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range c.header {
			request.Header[name] = values
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		server.Close()
		var line map[string]any
		if err := json.Unmarshal(<-said, &line); err != nil {
			t.Fatalf("%s: %v", c.path, err)
		}
		if d, ok := line["duration"].(float64); !ok || d < 0 {
			t.Errorf("%s: duration %v", c.path, line["duration"])
		}
		for _, name := range []string{"duration", "time", "level", "msg"} {
			delete(line, name)
		}
		c.want["method"], c.want["host"] = "PUT", strings.TrimPrefix(server.URL, "http://")
		if !reflect.DeepEqual(line, c.want) {
			t.Errorf("%s: got %v, want %v", c.path, line, c.want)
		}
	}
}

// lines takes what a log writes, line by line.
type lines chan []byte

func (l lines) Write(p []byte) (int, error) {
	l <- bytes.Clone(p)
	return len(p), nil
}

func TestMasked(t *testing.T) {
	for query, want := range map[string]string{
		"":                            "",
		"page=2&vendor=aws":           "?page=2&vendor=aws",
		"api_key=hidden":              "?api_key=***",
		"API_KEY=hidden&page=2":       "?API_KEY=***&page=2",
		"api%5Fkey=hidden":            "?api%5Fkey=***",
		"page=2;api_key=hidden":       "?page=2;api_key=***",
		"api_key%3Dhidden":            "?***",
		"access_token=hidden":         "?access_token=***",
		"client_secret=hidden&a=b":    "?client_secret=***&a=b",
		"%zz=hidden":                  "?%zz=***",
		"api_key=hidden&api_key=more": "?api_key=***&api_key=***",
		"api_key=hid=den":             "?api_key=***",
		"apikey":                      "?***",
		"&&x&=":                       "?&&x&=",
	} {
		if got := masked(&url.URL{Path: "/a b", RawQuery: query}); got != "/a%20b"+want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

// TestMaskedPath: the name of a sandbox may be a key.
func TestMaskedPath(t *testing.T) {
	for path, want := range map[string]string{
		"/__admin/sandboxes":                               "/__admin/sandboxes",
		"/__admin/sandboxes/a-key-of-cloudhealth":          "/__admin/sandboxes/a-...29392474",
		"/__admin/sandboxes/a-key-of-cloudhealth/fork?x=1": "/__admin/sandboxes/a-...29392474/fork?x=1",
		"/a%20b/__admin/sandboxes/a-key%2Dof-cloudhealth":  "/a%20b/__admin/sandboxes/a-...29392474",
		"/__%61dmin//s%61ndboxes//a-key-of-cloudhealth":    "/__admin//sandboxes//a-...29392474",
		"/__admin/sandboxes/hidden%2Fhidden":               "/__admin/sandboxes/hi...c1c4e5cd",
		"/__admin/snapshots/a-key-of-cloudhealth":          "/__admin/snapshots/a-key-of-cloudhealth",
		"/m/ripple/%61ccts":                                "/m/ripple/%61ccts",
	} {
		u, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := masked(u); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// FuzzMasked: the value of a key shows in no log, whatever stands around it.
func FuzzMasked(f *testing.F) {
	f.Add("page=1&", "&x=y")
	f.Add("a;b=c;", ";")
	f.Add("%", "%&=")
	f.Fuzz(func(t *testing.T, before, after string) {
		if before != "" && !strings.HasSuffix(before, "&") {
			before += "&"
		}
		if strings.Contains(before+after, "hidden") {
			return
		}
		if got := masked(&url.URL{Path: "/", RawQuery: before + "api_key=hidden" + after}); strings.Contains(got, "hidden") {
			t.Errorf("%q", got)
		}
	})
}
