package control_test

import (
	"net/http"
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

func TestFaults(t *testing.T) {
	w := newWorld(t)
	team, other := w.in("team"), w.in("other")
	own := reads[gen.Fault](team, http.MethodPost, "/faults", `{"kind": "status", "status": 503, "count": 1}`)
	all := reads[gen.Fault](team, http.MethodPost, "/faults", `{"kind": "status", "status": 500, "everywhere": true, "operations": ["deleteReseller"]}`)
	if own.Id == all.Id {
		t.Errorf("two faults are called %s", own.Id)
	}
	ids := func(w world) string {
		t.Helper()
		var ids []string
		for _, f := range reads[gen.FaultList](w, http.MethodGet, "/faults", "").Faults {
			ids = append(ids, f.Id)
		}
		return strings.Join(ids, " ")
	}
	if got, want := ids(team), own.Id+" "+all.Id; got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
	if got := ids(other); got != all.Id {
		t.Errorf("another sandbox has %s", got)
	}
	for i, want := range []int{503, 200} {
		if got := team.assigns("", "000000000001"); got != want {
			t.Errorf("request %d: status %d, want %d", i, got, want)
		}
	}
	if got := reads[gen.Fault](team, http.MethodGet, "/faults/"+own.Id, ""); got.Met != 1 {
		t.Errorf("it was met %d times", got.Met)
	}
	if got := reads[gen.Fault](other, http.MethodGet, "/faults/"+all.Id, ""); got.Met != 0 || got.Everywhere == nil {
		t.Errorf("there is %+v", got)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		other.refuses(404, method, "/faults/"+own.Id, "", `the sandbox "other" has no fault`, own.Id)
	}
	team.refuses(400, http.MethodPost, "/faults", `{"kind": "status"}`, "status: the kind status needs it")
	team.refuses(400, http.MethodPost, "/faults", `{"kind": "storm"}`, "kind: ")
	team.refuses(400, http.MethodPost, "/faults", `{"kind": "malformed", "count": 1e300}`, "count: the number 1e300 is out of range")
	if got := ids(team); got != own.Id+" "+all.Id {
		t.Errorf("a refused fault is there: %s", got)
	}
	other.ask(204, http.MethodDelete, "/faults/"+all.Id, "")
	if got := ids(team); got != own.Id {
		t.Errorf("there are %s", got)
	}
	other.ask(201, http.MethodPost, "/faults", `{"kind": "malformed", "everywhere": true}`)
	team.ask(204, http.MethodDelete, "/faults", "")
	if mine, others := ids(team), ids(other); mine != others || !strings.HasPrefix(mine, "everywhere-") {
		t.Errorf("there are %q and %q", mine, others)
	}
}
