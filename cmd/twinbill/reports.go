package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
)

// verifyFiles are what a verification writes at its end.
type verifyFiles struct {
	options report.Options
	reports []reportFile
	dialect []*output
}

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
		name, file, _ := strings.Cut(value, "=")
		format, known := report.FormatNamed(name)
		if !known || file == "" {
			return files, fmt.Errorf("verify: --report is format=FILE, the format one of %s, not %q", report.FormatNames(), value)
		}
		o, err := openOutput("verify: --report", file)
		if err != nil {
			return files, err
		}
		files.reports = append(files.reports, reportFile{o, format})
	}
	if f.dialectOut != "" {
		o, err := openOutput("verify: --dialect-out", f.dialectOut)
		if err != nil {
			return files, err
		}
		files.dialect = append(files.dialect, o)
	}
	return files, nil
}

// write writes the reports, and the dialect where the run came to its end: before
// that, it may not have been observed. On GitHub Actions it annotates the job on out
// and adds to the job summary.
func (v verifyFiles) write(out io.Writer, found *conformance.Report, stopped bool) error {
	document := report.New(found, v.options)
	for _, o := range v.reports {
		if err := o.write(func(w io.Writer) error { return o.format.Write(w, document) }); err != nil {
			return err
		}
	}
	if err := onGitHub(out, document); err != nil {
		return err
	}
	if stopped {
		return nil
	}
	for _, o := range v.dialect {
		if err := o.write(func(w io.Writer) error { _, err := w.Write(found.Dialect.Encode()); return err }); err != nil {
			return err
		}
	}
	return nil
}

func (v verifyFiles) drop() {
	for _, o := range v.reports {
		o.drop()
	}
	for _, o := range v.dialect {
		o.drop()
	}
}

// onGitHub annotates the job and adds to its summary, where it is one of GitHub
// Actions.
func onGitHub(out io.Writer, document *report.Document) error {
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
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("verify: GITHUB_STEP_SUMMARY: %w", err)
	}
	if err := report.Markdown(file, document); err != nil {
		_ = file.Close()
		return fmt.Errorf("verify: GITHUB_STEP_SUMMARY: %w", err)
	}
	return file.Close()
}
