package journal

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

func TestHAR(t *testing.T) {
	e := sent("id-1", "createAccount", "POST", "/m/ripple/accts?vendor=aws&api_key=SECRET", `{"name":"x"}`, 200)
	e.Time, e.DurationMs = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), 1.5
	e.ResponseHeaders = gen.Headers{"Content-Type": {"application/json"}, "Location": {"http://twin/v1/x?api_key=SECRET&page=2"}}
	e.ResponseBody = gen.Body{Bytes: 4, Base64: ptr("//8="), Truncated: ptr(true)}
	cut := sent("id-2", "", "GET", "/", "", 0)
	data, err := json.Marshal(HAR([]Entry{e, cut}, "v1"))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	log := doc["log"].(map[string]any)
	entries := log["entries"].([]any)
	if log["version"] != "1.2" || log["creator"].(map[string]any)["version"] != "v1" || len(entries) != 2 {
		t.Fatalf("%s", data)
	}
	for _, entry := range entries {
		for path, fields := range map[string]string{
			"":                 "startedDateTime time request response cache timings",
			"request":          "method url httpVersion cookies headers queryString headersSize bodySize",
			"response":         "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
			"response content": "size mimeType",
			"timings":          "send wait receive",
		} {
			at := entry.(map[string]any)
			for _, name := range strings.Fields(path) {
				at = at[name].(map[string]any)
			}
			for _, field := range strings.Fields(fields) {
				if at[field] == nil {
					t.Errorf("%s %s is missing", path, field)
				}
			}
		}
	}
	first := entries[0].(map[string]any)
	if first["startedDateTime"] != "2020-01-02T03:04:05Z" || first["time"] != 1.5 || first["_id"] != "id-1" || first["_operation"] != "createAccount" {
		t.Errorf("%v", first)
	}
	if content := first["response"].(map[string]any)["content"].(map[string]any); content["encoding"] != "base64" || content["text"] != "//8=" || content["comment"] == nil {
		t.Errorf("%v", content)
	}
	if strings.Contains(string(data), "SECRET") || !strings.Contains(string(data), "page=2") {
		t.Errorf("%s", data)
	}
}

func TestCredentialsAreMasked(t *testing.T) {
	parts := "--b\r\nContent-Disposition: form-data; filename=\"f\"; name=\"client_secret\"\r\nContent-Type: text/plain\r\n\r\nSECRET\r\n--b\r\nContent-Disposition: form-data; name=\"scope\"\r\n\r\nopenid\r\n--b--\r\n"
	for _, c := range []struct{ contentType, body, stays string }{
		{formType, "grant_type=x&client_secret=SECRET&scope=openid", "scope=openid"},
		{formType, "client%5Fsecret=SECRET&scope=openid", "scope=openid"},
		{"", "client_secret=SECRET", "client_secret"},
		{"multipart/form-data; boundary=b", parts, "openid"},
		{"", parts, "openid"},
		{"application/json", `{"access_token":"SECRET","expires_in":86400}`, `"expires_in":86400`},
		{"application/json;", `{ "a": [{"Password" : "SECRET \" SECRET", "b": 1}]}`, `"b": 1`},
		{"application/json", `{"pass\u0077ord":"SECRET","b":1}`, `"b":1`},
		{"application/json", `{"password":["SECRET",{"x":"SECRET"}],"b":1}`, `"b":1`},
		{"application/json", `{"b":1,"refresh_token":"SECR`, `"b":1`},
		{"application/json", `{"b":1,"client_secret":SECRET}`, `"b":1`},
		{"text/plain", `see http://x/?api_key=SECRET&page=2`, "page=2"},
		{"application/json", `{"password":null,"password_update_time":"2020"}`, `"password":null,"password_update_time":"2020"`},
	} {
		got := maskedBody(c.contentType, c.body)
		if strings.Contains(got, "SECR") || !strings.Contains(got, c.stays) {
			t.Errorf("%s: %s", c.body, got)
		}
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer SECRET", "Cookie": "a=SECRET", "Set-Cookie": "a=SECRET", "X-Api-Key": "SECRET", "X-Auth-Token": "SECRET",
		"Link": `<http://x/?page=2&api_key=SECRET>; rel="next"`,
	} {
		if got := maskedHeader(name, value); strings.Contains(got, "SECRET") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := maskedHeader("Authorization", "Bearer SECRET"); got != "Bearer ***" {
		t.Error(got)
	}
}

// FuzzMaskedBody wants that no field called password keeps its value, and no panic.
func FuzzMaskedBody(f *testing.F) {
	f.Add("application/json", `{"a":"`, `"}`)
	f.Add(formType, "a=b&", "&c=d")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", "\r\n--b--")
	f.Fuzz(func(t *testing.T, contentType, before, after string) {
		_ = maskedBody(contentType, before+after)
		body := `{"x":` + before + `,"password":"SECRET"}`
		if json.Valid([]byte(body)) && strings.Contains(maskedBody("application/json", body), `"password":"SECRET"`) {
			t.Errorf("%s", maskedBody("application/json", body))
		}
	})
}
