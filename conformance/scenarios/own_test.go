package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checks is a vocabulary for tests.
var checks = Vocabulary{
	"location-resolves": {},
	"lacks":             {Arguments: []Argument{{"in", Pointer, false}, {"where", Pattern, true}}},
	"same-as":           {Arguments: []Argument{{"step", Earlier, true}, {"ignoring", Names, false}}},
}

// whole is a document without a mistake. TestOwnMistakes changes one text of it at a time.
const whole = `arazzo: 1.0.1
info: {title: t, version: "1"}
sourceDescriptions:
  - {name: ripple, url: ../openapi/ripple.yaml, type: openapi}
workflows:
  - workflowId: lists
    summary: Lists
    inputs:
      type: object
      properties:
        ripple_token: {type: string}
        fresh_aws_id_2: {type: string}
        status_validation: {type: integer}
        success_listAccounts: {type: integer}
        mine: {type: string, default: own}
    x-when: [ripple.account.payer=same-id]
    steps:
      - stepId: list
        operationId: listAccounts
        parameters:
          - reference: $components.parameters.token
          - {name: vendor, in: query, value: aws}
        successCriteria:
          - condition: $statusCode == 200
          - {context: $response.body, type: jsonpath, condition: "$..[?@.vendor == {$inputs.mine}]"}
          - {context: $response.header.Content-Type, type: regex, condition: '^application/json'}
        x-clauses: [ripple.account.list.identity]
        x-checks:
          - location-resolves
          - lacks: {where: {vendor: $inputs.mine}}
        outputs:
          first: $response.body#/0/customer_id
      - stepId: delete
        operationId: deleteAccount
        parameters:
          - reference: $components.parameters.token
          - {name: vendor, in: path, value: aws}
          - {name: id, in: path, value: $steps.list.outputs.first}
        requestBody: {contentType: application/json, payload: {note: "for {$inputs.mine}"}}
        successCriteria: [{condition: $statusCode == $inputs.status_validation}]
        x-checks: [same-as: {step: list}]
components:
  parameters:
    token: {name: Authorization, in: header, value: "Bearer {$inputs.ripple_token}"}
`

func TestParseOwn(t *testing.T) {
	all, err := ParseOwn("own/a.arazzo.yaml", "user/a", []byte(whole), checks)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].ID != "user/a/lists" || !all[0].Own || fmt.Sprint(all[0].Defaults) != "map[mine:own]" {
		t.Errorf("%+v", all)
	}
}

func TestOwnMistakes(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"arazzo: 1.0.1", "arazzo: 2.0.0", "1:9: this is Arazzo 2.0.0; the suite runs 1.0.1"},
		{"arazzo: 1.0.1\n", "", "1:1: the document has no arazzo; add it"},
		{"arazzo: 1.0.1", "arazo: 1.0.1", `1:1: the document has no "arazo" (did you mean arazzo?) (and 1 more mistake)`},
		{`title: t, `, "", "2:7: info has no title; add it"},
		{"ripple.yaml, type", "petstore.yaml, type", `4:25: "../openapi/petstore.yaml" is no contract of this suite; end it in ripple.yaml or cloudhealth.yaml`},
		{"name: ripple, ", "", "4:5: a source description has no name; add it"},
		{"type: openapi}", "type: arazzo}", `4:55: the type is openapi, not "arazzo"`},
		{"- workflowId: lists", "- workflowId: 'a list'", `6:17: the workflowId "a list" has other characters than letters, digits, - and _`},
		{"- workflowId: lists\n    ", "- ", "6:5: a workflow has no workflowId; add it"},
		{"summary: Lists", "sumery: Lists", `7:5: a workflow has no "sumery" (did you mean summary?)`},
		{"summary: Lists", "dependsOn: [other]", "7:5: the suite does not carry out dependsOn of a workflow; each workflow runs by itself; do all of it in its own steps"},
		{"ripple_token: {", "riple_token: {", `11:9: the suite supplies no input "riple_token"; write ripple_token, or give it a default (and 1 more mistake)`},
		{"fresh_aws_id_2: {", "fresh_gcp_id: {", `12:9: the suite supplies no input "fresh_gcp_id"; write fresh_aws_id, or give it a default`},
		{"success_listAccounts", "success_listAcounts", `14:9: the suite supplies no input "success_listAcounts"; take one that it does supply, or give it a default`},
		{", default: own", "", `15:9: the suite supplies no input "mine"; take one that it does supply, or give it a default`},
		{"payer=same-id", "payer=same", "16:14: x-when: "},
		{"stepId: list\n", "stepId: li st\n", `18:17: the stepId "li st" has other characters`},
		{"stepId: delete", "stepId: list", "33:17: the stepId list stands twice; rename one"},
		{"operationId: listAccounts", "operationId: listAcounts", `19:22: ripple has no operation "listAcounts" (did you mean listAccounts?)`},
		{"operationId: listAccounts", "operationPath: /accts", "19:9: the suite does not carry out operationPath of a step; name the operation by its operationId"},
		{"operationId: listAccounts", "workflowId: lists", "19:9: the suite does not carry out workflowId of a step; write the steps of the other workflow out"},
		{"parameters.token\n          - {name: vendor", "parameters.tken\n          - {name: vendor", `21:24: the document has no "$components.parameters.tken"; define it under components, parameters`},
		{"in: query, value: aws", "in: cookie, value: aws", `22:32: a parameter stands in path, query, header, not in "cookie"`},
		{"- {name: vendor, in: path, value: aws}", "- {name: vendor, in: path, value: aws}\n          - {name: vendor, in: path, value: gcp}", "38:13: the path parameter vendor stands twice; keep one"},
		{"first: $response.body#/0/customer_id", "first: 5", "32:18: the output first is an expression, such as $response.body#/id"},
		{", value: aws", "", "22:13: a parameter has no value; add it"},
		{"query, value: aws", "query, value: 1.10", `22:46: a parameter is a text, and "1.10" is sent as another one than was typed; put it in quotes`},
		{"query, value: aws", "query, value: [aws]", "22:46: a parameter is a text, not a list"},
		{"query, value: aws", "query, value: 1e3", `a parameter is a text, and "1e3" is sent as another one`},
		{"query, value: aws", "query, value: NULL", `a parameter is a text, and "NULL" is sent as another one`},
		{"query, value: aws", "query, value: True", `a parameter is a text, and "True" is sent as another one`},
		{"value: aws", "value: $response.body", "22:46: $response.body is not known before the request is sent"},
		{"value: aws", "value: $input.mine", `22:46: "$input.mine" is no runtime expression: `},
		{"value: aws", "value: $workflows.a.outputs.b", "22:46: the suite evaluates no $workflows.a.outputs.b; write $inputs"},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: statusCode == 200\n          - {context: $response.body", `24:24: statusCode is no value; put a text in single quotes, and write a number in decimal`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: 1 == 1\n          - {context: $response.body", `24:24: the condition "1 == 1" compares nothing of the answer`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $statusCode == 0200\n          - {context: $response.body", `24:24: 0200 is no value; put a text in single quotes`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $response.body#/0/vendor == aws\n          - {context: $response.body", `24:24: aws is no value; put a text in single quotes`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $response.body#/0/vendor == 'aws\n          - {context: $response.body", `24:24: "'aws" cannot be read`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $statusCode ==\n          - {context: $response.body", `24:24: a value is missing at its end`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $statusCode = 200\n          - {context: $response.body", `24:24: "= 200" cannot be read; want a comparison`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $statusCode 200\n          - {context: $response.body", `24:24: "200" is not expected there; join comparisons by && or ||`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: ($statusCode == 200\n          - {context: $response.body", `24:24: a parenthesis is not closed`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $response.body[0].id == 1\n          - {context: $response.body", `24:24: "$response.body[0].id" is no runtime expression`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $response.body#/list[0] == 1\n          - {context: $response.body", `24:24: "$response.body#/list[0]" has brackets, which a JSON Pointer has none of; write the index as #/0`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $response.body.id == 1\n          - {context: $response.body", `24:24: "$response.body.id" is no runtime expression`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "condition: $statusCode == 200 && $response.body#/a == $inputs.mein\n          - {context: $response.body", `24:24: the workflow takes no input "mein" (did you mean mine?)`},
		{"type: jsonpath, ", "", `25:23: a criterion with a context needs a type, regex or jsonpath`},
		{"type: jsonpath", "type: {type: jsonpath, version: draft-goessner-dispatch-jsonpath-00}", `25:71: the suite reads JSONPath by RFC 9535, not by "draft-goessner-dispatch-jsonpath-00"; write type: jsonpath`},
		{"{$inputs.mine}]", "{$steps.later.outputs.a}]", `25:66: no earlier step is called "later"`},
		{"'^application/json'", "/^application/i", `26:78: the condition is no regular expression: it stands between slashes; leave them out`},
		{"'^application/json'", "'^{$inputs.mine}$'", `26:78: the condition is no regular expression: nothing is put into one`},
		{"$steps.list.outputs.first", "'$steps.list.outputs.first#/a'", `"$steps.list.outputs.first#/a" is a part of an output; list it as an output of its own`},
		{"condition: $statusCode == 200\n          - {context: $response.body", "conditions: $statusCode == 200\n          - {context: $response.body", `24:13: a criterion has no "conditions" (did you mean condition?) (and 1 more mistake)`},
		{"$statusCode == 200\n          - {context: $response.body", "$statuscode == 200\n          - {context: $response.body", `24:24: "$statuscode" is no runtime expression`},
		{"{$inputs.mine}]", "{$inputs.mein}]", `25:66: the workflow takes no input "mein" (did you mean mine?); list it under inputs, properties`},
		{`"$..[?@.vendor`, `"$..[?@.vendor ==`, "25:66: the condition is no JSONPath: "},
		{`{$inputs.mine}]"`, `'{$inputs.mine}']"`, "25:66: the condition has '{$inputs.mine}' in quotes, which are put around a text by themselves; leave them out"},
		{"type: jsonpath", "type: xpath", `25:45: the type of a criterion is simple, regex or jsonpath, not "xpath"`},
		{"context: $response.header.Content-Type, ", "", "26:13: a criterion of type regex needs a context, such as $response.body"},
		{"'^application/json'", "'^application/(json'", "26:78: the condition is no regular expression: "},
		{"x-clauses: [ripple.account.list.identity]", "x-clauses: [ripple.account.list.identiti]", `27:21: ripple promises no "ripple.account.list.identiti" (did you mean ripple.account.list.identity?)`},
		{"x-clauses:", "x-clause:", `27:9: "x-clause" is read by nobody (did you mean x-clauses?)`},
		{"{vendor: $inputs.mine}", "{vendor: $steps.lst.outputs.first}", `30:37: no earlier step is called "lst"`},
		{"{vendor: $inputs.mine}", "{vendor: 'x-{$inputs.mein}'}", `30:37: the workflow takes no input "mein" (did you mean mine?)`},
		{"{vendor: $inputs.mine}", "{vendor: $input.mine}", `30:37: "$input.mine" is no runtime expression`},
		{"{vendor: $inputs.mine}", "{vendor: $statusCode}", `30:37: $statusCode is not known before the request is sent`},
		{"{where: {vendor: $inputs.mine}}", "{where: {vendr: $inputs.mine}}", `30:21: the answer of listAccounts documents no row with "vendr", so that none would match`},
		{"{where: {vendor: $inputs.mine}}", "{where: vendor}", `30:21: where of lacks is a pattern (field: value)`},
		{"{where: {vendor: $inputs.mine}}", "{where: {}}", `30:21: where of lacks is a pattern (field: value)`},
		{"{where: {vendor: $inputs.mine}}", "{in: rows, where: {vendor: aws}}", `30:21: in of lacks is a JSON Pointer, such as /errors`},
		{"{where: {vendor: $inputs.mine}}", "[where]", `30:20: the arguments of lacks are a mapping (name: value), not a list`},
		{"- lacks: {where: {vendor: $inputs.mine}}", "- lacks", `30:13: lacks has no where, which is a pattern (field: value); add it`},
		{"x-clauses:", "x-later: soon\n        x-clauses:", `27:18: x-later is true, or left out, not "soon"`},
		{"x-clauses:", "x-questions: [rows]\n        x-clauses:", "27:9: the suite does not carry out x-questions of a step; the ledger's questions are the suite's own"},
		{"x-clauses:", "x-race: {times: 200}\n        x-clauses:", `27:25: times of x-race is a whole number from 1 to 20, not "200"`},
		{"x-clauses:", "x-race: {times: 2, wins: none}\n        x-clauses:", `27:34: wins of x-race is all or own, or left out, not "none"`},
		{"x-clauses:", "x-race: {refused: 400}\n        x-clauses:", "27:17: x-race sends one request alone; give it times or a rival"},
		{"x-clauses:", "x-race: {rival: {operationId: listAcounts}}\n        x-clauses:", `27:39: ripple has no operation "listAcounts" (did you mean listAccounts?)`},
		{"- location-resolves", "- location-resolve", `29:13: no check is called "location-resolve" (did you mean location-resolves?)`},
		{"lacks: {where", "lacks: {were", `30:21: lacks has no "were" (did you mean where?)`},
		{"{vendor: $inputs.mine}", "{vendor: $inputs.mime}", `30:37: the workflow takes no input "mime"`},
		{"steps.list.outputs.first", "steps.lst.outputs.first", `no earlier step is called "lst" (did you mean list?)`},
		{"steps.list.outputs.first", "steps.list.outputs.frist", `the step list has no output "frist" (did you mean first?); list it under its outputs`},
		{"{step: list}", "{step: later}", `no earlier step is called "later"`},
		{"payload: {note", "load: {note", "39:22: the requestBody has no payload; add it (and 1 more mistake)"},
		{"successCriteria: [{condition: $statusCode == $inputs.status_validation}]\n        ", "", "33:9: the step asks for nothing; add successCriteria such as `condition: $statusCode == 200`"},
		{"{name: Authorization, ", "{", "a parameter has no name; add it"},
		{"{$inputs.ripple_token}", "{$inputs.token}", `the workflow takes no input "token"`},
		{"info: {title: t", "info: {title: t, title: u", `2:18: info has "title" twice; keep one`},
		{"info: {", "info: [{", "3:1: this is not YAML: "},
		{"{vendor: $inputs.mine}", "{vendor: 010}", "30:37: 010 is read as another value than was typed; put it in quotes, or write the number in decimal, with up to 15 digits"},
		{"{vendor: $inputs.mine}", "{vendor: 000000000001}", "30:37: 000000000001 is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: 1_000}", "30:37: 1_000 is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: 0x1F}", "30:37: 0x1F is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: 12345678901234567890123}", "30:37: 12345678901234567890123 is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: 0.30000000000000001}", "30:37: 0.30000000000000001 is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: 1e400}", "30:37: 1e400 is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: !!int \"010\"}", "30:37: 010 is read as another value than was typed"},
		{"{vendor: $inputs.mine}", "{vendor: 2026-01-01}", "30:37: 2026-01-01 is read as another value than was typed; put it in quotes"},
		{"{vendor: $inputs.mine}", "{<<: {vendor: aws}}", "30:29: the suite reads no merge keys (<<); write the fields out"},
		{"summary: Lists", "summary: [a]", "7:14: summary of a workflow is a text that is not empty, not a list"},
		{"\ncomponents:", "\n---\ncomponents:", "a second document begins here; keep to one"},
		{"summary: Lists", "summary: &a Lists\n    x-values: &b [*b]", "8:15: the anchor &b holds itself; take it apart"},
		{whole, "", "1:1: the file is empty"},
	} {
		if !strings.Contains(whole, c.from) {
			t.Errorf("the document has no %q", c.from)
			continue
		}
		text := strings.Replace(whole, c.from, c.to, 1)
		_, err := ParseOwn("own.yaml", "user/own", []byte(text), checks)
		if err == nil {
			t.Errorf("%q for %q is let through", c.to, c.from)
			continue
		}
		if got := err.Error(); !oneLine.MatchString(strings.Replace(got, "own.yaml:", "user/own.arazzo.yaml: ", 1)) || !strings.Contains(got, c.want) || !strings.HasPrefix(got, "own.yaml:") {
			t.Errorf("%q for %q:\n got %s\nwant %s", c.to, c.from, got, c.want)
		}
	}
}

// TestOwnSize: what would take for ever to read is refused.
func TestOwnSize(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for _, c := range "bcdefgh" {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for text, want := range map[string]string{
		bomb:                     "more than 100000 values",
		strings.Repeat("[", 500): "not YAML",
		strings.Repeat("{a: ", 80) + strings.Repeat("}", 80): "nested more than 64 deep",
		"\xff":    "not YAML",
		"a: [b":   "2:1: this is not YAML",
		"a:\n\tb": "this is not YAML",
	} {
		if _, err := ParseOwn("own.yaml", "user/own", []byte(text), checks); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
}

func TestLoadOwn(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(dir, want string) {
		t.Helper()
		if _, err := LoadOwn(dir, checks); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	refused(dir, "holds no scenario")
	refused(filepath.Join(dir, "nowhere"), "no such file")
	put("readme.yaml", "not one")
	put("deep/er/a.arazzo.yml", whole)
	put("b.arazzo.yaml", whole)
	all, err := LoadOwn(dir, checks)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].ID != "user/b/lists" || all[1].ID != "user/deep/er/a/lists" {
		t.Errorf("%v", all)
	}
	refused(filepath.Join(dir, "b.arazzo.yaml"), "name the directory")
	put("deep/er/a.arazzo.yaml", whole)
	refused(dir, "rename one")
	put("deep/er/a.arazzo.yaml", "")
	refused(dir, filepath.Join(dir, "deep/er/a.arazzo.yaml")+":1:1: the file is empty")
	twice := whole
	from := strings.Index(twice, "  - workflowId")
	put("b.arazzo.yaml", strings.Replace(twice, "\ncomponents:", "\n"+twice[from:strings.Index(twice, "components:")]+"components:", 1))
	refused(dir, "the workflowId lists stands twice; rename one")
	put("b.arazzo.yaml", strings.Repeat("# padding\n", maxBytes/10+1))
	refused(dir, "larger than 1048576 bytes")
}

// FuzzParseOwn holds every document of a user to: scenarios, or an error of one line with
// file, line and column.
func FuzzParseOwn(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(small))
	for _, text := range []string{"", "{}", "[]", "a: &a [*a]\n", "arazzo: 1.0.1\nworkflows: [null, {}]\n", "<<: {a: 1}\n", "? {a: b}\n: c\n", "--- 1\n--- 2\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := ParseOwn("user/own.arazzo.yaml", "user/own", data, checks)
		if err != nil {
			if !oneLinePlaced.MatchString(err.Error()) {
				t.Errorf("not one line that names file, line and column: %q", err)
			}
			return
		}
		for _, s := range parsed {
			if !strings.HasPrefix(s.ID, "user/own/") || s.Summary == "" || len(s.Steps) == 0 || !s.Own {
				t.Errorf("not whole: %+v", s)
			}
		}
	})
}
