package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/openapi"
)

// verifyFiles are what a verification writes at its end.
type verifyFiles struct {
	options report.Options
	reports []reportFile
	dialect []*output
	all     outputs
}

// people is where the command speaks to people.
func (v verifyFiles) people(command *cobra.Command) io.Writer { return v.all.people(command) }

// reportFile is a file of --report and what writes it.
type reportFile struct {
	*output
	format report.Format
}

// open opens the files of --report and of --dialect-out. Beside an error it returns
// those that are open.
func (f verifyFlags) open() (files verifyFiles, err error) {
	files.options = report.Options{Version: productVersion(), Strict: f.strict}
	for _, value := range f.out {
		name, file, err := reportFormat(value, report.FormatNames())
		if err != nil {
			return files, fmt.Errorf("verify: %w", err)
		}
		format, _ := report.FormatNamed(name)
		o, err := openOutput("verify: --report", file)
		if err != nil {
			return files, err
		}
		files.reports = append(files.reports, reportFile{o, format})
		if err := files.all.add(o); err != nil {
			return files, err
		}
	}
	if f.dialectOut != "" {
		o, err := openOutput("verify: --dialect-out", f.dialectOut)
		if err != nil {
			return files, err
		}
		files.dialect = append(files.dialect, o)
		if err := files.all.add(o); err != nil {
			return files, err
		}
	}
	return files, nil
}

// write writes the reports, and the dialect where the run came to its end: before
// that, it may not have been observed. On GitHub Actions it annotates the job and adds
// to its summary.
func (v verifyFiles) write(command *cobra.Command, document *report.Document, dialect openapi.Dialect, stopped bool) error {
	for _, o := range v.reports {
		if err := o.write(func(w io.Writer) error { return o.format.Write(w, document) }); err != nil {
			return err
		}
	}
	if err := onGitHub(v.people(command), command.ErrOrStderr(), document); err != nil {
		return err
	}
	if stopped {
		return nil
	}
	for _, o := range v.dialect {
		if err := o.write(func(w io.Writer) error { _, err := w.Write(dialect.Encode(document.Notes())); return err }); err != nil {
			return err
		}
	}
	return nil
}

// nothing writes the reports of a run that verified nothing, and why, so that none of
// an earlier run stays in their place.
func (v verifyFiles) nothing(command *cobra.Command, config conformance.Config, started time.Time, why error) error {
	found := &conformance.Report{
		Target: config.Target.Base, Started: started, Duration: time.Since(started), Dialect: config.Declared, Seed: config.Seed,
		Secrets: append(config.Credentials.Secrets(), config.Secrets...),
	}
	return v.write(command, report.Nothing(found, v.options, why.Error()), config.Declared, true)
}

func (v verifyFiles) drop() {
	for _, o := range v.reports {
		o.drop()
	}
	for _, o := range v.dialect {
		o.drop()
	}
}

// onGitHub annotates the job on out and adds to its summary, where it is one of GitHub
// Actions. A summary that cannot be written is no verdict: warnings hold why.
func onGitHub(out, warnings io.Writer, document *report.Document) error {
	if os.Getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	if err := report.Annotations(out, document); err != nil {
		return err
	}
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	if err := summarise(name, document); err != nil {
		fmt.Fprintf(warnings, "twinbill: verify: no job summary: GITHUB_STEP_SUMMARY: %v\n", err)
	}
	return nil
}

// summarise adds a report to the job summary.
func summarise(name string, document *report.Document) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	if err := report.Markdown(file, document); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
