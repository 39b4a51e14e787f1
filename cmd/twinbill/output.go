package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/internal/hint"
)

// The most bytes of a file that is read: what a user writes, a report, and a state or
// fixtures.
const (
	maxFile   = 1 << 20
	maxReport = 1 << 28
	maxState  = 1 << 30
)

// output is a file that a command writes at its end. It is opened at the start, so
// that a file that cannot be written is known before anything is sent.
type output struct {
	file  *os.File
	flag  string
	fresh bool // it was not there before, and nothing is in it yet
}

// standard is the name by which a flag means standard output.
const standard = "-"

// openOutput opens the file that a flag names, with what it holds left in it.
func openOutput(flag, name string) (*output, error) {
	if name == standard {
		return &output{file: os.Stdout, flag: flag}, nil
	}
	_, missing := os.Stat(name)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot write the file: %w; name another", flag, err)
	}
	return &output{file: file, flag: flag, fresh: missing != nil}, nil
}

// outputs are the files of one command.
type outputs []*output

// add takes a file in. It errs where it is one of them already: the later content
// would replace the earlier.
func (all *outputs) add(o *output) error {
	info, err := o.file.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", o.flag, err)
	}
	for _, other := range *all {
		if o.file == other.file {
			return fmt.Errorf("%s: standard output holds one document; write the other to a file", o.flag)
		}
		if known, err := other.file.Stat(); err == nil && info.Mode().IsRegular() && os.SameFile(info, known) {
			return fmt.Errorf("%s: %s is to be written twice; name another file", o.flag, o.file.Name())
		}
	}
	*all = append(*all, o)
	return nil
}

// people is where a command speaks to people: standard error where a document goes to
// standard output.
func (all outputs) people(command *cobra.Command) io.Writer {
	if slices.ContainsFunc(all, func(o *output) bool { return o.file == os.Stdout }) {
		return command.ErrOrStderr()
	}
	return command.OutOrStdout()
}

// reportFormat takes the value of --report apart: a format, one of those that a list names,
// and a file.
func reportFormat(value, formats string) (format, file string, err error) {
	known := strings.Split(formats, ", ")
	format, file, _ = strings.Cut(value, "=")
	switch {
	case !slices.Contains(known, format):
		return "", "", fmt.Errorf("--report is format=FILE, the format one of %s, not %q%s", formats, value, hint.For(format, known))
	case file == "":
		return "", "", fmt.Errorf("--report is format=FILE, and %q names no file; write %s=FILE, or %s=- for standard output", value, format, format)
	}
	return format, file, nil
}

// write replaces what the file holds.
func (o *output) write(content func(io.Writer) error) error {
	if o.file == os.Stdout {
		if err := content(o.file); err != nil {
			return fmt.Errorf("%s: %w", o.flag, err)
		}
		return nil
	}
	o.fresh = false
	if info, err := o.file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := o.file.Truncate(0); err != nil {
			return fmt.Errorf("%s: %w", o.flag, err)
		}
	}
	if err := content(o.file); err != nil {
		return fmt.Errorf("%s: %w", o.flag, err)
	}
	if err := o.file.Close(); err != nil {
		return fmt.Errorf("%s: %w", o.flag, err)
	}
	return nil
}

// drop closes the file, and removes it where it is new and was never written.
func (o *output) drop() {
	if o.file == os.Stdout {
		return
	}
	_ = o.file.Close()
	if o.fresh {
		_ = os.Remove(o.file.Name())
	}
}
