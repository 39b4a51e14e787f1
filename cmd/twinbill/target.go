package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// targetFlags say which deployment is reached, and how.
type targetFlags struct {
	url, target, rate string
	timeout           time.Duration
	maxRequests       int
	changed           func(flag string) bool // whether a flag was given
	byVariable        func(flag string) bool // whether a variable gave it
}

func (f *targetFlags) add(flags *pflag.FlagSet) {
	f.changed = flags.Changed
	f.byVariable = func(flag string) bool { return flags.Lookup(flag).Annotations[fromVariable] != nil }
	flags.StringVar(&f.url, "url", "", "base `URL` of a deployment that lays both APIs out as the twin does")
	flags.StringVar(&f.target, "target", "", "YAML `file` that describes a deployment: addresses, credentials, inputs")
	flags.StringVar(&f.rate, "rate", "", "requests to each API at most, such as `50/s` or 1/4s (default half the documented limits, none on a Twinbill)")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long one answer may take (default 15s, or what the target file says)")
	flags.IntVar(&f.maxRequests, "max-requests", 0, "requests to send at most, clean-up aside; 0 means no bound")
}

// open returns the deployment of the flags, and its file where it has one.
func (f targetFlags) open(apis ...openapi.API) (*target.Target, *target.File, error) {
	if f.url != "" && f.target != "" {
		return nil, nil, errors.New("--url and --target name one deployment each; leave one out")
	}
	pace, err := f.pace()
	if err != nil {
		return nil, nil, err
	}
	if f.target == "" {
		timeout := f.timeout
		if timeout == 0 {
			timeout = target.DefaultTimeout
		}
		t, err := target.New(f.url, timeout)
		if err != nil {
			return nil, nil, fmt.Errorf("--url: %w", err)
		}
		t.Settle = target.DefaultSettle
		return t, nil, f.bound(t)
	}
	file, err := target.ReadFile(f.target)
	if err != nil {
		return nil, nil, fmt.Errorf("--target: %w", err)
	}
	t, err := file.Target(target.Options{APIs: apis, Timeout: f.timeout, Pace: pace, MaxRequests: f.maxRequests})
	if err != nil {
		return nil, nil, fmt.Errorf("--target: %w", err)
	}
	return t, file, nil
}

// pace checks the bounds, and returns that of the requests in a second; 0 where none is
// given.
func (f targetFlags) pace() (rate.Limit, error) {
	switch {
	case f.timeout < 0, f.timeout == 0 && f.changed("timeout"):
		return 0, fmt.Errorf("--timeout is a time such as 15s, not %v", f.timeout)
	case f.maxRequests < 0:
		return 0, fmt.Errorf("--max-requests is a number of requests, 0 for no bound, not %d", f.maxRequests)
	case !f.changed("rate"):
		return 0, nil
	}
	pace, err := target.ParsePace(f.rate)
	if err != nil {
		return 0, fmt.Errorf("--rate: %w", err)
	}
	return pace, nil
}

// bound keeps a target to --rate and --max-requests.
func (f targetFlags) bound(t *target.Target) error {
	pace, err := f.pace()
	if err != nil {
		return err
	}
	t.MaxRequests = f.maxRequests
	if pace > 0 {
		for _, api := range openapi.APIs() {
			t.Pace(api, pace)
		}
	}
	return nil
}

// credentialsOf are those of a target file, or else of the environment.
func credentialsOf(file *target.File) target.Credentials {
	if file == nil {
		return target.FromEnvironment()
	}
	return file.Credentials()
}
