package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/target"
)

// writeFlags say what a verification may do to its target.
type writeFlags struct {
	readOnly, allow, irreversible bool
	keep                          bool
	journal                       string
}

func (f *writeFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.readOnly, "read-only", false, "run what needs no write, and skip the rest")
	flags.BoolVar(&f.allow, "allow-writes", false, "write to a target that does not say that it is Twinbill")
	flags.BoolVar(&f.irreversible, "allow-irreversible", false, "write there also what the API has no way to take back, such as exchange rates")
	flags.BoolVar(&f.keep, "keep", false, "leave what scenarios create on a --url or --target, name it, and leave the undo log by which cleanup removes it; choose few checks by --run, since what one keeps may stand in the way of another")
	flags.StringVar(&f.journal, "journal", "", "`file` of the undo log (default twinbill-SEED.journal, where others share the target's data)")
}

// apply checks the flags and puts them into a configuration.
func (f writeFlags) apply(config *conformance.Config, targetFile string) error {
	if f.readOnly && (f.allow || f.irreversible) {
		return errors.New("verify: --read-only rules out --allow-writes and --allow-irreversible; leave one out")
	}
	if f.irreversible && !f.allow {
		return errors.New("verify: --allow-irreversible needs --allow-writes")
	}
	if f.keep && (config.Known || f.readOnly) {
		return errors.New("verify: --keep is for runs that write to a --url or --target; leave it out")
	}
	config.Writes = conformance.Writes{ReadOnly: f.readOnly, Allowed: f.allow, Irreversible: f.irreversible, Keep: f.keep}
	if config.Known || f.readOnly {
		if f.journal != "" {
			return errors.New("verify: --journal is for runs that write to a --url or --target; leave it out")
		}
		return nil
	}
	name := f.journal
	if name == "" {
		name = fmt.Sprintf("twinbill-%d.journal", config.Seed)
	}
	header := journal.Header{Target: config.Target.Base, APIs: config.APIs, Seed: config.Seed, Started: time.Now().UTC(), Key: journalKey(config.Credentials)}
	if targetFile != "" {
		absolute, err := filepath.Abs(targetFile)
		if err != nil {
			return fmt.Errorf("verify: --target: %w", err)
		}
		header.TargetFile = absolute
	}
	j, err := journal.New(name, header)
	if err != nil {
		return fmt.Errorf("verify: --journal: %w", err)
	}
	config.Journal, config.JournalSandboxes = j, f.journal != "" || f.keep
	return nil
}

// journalKey seals a journal with what a clean-up has to have anyway, and whoever finds
// the file does not.
func journalKey(c target.Credentials) []byte {
	digest := sha256.Sum256([]byte("twinbill journal\x00" + c.Ripple.Secret + "\x00" + c.CloudHealth.Key))
	return digest[:]
}

// reached is the flag that names the deployment of a journal.
func reached(h journal.Header) string {
	if h.TargetFile != "" {
		return "--target " + h.TargetFile
	}
	return "--url " + h.Target
}

// closeJournal ends the journal, and says where one is left that has work in it.
func closeJournal(w io.Writer, j *journal.Journal) error {
	remains, err := j.Close()
	if remains {
		fmt.Fprintf(w, "twinbill: verify: what is left on the target stands in %s; `twinbill cleanup --journal %s %s` tries again\n", j.Name(), j.Name(), reached(j.Header()))
	}
	if err != nil {
		return fmt.Errorf("verify: --journal: %w", err)
	}
	return nil
}
