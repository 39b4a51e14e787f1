package intercept

import (
	"bytes"
	"io"
	"net"
	"sync"
)

// tunnelKey is the key of a request's tunnel in its context.
type tunnelKey struct{}

// tunnel is a connection on which a client has asked for a host.
type tunnel struct {
	net.Conn
	reader io.Reader
	host   string
}

// newTunnel makes a tunnel of a connection on which some bytes were read already.
func newTunnel(conn net.Conn, early []byte, host string) *tunnel {
	return &tunnel{Conn: conn, reader: io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn), host: host}
}

func (t *tunnel) Read(p []byte) (int, error) { return t.reader.Read(p) }

// arrivals is a net.Listener whose connections are handed to it.
type arrivals struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newArrivals() *arrivals {
	a := &arrivals{conns: make(chan net.Conn), done: make(chan struct{})}
	a.close = sync.OnceFunc(func() { close(a.done) })
	return a
}

// take hands a connection to whoever accepts; once nobody does, it closes it.
func (a *arrivals) take(conn net.Conn) {
	select {
	case a.conns <- conn:
	case <-a.done:
		_ = conn.Close()
	}
}

// Accept implements net.Listener.
func (a *arrivals) Accept() (net.Conn, error) {
	select {
	case conn := <-a.conns:
		return conn, nil
	case <-a.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (a *arrivals) Close() error {
	a.close()
	return nil
}

// Addr implements net.Listener.
func (a *arrivals) Addr() net.Addr { return &net.UnixAddr{Name: "tunnels", Net: "unix"} }
