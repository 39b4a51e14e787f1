package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The secrets that no message may show: one of the environment, and one that is typed
// where no variable has it.
const (
	planted = "hunter2-SENTINEL"
	typed   = "s3cr3t-TYPED"
)

// mistyped are the files of the wrong command lines.
var mistyped = map[string]string{
	"empty":                   "",
	"broken.yaml":             "- check: [\n",
	"broken-map.yaml":         "a: \"b\n",
	"text.yaml":               "only words\n",
	"map.yaml":                "check: a\n",
	"list.yaml":               "- a\n",
	"latin.yaml":              "- check: \xe9\n",
	"utf16.yaml":              "\xff\xfe-\x00 \x00",
	"two.yaml":                "cloudhealth.not-found: '404'\n---\ncloudhealth.not-found: '404'\n",
	"deep.yaml":               strings.Repeat("[", 6<<19),
	"deep-short.yaml":         "ripple: " + strings.Repeat("[", 1000),
	"large.yaml":              strings.Repeat("# words\n", 1<<18),
	"check.yaml":              "- check: ripple/account/duplicate\n  resaon: ticket\n",
	"day.yaml":                "- {check: a, reason: b, expires: tomorrow}\n",
	"unnamed.yaml":            "- {check: a}\n",
	"point.yaml":              "cloudhealth.not-fuond: '404'\n",
	"reading.yaml":            "cloudhealth.not-found: '405'\n",
	"clients.yaml":            "ripple: [{client_id: a, client_secret: " + typed + ", roles: [ModfyAccount]}]\ncloudhealth: [" + typed + "]\n",
	"client.yaml":             "ripple: [{client_id: a, client_secrt: " + typed + "}]\ncloudhealth: [b]\n",
	"nobody.yaml":             "ripple: []\ncloudhealth: []\n",
	"twice.yaml":              "ripple: [{client_id: a, client_secret: b}, {client_id: a, client_secret: b}]\ncloudhealth: [b]\n",
	"target.yaml":             "ripple:\n  url: http://127.0.0.1:1\n  tokn_url: x\n",
	"secret.yaml":             "cloudhealth:\n  url: http://127.0.0.1:1\n  key: " + typed + "\n",
	"host.yaml":               "cloudhealth:\n  url: me:" + typed + "@h\n",
	"fixtures.yaml":           "ripple:\n  accouts: []\n",
	"expect.yaml":             "- name: a\n  operaton: createAccount\n",
	"octal-expect.yaml":       "- name: a\n  status: 0200\n",
	"octal-client.yaml":       "ripple: [{client_id: a, client_secret: b}]\ncloudhealth: [\"x\", 0o17]\n",
	"octal-point.yaml":        "cloudhealth.not-found: 0404\n",
	"report.json":             "{}\n",
	"bom.json":                "\ufeff{}\n",
	"bom.yaml":                "\ufeffcloudhealth.not-fuond: '404'\n",
	"bom-known.yaml":          "\ufeff- check: a\n  resaon: b\n",
	"bom-client.yaml":         "\ufeffripple: [{client_id: a, client_secret: b, roles: [ModfyAccount]}]\ncloudhealth: [b]\n",
	"scenarios/a.arazzo.yaml": "arazo: 1.0.1\n",
}

// TestMistakesAreOneLine types what users mistype, and gives files that are not what they
// have to be: each ends with 2 and one line that says what, where and how to mend.
func TestMistakesAreOneLine(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range mistyped {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	for _, name := range []string{"TWINBILL_RIPPLE_CLIENT_SECRET", "TWINBILL_CLOUDHEALTH_API_KEY", "TWINBILL_ADMIN_TOKEN"} {
		t.Setenv(name, planted)
	}
	cases := []struct {
		line string // words of the command line, parted by blanks; an underscore is an empty one
		want string
	}{
		// commands
		{"verfy", `unknown command "verfy" (did you mean verify?); see ` + "`twinbill --help`"},
		{"Serve", "(did you mean serve?)"},
		{"claues --api ripple", "(did you mean clauses?)"},
		{"bogus", `unknown command "bogus"; see`},
		{"help verfy", "help: unknown command \"verfy\" (did you mean verify?)"},
		{"https://me:" + typed + "@h/", "unknown command"},
		{"--bogus", "unknown flag: --bogus; see `twinbill --help`"},
		// flags
		{"verify --reprot json=a", "unknown flag: --reprot (did you mean --report?); see `twinbill verify --help`"},
		{"verify --exepcted-failures a", "(did you mean --expected-failures?)"},
		{"verify -url http://h", "(did you mean --url?); flags begin with two dashes"},
		{"verify -p" + typed, "unknown flag: -p; flags begin with two dashes"},
		{"serve --admin-tokn=" + typed, "(did you mean --admin-token?)"},
		{"serve --admin-token _", "--admin-token is a text of visible ASCII"},
		{"verify --report", "flag needs an argument: --report"},
		{"verify extra", `takes flags alone, not "extra"`},
		{"verify https://me:" + typed + "@h/", "takes flags alone"},
		{"verify client_secret=" + typed, "takes flags alone"},
		{"verify " + planted, "takes flags alone"},
		{"status extra", "takes flags alone"},
		{"diff one.json", "takes two reports, not 1"},
		{"contract", "takes one of ripple, cloudhealth and sandbox, not 0"},
		{"contract alphaus", `API is ripple, cloudhealth or sandbox, not "alphaus"`},
		{"expect", "takes one report, not 0"},
		// numbers, times and rates
		{"verify --seed x", "--seed is a whole number from 0"},
		{"verify --seed -1", "--seed is a whole number from 0"},
		{"verify --parallel many", `--parallel is a whole number, not "many"`},
		{"verify --parallel -1", "--parallel is a number of checks"},
		{"verify --max-failures -1", "--max-failures is a number of failures"},
		{"verify --max-requests -1", "--max-requests is a number of requests"},
		{"verify --timeout 5", `--timeout is a time such as 15s, not "5"`},
		{"verify --timeout 0s", "--timeout is a time such as 15s, not 0s"},
		{"verify --deadline -1m", "--deadline is a time such as 30m"},
		{"verify --rate fast", `--rate: "fast" is no rate; write requests a second such as 50/s`},
		{"verify --strict=maybe", "--strict is true or false"},
		{"verify --shard 4/1", `--shard: "4/1" is not I/N with I from 1 to N`},
		{"verify --shard 1-4", "--shard:"},
		{"score --sample -1", "numbers of breaches, 0 or more"},
		{"score --sample some", "--sample is a whole number"},
		{"serve --seed 1.5", "--seed is a whole number"},
		{"serve --clock yesterday", "--clock is a time such as 2026-01-31T12:00:00Z"},
		{"serve --max-sandboxes 0", "--max-sandboxes has to be above zero"},
		{"gate --max-refusals -1", "--max-refusals"},
		{"gate --min-coverage operations=101%", "--min-coverage:"},
		{"gate --min-coverage operatons=1", "--min-coverage:"},
		// words of a list
		{"verify --api riple", "--api is ripple or cloudhealth, not \"riple\" (did you mean ripple?)"},
		{"clauses --api cloudhelth", "(did you mean cloudhealth?)"},
		{"dialect --api both", "--api is ripple or cloudhealth"},
		{"clauses --format jsn", "--format is text, json or md, not \"jsn\" (did you mean json?)"},
		{"dialect --format yaml", "--format is text or json"},
		{"env --url http://h --format dotnev", "(did you mean dotenv?)"},
		{"serve --auth strikt", "--auth is open or strict, not \"strikt\" (did you mean strict?)"},
		{"serve --log-format jsno", "(did you mean json?)"},
		{"verify --report jnit=a.xml", "not \"jnit=a.xml\" (did you mean junit?)"},
		{"verify --report json=", "names no file; write json=FILE, or json=- for standard output"},
		{"verify --report json", "names no file"},
		{"score --report htm=a", "(did you mean html?)"},
		{"gate --url http://127.0.0.1:1 --report htm=a", "--report is format=FILE"},
		// points, readings, clauses, globs, defects, faults
		{"verify --dialect cloudhealth.not-fuond=404", "(did you mean cloudhealth.not-found?); `twinbill dialect` lists them"},
		{"serve --dialect cloudhealth.not-found=405", "has no reading \"405\" (did you mean 404?)"},
		{"verify --dialect cloudhealth.not-found", "is a point; write cloudhealth.not-found=READING, such as 404"},
		{"contract ripple --dialect ripple.nothing=1", "no point \"ripple.nothing\""},
		{"dialect ripple.accuont.key", "(did you mean ripple.account.key?)"},
		{"dialect [", "is not a glob"},
		{"verify --run ripple/acount/*", `--run: "ripple/acount/*" matches no check (did you mean ripple/account/*?); ` + "`twinbill verify --list` lists them"},
		{"verify --skip ripple/account/duplicat", "(did you mean ripple/account/duplicate?)"},
		{"verify --run ripple.account.customer-id.uniqe", "(did you mean ripple.account.customer-id.unique?)"},
		{"verify --run createAcount", "(did you mean createAccount?)"},
		{"verify --run [", "is not a glob"},
		{"verify --run cloudhealth/* --api ripple", "no check is selected; `twinbill verify --list`"},
		{"score --run ripple.account.customer-id.uniqe", "(did you mean ripple.account.customer-id.unique?)"},
		{"verify --defect ripple.account.customer-id.uniqe", "(did you mean ripple.account.customer-id.unique?)"},
		{"serve --defect nothing", "no defect breaks \"nothing\""},
		{"serve --fault kidn=status", "there is no such field (did you mean kind?)"},
		{"serve --fault 503", "write FIELD=VALUE,..."},
		{"gate --url http://127.0.0.1:1 --allow-departure [", "--allow-departure: \"[\" is no glob"},
		// addresses
		{"verify --url 127.0.0.1:4802", `"127.0.0.1:4802" is not a URL such as http://127.0.0.1:4610 (did you mean http://127.0.0.1:4802?)`},
		{"verify --url localhost:4802/base", "(did you mean http://localhost:4802/base?)"},
		{"verify --url api.example.com", "(did you mean http://api.example.com?)"},
		{"verify --url ftp://h", `"ftp://h" is not a URL`},
		{"verify --url http://me:" + typed + "@h", "leave the user, query and fragment out of http://h"},
		{"verify --url me:" + typed + "@h", "is not a URL"},
		{"verify --url me:" + typed, "is not a URL"},
		{"verify --url h?api_key=" + typed, "is not a URL"},
		{"verify --url http://h/?api_key=" + typed, "leave the user, query and fragment out"},
		{"verify --url _", "--url is empty; leave it out"},
		{"verify --url http://h/m/ripple", "(did you mean http://h?)"},
		{"verify --url http://h/base/ripple/access_token", "(did you mean http://h/base?)"},
		{"env --url http://h/m/ripple", "env: --url: "},
		{"env --url http://h --sandbox two\u00a0words", "--sandbox is a name without spaces"},
		{"health --url h:1", "(did you mean http://h:1?)"},
		{"gate --url h:1", "--url: "},
		{"gate --url http://127.0.0.1:1/m/ripple", "did you mean http://127.0.0.1:1"},
		{"health --url http://127.0.0.1:1", "start one with `twinbill serve`, or mend --url"},
		{"verify --url http://127.0.0.1:1", "no answer from http://127.0.0.1:1"},
		{"serve --addr nonsense", "cannot listen on nonsense"},
		{"serve --addr 127.0.0.1:99999", "cannot listen on 127.0.0.1:99999"},
		{"serve --addr 127.0.0.1:0 --cors example.com", "--cors: "},
		// flags that do not go together
		{"verify --url http://h --target target.yaml", "--url and --target name one deployment each; leave one out"},
		{"verify --url http://h --defect ripple.account.customer-id.unique", "it does not go with --url and --target"},
		{"verify --read-only --allow-writes", "leave one out"},
		{"verify --allow-irreversible", "needs --allow-writes"},
		{"verify --journal a.journal", "leave it out"},
		{"verify --keep", "--keep is for runs that write to a --url or --target; leave it out"},
		{"verify --check", "name one"},
		{"serve --clients clients.yaml", "--clients needs --auth strict"},
		{"serve --auth strict", "needs --clients FILE"},
		{"serve --tls-cert a.pem", "--tls-cert and --tls-key go together"},
		{"serve --tls-self-signed --tls-cert a.pem", "choose --tls-self-signed, or"},
		{"env --url http://h --proxy", "--proxy needs the run file"},
		{"cleanup", "--journal FILE is needed"},
		// files that are missing, none, or of another kind
		{"verify --expected-failures none.yaml", "none.yaml: no such file or directory; name a file that can be read"},
		{"verify --expected-failures scenarios", "scenarios is a directory; name a file"},
		{"verify --expected-failures empty", "empty holds no entry; add one"},
		{"verify --expected-failures broken.yaml", "--expected-failures: broken.yaml:1: this is not YAML"},
		{"verify --expected-failures text.yaml", "want a list of `- check: ID`"},
		{"verify --expected-failures map.yaml", "map.yaml:1: want a list"},
		{"verify --expected-failures list.yaml", "list.yaml:1: want a list"},
		{"verify --expected-failures latin.yaml", "this is not UTF-8; save the file as UTF-8 text"},
		{"verify --expected-failures utf16.yaml", "this is not UTF-8"},
		{"verify --expected-failures deep.yaml", "larger than 1048576 bytes"},
		{"verify --expected-failures deep-short.yaml", "deep-short.yaml:1: this is nested more than 32 deep; make it flatter"},
		{"verify --expected-failures check.yaml", "check.yaml:2: unknown field \"resaon\" (did you mean reason?)"},
		{"verify --expected-failures day.yaml", "is no day such as 2026-12-31"},
		{"verify --expected-failures unnamed.yaml", "a has no reason; write `reason:`"},
		{"verify --expected-failures bom-known.yaml", "bom-known.yaml:2: unknown field \"resaon\" (did you mean reason?)"},
		{"verify --dialect none.yaml", "--dialect: open none.yaml: no such file or directory; name a file, or write point=reading"},
		{"verify --dialect scenarios", "--dialect: "},
		{"verify --dialect broken-map.yaml", "--dialect: broken-map.yaml:1: this is not YAML"},
		{"verify --dialect list.yaml", "want one `point: reading` a line"},
		{"verify --dialect two.yaml", "two.yaml:2: a second document begins here"},
		{"verify --dialect deep.yaml", "--dialect: deep.yaml:1: "},
		{"verify --dialect deep-short.yaml", "nested more than 32 deep"},
		{"serve --dialect large.yaml", "larger than 1048576 bytes"},
		{"serve --dialect point.yaml", "point.yaml:1: dialect: no point \"cloudhealth.not-fuond\" (did you mean cloudhealth.not-found?)"},
		{"serve --dialect reading.yaml", "choose one of 404, 422"},
		{"serve --addr nonsense --dialect octal-point.yaml", "octal-point.yaml:1: 0404 is read as another value than was typed; put it in quotes"},
		{"verify --dialect octal-point.yaml", "octal-point.yaml:1: 0404 is read as another value than was typed"},
		{"serve --dialect bom.yaml", "no point \"cloudhealth.not-fuond\""},
		{"serve --auth strict --clients none.yaml", "--clients: open none.yaml"},
		{"serve --auth strict --clients scenarios", "is a directory; name a file"},
		{"serve --auth strict --clients empty", "the file is empty; list a client"},
		{"serve --auth strict --clients clients.yaml", "client \"a\" has a role \"ModfyAccount\", which there is not (did you mean ModifyAccount?)"},
		{"serve --auth strict --clients bom-client.yaml", "(did you mean ModifyAccount?)"},
		{"serve --auth strict --clients client.yaml", "client.yaml:1: unknown field \"client_secrt\" (did you mean client_secret?)"},
		{"serve --auth strict --clients nobody.yaml", "list a client under ripple and a key under cloudhealth"},
		{"serve --auth strict --clients twice.yaml", "needs a client_id of its own"},
		{"serve --addr nonsense --auth strict --clients octal-client.yaml", "octal-client.yaml:2: 0o17 is read as another value than was typed; put it in quotes"},
		{"serve --auth strict --clients list.yaml", "--clients: list.yaml:1: "},
		{"serve --auth strict --clients deep.yaml", "larger than 1048576 bytes"},
		{"serve --auth strict --clients deep-short.yaml", "nested more than 32 deep"},
		{"serve --fixtures none.yaml", "--fixtures: open none.yaml"},
		{"serve --fixtures scenarios", "--fixtures: scenarios is a directory"},
		{"serve --fixtures fixtures.yaml", "fixtures.yaml:2: the key \"accouts\" is unknown"},
		{"serve --fixtures deep.yaml", "nested more than 32 deep"},
		{"serve --state scenarios", "--state: "},
		{"serve --state report.json", "mend the file or move it away"},
		{"serve --tls-cert none.pem --tls-key none.pem", "--tls-cert and --tls-key: open none.pem"},
		{"verify --target none.yaml", "--target: "},
		{"verify --target scenarios", "is no file of at most"},
		{"verify --target target.yaml", "target.yaml:3:3: the key \"tokn_url\" is unknown (did you mean token_url?)"},
		{"verify --target secret.yaml", "this is a secret, and stands in a file"},
		{"verify --target host.yaml", "is not a URL"},
		{"verify --target deep-short.yaml", "nested more than 32 deep"},
		{"verify --scenarios none", "there is no directory none"},
		{"verify --scenarios scenarios", "did you mean arazzo?"},
		{"gate --expect none.yaml", "--expect: open none.yaml"},
		{"gate --expect expect.yaml", "expect.yaml:2: unknown field \"operaton\" (did you mean operation?)"},
		{"gate --expect deep-short.yaml", "nested more than 32 deep"},
		{"gate --url http://127.0.0.1:1 --expect octal-expect.yaml", "octal-expect.yaml:2: 0200 is read as another value than was typed; put it in quotes"},
		{"cleanup --journal none.journal", "there is no file none.journal"},
		{"cleanup --journal report.json", "--journal: "},
		{"diff none.json none.json", "name a file that verify --report json=FILE wrote"},
		{"diff report.json report.json", "report.json: not a report of this version"},
		{"diff bom.json bom.json", "bom.json: not a report of this version"},
		{"expect text.yaml", "text.yaml: not JSON"},
		{"clauses --score none.json", "--score: open none.json"},
		{"clauses --score text.yaml", "--score: text.yaml: "},
		{"verify --report json=none/a.json", "cannot write the file: open none/a.json: no such file or directory; name another"},
		{"verify --report json=scenarios", "cannot write the file"},
		{"verify --report json=a --report md=a", "is to be written twice; name another file"},
		{"verify --report json=- --report md=-", "standard output holds one document"},
		{"verify --dialect-out none/a.yaml", "--dialect-out: cannot write the file"},
		{"status --run-file report.json", "status: "},
	}
	for _, c := range cases {
		t.Run(strings.NewReplacer(planted, "SECRET", typed, "SECRET").Replace(c.line), func(t *testing.T) {
			words := strings.Split(c.line, " ")
			for i, word := range words {
				if word == "_" {
					words[i] = ""
				}
			}
			var out, said bytes.Buffer
			began := time.Now()
			code := run(words, &out, &said)
			line := said.String()
			switch {
			case code != 2:
				t.Errorf("exit status %d", code)
			case strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "twinbill: ") || !strings.HasSuffix(line, "\n") || len(line) > 2500:
				t.Errorf("not one line: %q", line)
			case out.Len() > 0:
				t.Errorf("standard output: %q", out.String())
			case !strings.Contains(line, c.want):
				t.Errorf("%q lacks %q", line, c.want)
			case strings.Contains(line, "<nil>") || strings.Contains(line, "%!") || strings.Contains(line, "goroutine"):
				t.Errorf("not for people: %q", line)
			case strings.Contains(line, planted) || strings.Contains(line, typed):
				t.Errorf("shows a secret: %q", line)
			}
			if took := time.Since(began); took > limit {
				t.Errorf("took %v", took)
			}
		})
	}
	if len(cases) < 80 {
		t.Errorf("only %d cases", len(cases))
	}
}

// TestSeveral parts the values of a variable, and leaves commas in those that have them.
func TestSeveral(t *testing.T) {
	for text, want := range map[string]string{
		"a,b":             "a|b",
		" a , b \n c\n":   "a|b|c",
		`"a,b",c`:         "a,b|c",
		`c, "a,b"`:        "c|a,b",
		"a,,b,":           "a|b",
		`it's "quoted" b`: `it's "quoted" b`,
	} {
		if got := strings.Join(several(text, true), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := several("kind=status,status=503\nkind=latency,seconds=1\n", false); len(got) != 2 || got[0] != "kind=status,status=503" {
		t.Errorf("%q", got)
	}
}
