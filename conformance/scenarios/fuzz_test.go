package scenarios

import (
	"io/fs"
	"regexp"
	"testing"
)

// oneLine is an error as Parse words it: the file and what is wrong.
var oneLine = regexp.MustCompile(`\Auser/own\.arazzo\.yaml: [^\n\r\x00-\x1f\x7f]+\z`)

// oneLinePlaced is an error as ParseOwn words it: file, line, column and what is wrong.
var oneLinePlaced = regexp.MustCompile(`\Auser/own\.arazzo\.yaml:[1-9][0-9]*:[1-9][0-9]*: [^\n\r\x00-\x1f\x7f]+\z`)

// small is a whole document of a user, with each of the extensions.
const small = `arazzo: 1.0.1
info: {title: t, version: "1"}
sourceDescriptions:
  - {name: ripple, url: ../openapi/ripple.yaml, type: openapi}
workflows:
  - workflowId: lists
    summary: Lists
    x-when: [ripple.account.payer=same-id]
    inputs: {type: object, properties: {ripple_token: {type: string}}}
    steps:
      - stepId: list
        operationId: listAccounts
        parameters:
          - reference: $components.parameters.token
          - {name: vendor, in: query, value: aws}
        successCriteria:
          - condition: $statusCode == 200
          - {context: $response.body, type: jsonpath, condition: "$..[?@.vendor == 'aws']"}
        x-clauses: [ripple.account.list]
        x-route: {method: get}
        x-checks:
          - location-resolves
          - lacks: {where: {vendor: azure}}
components:
  parameters:
    token: {name: Authorization, in: header, value: "Bearer {$inputs.ripple_token}"}
`

// FuzzParse holds every document to: scenarios that can be asked what they are, or an
// error of one line that names the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range []string{"ripple/token.arazzo.yaml", "cloudhealth/baseline.arazzo.yaml", "dialect/ripple.reseller.list.method.arazzo.yaml"} {
		data, err := fs.ReadFile(documents, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		"", "{}", "[]", "arazzo: 1.0.1\n", "arazzo: 1.0.1\nworkflows: [{}]\n", "arazzo: 1.0.1\nworkflows: [null]\n", "arazzo: 2.0.0\ninfo: {}\n", "\xff", "a: &a [*a]\n",
		"arazzo: 1.0.1\nsourceDescriptions: [{name: r, url: ripple.yaml, type: openapi}]\nworkflows:\n  - workflowId: w\n    steps:\n      - {stepId: s, operationId: o, parameters: [{reference: $components.parameters.p}]}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := Parse("user/own.arazzo.yaml", data)
		if err != nil {
			if !oneLine.MatchString(err.Error()) {
				t.Errorf("not one line that names the file: %q", err)
			}
			return
		}
		for _, s := range parsed {
			s.Clauses()
			s.Operations()
			for _, step := range s.Steps {
				step.ExpectsSuccess()
				step.ExpectsRefusal()
			}
		}
	})
}
