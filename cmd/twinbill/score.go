package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/score"
	"github.com/twinbill/twinbill/mock"
)

type scoreFlags struct {
	run, out         []string
	list             bool
	sample, parallel int
	seed             uint64
}

func scoreCommand() *cobra.Command {
	var f scoreFlags
	command := &cobra.Command{
		Use:   "score",
		Short: "Run the suite against every breach and print what it kills",
		Long: `Breaks a twin in every way that follows from the contract, one at a time, and runs
the suite against each: the rules and keywords taken away, the promises of words alone
not kept, and the wire mutants. A breach is killed for the right reason where a check
fails, or warns, and names a clause that the breach breaks.

An interrupted run still prints and writes what it has.

Exit status: 0 where all are killed for the right reason, but for those that the
contract permits; 1 otherwise; 2 usage; 130 or 143 interrupted.`,
		Example: `  twinbill score
  twinbill score --run createAccount --run 'ripple.reseller.*'
  twinbill score --sample 100 --report html=score.html
  twinbill score --list`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return runScore(command, f) },
	}
	flags := command.Flags()
	flags.StringArrayVar(&f.run, "run", nil, "score the breaches whose id, kind, clause or operation matches the `glob` (repeatable)")
	flags.IntVar(&f.sample, "sample", 0, "score so many of them, evenly spread; 0 means all")
	flags.BoolVar(&f.list, "list", false, "print the breaches, and the clauses that none breaks with the reason, and run nothing")
	flags.IntVar(&f.parallel, "parallel", 0, "breaches at once; 0 means one for each processor")
	flags.Uint64Var(&f.seed, "seed", 1, "the data that the checks use")
	flags.StringArrayVar(&f.out, "report", nil, "write the kill matrix, as `format=FILE`, - for standard output; formats: "+scoreFormatNames()+" (repeatable)")
	return command
}

func scoreFormatNames() string {
	var names []string
	for _, format := range score.Formats() {
		names = append(names, format.Name)
	}
	return strings.Join(names, ", ")
}

func runScore(command *cobra.Command, f scoreFlags) error {
	config, err := f.config()
	if err != nil {
		return fmt.Errorf("score: %w", err)
	}
	ctx, out := command.Context(), command.OutOrStdout()
	if f.list {
		return score.List(out, config.Breaches, config.Unbroken)
	}
	files, err := f.open()
	defer func() {
		for _, file := range files {
			file.drop()
		}
	}()
	if err != nil {
		return err
	}
	out = files.people(command)
	terminal := score.NewTerminal(out, isTerminal(out))
	config.Progress = terminal.Progress
	matrix, err := score.Run(ctx, config)
	status, stopped := interrupted(ctx)
	if matrix == nil {
		return err
	}
	terminal.Finish(matrix)
	for i, file := range files {
		if err := file.write(func(w io.Writer) error { return f.format(i).Write(w, matrix) }); err != nil {
			return err
		}
	}
	if stopped {
		return status
	}
	if !matrix.Perfect() {
		return exitCode(1)
	}
	return nil
}

// config turns the flags into what is scored.
func (f scoreFlags) config() (score.Config, error) {
	config := score.Config{Seed: f.seed, Parallel: f.parallel, Twin: brokenTwin}
	if f.parallel < 0 || f.sample < 0 {
		return config, errors.New("--parallel and --sample are numbers of breaches, 0 or more")
	}
	known, err := mock.Breaches()
	if err != nil {
		return config, err
	}
	all := make([]score.Breach, len(known))
	for i, b := range known {
		all[i] = score.Breach(b)
	}
	if config.Breaches, err = (score.Selection{Run: f.run, Sample: f.sample}).Of(all); err != nil {
		return config, err
	}
	config.Whole = len(config.Breaches) == len(all)
	if config.Unbroken, err = mock.Unbroken(); err != nil {
		return config, err
	}
	config.Equivalents, err = score.Equivalents(all, config.Breaches)
	return config, err
}

// brokenTwin is a twin with a breach; a sound one where the breach is empty.
func brokenTwin(breach string) (http.Handler, error) {
	options := []mock.Option{mock.WithVersion(productVersion())}
	if breach != "" {
		options = append(options, mock.WithDefects(breach))
	}
	return mock.New(options...)
}

func (f scoreFlags) format(i int) score.Format {
	name, _, _ := strings.Cut(f.out[i], "=")
	all := score.Formats()
	return all[slices.IndexFunc(all, func(format score.Format) bool { return format.Name == name })]
}

// open opens the files of --report. Beside an error it returns those that are open.
func (f scoreFlags) open() (files outputs, err error) {
	for _, value := range f.out {
		_, file, err := reportFormat(value, scoreFormatNames())
		if err != nil {
			return files, fmt.Errorf("score: %w", err)
		}
		o, err := openOutput("score: --report", file)
		if err != nil {
			return files, err
		}
		if err := files.add(o); err != nil {
			o.drop()
			return files, err
		}
	}
	return files, nil
}
