package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/conformance/report"
)

// unrepeated are the flags that choose among checks or files, and so stay out of the
// command that repeats one check.
var unrepeated = []string{"run", "skip", "shard", "max-failures", "deadline", "expected-failures", "parallel", "report", "verbose", "dialect-out", "journal", "keep", "seed"}

// replayCommand is the command that verifies the same target again with the same seed,
// to which a report adds the check to run.
func replayCommand(flags *pflag.FlagSet, seed uint64) string {
	words := []string{"twinbill", "verify"}
	flags.Visit(func(f *pflag.Flag) {
		if slices.Contains(unrepeated, f.Name) {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			switch f.NoOptDefVal {
			case "":
				words = append(words, "--"+f.Name, report.ShellWord(value))
			case value: // a switch
				words = append(words, "--"+f.Name)
			default:
				words = append(words, "--"+f.Name+"="+report.ShellWord(value))
			}
		}
	})
	return strings.Join(append(words, "--seed", strconv.FormatUint(seed, 10)), " ")
}
