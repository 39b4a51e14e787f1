package journal

import (
	"bufio"
	"context"
	"net"
	"net/http"

	"github.com/twinbill/twinbill/mock/wire"
)

// Recorder journals every request that next answers, as the client sent it and was
// answered, when next returns or panics; a panic goes on. Each answer bears an
// X-Request-Id. A request that nobody claimed by Record.Belongs is that of fallback,
// which is asked at most once.
func Recorder(next http.Handler, fallback func(*http.Request) Owner) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record := newRecord(r, fallback)
		request := &requestBody{source: r.Body}
		answer := &responseWriter{ResponseWriter: w, record: record}
		returned := false
		defer func() {
			if returned {
				answer.begin(http.StatusOK)
			}
			if !answer.taken {
				request.rest(r, w)
			}
			record.append(request, answer)
		}()
		passed := r.WithContext(context.WithValue(r.Context(), key{}, record))
		if r.Body != nil {
			passed.Body = request
		}
		next.ServeHTTP(answer, passed)
		returned = true
	})
}

// responseWriter keeps a copy of an answer.
type responseWriter struct {
	http.ResponseWriter
	record *Record
	status int         // 0 until the header is written
	sent   http.Header // as it was when it was written
	taken  bool        // the handler has taken the connection over
	body   capture
}

// begin settles the header. What net/http would write by itself is settled when the
// handler has returned.
func (w *responseWriter) begin(status int) {
	if w.status != 0 || w.taken {
		return
	}
	w.Header().Set(wire.RequestIDHeader, w.record.ID())
	if status < 200 && status != http.StatusSwitchingProtocols {
		return // more of the header is to come
	}
	w.status, w.sent = status, w.Header().Clone()
}

func (w *responseWriter) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(data []byte) (int, error) {
	w.begin(http.StatusOK)
	n, err := w.ResponseWriter.Write(data)
	if w.record.method != http.MethodHead { // which is answered without a body
		w.body.add(data[:n])
	}
	return n, err
}

// Unwrap serves http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what is written so far, where the connection can.
func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush, as http.ResponseController asks for it.
func (w *responseWriter) FlushError() error {
	w.begin(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack hands the connection over. What is written to it then is not kept.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.taken = err == nil
	return conn, rw, err
}
