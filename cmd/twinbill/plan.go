package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/twinbill/twinbill/conformance"
)

// dryRun prints what a run would send, and sends nothing.
func dryRun(ctx context.Context, w io.Writer, config conformance.Config) error {
	plan, err := conformance.Rehearse(ctx, config)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if !config.Known {
		config.Target.PaceByDefault()
		fmt.Fprintf(w, "what would be sent to %s, were it no Twinbill; nothing was\n", config.Target.Base)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OPERATION\tREQUEST\tREQUESTS\tWRITES\tTAKEN BACK BY")
	writes := 0
	for _, o := range plan.Operations {
		written, undo := "no", "-"
		if o.Writes {
			written, undo = "yes", undoneBy(o)
			writes += o.Requests
		}
		fmt.Fprintf(t, "%s\t%s %s\t%d\t%s\t%s\n", o.ID, o.Method, o.Base+o.Path, o.Requests, written, undo)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	skipped := skippedFor(plan.Results)
	for _, why := range byCount(skipped) {
		fmt.Fprintf(w, "%d checks would be skipped: %s\n", len(skipped[why]), why)
	}
	took := ""
	if d := plan.Duration(config.Target); d > 0 {
		took = fmt.Sprintf("; at least %v at the target's pace", d.Round(time.Second))
	}
	_, err = fmt.Fprintf(w, "%d requests, %d of them writes%s\n", plan.Requests(), writes, took)
	return err
}

// undoneBy says what takes back what an operation writes. A change is gone with the
// thing that the run made it to.
func undoneBy(o conformance.PlannedOperation) string {
	switch u := o.Undo; {
	case u == nil:
		return "- (changes or removes what the run created)"
	case u.None != "":
		return "nothing: " + u.None
	case u.Restore != nil:
		return o.ID + ", with what " + u.Restore.OperationID + " read before"
	default:
		return u.OperationID
	}
}

// enabled prints what a target says of what is supplied to it, which checks that lets
// run, and why the others do not.
func enabled(ctx context.Context, w io.Writer, config conformance.Config) error {
	findings, sent, err := conformance.Examine(ctx, config)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	unfit := examined(w, findings)
	plan, err := conformance.Rehearse(ctx, config)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	lost := map[string]bool{}
	for _, f := range findings {
		for _, id := range f.Costs {
			lost[id] = lost[id] || f.Fitness == conformance.Unfit
		}
	}
	runs := 0
	for _, r := range plan.Results {
		if r.Verdict == conformance.Skipped {
			fmt.Fprintf(w, "skip\t%s\t%s\n", r.ID, r.Reason)
			continue
		}
		if lost[r.ID] {
			fmt.Fprintf(w, "unfit\t%s\n", r.ID)
			continue
		}
		runs++
		fmt.Fprintf(w, "run\t%s\n", r.ID)
	}
	skipped := skippedFor(plan.Results)
	for _, why := range byCount(skipped) {
		fmt.Fprintf(w, "%d skipped: %s\n", len(skipped[why]), why)
	}
	asked := "nothing was sent"
	if sent > 0 {
		asked = fmt.Sprintf("%d reads were sent", sent)
	}
	if unfit > 0 {
		fmt.Fprintf(w, "%s is not in order: %d of what is supplied does not do; of %d checks %d could run, were the target no Twinbill; %s\n",
			config.Target.Base, unfit, len(plan.Results), runs, asked)
		return exitCode(2)
	}
	_, err = fmt.Fprintf(w, "%s is in order: of %d checks %d can run, were the target no Twinbill; %s\n", config.Target.Base, len(plan.Results), runs, asked)
	return err
}

// examined prints what a target says of what is supplied, and counts what does not do.
func examined(w io.Writer, findings []conformance.Finding) int {
	unfit := 0
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s", f.Fitness, f.Says)
		switch {
		case f.Fitness == conformance.Unfit:
			unfit++
			fmt.Fprintf(w, "\tcosts %s", costs(f.Costs))
		case f.Fitness == conformance.Unknown && len(f.Costs) > 0:
			fmt.Fprintf(w, "\twould cost %s", costs(f.Costs))
		}
		fmt.Fprintln(w)
	}
	return unfit
}

// costs names checks: one by one where they are few, else by globs with how many of those
// that match are meant.
func costs(ids []string) string {
	if len(ids) == 1 {
		return "1 check: " + ids[0]
	}
	named := ids
	if len(ids) > 3 {
		named = nil
		of := map[string]int{}
		for _, id := range ids {
			glob := path.Dir(id) + "/*"
			if of[glob]++; of[glob] == 1 {
				named = append(named, glob)
			}
		}
		for i, glob := range named {
			named[i] = fmt.Sprintf("%s (%d)", glob, of[glob])
		}
	}
	return fmt.Sprintf("%d checks: %s", len(ids), strings.Join(named, " "))
}

// skippedFor groups the checks that were skipped by the reason.
func skippedFor(results []conformance.Result) map[string][]string {
	out := map[string][]string{}
	for _, r := range results {
		if r.Verdict == conformance.Skipped {
			out[r.Reason] = append(out[r.Reason], r.ID)
		}
	}
	return out
}

// byCount lists reasons, the most frequent first.
func byCount(groups map[string][]string) []string {
	reasons := slices.Collect(maps.Keys(groups))
	slices.SortFunc(reasons, func(a, b string) int { return cmp.Or(len(groups[b])-len(groups[a]), cmp.Compare(a, b)) })
	return reasons
}
