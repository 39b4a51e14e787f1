package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/openapi"
)

func TestTargetFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "target.yaml")
	if err := os.WriteFile(file, []byte("cloudhealth: {url: http://h}\ninputs: {customer: 5}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, base, problem string
		apis                []openapi.API
	}{
		{args: "--url http://h:1/ --rate 1/4s --timeout 3s --max-requests 9", base: "http://h:1"},
		{args: "--target " + file, base: "http://h"},
		{args: "--target " + file, apis: []openapi.API{openapi.Ripple}, problem: "does not describe [ripple]"},
		{args: "--target nowhere.yaml", problem: "--target: stat nowhere.yaml"},
		{args: "--url http://h --target " + file, problem: "--url and --target"},
		{args: "--url h", problem: `--url: target: "h" is not a URL`},
		{args: "--url http://h --rate fast", problem: `--rate: "fast" is no rate`},
		{args: "--url http://h --timeout -1s", problem: "--timeout is a time"},
		{args: "--url http://h --max-requests -1", problem: "--max-requests is a number"},
	} {
		var f targetFlags
		flags := pflag.NewFlagSet("verify", pflag.ContinueOnError)
		f.add(flags)
		if err := flags.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		reached, described, err := f.open(c.apis...)
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: %v, want %s", c.args, err, c.problem)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		if reached.Base != c.base || reached.MaxRequests != f.maxRequests || (described != nil) != (f.target != "") {
			t.Errorf("%s: %s, %d, %v", c.args, reached.Base, reached.MaxRequests, described)
		}
		if f.target == "" && (f.timeout != 3*time.Second || f.maxRequests != 9) {
			t.Errorf("%s: %+v", c.args, f)
		}
	}
}
