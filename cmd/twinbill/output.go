package main

import (
	"fmt"
	"io"
	"os"
)

// output is a file that a command writes at its end. It is opened at the start, so
// that a file that cannot be written is known before anything is sent.
type output struct {
	file  *os.File
	flag  string
	fresh bool // it was not there before, and nothing is in it yet
}

// openOutput opens the file that a flag names, with what it holds left in it.
func openOutput(flag, name string) (*output, error) {
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
		if known, err := other.file.Stat(); err == nil && info.Mode().IsRegular() && os.SameFile(info, known) {
			return fmt.Errorf("%s: %s is to be written twice; name another file", o.flag, o.file.Name())
		}
	}
	*all = append(*all, o)
	return nil
}

// write replaces what the file holds.
func (o *output) write(content func(io.Writer) error) error {
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
	_ = o.file.Close()
	if o.fresh {
		_ = os.Remove(o.file.Name())
	}
}
