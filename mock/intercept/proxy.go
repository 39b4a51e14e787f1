// Package intercept makes a server a forward proxy for the partners' own hosts and for
// nothing else, so that clients whose URLs are fixed reach the twin unchanged.
package intercept

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/twinbill/twinbill/mock/wire"
)

// greeting bounds the writing of the answer to a CONNECT.
const greeting = 10 * time.Second

// Proxy answers requests to a server and, for the hosts of its authority, requests to a
// proxy: CONNECT by a TLS server in the tunnel, and requests that name their whole URL
// as if they were sent to the host. Any other destination is refused with 403.
type Proxy struct {
	authority *Authority
	next      http.Handler
	tunnels   *http.Server
	arrivals  *arrivals
	refused   func(http.Handler) http.Handler
}

// New returns a proxy in front of a handler. What comes through tunnels is answered by
// the server, whose Handler and bounds the caller sets and whose TLS is the proxy's. The
// proxy is to be shut down. What answers a destination that is refused is wrapped by
// refused, which may be nil.
func New(authority *Authority, next http.Handler, tunnels *http.Server, refused func(http.Handler) http.Handler) *Proxy {
	if refused == nil {
		refused = func(h http.Handler) http.Handler { return h }
	}
	p := &Proxy{authority: authority, next: next, tunnels: tunnels, arrivals: newArrivals(), refused: refused}
	tunnels.Handler = inside(tunnels.Handler)
	tunnels.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if encrypted, ok := c.(*tls.Conn); ok {
			c = encrypted.NetConn()
		}
		return context.WithValue(ctx, tunnelKey{}, c)
	}
	tunnels.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return authority.leaf(hello.Conn.(*tunnel).host)
		},
	}
	go func() {
		if err := tunnels.ServeTLS(p.arrivals, "", ""); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("intercept: tunnels are not served", "error", err)
		}
	}()
	return p
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect && !r.URL.IsAbs() {
		p.next.ServeHTTP(w, r)
		return
	}
	host, err := destination(r, p.authority.hosts)
	if err != nil {
		slog.Warn("intercept: refused", "why", err)
		p.refused(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, err.Error(), http.StatusForbidden)
		})).ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodConnect {
		p.next.ServeHTTP(w, direct(r))
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2
		http.Error(w, "ask for a tunnel by HTTP/1.1", http.StatusNotImplemented)
		return
	}
	early, _ := buffered.Peek(buffered.Reader.Buffered()) // a client need not wait for the answer
	_ = conn.SetWriteDeadline(time.Now().Add(greeting))
	if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetWriteDeadline(time.Time{})
	p.arrivals.take(newTunnel(conn, early, host))
}

// Shutdown closes the tunnels that are idle and waits for the others until the context
// ends, which closes them too.
func (p *Proxy) Shutdown(ctx context.Context) error {
	defer func() { _ = p.arrivals.Close() }()
	err := p.tunnels.Shutdown(ctx)
	if err != nil {
		_ = p.tunnels.Close()
	}
	return err
}

// inside keeps what comes through a tunnel to the host that the tunnel leads to.
func inside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Context().Value(tunnelKey{}).(*tunnel).host
		if r.Method == http.MethodConnect {
			http.Error(w, "no tunnel in a tunnel", http.StatusForbidden)
			return
		}
		if r.Host == "" { // HTTP/1.0
			r.Host = host
		}
		if wire.HostName(r.Host) != host {
			http.Error(w, fmt.Sprintf("this tunnel leads to %s, not to %q", host, r.Host), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, direct(r))
	})
}
