package background

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Child is a process that Start started.
type Child struct {
	PID   int
	Ended <-chan struct{} // closed once it has ended

	process *os.Process
}

// Start runs this program with the arguments, so that it outlives its parent and its
// terminal. What it says goes to the file log, in place of what was there.
func Start(log string, arguments ...string) (*Child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(log), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	command := exec.CommandContext(context.Background(), program, arguments...)
	command.Stdout, command.Stderr = file, file
	command.Env = append(os.Environ(), LogVariable+"="+log)
	detach(command)
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // what it ended with is in its log
		close(ended)
	}()
	return &Child{PID: command.Process.Pid, Ended: ended, process: command.Process}, nil
}

// Kill ends the child at once and waits for its end.
func (c *Child) Kill() {
	_ = c.process.Kill()
	<-c.Ended
}

// Complaint is the last line of a log, without the name of the program.
func Complaint(log string) string {
	data, err := os.ReadFile(log)
	if err != nil {
		return ""
	}
	data = bytes.TrimSpace(data)
	last := data[bytes.LastIndexByte(data, '\n')+1:]
	return strings.TrimPrefix(string(last), "twinbill: ")
}

// Stop tells the twin that runs by the file to end, and waits until it has: for the time
// of grace, then it is ended at once. It errs as Find does, or where the process cannot
// be ended.
func (f File) Stop(ctx context.Context, grace time.Duration) (Run, error) {
	run, err := f.Find()
	if err != nil {
		return run, err
	}
	process, err := os.FindProcess(run.PID)
	if err != nil {
		return run, err
	}
	defer func() { _ = process.Release() }()
	// Only now is it sure that the process is the twin: it was still there after the
	// look-up, which holds on to the process and not to a number that another may get.
	if again, err := f.Find(); err != nil || again != run {
		return run, errors.Join(err, ErrUnsettled)
	}
	if err := terminate(process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return run, err
	}
	if f.free(ctx, grace) {
		return run, nil
	}
	if ctx.Err() != nil {
		return run, context.Cause(ctx)
	}
	if err := process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return run, err
	}
	if !f.free(ctx, grace) {
		return run, fmt.Errorf("the twin does not end (pid %d)", run.PID)
	}
	return run, nil
}

// free waits until no twin runs by the file, and reports whether that came true in time.
func (f File) free(ctx context.Context, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := f.Find(); errors.Is(err, ErrNone) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// healthPatience bounds one look at the health.
const healthPatience = 5 * time.Second

// Answers reports whether a Twinbill answers at a base URL.
func Answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/__admin/health", http.NoBody)
	if err != nil {
		return err
	}
	// It is a listener of this machine that the run file names: no proxy stands before
	// it, and nobody has to vouch for its certificate, since nothing secret is sent.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var health struct {
		Product string `json:"product"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 64<<10)).Decode(&health); err != nil || health.Product != "twinbill" {
		return fmt.Errorf("%s answers, but is no Twinbill", url)
	}
	return nil
}
