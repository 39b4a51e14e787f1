package report

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMaskFindsEncodings: a secret stays hidden however a target repeats it.
func TestMaskFindsEncodings(t *testing.T) {
	const secret = `se"cr&t/pass+w<o>rd% é\of the 'partner'`
	m := newMask([]string{secret, "tok_0123456789abcdef", "a"[:0]})
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	inXML := &strings.Builder{}
	if err := xml.EscapeText(inXML, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	ascii := &strings.Builder{}
	hexadecimal := &strings.Builder{}
	lower := strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3C", "%3c", "%C3", "%c3")
	for _, r := range secret {
		fmt.Fprintf(ascii, `\u%04x`, r)
		fmt.Fprintf(hexadecimal, "&#x%X;", r)
	}
	twice, err := json.Marshal(string(quoted))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "lower-case query": lower.Replace(url.QueryEscape(secret)),
		"query in query": url.QueryEscape(url.QueryEscape(secret)), "JSON": string(quoted), "JSON in JSON": string(twice), "JSON of other libraries": ascii.String(),
		"JSON with escaped slashes": strings.ReplaceAll(string(quoted), "/", `\/`), "HTML": html.EscapeString(secret), "XML": inXML.String(), "HTML by number": hexadecimal.String(),
		"query in HTML": html.EscapeString("?a=1&b=" + url.QueryEscape(secret)), "JSON in HTML": html.EscapeString(string(quoted)),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 within": base64.StdEncoding.EncodeToString([]byte("client:" + secret + "!")),
		"base64 within, for URLs": base64.RawURLEncoding.EncodeToString([]byte("x:" + secret + "??>")), "hexadecimal": hex.EncodeToString([]byte(secret)),
		"upper case": strings.ReplaceAll(strings.ToUpper(secret), "É", "é"), "query in lower case": strings.ToLower(url.QueryEscape(secret)),
		"without its first letter": secret[1:], "without its last letter": secret[:len(secret)-1], "without both, in a query": url.QueryEscape(secret[1 : len(secret)-1]),
		"hexadecimal with colons": apart(secret, "%02X", ":"), "hexadecimal with blanks": apart(secret, "%02x", " "), "hexadecimal as in C": apart(secret, "0x%02x", ", "),
		"hexadecimal escapes": apart(secret, `\x%02x`, ""), "percent on every byte": apart(secret, "%%%02x", ""),
		"base32": base32.StdEncoding.EncodeToString([]byte(secret)), "base32 within, in lower case": strings.ToLower(base32.StdEncoding.EncodeToString([]byte("xyz" + secret + "?"))),
		"hexadecimal by marks alone": apart(secret, "0x%02x", ""), "hexadecimal by marks in capitals": "k" + apart(secret, "0X%02X", ""),
		"base64 of a form": base64.StdEncoding.EncodeToString([]byte("a=" + url.QueryEscape(secret) + "&b")), "base64 of a path": base64.RawURLEncoding.EncodeToString([]byte("/" + url.PathEscape(secret))),
		"base64 of small escapes": base64.StdEncoding.EncodeToString([]byte(regexp.MustCompile("%..").ReplaceAllStringFunc(url.QueryEscape(secret), strings.ToLower))),
		"base64 twice":            base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("x:" + secret)))),
		"base64 in a query":       url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))), "base64 in lines": lines(base64.StdEncoding.EncodeToString([]byte(secret)), 12),
		"base64 for URLs, twice":           base64.RawURLEncoding.EncodeToString([]byte(base64.RawURLEncoding.EncodeToString([]byte(secret)))),
		"query in JSON in HTML in a query": url.QueryEscape(html.EscapeString(strconv.Quote(url.QueryEscape(secret)))),
		"upper-case hexadecimal":           strings.ToUpper(hex.EncodeToString([]byte(secret))), "repeated": secret + secret,
		"cut off": secret[:len(secret)-9], "cut off with dots": secret[:12] + "...", "cut off with an ellipsis": secret[:12] + "… and more",
	} {
		before, after := "before ", " after"
		if strings.HasPrefix(name, "cut off") {
			after = ""
		}
		masked := m.text(before + text + after)
		if !strings.HasPrefix(masked, before) || !strings.HasSuffix(masked, after) || !strings.Contains(masked, "***") {
			t.Errorf("%s: %q", name, masked)
		}
		for _, part := range []string{"pass", "partner", "w<o", "cGFz", "cGFydG5lc", "70617373", "0070", "PARTNER", "70:61:72", "70 61 72", "0x70", `\x70`, "%70", "OBQXE"} {
			if strings.Contains(masked, part) {
				t.Errorf("%s: %q", name, masked)
				break
			}
		}
	}
	for _, harmless := range []string{"", "nothing", "se", "100% of it & more \\ less", "%zz &nothing; \\u12", "ends in s...", strings.Repeat(`\`, 50)} {
		if masked := m.text(harmless); masked != harmless {
			t.Errorf("%q became %q", harmless, masked)
		}
	}
}

// apart writes each byte of a text by a format.
func apart(s, format, between string) string {
	var all []string
	for _, b := range []byte(s) {
		all = append(all, fmt.Sprintf(format, b))
	}
	return strings.Join(all, between)
}

// lines breaks a text into lines.
func lines(s string, width int) string {
	var out strings.Builder
	for ; len(s) > width; s = s[width:] {
		out.WriteString(s[:width] + "\r\n")
	}
	return out.String() + s
}

// TestMaskKeepsWords: what only resembles a secret stays.
func TestMaskKeepsWords(t *testing.T) {
	m := newMask([]string{"Spring-2026!", "abc"})
	for _, text := range []string{"spring 2026", "Sp ring-20 26!", "pring-202", "53 70 72 69 6e 67", "the first account", "U3ByaW5n"} {
		if masked := m.text(text); masked != text {
			t.Errorf("%q became %q", text, masked)
		}
	}
}

// TestMaskTakesLinearTime: no text takes much more of the processor than a harmless one of
// its length, whatever it is made of.
func TestMaskTakesLinearTime(t *testing.T) {
	secrets := []string{"toktok" + strings.Repeat("toktok", 100) + "end"}
	for i := range 40 {
		secrets = append(secrets, fmt.Sprintf(`eyJhbGciOi"JIUzI1N%%41%d`, i))
	}
	m := newMask(secrets)
	took := func(unit string) time.Duration {
		const size = 512 << 10
		text := strings.Repeat(unit, size/len(unit)+1)[:size]
		began := processor(t)
		m.text(text)
		return processor(t) - began
	}
	harmless := max(took("the quick brown fox "), 10*time.Millisecond)
	for _, unit := range []string{"tok_...", "tok...", ".", "…", "tok", "eyJhbGci", "%41", `\u0041`, "&amp;", "%2525252541", `\\\\u0026amp;%41`, "a", "746f6b", "746f6b ", "access_token=", `name="password"`, "dG9rdG9r"} {
		if spent := took(unit); spent > 40*harmless {
			t.Errorf("%q takes %v, a harmless text %v", unit, spent, harmless)
		}
	}
}

// processor is how much of the processor this process has taken.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Skip(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestMaskFindsPlaces: what stands where a credential does is hidden whatever it is.
func TestMaskFindsPlaces(t *testing.T) {
	m := newMask(nil)
	for text, want := range map[string]string{
		"/v1?api_key=abc&page=1":                       "/v1?api_key=***&page=1",
		"client_id=me&client_secret=abc&password=x%20": "client_id=me&client_secret=***&password=***",
		`{"access_token": "a\"bc", "expires_in": 1}`:   `{"access_token": "***", "expires_in": 1}`,
		`"{\"refresh_token\":\"abc\",\"a\":\"b\"}"`:    `"{\"refresh_token\":\"***\",\"a\":\"b\"}"`,
		"name=\"password\"\r\n\r\nabc\r\n--x":          "name=\"password\"\r\n\r\n***\r\n--x",
		"sent Bearer abcdefghijklmnopqrstu to it":      "sent Bearer *** to it",
		"proxy http://user:abc@proxy.example:1 fails":  "proxy http://***@proxy.example:1 fails",
		"someone@example.com at http://x.example":      "someone@example.com at http://x.example",
	} {
		if masked := m.text(text); masked != want {
			t.Errorf("%q became %q, want %q", text, masked, want)
		}
	}
	for name, want := range map[string]string{"Authorization": "Basic ***", "Proxy-Authorization": "Basic ***", "Set-Cookie": "***", "X-Api-Key": "***", "X-Auth-Token": "***", "X-Other": "Basic abc"} {
		if masked := m.header(name, "Basic abc"); masked != want {
			t.Errorf("%s became %q", name, masked)
		}
	}
}

// FuzzMask: whatever stands around a secret, it does not get through, and what holds
// none stays as it is.
func FuzzMask(f *testing.F) {
	const secret = "zQ7/x+9=Kp&w"
	f.Add("before ", " after", byte(0))
	f.Add(`{"a":"\u00`, `\\"}`, byte(1))
	f.Add("%", "%", byte(2))
	f.Add("&", ";...", byte(3))
	f.Add("\xff…", "=", byte(4))
	m := newMask([]string{secret})
	f.Fuzz(func(t *testing.T, before, after string, form byte) {
		quoted, _ := json.Marshal(secret)
		forms := []string{secret, url.QueryEscape(secret), string(quoted[1 : len(quoted)-1]), html.EscapeString(secret), hex.EncodeToString([]byte(secret))}
		text := forms[int(form)%len(forms)]
		masked := m.text(before + text + after)
		if strings.Contains(masked, text) && !strings.Contains(before+after, text) {
			t.Errorf("%q became %q", before+text+after, masked)
		}
		if again := m.text(masked); strings.Contains(again, secret) {
			t.Errorf("%q shows the secret", again)
		}
	})
}
