package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/twinbill/twinbill/conformance/report"
)

var update = flag.Bool("update", false, "write what the reports look like now")

// TestGolden holds what each format makes of one report to a file. HTML is looked at
// in a browser.
func TestGolden(t *testing.T) {
	d := report.New(troubled(), report.Options{Version: "test"})
	for name, write := range map[string]func(io.Writer) error{
		"report.json":       func(w io.Writer) error { return report.JSON(w, d) },
		"report.xml":        func(w io.Writer) error { return report.JUnit(w, d) },
		"report.md":         func(w io.Writer) error { return report.Markdown(w, d) },
		"annotations.txt":   func(w io.Writer) error { return report.Annotations(w, d) },
		"terminal.txt":      func(w io.Writer) error { report.NewTerminal(w, false).Finish(d); return nil },
		"terminal-ansi.txt": func(w io.Writer) error { report.NewTerminal(w, true).Finish(d); return nil },
	} {
		var written bytes.Buffer
		if err := write(&written); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, written.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written.Bytes(), want) {
			t.Errorf("%s has changed; if it is meant to: go test ./conformance/report -update\n%s", file, written.Bytes())
		}
	}
}
