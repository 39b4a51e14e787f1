package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/mock"
)

// sentinel is part of every secret of this test, and of nothing else.
const sentinel = "SENTINEL"

// TestNoSecretInAnyArtefact plants a sentinel in every credential and header of a target
// file, verifies a deployment that repeats whatever it is sent and lets nothing be
// removed, cleans up, and searches all that was written.
func TestNoSecretInAnyArtefact(t *testing.T) {
	if raceEnabled {
		t.Skip("verifies a deployment twice, which takes minutes here: make test runs it without the race detector")
	}
	dir := t.TempDir()
	echo, issued := repeating(t)
	secrets := map[string]string{}
	for _, name := range []string{"CLIENT", "PASSWORD", "READONLY", "NOROLES", "ADMIN", "BILLINGGROUP", "SETTINGS", "OTHER", "INVOICE", "KEY", "OTHER_KEY", "RIPPLE_HEADER", "CLOUDHEALTH_HEADER"} {
		secrets[name] = sentinel + `-"&/ ` + strings.ToLower(name)
	}
	client := func(id, variable string) map[string]string {
		return map[string]string{"id": id, "secret": "${" + variable + "}"}
	}
	described, err := yaml.Marshal(map[string]any{
		"ripple": map[string]any{
			"url": echo.URL + "/m/ripple", "token_url": echo.URL + "/ripple/access_token", "pace": "10000/s",
			"client": client("shared", "CLIENT"), "user": map[string]string{"name": "user", "password": "${PASSWORD}"},
			"fewer_roles": map[string]any{
				"readonly": client("readonly-shared", "READONLY"), "noroles": client("noroles-shared", "NOROLES"),
				"admin": client("role-Admin-shared", "ADMIN"), "billinggroup": client("role-ModifyBillingGroup-shared", "BILLINGGROUP"),
				"settings": client("role-ModifySettings-shared", "SETTINGS"),
			},
			"other_client": client("other-shared", "OTHER"), "roles": map[string]any{"ModifyInvoice": client("role-ModifyInvoice-shared", "INVOICE")},
			"headers": map[string]string{"X-Gateway": "${RIPPLE_HEADER}"},
		},
		"cloudhealth": map[string]any{
			"url": echo.URL, "key": "${KEY}", "other_key": "${OTHER_KEY}", "pace": "10000/s",
			"headers": map[string]string{"X-Gateway": "Bearer ${CLOUDHEALTH_HEADER}"},
		},
		"inputs": scenarios.LoadInputs().Supplied,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "target.yaml"), described, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(arguments ...string) int {
		command := exec.Command("twinbill", arguments...)
		command.Dir = dir
		command.Env = []string{"PATH=" + os.Getenv("PATH"), "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary.md")}
		for name, value := range secrets {
			command.Env = append(command.Env, name+"="+value)
		}
		output, err := command.CombinedOutput()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		name := strings.Join(arguments[:2], "") + arguments[len(arguments)-1]
		if err := os.WriteFile(filepath.Join(dir, url.PathEscape(name)+".out"), output, 0o600); err != nil {
			t.Fatal(err)
		}
		return command.ProcessState.ExitCode()
	}
	verify := []string{"verify", "--target", "target.yaml", "--seed", "1", "--parallel", "1", "--run", "ripple/token/*", "--run", "ripple/account/*", "--run", "cloudhealth/assignment/*", "--run", "probe/createReseller/*"}
	if code := run(append(verify, "--check")...); code != 0 {
		t.Errorf("--check: exit status %d", code)
	}
	if code := run(append(verify, "--allow-writes", "--dry-run")...); code != 0 {
		t.Errorf("--dry-run: exit status %d", code)
	}
	if code := run(append(verify, "--allow-writes", "--journal", "undo.journal", "--report", "json=a.json", "--report", "junit=a.xml", "--report", "html=a.html", "--report", "md=a.md", "--dialect-out", "dialect.yaml")...); code != 1 {
		t.Errorf("verify: exit status %d", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "undo.journal")); err != nil {
		t.Error("everything was removed, so the journal cannot be searched")
	}
	if code := run("cleanup", "--journal", "undo.journal"); code != 1 {
		t.Errorf("cleanup: exit status %d", code)
	}
	run(append(verify, "--report", "json=b.json")...)
	run("diff", "a.json", "b.json")

	tokens := issued()
	if len(tokens) < 3 {
		t.Errorf("only %d tokens were issued", len(tokens))
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 14 {
		t.Errorf("only %d artefacts: %v", len(files), files)
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{"as it is": sentinel, "in base64": base64.StdEncoding.EncodeToString([]byte(sentinel))[:10]} {
			if i := bytes.Index(data, []byte(secret)); i >= 0 {
				t.Errorf("%s shows a secret %s: ...%s", file.Name(), what, data[max(0, i-200):i+30])
			}
		}
		for _, token := range tokens {
			if bytes.Contains(data, []byte(token)) {
				t.Errorf("%s shows a token", file.Name())
				break
			}
		}
	}
}

// repeating is a deployment that lets nothing be removed and repeats what it is sent,
// in a header of each answer and in the body of each refusal. It keeps the tokens that
// it issues.
func repeating(t *testing.T) (server *httptest.Server, issued func() []string) {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var tokens []string
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		sent, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
		recorder := httptest.NewRecorder()
		if r.Method == http.MethodDelete {
			recorder.WriteHeader(http.StatusForbidden)
		} else {
			twin.ServeHTTP(recorder, r)
		}
		var token struct {
			Token string `json:"access_token"`
		}
		if json.Unmarshal(recorder.Body.Bytes(), &token) == nil && token.Token != "" {
			mu.Lock()
			tokens = append(tokens, token.Token)
			mu.Unlock()
		}
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		all := r.Header.Get("Authorization") + " " + r.Header.Get("X-Gateway") + " " + r.URL.String() + " " + string(sent)
		w.Header().Set("X-Echo", strings.NewReplacer("\r", "", "\n", " ").Replace(all))
		w.WriteHeader(recorder.Code)
		if recorder.Code >= 400 {
			_ = json.NewEncoder(w).Encode(map[string]string{"error": all, "again": base64.StdEncoding.EncodeToString([]byte(r.Header.Get("X-Gateway")))})
			return
		}
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return server, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return tokens
	}
}
