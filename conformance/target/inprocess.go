package target

import (
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"time"

	"github.com/twinbill/twinbill/openapi"
)

// InProcessBase is the base URL of a target in the same process, which nobody else can
// ask.
const InProcessBase = "http://twinbill.test"

// InProcess returns a target that calls a handler without a network in between, at no
// pace unless one is set.
func InProcess(handler http.Handler) *Target {
	t := newTarget(InProcessBase)
	for _, api := range openapi.APIs() {
		t.sites[api] = &site{root: t.Base, transport: inProcess{handler}, timeout: time.Minute, paced: true}
	}
	return t
}

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	served.RemoteAddr = "127.0.0.1:0"
	if served.Host == "" {
		served.Host = r.URL.Host
	}
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, served)
	return recorder.Result(), nil
}
