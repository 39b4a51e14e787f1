package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/internal/yamlfile"
)

// gateFlags say which checks run beside --run and --skip, and which failures count.
type gateFlags struct {
	expected, shard, scenarios string
	maxFailures                int
}

// add declares the flags.
func (f *gateFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.expected, "expected-failures", "", "YAML `file` of failures that do not count: check, reason, and an optional day expires")
	flags.StringVar(&f.shard, "shard", "", "run the `I/N` part of the selected checks, such as 1/4")
	flags.IntVar(&f.maxFailures, "max-failures", 0, "start no further check after `N` failures; 0 means no bound")
	flags.StringVar(&f.scenarios, "scenarios", "", "run the *.arazzo.yaml of a `directory` too, as user/FILE/WORKFLOW")
}

// apply reads what the flags name into the configuration.
func (f *gateFlags) apply(config *conformance.Config) (err error) {
	if f.expected != "" {
		if config.Expected, err = readExpected(f.expected); err != nil {
			return fmt.Errorf("verify: --expected-failures: %w", err)
		}
		if len(config.Expected) == 0 {
			return fmt.Errorf("verify: --expected-failures: %s holds no entry; add one, `- {check: ID, reason: WORDS}`, or leave the flag out", f.expected)
		}
	}
	if f.shard != "" {
		if config.Shard, err = conformance.ParseShard(f.shard); err != nil {
			return fmt.Errorf("verify: --shard: %w", err)
		}
	}
	if f.maxFailures < 0 {
		return fmt.Errorf("verify: --max-failures is a number of failures, 0 for no bound, not %d", f.maxFailures)
	}
	config.MaxFailures = f.maxFailures
	if f.scenarios != "" {
		if info, err := os.Stat(f.scenarios); err != nil || !info.IsDir() {
			return fmt.Errorf("verify: --scenarios: there is no directory %s; name the one that holds the *.arazzo.yaml", f.scenarios)
		}
		if config.Scenarios, err = conformance.LoadScenarios(f.scenarios); err != nil {
			return fmt.Errorf("verify: --scenarios: %w", err)
		}
	}
	return nil
}

// readExpected reads a file of expected failures.
func readExpected(name string) ([]conformance.ExpectedFailure, error) {
	data, err := yamlfile.Read(name, maxFile)
	if err != nil {
		return nil, err
	}
	return conformance.ParseExpected(name, data)
}
