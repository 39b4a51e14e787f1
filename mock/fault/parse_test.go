package fault

import (
	"reflect"
	"strings"
	"testing"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

func TestParse(t *testing.T) {
	tests := map[string]gen.NewFault{
		"kind=latency,seconds=0.2,operations=create*": {Kind: gen.Latency, Seconds: new(0.2), Operations: &[]string{"create*"}},
		"kind=latency, spread_seconds = 1":            {Kind: gen.Latency, SpreadSeconds: new(1.0)},
		"kind=status,status=503,retry_after_seconds=0,skip=1,count=2,probability=0.5": {
			Kind: gen.Status, Status: new(503), RetryAfterSeconds: new(0), Skip: new(1), Count: new(2), Probability: new(0.5),
		},
		"kind=quota": {Kind: gen.Quota},
		"kind=quota,limit=2,window_seconds=10,api=ripple": {Kind: gen.Quota, Limit: new(2), WindowSeconds: new(10.0), Api: new(gen.Ripple)},
		"kind=cut,where=in":                                        {Kind: gen.Cut, Where: new(gen.CutPlaceIn)},
		"kind=slow,bytes_per_second=10":                            {Kind: gen.Slow, BytesPerSecond: new(10)},
		"kind=malformed,operations=list*,operations=createAccount": {Kind: gen.Malformed, Operations: &[]string{"list*", "createAccount"}},
		"kind=expired-token":                                       {Kind: gen.ExpiredToken},
	}
	for text, want := range tests {
		want.Everywhere = new(true)
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v (%v)", text, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"":                               `fault "": write FIELD=VALUE,..., such as kind=status,status=503`,
		"latency":                        `fault "latency": write FIELD=VALUE`,
		"kind=latency,":                  `fault "kind=latency,": write FIELD=VALUE`,
		"seconds=1":                      `fault "seconds=1": kind: `,
		"kind=latency,seconds=soon":      `fault "kind=latency,seconds=soon": seconds: "soon" is no number`,
		"kind=latency,seconds=NaN":       `fault "kind=latency,seconds=NaN": a number is not finite`,
		"kind=latency,second=1":          `fault "kind=latency,second=1": second: there is no such field (did you mean seconds?); there are api, bytes_per_second, count, kind, limit, operations, probability, `,
		"kind=status,status=5.5":         `fault "kind=status,status=5.5": status: "5.5" is no whole number`,
		"kind=status,status=200":         `fault "kind=status,status=200": status: `,
		"kind=status,kind=cut,where=in":  `fault "kind=status,kind=cut,where=in": kind: it stands there twice; give it once`,
		"kind=malformed,everywhere=true": `fault "kind=malformed,everywhere=true": everywhere: there is no such field`,
		"kind=malformed,operations=x*":   `fault "kind=malformed,operations=x*": operations: "x*" matches no operation`,
	}
	for text, says := range tests {
		if _, err := Parse(text); err == nil || !strings.HasPrefix(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: it says %v", text, err)
		}
	}
}

// FuzzParse: whatever is read is a fault that can be added, and what is refused is said
// in one line.
func FuzzParse(f *testing.F) {
	f.Add("kind=latency,seconds=0.2,operations=create*")
	f.Add("kind=status,status=503,retry_after_seconds=3,count=2,probability=0.5")
	f.Add("kind=quota,limit=2,window_seconds=1e-3")
	f.Add("kind=cut,where=,=,")
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
			return
		}
		if added, err := New(1).Add(fault); err != nil || added.Kind != fault.Kind {
			t.Errorf("it cannot be added: %v", err)
		}
	})
}
