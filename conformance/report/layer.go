package report

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
)

// layer is a text without some of what is in its source, and where each of its bytes began
// there; no places mean that it is the source.
type layer struct {
	text []byte
	at   []int32
}

func (u layer) place(i int) int {
	if u.at == nil {
		return i
	}
	return int(u.at[i])
}

// source is what a part of the text was in the source.
func (u layer) source(s span) span {
	from, to := u.place(s.from), s.to
	for to < len(u.text) && u.place(to) == u.place(s.to-1) { // within one escape
		to++
	}
	return span{from, u.place(to)}
}

// unescaped takes one layer of escapes away, of whatever kinds they are. It reports whether
// there were any.
func (u layer) unescaped() (layer, bool) {
	if !bytes.ContainsAny(u.text, `%\&`) {
		return u, false
	}
	out := layer{make([]byte, 0, len(u.text)), make([]int32, 0, len(u.text)+1)}
	changed := false
	for i := 0; i < len(u.text); {
		value, n := "", 0
		switch rest := u.text[i:min(i+longestEscape, len(u.text))]; rest[0] {
		case '%':
			value, n = percentEscape(string(rest))
		case '\\':
			value, n = backslashEscape(string(rest))
		case '&':
			value, n = entityEscape(string(rest))
		}
		place := int32(u.place(i))
		if n == 0 {
			out.text, out.at = append(out.text, u.text[i]), append(out.at, place)
			i++
			continue
		}
		changed = true
		for range len(value) {
			out.at = append(out.at, place)
		}
		out.text = append(out.text, value...)
		i += n
	}
	out.at = append(out.at, int32(u.place(len(u.text))))
	return out, changed
}

// squeezed is the text by its letters and digits alone, without case: base64 in lines and
// in either alphabet, and hexadecimal with colons, blanks or 0x before each byte, come out
// as one. Its source is u, not the source of u.
func (u layer) squeezed() layer {
	out := layer{make([]byte, 0, len(u.text)), make([]int32, 0, len(u.text)+1)}
	for i := 0; i < len(u.text); i++ {
		b := u.text[i]
		if b == '0' && i+1 < len(u.text) && u.text[i+1]|0x20 == 'x' && (i == 0 || !wordByte(u.text[i-1])) {
			i++
			continue
		}
		if !wordByte(b) {
			continue
		}
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		out.text, out.at = append(out.text, b), append(out.at, int32(i))
	}
	out.at = append(out.at, int32(len(u.text)))
	return out
}

// longestEscape is how many bytes an escape has at most.
const longestEscape = 12

// percentEscape reads the escape of a URL that a text begins with; 0 where there is none.
func percentEscape(s string) (value string, length int) {
	if len(s) < 3 || s[0] != '%' {
		return "", 0
	}
	b, err := strconv.ParseUint(s[1:3], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(b)}), 3
}

// backslashEscape is the same for a text in JSON.
func backslashEscape(s string) (value string, length int) {
	if len(s) < 2 || s[0] != '\\' {
		return "", 0
	}
	switch s[1] {
	case '"', '\\', '/', '\'':
		return s[1:2], 2
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case 'x':
		if len(s) < 4 {
			return "", 0
		}
		b, err := strconv.ParseUint(s[2:4], 16, 8)
		if err != nil {
			return "", 0
		}
		return string([]byte{byte(b)}), 4
	case 'u':
		unit, ok := codeUnit(s)
		if !ok {
			return "", 0
		}
		if low, ok := codeUnit(s[6:]); ok && utf16.IsSurrogate(unit) {
			return string(utf16.DecodeRune(unit, low)), 12
		}
		return string(unit), 6
	}
	return "", 0
}

func codeUnit(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	unit, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(unit), err == nil
}

// entityEscape is the same for HTML and XML.
func entityEscape(s string) (value string, length int) {
	end := strings.IndexByte(s, ';')
	if end < 2 {
		return "", 0
	}
	value = html.UnescapeString(s[:end+1])
	if value == s[:end+1] {
		return "", 0
	}
	return value, end + 1
}
