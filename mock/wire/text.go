package wire

import (
	"bytes"
	"strconv"
	"unicode/utf16"
)

// byteOrderMark names the encoding whose byte order mark a text begins with; empty where
// it begins with none.
func byteOrderMark(data []byte) string {
	for _, m := range []struct{ mark, encoding string }{
		{"\xEF\xBB\xBF", "UTF-8"}, {"\xFE\xFF", "UTF-16"}, {"\xFF\xFE", "UTF-16"},
	} {
		if bytes.HasPrefix(data, []byte(m.mark)) {
			return m.encoding
		}
	}
	return ""
}

// loneSurrogate is the first escape in a JSON text that is half of a surrogate pair
// without the other, as it was sent. The decoder would make U+FFFD of it in silence.
func loneSurrogate(data []byte) string {
	for {
		at := bytes.IndexByte(data, '\\')
		if at < 0 {
			return ""
		}
		data = data[at:]
		first, ok := escaped(data)
		switch {
		case !ok:
			data = data[min(2, len(data)):]
			continue
		case utf16.IsSurrogate(first):
			if second, ok := escaped(data[6:]); !ok || utf16.DecodeRune(first, second) == '\uFFFD' {
				return string(data[:6])
			}
			data = data[6:]
		}
		data = data[6:]
	}
}

// escaped is the character of the escape \uXXXX that a text begins with.
func escaped(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(r), err == nil
}
