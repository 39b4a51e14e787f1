package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fixtures"
)

// defaultAddr is where the twin listens unless it is told otherwise.
const defaultAddr = "127.0.0.1:4610"

// patience is how long the server waits: for the headers of a request, for all of it,
// for the answer to be taken, for the next request on a connection, and for what is in
// flight once it is told to stop.
var patience = struct{ header, request, answer, next, stop time.Duration }{
	header: 10 * time.Second, request: 30 * time.Second, answer: time.Minute, next: 2 * time.Minute, stop: 10 * time.Second,
}

type serveFlags struct {
	addr, fixtures, auth, clients, logFormat, tlsCert, tlsKey string
	dialect, defects                                          []string
}

func serveCommand() *cobra.Command {
	var f serveFlags
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run the twin of both APIs",
		Long: `Runs the twin of both APIs on one port: /m/ripple and /ripple/access_token,
/v1, and the control API under /__admin. Prints "listening on http://HOST:PORT" on
standard output once it answers. SIGINT and SIGTERM let requests in flight finish,
and the exit status is 0; a second one ends it at once.`,
		Example: `  twinbill serve
  twinbill serve --addr 127.0.0.1:0 --dialect ripple.error.not-found=404
  twinbill serve --defect ripple.account.customer-id.unique`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return serve(command, f) },
	}
	flags := command.Flags()
	flags.StringVar(&f.addr, "addr", defaultAddr, "`address` to listen on; port 0 takes a free one")
	flags.StringVar(&f.fixtures, "fixtures", "", "YAML `file` with the state that every sandbox starts from")
	flags.StringArrayVar(&f.dialect, "dialect", nil, "dialect `file`, or point=reading (repeatable)")
	flags.StringVar(&f.auth, "auth", "open", "`open` admits any credential, strict those of --clients alone")
	flags.StringVar(&f.clients, "clients", "", "YAML `file` with the clients and keys of --auth strict")
	flags.StringArrayVar(&f.defects, "defect", nil, "break the clause of this `slug`, or of the wire mutant of this id, on purpose (repeatable)")
	flags.StringVar(&f.logFormat, "log-format", "text", "format of the log on standard error: `text` or json")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "PEM `file` with the certificate; serves HTTPS")
	flags.StringVar(&f.tlsKey, "tls-key", "", "PEM `file` with the certificate's key")
	return command
}

func serve(command *cobra.Command, f serveFlags) error {
	if err := setLogger(f.logFormat); err != nil {
		return err
	}
	handler, err := f.twin()
	if err != nil {
		return err
	}
	certificate, err := f.certificate()
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(command.Context(), "tcp", f.addr)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err
		}
		return fmt.Errorf("serve: cannot listen on %s: %w; choose another --addr", f.addr, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: patience.header,
		ReadTimeout:       patience.request,
		WriteTimeout:      patience.answer,
		IdleTimeout:       patience.next,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	scheme := "http"
	if certificate != nil {
		scheme = "https"
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(command.OutOrStdout(), "listening on %s://%s\n", scheme, listener.Addr())
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-command.Context().Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience.stop)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		slog.Warn("requests were still in flight", "after", patience.stop)
		_ = server.Close()
	}
	return nil
}

// twin builds the handler that the flags describe.
func (f serveFlags) twin() (http.Handler, error) {
	d, err := readDialect(f.dialect)
	if err != nil {
		return nil, err
	}
	options := []mock.Option{mock.WithDialect(d), mock.WithDefects(f.defects...), mock.WithVersion(productVersion())}
	if f.fixtures != "" {
		data, err := os.ReadFile(f.fixtures)
		if err != nil {
			return nil, fmt.Errorf("serve: --fixtures: %w", err)
		}
		state, err := fixtures.Parse(f.fixtures, data)
		if err != nil {
			return nil, err
		}
		options = append(options, mock.WithFixtures(state))
	}
	switch f.auth {
	case "open":
		if f.clients != "" {
			return nil, errors.New("serve: --clients needs --auth strict")
		}
	case "strict":
		clients, keys, err := readClients(f.clients)
		if err != nil {
			return nil, err
		}
		options = append(options, mock.WithClients(clients), mock.WithKeys(keys))
	default:
		return nil, fmt.Errorf("serve: --auth is open or strict, not %q", f.auth)
	}
	return mock.New(options...)
}

func (f serveFlags) certificate() (*tls.Certificate, error) {
	if f.tlsCert == "" && f.tlsKey == "" {
		return nil, nil
	}
	if f.tlsCert == "" || f.tlsKey == "" {
		return nil, errors.New("serve: --tls-cert and --tls-key go together")
	}
	certificate, err := tls.LoadX509KeyPair(f.tlsCert, f.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("serve: --tls-cert and --tls-key: %w", err)
	}
	return &certificate, nil
}

func setLogger(format string) error {
	switch format {
	case "text":
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	case "json":
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	default:
		return fmt.Errorf("serve: --log-format is text or json, not %q", format)
	}
	return nil
}
