package control_test

import (
	"net/http"
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

func names(w world) string {
	var names []string
	for _, sb := range reads[gen.SandboxList](w, http.MethodGet, "/sandboxes", "").Sandboxes {
		names = append(names, sb.Name)
	}
	return strings.Join(names, " ")
}

func TestSandboxes(t *testing.T) {
	w := newWorld(t)
	created := reads[gen.Sandbox](w, http.MethodPost, "/sandboxes", `{"name": "b", "seed": -7, "clock": {"time": "2020-01-01T00:00:00Z", "frozen": true}}`)
	if created.Name != "b" || created.Seed != -7 || !created.Created.Equal(noon) || !created.Used.Equal(noon) || created.Requests != 0 {
		t.Errorf("created %+v", created)
	}
	if clock := w.in("b").ask(200, http.MethodGet, "/clock", ""); !strings.Contains(clock, `{"frozen":true,"time":"2020-01-01T00:00:00Z"}`) {
		t.Errorf("its clock is %s", clock)
	}
	w.in("b").assigns("req-1", "000000000001")
	w.in("b").ask(201, http.MethodPost, "/snapshots", `{"name": "kept"}`)
	w.in("b").ask(201, http.MethodPost, "/faults", `{"kind": "malformed"}`)

	fork := reads[gen.Sandbox](w, http.MethodPost, "/sandboxes/b/fork", `{"name": "a b/c"}`)
	if fork.Name != "a b/c" || fork.Seed != -7 || fork.Requests != 0 {
		t.Errorf("forked %+v", fork)
	}
	forked := w.in("a b/c")
	if got := forked.owners(""); got != "1" {
		t.Errorf("the fork holds %s", got)
	}
	if clock := forked.ask(200, http.MethodGet, "/clock", ""); !strings.Contains(clock, "2020-01-01") {
		t.Errorf("the fork's clock is %s", clock)
	}
	for path, want := range map[string]string{"/faults": `{"faults":[]}`, "/snapshots": `{"snapshots":[]}`} {
		if got := strings.TrimSpace(forked.ask(200, http.MethodGet, path, "")); got != want {
			t.Errorf("the fork has %s", got)
		}
	}
	forked.assigns("req-1", "000000000002")
	if got := w.in("b").owners(""); got != "1" {
		t.Errorf("the fork wrote to where it comes from: %s", got)
	}
	if got := names(w); got != "a b/c b" {
		t.Errorf("there are %s", got)
	}

	w.in("b").refuses(409, http.MethodPost, "/sandboxes", `{"name": "b"}`, `there is a sandbox "b" already`)
	w.in("b").refuses(409, http.MethodPost, "/sandboxes/b/fork", `{"name": "b"}`, `there is a sandbox "b" already`)
	w.refuses(404, http.MethodPost, "/sandboxes/none/fork", `{"name": "d"}`, `there is no sandbox "none"`)
	w.refuses(404, http.MethodGet, "/sandboxes/none", "", `there is no sandbox "none"; GET /__admin/sandboxes`)
	w.refuses(404, http.MethodDelete, "/sandboxes/none", "", `there is no sandbox "none"`)
	w.refuses(400, http.MethodPost, "/sandboxes", `{"name": "`+strings.Repeat("é", 200)+`"}`, "name: it has 400 bytes", "at most 256")
	for _, name := range []string{`a\nb`, ` a`, `a\t`, `\u0000`} {
		w.refuses(400, http.MethodPost, "/sandboxes", `{"name": "`+name+`"}`, "name: it holds a control character")
		w.refuses(400, http.MethodPost, "/sandboxes/b/fork", `{"name": "`+name+`"}`, "name: it holds a control character")
	}
	w.refuses(400, http.MethodPost, "/sandboxes", `{"name": "d", "clock": {"time": "1960-01-01T00:00:00Z"}}`, "time: keep the clock between 1970")
	w.refuses(400, http.MethodPost, "/sandboxes", `{"name": "d", "seed": 9007199254740992}`, "seed: number must be at most 9")
	w.refuses(400, http.MethodPost, "/sandboxes", `{"name": "d", "size": 1}`, `property "size" is unsupported`)

	w.ask(204, http.MethodDelete, "/sandboxes/a%20b%2Fc", "")
	if got := names(w); got != "b" {
		t.Errorf("there are %s", got)
	}
}

func TestReset(t *testing.T) {
	w := newWorld(t).in("team")
	begun := w.ask(200, http.MethodGet, "/state", "")
	w.assigns("req-1", "000000000001")
	w.ask(200, http.MethodPut, "/clock", `{"time": "2030-01-01T00:00:00Z"}`)
	w.ask(201, http.MethodPost, "/snapshots", `{"name": "kept"}`)
	w.ask(201, http.MethodPost, "/faults", `{"kind": "malformed"}`)
	if sb := reads[gen.Sandbox](w, http.MethodPost, "/reset", ""); sb.Name != "team" || sb.Requests != 0 {
		t.Errorf("reset to %+v", sb)
	}
	if got := w.ask(200, http.MethodGet, "/state", ""); got != begun {
		t.Errorf("the state is %s", got)
	}
	for path, want := range map[string]string{
		"/clock": `{"frozen":false,"time":"2026-01-31T12:00:00Z"}`, "/snapshots": `{"snapshots":[]}`, "/faults": `{"faults":[]}`,
		"/requests": `{"forgotten":0,"matching":0,"requests":[]}`,
	} {
		if got := strings.TrimSpace(w.ask(200, http.MethodGet, path, "")); got != want {
			t.Errorf("%s is %s", path, got)
		}
	}
}
