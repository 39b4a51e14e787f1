package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/background"
	"github.com/twinbill/twinbill/internal/yamlfile"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/fault"
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
	sandboxes                                                                    sandboxFlags
	addr, fixtures, auth, clients, logFormat, tlsCert, tlsKey, runFile, instance string
	dialect, defects, cors, faults                                               []string
	adminToken, interceptDir, publicURL, basePath                                string
	tlsSelfSigned, intercept, compress, accessLog, trustForwarded                bool
	shared                                                                       bool // --clients is a variable of several commands, and --auth is given
}

func serveCommand() *cobra.Command {
	var f serveFlags
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run the twin of both APIs",
		Long: `Runs the twin of both APIs on one port: /m/ripple and /ripple/access_token,
/v1, and the control API under /__admin. Prints "listening on http://HOST:PORT" on
standard output once it answers. SIGINT and SIGTERM let requests in flight finish,
and the exit status is 0; a second one ends it at once.

With --intercept the same port is a forward proxy for the partners' own hosts, so that
clients whose URLs are fixed reach the twin: point their https_proxy at it, and have
them trust the certificate authority whose file it prints.`,
		Example: `  twinbill serve
  twinbill serve --addr 127.0.0.1:0 --dialect ripple.error.not-found=404
  twinbill serve --defect ripple.account.customer-id.unique
  twinbill serve --fault kind=latency,seconds=0.2,operations=create*
  twinbill serve --intercept --access-log`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return serve(command, f) },
	}
	flags := command.Flags()
	flags.StringVar(&f.addr, "addr", defaultAddr, "`address` to listen on; port 0 takes a free one")
	flags.StringVar(&f.fixtures, "fixtures", "", "YAML `file` with the state that every sandbox starts from")
	flags.StringVar(&f.instance, "instance", "", "`name` by which the control API's health tells this process from others (default made at its start)")
	flags.StringArrayVar(&f.dialect, "dialect", nil, "dialect `file`, or point=reading (repeatable)")
	flags.StringVar(&f.auth, "auth", "open", "`open` admits any credential, strict those of --clients alone")
	flags.StringVar(&f.clients, "clients", "", "YAML `file` with the clients and keys of --auth strict")
	flags.StringArrayVar(&f.defects, "defect", nil, "break the clause of this `slug`, or of the wire mutant of this id, on purpose (repeatable)")
	flags.StringArrayVar(&f.faults, "fault", nil, "go wrong for every client as a `fault` says, such as kind=status,status=503,count=2 (repeatable)")
	flags.StringVar(&f.logFormat, "log-format", "text", "format of the log on standard error: `text` or json")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "PEM `file` with the certificate; serves HTTPS")
	flags.StringVar(&f.tlsKey, "tls-key", "", "PEM `file` with the certificate's key")
	flags.BoolVar(&f.tlsSelfSigned, "tls-self-signed", false, "serve HTTPS by a certificate for this machine, made at first use")
	flags.BoolVar(&f.intercept, "intercept", false, "be a forward proxy for the partners' own hosts")
	flags.StringVar(&f.interceptDir, "intercept-dir", "", "`directory` of the authority of --intercept and of the certificate of --tls-self-signed (default twinbill in the user's configuration directory)")
	flags.StringVar(&f.publicURL, "public-url", "", "`URL` by which clients reach the root of the twin, such as a proxy's: Location and Link begin with it (default the host that each request names)")
	flags.StringVar(&f.basePath, "base-path", "", "`path` below which everything is served, such as /billing")
	flags.BoolVar(&f.trustForwarded, "trust-forwarded", false, "believe Forwarded, X-Forwarded-Proto, -Host and -Prefix; for a twin that only a proxy reaches")
	flags.StringVar(&f.adminToken, "admin-token", "", "`token` that the control API wants in the header Twinbill-Admin-Token, from any machine; without one it answers this machine alone")
	flags.StringArrayVar(&f.cors, "cors", nil, "`origin` whose pages may use the APIs from a browser, such as https://app.example.com, or * (repeatable)")
	flags.BoolVar(&f.compress, "compress", true, "compress answers of 1 KiB and more for clients that take it")
	flags.BoolVar(&f.accessLog, "access-log", false, "log each request on standard error")
	flags.StringVar(&f.runFile, runFileFlag, "", "`file` to say in where the twin runs, for stop, status, env, health and gate")
	f.sandboxes.register(flags)
	exclusive(flags, "tls-self-signed", "tls-cert")
	exclusive(flags, "tls-self-signed", "tls-key")
	annotate(flags.Lookup("fault"), commas, "")
	return command
}

func serve(command *cobra.Command, f serveFlags) error {
	metrics.ExposeMetadata(true) // for the whole process, so that no library sets it
	if err := setLogger(f.logFormat); err != nil {
		return err
	}
	if err := f.checkToken(command.Flags().Changed("admin-token")); err != nil {
		return err
	}
	f.shared = command.Flags().Lookup("clients").Annotations[fromVariable] != nil && command.Flags().Lookup("auth").Annotations[fromVariable] == nil && command.Flags().Changed("auth")
	twin, err := unlessStopped(command.Context(), f.twin)
	if _, stopped := interrupted(command.Context()); stopped {
		return nil
	}
	if err != nil {
		return err
	}
	state, err := f.sandboxes.load(command.Context(), twin)
	if _, stopped := interrupted(command.Context()); stopped {
		return nil
	}
	if err != nil {
		return err
	}
	handler, err := f.served(twin)
	if err != nil {
		return err
	}
	certificate, trust, err := f.certificate(command.Context())
	if _, stopped := interrupted(command.Context()); stopped {
		return state.end()
	}
	if err != nil {
		return err
	}
	authority, err := f.authority()
	if err != nil {
		return err
	}
	claim, err := f.claim()
	if err != nil {
		return err
	}
	defer func() {
		if err := claim.Release(); err != nil {
			slog.Warn("the run file stays", "error", err)
		}
	}()
	listener, err := new(net.ListenConfig).Listen(command.Context(), "tcp", f.addr)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err
		}
		return fmt.Errorf("serve: cannot listen on %s: %w; choose another --addr", f.addr, err)
	}
	entrance, proxy := f.entrance(handler, authority, twin.Journaled)
	server := newServer(entrance)
	server.RegisterOnShutdown(twin.EndStreams)
	failed := make(chan error, 1)
	scheme := "http"
	if certificate != nil {
		scheme = "https"
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
		go func() { failed <- server.ServeTLS(listener, "", "") }()
	} else {
		go func() { failed <- server.Serve(listener) }()
	}
	trusted := ""
	if authority != nil {
		trusted = authority.File()
	}
	if err := claim.Announce(background.Address(scheme, listener.Addr())+twin.BasePath(), productVersion(), trusted); err != nil {
		return fmt.Errorf("serve: --%s: %w", runFileFlag, err)
	}
	fmt.Fprintf(command.OutOrStdout(), "listening on %s://%s%s\n", scheme, listener.Addr(), twin.BasePath())
	if trust != "" {
		fmt.Fprintf(command.OutOrStdout(), "certificate: %s\n", trust)
	}
	if authority != nil {
		fmt.Fprintf(command.OutOrStdout(), "intercepting %s\ncertificate authority: %s\n", strings.Join(authority.Hosts(), ", "), authority.File())
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-command.Context().Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience.stop)
	defer cancel()
	var closing sync.WaitGroup
	if proxy != nil {
		closing.Go(func() {
			if err := proxy.Shutdown(ctx); err != nil {
				slog.Warn("requests were still in flight in tunnels", "after", patience.stop)
			}
		})
	}
	if err := server.Shutdown(ctx); err != nil {
		slog.Warn("requests were still in flight", "after", patience.stop)
		_ = server.Close()
	}
	closing.Wait()
	return state.end()
}

// twin builds the handler that the flags describe.
func (f serveFlags) twin() (*mock.Twin, error) {
	d, err := readDialect(f.dialect)
	if err != nil {
		return nil, err
	}
	options := []mock.Option{mock.WithDialect(d), mock.WithDefects(f.defects...), mock.WithVersion(productVersion()), mock.WithAdminToken(f.adminToken), mock.WithPublicURL(f.publicURL), mock.WithBasePath(f.basePath)}
	if f.trustForwarded {
		options = append(options, mock.WithForwarded())
	}
	if f.instance != "" {
		options = append(options, mock.WithInstance(f.instance))
	}
	for _, text := range f.faults {
		wrong, err := fault.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("serve: --fault: %w", err)
		}
		options = append(options, mock.WithFaults(wrong))
	}
	if f.fixtures != "" {
		data, err := yamlfile.Read(f.fixtures, maxState)
		if err != nil {
			return nil, fmt.Errorf("serve: --fixtures: %w", err)
		}
		state, err := fixtures.Parse(f.fixtures, data)
		if err != nil {
			return nil, err
		}
		options = append(options, mock.WithFixtures(state), mock.WithReload(fixtures.File(f.fixtures)))
	}
	kept, err := f.sandboxes.options()
	if err != nil {
		return nil, err
	}
	options = append(options, kept...)
	if err := oneOf("auth", f.auth, "open", "strict"); err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	switch {
	case f.auth == "open" && f.clients != "" && !f.shared:
		return nil, errors.New("serve: --clients needs --auth strict; add that, or leave --clients out")
	case f.auth == "strict":
		clients, keys, err := readClients(f.clients)
		if err != nil {
			return nil, err
		}
		options = append(options, mock.WithClients(clients), mock.WithKeys(keys))
	}
	return mock.New(options...)
}

func setLogger(format string) error {
	if err := oneOf("log-format", format, "text", "json"); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if format == "json" {
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	}
	quietDefaultLog() // which slog has taken over
	return nil
}
