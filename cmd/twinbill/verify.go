package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// contactTimeout is how long the first answer of a target may take.
var contactTimeout = 1800 * time.Millisecond

type verifyFlags struct {
	targetFlags
	writeFlags
	gateFlags
	api, dialectOut                  string
	run, skip, dialect, defects, out []string
	list, dryRun, check, strict      bool
	verbose                          bool
	parallel                         int
	deadline                         time.Duration
	seed                             uint64
}

func verifyCommand() *cobra.Command {
	var f verifyFlags
	command := &cobra.Command{
		Use:   "verify",
		Short: "Hold a deployment to the documentation",
		Long: `Observes which dialect the target follows, then runs every scenario and probe
under it. The target is a --url, what a --target file describes, or else a twin in
the same process, which --dialect and --defect configure.

A target that does not say that it is Twinbill is written to with --allow-writes
alone, and asked no faster than half the documented rates. What is created stands in
an undo log before it is sent, and is removed after each check; after a kill,
"twinbill cleanup" finishes. --dry-run prints what would be sent, and sends nothing;
--check prints what could be run, and asks by a few reads whether what is supplied does.

Exit status: 0 conformant (warnings too, unless --strict); 1 a must is broken, an
expected failure is stale, or something that was created could not be removed
(residue); 2 usage, nothing selected or verified, no answer at all, another server,
scheme or base path than the API's, or a credential that is refused; 3 nothing
failed but something stayed inconclusive, or --max-requests or --deadline ended
the run before its end; 130 or 143 interrupted by SIGINT or
SIGTERM. An interrupted run removes what it created and still writes its reports; a
second signal ends it at once.`,
		Example: `  twinbill verify
  twinbill verify --url http://127.0.0.1:4610 --report json=report.json
  twinbill verify --target target.yaml --allow-writes --dry-run
  twinbill verify --run 'ripple/account/*' --run createAccount
  twinbill verify --defect ripple.account.customer-id.unique`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if command.Flags().Changed("url") && f.url == "" {
				return errors.New("verify: --url is empty; leave it out to verify a twin in this process")
			}
			return verify(command, f)
		},
	}
	flags := command.Flags()
	f.targetFlags.add(flags)
	f.writeFlags.add(flags)
	f.gateFlags.add(flags)
	flags.StringVar(&f.api, "api", "", "verify `ripple` or cloudhealth alone")
	flags.StringArrayVar(&f.run, "run", nil, "run the checks whose id, clause, operation or tag matches the `glob` (repeatable)")
	flags.StringArrayVar(&f.skip, "skip", nil, "leave out those that match the `glob` (repeatable)")
	flags.BoolVar(&f.list, "list", false, "print the selected checks, one a line, and send nothing")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be sent, by operation, and send nothing")
	flags.BoolVar(&f.check, "check", false, "print which checks the --target lets run, and why not the others, and ask it by reads whether what the file supplies does")
	flags.IntVar(&f.parallel, "parallel", 0, "checks at once; 0 means one for each processor")
	flags.DurationVar(&f.deadline, "deadline", 0, "how long the run may take, such as `30m`, clean-up aside; 0 means no bound")
	flags.Uint64Var(&f.seed, "seed", 0, "repeat the data and the order of an earlier run; 0 chooses a new one")
	flags.BoolVar(&f.strict, "strict", false, "let warnings fail")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print every check that did not pass with the requests that lead to it as curl commands, every reading, and every reason to skip")
	flags.StringArrayVar(&f.dialect, "dialect", nil, "dialect `file`, or point=reading, to declare instead of observing (repeatable)")
	flags.StringVar(&f.dialectOut, "dialect-out", "", "write the observed dialect to a `file` that serve --dialect takes")
	flags.StringArrayVar(&f.defects, "defect", nil, "break the clause of this `slug`, or of the wire mutant of this id, in the twin (repeatable; not with --url)")
	flags.StringArrayVar(&f.out, "report", nil, "write a report, as `format=FILE`, - for standard output; formats: "+report.FormatNames()+" (repeatable)")
	exclusive(flags, "url", "target", "defect")
	exclusive(flags, "read-only", "allow-writes")
	exclusive(flags, "read-only", "allow-irreversible")
	exclusive(flags, "read-only", "journal")
	exclusive(flags, "read-only", "keep")
	exclusive(flags, "defect", "journal")
	exclusive(flags, "defect", "keep")
	return command
}

func verify(command *cobra.Command, f verifyFlags) error {
	config, err := unlessStopped(command.Context(), f.config)
	if err != nil {
		return err
	}
	config.Replay = replayCommand(command.Flags(), config.Seed)
	switch {
	case f.list:
		return list(command.OutOrStdout(), config)
	case f.check:
		return enabled(command.Context(), command.OutOrStdout(), config)
	case f.dryRun:
		return dryRun(command.Context(), command.OutOrStdout(), config)
	}
	files, err := f.open()
	defer files.drop()
	if err != nil {
		return err
	}
	ctx, out := command.Context(), files.people(command)
	defer context.AfterFunc(ctx, func() {
		fmt.Fprintln(command.ErrOrStderr(), "twinbill: verify: interrupted; removing what was created (a second signal ends it at once)")
	})()
	terminal := report.NewTerminal(out, isTerminal(out))
	config.Progress, terminal.Verbose, terminal.Log = terminal.Progress, f.verbose, command.ErrOrStderr()
	started := time.Now()
	found, err := conformance.Run(ctx, config)
	unwritten := closeJournal(command.ErrOrStderr(), config.Journal)
	status, stopped := interrupted(ctx)
	if err != nil {
		problem := files.nothing(command, config, started, err)
		if stopped && problem == nil {
			return status
		}
		if problem != nil {
			err = fmt.Errorf("%w; %w", err, problem)
		}
		return fmt.Errorf("verify: %w", err)
	}
	if !stopped {
		files.options.Hurry = ctx.Done()
	}
	document := report.New(found, files.options)
	terminal.Finish(document)
	if len(found.Results) == 0 {
		fmt.Fprintf(out, "shard %s holds none of the selected checks\n", config.Shard)
	}
	if err := files.write(command, document, found.Dialect, stopped); err != nil {
		return err
	}
	if unwritten != nil {
		return unwritten
	}
	if !stopped && document.Outcome == report.Unverified {
		return fmt.Errorf("verify: nothing is verified; %s", document.Reason)
	}
	code := exitCode(found.ExitCode(f.strict))
	switch {
	case stopped && found.Unexpected(conformance.Fail) == 0: // a broken must says more than the signal
		return status
	case code != 0:
		return code
	}
	return nil
}

// config turns the flags into what the suite takes.
func (f verifyFlags) config() (conformance.Config, error) {
	declared, err := readDialect(f.dialect)
	if err != nil {
		return conformance.Config{}, err
	}
	config := conformance.Config{
		Declared: declared, Parallel: f.parallel, Seed: f.seed, Contact: contactTimeout,
		Selection: conformance.Selection{Run: f.run, Skip: f.skip},
	}
	if config.Seed == 0 {
		config.Seed = uint64(time.Now().UnixNano())
	}
	if config.Deadline = f.deadline; f.deadline < 0 {
		return config, fmt.Errorf("verify: --deadline is a time such as 30m, 0 for no bound, not %v", f.deadline)
	}
	if f.parallel < 0 {
		return config, fmt.Errorf("verify: --parallel is a number of checks, 0 for one a processor, not %d", f.parallel)
	}
	if err := config.Selection.Validate(); err != nil {
		return config, fmt.Errorf("verify: --run and --skip: %w", err)
	}
	if err := f.gateFlags.apply(&config); err != nil {
		return config, err
	}
	if f.api != "" {
		if config.APIs, err = selected(f.api); err != nil {
			return config, fmt.Errorf("verify: %w", err)
		}
	}
	if err := config.Mistyped(); err != nil {
		return config, fmt.Errorf("verify: %w", err)
	}
	config.Twin = func(d openapi.Dialect) (http.Handler, error) {
		return mock.New(mock.WithDialect(d), mock.WithVersion(productVersion()))
	}
	if f.url != "" || f.target != "" {
		return f.deployment(config)
	}
	if f.check {
		return config, errors.New("verify: --check is about a --target file; name one")
	}
	twin, err := mock.New(mock.WithDialect(declared), mock.WithDefects(f.defects...), mock.WithVersion(productVersion()))
	if err != nil {
		return config, err
	}
	config.Target, config.Known = target.InProcess(twin), true
	if err := f.bound(config.Target); err != nil {
		return config, fmt.Errorf("verify: %w", err)
	}
	return config, f.writeFlags.apply(&config, "")
}

// deployment adds the target that --url or --target names.
func (f verifyFlags) deployment(config conformance.Config) (conformance.Config, error) {
	if len(f.defects) > 0 {
		return config, errors.New("verify: --defect breaks the twin in the same process; it does not go with --url and --target")
	}
	t, file, err := f.targetFlags.open(config.APIs...)
	if err != nil {
		return config, fmt.Errorf("verify: %w", err)
	}
	config.Target, config.Credentials = t, credentialsOf(file)
	if file != nil {
		config.Inputs, config.Secrets, config.Shared = file.Inputs, file.Secrets(), !config.Credentials.Empty()
		if config.APIs == nil {
			config.APIs = file.APIs()
		}
		if file.Contact() > 0 {
			config.Contact = file.Contact()
		}
	}
	return config, f.writeFlags.apply(&config, f.target)
}

func list(w io.Writer, config conformance.Config) error {
	checks, err := conformance.List(config)
	if err != nil {
		return err
	}
	if len(checks) == 0 {
		config.Shard = conformance.Shard{}
		if whole, err := conformance.List(config); err != nil || len(whole) > 0 {
			return err // a shard may be empty
		}
		return fmt.Errorf("verify: %w", conformance.ErrNothingSelected{})
	}
	for _, c := range checks {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, c.Level, c.Summary); err != nil {
			return err
		}
	}
	return nil
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
