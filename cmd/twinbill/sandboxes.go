package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/sandbox"
)

// sandboxFlags set up the sandboxes of a twin.
type sandboxFlags struct {
	seed         int64
	clock        string
	most         int
	idle         time.Duration
	journalMost  int
	journalBytes int64
	state        string
}

func (f *sandboxFlags) register(flags *pflag.FlagSet) {
	flags.Int64Var(&f.seed, "seed", 0, "`number` from which ids and the chances of faults are drawn")
	flags.StringVar(&f.clock, "clock", "", "`time` at which the clock of every sandbox stands still, such as 2026-01-31T12:00:00Z")
	flags.IntVar(&f.most, "max-sandboxes", sandbox.DefaultMost, "`number` of sandboxes that are kept; the one unused for longest goes first")
	flags.DurationVar(&f.idle, "sandbox-idle", sandbox.DefaultIdle, "`time` for which an unused sandbox is kept")
	flags.IntVar(&f.journalMost, "journal-requests", journal.DefaultRequests, "`number` of requests that the journal of a sandbox keeps, with the state after each")
	flags.Int64Var(&f.journalBytes, "journal-bytes", journal.DefaultBytes, "`bytes` that the journals of all sandboxes keep together")
	flags.StringVar(&f.state, "state", "", "`file` to load the sandboxes from, and to save them to while they change and at the end; a convenience, no database")
}

// options are what the flags say to the twin.
func (f *sandboxFlags) options() ([]mock.Option, error) {
	for name, value := range map[string]int64{
		"max-sandboxes": int64(f.most), "sandbox-idle": int64(f.idle), "journal-requests": int64(f.journalMost), "journal-bytes": f.journalBytes,
	} {
		if value <= 0 {
			return nil, fmt.Errorf("serve: --%s has to be above zero; leave it out for the default", name)
		}
	}
	options := []mock.Option{
		mock.WithSeed(f.seed), mock.WithSandboxes(f.most, f.idle),
		mock.WithJournal(journal.Limits{Requests: f.journalMost, Bytes: f.journalBytes}),
	}
	if f.clock != "" {
		at, err := time.Parse(time.RFC3339, f.clock)
		if err != nil {
			return nil, fmt.Errorf("serve: --clock is a time such as 2026-01-31T12:00:00Z, not %q", f.clock)
		}
		options = append(options, mock.WithFrozenClock(at))
	}
	return options, nil
}
