package exports

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// awkward are values that a careless writer of shell commands gets wrong.
var awkward = []string{"", "plain", "two words", "it's", `'"'`, "$(id)", "`id`", `\`, `a\'b`, "$HOME", "!", "*", "#no", "~", "é’"}

func variables(values []string) []Variable {
	var all []Variable
	for i, value := range values {
		all = append(all, Variable{"V" + string(rune('A'+i)), value})
	}
	return all
}

// TestShell lets a shell read what is printed, as `eval "$(twinbill env)"` does, and a
// .env file too.
func TestShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	for _, format := range []string{"sh", "dotenv"} {
		text, err := Format(format, variables(awkward))
		if err != nil {
			t.Fatal(err)
		}
		reads := ""
		for _, v := range variables(awkward) {
			reads += `printf '%s\n' "$` + v.Name + "\"\n"
		}
		out, err := exec.CommandContext(t.Context(), shell, "-euc", text+reads).CombinedOutput()
		if want := strings.Join(awkward, "\n") + "\n"; err != nil || string(out) != want {
			t.Errorf("%s: %v\n%q, want\n%q", format, err, out, want)
		}
	}
}

func TestFormats(t *testing.T) {
	of := []Variable{{"A", "http://127.0.0.1:1"}, {"B", "it's"}, {"C", "a’b"}}
	for format, want := range map[string]string{
		"sh":         "export A='http://127.0.0.1:1'\nexport B='it'\\''s'\nexport C='a’b'\n",
		"dotenv":     "A=http://127.0.0.1:1\nB=\"it's\"\nC='a’b'\n",
		"json":       "{\n  \"A\": \"http://127.0.0.1:1\",\n  \"B\": \"it's\",\n  \"C\": \"a’b\"\n}\n",
		"powershell": "$env:A = 'http://127.0.0.1:1'\n$env:B = 'it''s'\n$env:C = 'a’’b'\n",
	} {
		if got, err := Format(format, of); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", format, err, got, want)
		}
	}
	if len(Formats()) != 4 {
		t.Errorf("formats: %v", Formats())
	}
	if _, err := Format("xml", of); !errors.Is(err, ErrFormat) {
		t.Errorf("xml: %v", err)
	}
	for _, format := range Formats() {
		if text, err := Format(format, []Variable{{"A", "one\ntwo"}}); err == nil {
			t.Errorf("%s: a line break is printed: %s", format, text)
		}
	}
}

func TestOf(t *testing.T) {
	text, err := Format("json", Of("https://twin:1", "mine"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"TWINBILL_URL": "https://twin:1", "RIPPLE_BASE_URL": "https://twin:1/m/ripple",
		"RIPPLE_TOKEN_URL": "https://twin:1/ripple/access_token", "RIPPLE_CLIENT_ID": "mine", "RIPPLE_CLIENT_SECRET": "secret",
		"CLOUDHEALTH_BASE_URL": "https://twin:1", "CLOUDHEALTH_API_KEY": "mine",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("undocumented: %v", got)
	}
}
