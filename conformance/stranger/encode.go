package stranger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// encode writes a value as JSON, in the manner that the variants ask for.
func (s *Server) encode(v any) []byte {
	var b bytes.Buffer
	s.value(&b, v)
	out := b.Bytes()
	if s.on("json-pretty") {
		var p bytes.Buffer
		if json.Indent(&p, out, "", "    ") == nil {
			out = p.Bytes()
		}
	}
	if s.on("json-crlf-blanks") {
		out = append([]byte("\r\n \t"), append(out, "\r\n\r\n"...)...)
	}
	if s.on("json-newline") {
		out = append(out, '\n')
	}
	return out
}

func (s *Server) value(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case obj:
		names := []string{}
		for n := range v {
			names = append(names, n)
		}
		slices.Sort(names)
		if s.on("json-keys-reversed") {
			slices.Reverse(names)
		}
		if s.on("json-keys-shuffled") {
			rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		b.WriteByte('{')
		for i, n := range names {
			if i > 0 {
				b.WriteByte(',')
			}
			s.quote(b, n)
			b.WriteByte(':')
			s.value(b, v[n])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			s.value(b, e)
		}
		b.WriteByte(']')
	case string:
		s.quote(b, v)
	case float64:
		t := strconv.FormatFloat(v, 'f', -1, 64)
		switch {
		case s.on("json-numbers-exponent"):
			t = strconv.FormatFloat(v, 'e', -1, 64)
		case s.on("json-numbers-padded") && !strings.Contains(t, "."):
			t += ".00"
		case s.on("json-numbers-padded"):
			t += "0"
		}
		b.WriteString(t)
	default:
		text, _ := json.Marshal(v)
		b.Write(text)
	}
}

// quote writes a JSON string.
func (s *Server) quote(b *bytes.Buffer, t string) {
	var p bytes.Buffer
	e := json.NewEncoder(&p)
	e.SetEscapeHTML(s.on("json-html-escaped"))
	_ = e.Encode(t)
	q := strings.TrimSuffix(p.String(), "\n")
	if s.on("json-slash-escaped") {
		q = strings.ReplaceAll(q, "/", `\/`)
	}
	if !s.on("json-ascii") {
		b.WriteString(q)
		return
	}
	for _, r := range q {
		switch {
		case r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
}
