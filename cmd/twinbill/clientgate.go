package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/clientgate"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/yamlfile"
)

// journalPatience bounds the wait for one answer about a journal.
const journalPatience = 30 * time.Second

// clientGateFlags say which client is judged, and by what.
type clientGateFlags struct {
	url, sandbox, expect, minimum, token string
	allowed, out                         []string
	refusals                             int
}

func gateCommand() *cobra.Command {
	var f clientGateFlags
	command := &cobra.Command{
		Use:   "gate",
		Short: "Judge a client by what it sent to a running twin",
		Long: `Asks a running twin what the clients of a sandbox sent to it, and judges them: by
their departures from the contract, by the requests that are expected of them, and
by how much of the documentation they have met.

Exit status: 0 met; 1 not met; 2 usage or configuration, no answer, or no request in
the journal, so that there is nothing to judge.`,
		Example: `  twinbill gate --sandbox team-a --allow-departure undeclared-field --max-refusals 3
  twinbill gate --sandbox team-a --expect expectations.yaml --min-coverage operations=80%,answers=50% --report junit=gate.xml`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	f.register(command.Flags())
	return command
}

func (f *clientGateFlags) register(flags *pflag.FlagSet) {
	registerTwinURL(flags, &f.url)
	flags.StringVar(&f.sandbox, "sandbox", "", "`name` of the sandbox: the client_id or API key that the client uses, or what it sends as Twinbill-Sandbox (default anonymous)")
	flags.StringVar(&f.expect, "expect", "", "YAML or JSON `file` of named expectations")
	flags.StringVar(&f.minimum, "min-coverage", "", "least `PART=PERCENT,...` of the documented operations, answers or fields that the client has met, such as operations=80%")
	flags.StringArrayVar(&f.allowed, "allow-departure", nil, "`glob` over the kinds or clauses of departures that do not count, such as undeclared-field; repeatable")
	flags.IntVar(&f.refusals, "max-refusals", 0, "how many requests documented rules may refuse")
	flags.StringArrayVar(&f.out, "report", nil, "write a report, `format=FILE`, - for standard output, the format one of "+clientgate.FormatNames()+"; repeatable")
	flags.StringVar(&f.token, "admin-token", "", "`token` of the twin's control API, where it wants one")
}

// gateReport is a file of --report and what writes it.
type gateReport struct {
	*output
	format clientgate.Format
}

func (f *clientGateFlags) run(command *cobra.Command) error {
	url, err := twinURL(command, f.url)
	if err != nil {
		return err
	}
	config := clientgate.Config{URL: url, Sandbox: f.sandbox, AdminToken: f.token, Allowed: f.allowed, Refusals: f.refusals, Patience: journalPatience}
	if _, err := target.New(url, journalPatience); err != nil {
		return fmt.Errorf("gate: --url: %w", err)
	}
	if f.refusals < 0 {
		return fmt.Errorf("gate: --max-refusals: %d is less than none; want 0 or more", f.refusals)
	}
	if f.expect != "" {
		data, err := unlessStopped(command.Context(), func() ([]byte, error) { return yamlfile.Read(f.expect, maxFile) })
		if err != nil {
			return fmt.Errorf("gate: --expect: %w", err)
		}
		if config.Expectations, err = clientgate.ParseExpectations(f.expect, data); err != nil {
			return fmt.Errorf("gate: --expect: %w", err)
		}
	}
	if f.minimum != "" {
		if config.Minimum, err = clientgate.ParseMinimum(f.minimum); err != nil {
			return fmt.Errorf("gate: --min-coverage: %w", err)
		}
	}
	reports, opened, err := f.open()
	defer func() {
		for _, o := range reports {
			o.drop()
		}
	}()
	if err != nil {
		return err
	}
	result, err := clientgate.Run(command.Context(), config)
	if err != nil {
		if status, ok := interrupted(command.Context()); ok {
			return status
		}
		return fmt.Errorf("gate: %w", err)
	}
	for _, o := range reports {
		if err := o.write(func(w io.Writer) error { return o.format.Write(w, result) }); err != nil {
			return err
		}
	}
	if result.Nothing != "" {
		return errors.New("gate: " + result.Nothing)
	}
	if err := clientgate.Terminal(opened.people(command), result); err != nil {
		return err
	}
	if !result.Met {
		return exitCode(1)
	}
	return nil
}

// open opens the files of --report. Beside an error it returns those that are open.
func (f *clientGateFlags) open() (reports []gateReport, all outputs, err error) {
	for _, value := range f.out {
		name, file, err := reportFormat(value, clientgate.FormatNames())
		if err != nil {
			return reports, all, fmt.Errorf("gate: %w", err)
		}
		format, _ := clientgate.FormatNamed(name)
		o, err := openOutput("gate: --report", file)
		if err != nil {
			return reports, all, err
		}
		reports = append(reports, gateReport{o, format})
		if err := all.add(o); err != nil {
			return reports, all, err
		}
	}
	return reports, all, nil
}
