package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/exports"
	"github.com/twinbill/twinbill/conformance/target"
)

func envCommand() *cobra.Command {
	var url, sandbox, format string
	var proxy bool
	command := &cobra.Command{
		Use:   "env",
		Short: "Print the variables that a client needs to use the twin",
		Long: `Prints, for the twin that start runs or for the one at --url, the variables

  RIPPLE_BASE_URL RIPPLE_TOKEN_URL RIPPLE_CLIENT_ID RIPPLE_CLIENT_SECRET
  CLOUDHEALTH_BASE_URL CLOUDHEALTH_API_KEY
  TWINBILL_URL                              which health, verify and gate read

--proxy adds those for clients whose URLs are fixed, where the twin was started with
--intercept: https_proxy, HTTPS_PROXY, NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE,
SSL_CERT_FILE and CURL_CA_BUNDLE. Only the partners' hosts can be reached by it.

Client id and key are the name of the sandbox, so that both APIs share one state.
--auth strict admits only credentials of its own: set those by hand. Exit status: 0;
2 none runs and --url is not given.`,
		Example: `  eval "$(twinbill env)"
  twinbill env --format dotenv >.env
  twinbill env --url http://twin:4610 --sandbox my-test`,
		Args: noArguments,
		// A TWINBILL_URL that this command printed before says nothing: its twin may have
		// gone, and another run elsewhere.
		PersistentPreRunE: func(command *cobra.Command, _ []string) error {
			if err := os.Unsetenv("TWINBILL_URL"); err != nil {
				return err
			}
			return fromEnvironment(command.Flags())
		},
		RunE: func(command *cobra.Command, _ []string) error { return env(command, url, sandbox, format, proxy) },
	}
	flags := command.Flags()
	flags.StringVar(&url, "url", "", "base `URL` of the twin; that of the run file by default")
	flags.StringVar(&sandbox, "sandbox", "shared", "`name` of the sandbox, which is the client id and the key")
	flags.StringVar(&format, "format", "sh", strings.Join(exports.Formats(), ", ")+": `form` of what is printed")
	flags.BoolVar(&proxy, "proxy", false, "print the variables of a proxy, too")
	flags.String(runFileFlag, "", runFileUsage)
	return command
}

func env(command *cobra.Command, url, sandbox, format string, proxy bool) error {
	if strings.ContainsFunc(sandbox, func(r rune) bool { return r <= ' ' || r > '~' }) || sandbox == "" {
		return fmt.Errorf("env: --sandbox is a name without spaces, of ASCII characters, not %q", sandbox)
	}
	authority := ""
	if command.Flags().Changed("url") {
		if proxy {
			return errors.New("env: --proxy needs the run file of the twin, not --url")
		}
		t, err := target.New(url, contactTimeout)
		if err != nil {
			return fmt.Errorf("env: --url: %w", err)
		}
		url = t.Base
	} else {
		file, err := runFile(command)
		if err != nil {
			return err
		}
		run, err := file.Find()
		if err != nil {
			return notFound(command, file, err)
		}
		url, authority = run.URL, run.Authority
	}
	variables := exports.Of(url, sandbox)
	if proxy {
		if authority == "" {
			return fmt.Errorf("env: --proxy: the twin at %s is no proxy; start it with --intercept", url)
		}
		variables = append(variables, exports.Proxy(url, authority)...)
	}
	text, err := exports.Format(format, variables)
	if errors.Is(err, exports.ErrFormat) {
		err = oneOf("format", format, exports.Formats()...)
	}
	if err != nil {
		return fmt.Errorf("env: %w", err)
	}
	_, err = fmt.Fprint(command.OutOrStdout(), text)
	return err
}
