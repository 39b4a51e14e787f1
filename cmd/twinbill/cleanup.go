package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/conformance/target"
)

func cleanupCommand() *cobra.Command {
	var name string
	var t targetFlags
	var moved, byValue bool
	command := &cobra.Command{
		Use:   "cleanup",
		Short: "Take back what a killed verification created",
		Long: `Reads the undo log of a verification and takes back what is still open in it,
the last first. What a lost answer may have created is looked for in the target's
lists. --url or --target name the deployment, as the verification printed them; a
target of this machine, or a target file, need not be named again. Where the deployment
has moved, --moved says so. A journal that was changed or cut short proves nothing: only
rows that bear the run's mark are removed then, and the exit status is 1. An assignment
of CloudHealth bears no mark: one that no answer named, and that has the values of a
request of the run, may be somebody else's by now, so it is named and stays, unless
--by-value says that nobody else assigned these accounts. The journal is removed once
nothing is open.

Exit status: 0 nothing is left; 1 something could not be taken back, and is named;
2 usage, or no answer at all.`,
		Example: "  twinbill cleanup --journal twinbill-1763842266.journal --target target.yaml",
		Args:    noArguments,
		RunE:    func(command *cobra.Command, _ []string) error { return cleanup(command, name, t, moved, byValue) },
	}
	command.Flags().StringVar(&name, "journal", "", "`file` that the verification wrote")
	command.Flags().BoolVar(&moved, "moved", false, "the deployment of the journal is now the one of --url or --target")
	command.Flags().BoolVar(&byValue, "by-value", false, "remove also what only its values tell to be the run's")
	t.add(command.Flags())
	exclusive(command.Flags(), "url", "target")
	return command
}

func cleanup(command *cobra.Command, name string, t targetFlags, moved, byValue bool) error {
	if name == "" {
		return errors.New("cleanup: --journal FILE is needed: the file that the verification named")
	}
	contents, err := journal.Read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cleanup: --journal: there is no file %s; name the one that the verification named (a run that left nothing leaves no journal either)", name)
	}
	if err != nil {
		return fmt.Errorf("cleanup: --journal: %w", err)
	}
	opened, file, err := t.openFor(name, contents.Header, moved)
	if err != nil {
		return fmt.Errorf("cleanup: %w", err)
	}
	j, contents, err := journal.Reopen(name, journalKey(credentialsOf(file)))
	if err != nil {
		return fmt.Errorf("cleanup: --journal: %w", err)
	}
	config := conformance.Config{Target: opened, Credentials: credentialsOf(file), Journal: j, Contact: contactTimeout, ByValue: byValue}
	if file != nil {
		config.Inputs, config.Secrets = file.Inputs, file.Secrets()
	}
	ctx, out := command.Context(), command.OutOrStdout()
	cleaned, err := conformance.Cleanup(ctx, config, contents)
	if err != nil {
		_, _ = j.Close()
		if status, ok := interrupted(ctx); ok {
			return status
		}
		return fmt.Errorf("cleanup: %w", err)
	}
	report.Cleaned(out, cleaned)
	if _, err := j.Close(); err != nil {
		return fmt.Errorf("cleanup: --journal: %w", err)
	}
	if status, ok := interrupted(ctx); ok {
		return status
	}
	if len(cleaned.Residue) > 0 {
		return exitCode(1)
	}
	return nil
}

// openFor returns the deployment of a journal. Credentials go to one that the caller
// names: a file that anybody may have changed names none but this machine, or a target
// file of the caller's.
func (f targetFlags) openFor(name string, h journal.Header, moved bool) (*target.Target, *target.File, error) {
	if f.byVariable("url") && !moved && f.url != h.Target { // a shell's, and --journal is given
		f.url = ""
	}
	if f.url == "" && f.target == "" {
		f.target = h.TargetFile
		if f.target == "" {
			f.url = h.Target
		}
		if u, err := url.Parse(f.url); f.target == "" && (err != nil || !loopback(u.Hostname())) {
			return nil, nil, fmt.Errorf("%s says that it is about %s; name that yourself with --url or --target, since credentials go to no address that only a file names", name, f.url)
		}
	}
	opened, file, err := f.open(h.APIs...)
	if err == nil && opened.Base != h.Target && !moved {
		err = fmt.Errorf("%s is about %s, not %s; --moved says that it is the same deployment at another address", name, h.Target, opened.Base)
	}
	return opened, file, err
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
