package report

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// needle is a text to find, with what may be around it and belongs to it then.
type needle struct{ text, before, after string }

// longestNeedle bounds what is compared at each place of a text, in bytes; what a secret
// has beyond it belongs to it.
const longestNeedle = 256

// whole is the needle of a secret that may lack its first or last byte.
func whole(secret string) needle {
	folded := string(fold([]byte(secret)))
	var n needle
	if len(folded) > leastEncoded+1 {
		n.before, folded = folded[:1], folded[1:]
		n.text = folded[:min(len(folded)-1, longestNeedle)]
	} else {
		n.text = folded
	}
	n.after = folded[len(n.text):]
	return n
}

// encodings lists what a secret looks like, squeezed, in hexadecimal, and inside base32,
// base64, base64 of that and base64 of what is in a URL, at each of the places in a group
// that it can begin at. What its neighbours have a part in is left out.
func encodings(secret string) []needle {
	if len(secret) < leastEncoded {
		return nil
	}
	texts := []string{hex.EncodeToString([]byte(secret))}
	for before := range 5 {
		text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(append(make([]byte, before), secret...))
		texts = append(texts, text[(before*8+4)/5:(before+len(secret))*8/5])
	}
	var marked strings.Builder // which squeezing keeps between bytes that nothing parts
	for _, b := range []byte(secret) {
		fmt.Fprintf(&marked, "0x%02x", b)
	}
	texts = append(texts, marked.String())
	for _, once := range in64(secret) {
		texts = append(texts, once)
		texts = append(texts, in64(once)...)
	}
	for _, escaped := range inURL(secret) {
		texts = append(texts, in64(escaped)...)
	}
	var out []needle
	for _, text := range texts {
		squeezed := string(layer{text: []byte(text)}.squeezed().text)
		if len(squeezed) >= leastEncoded {
			n := needle{text: squeezed[:min(len(squeezed), longestNeedle)]}
			n.after = squeezed[len(n.text):]
			out = append(out, n)
		}
	}
	return out
}

// inURL is a text as a form, a query or a path has it, where that differs; escapes are in
// either case.
func inURL(s string) (out []string) {
	query := url.QueryEscape(s)
	for _, escaped := range []string{query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(s)} {
		if escaped != s {
			out = append(out, escaped, escape.ReplaceAllStringFunc(escaped, strings.ToLower))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var escape = regexp.MustCompile(`%[0-9A-F]{2}`)

// in64 is a text in both alphabets of base64, at each of the three places.
func in64(s string) []string {
	var out []string
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), s...))
			out = append(out, text[(before*8+5)/6:(before+len(s))*8/6])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// finder finds needles in a text, in one pass.
type finder struct {
	size  int                 // how many first bytes of each needle it looks up
	by    map[string][]needle // by those
	begin *[1 << 16]bool      // the first two bytes of the needles
}

func newFinder(needles []needle) *finder {
	f := &finder{size: 8, by: map[string][]needle{}, begin: new([1 << 16]bool)}
	for _, n := range needles {
		f.size = min(f.size, len(n.text))
	}
	for _, n := range needles {
		first := n.text[:f.size]
		if !slices.Contains(f.by[first], n) {
			f.by[first] = append(f.by[first], n)
		}
		from, to := 0, 1<<8 // any second byte
		if len(first) > 1 {
			from, to = int(first[1]), int(first[1])+1
		}
		for second := from; second < to; second++ {
			f.begin[int(first[0])<<8|second] = true
		}
	}
	return f
}

func (f *finder) none() bool { return len(f.by) == 0 }

// at lists the needles that may begin at a place of a text.
func (f *finder) at(text []byte, i int) []needle {
	if i+f.size > len(text) || i+1 < len(text) && !f.begin[int(text[i])<<8|int(text[i+1])] {
		return nil
	}
	return f.by[string(text[i:i+f.size])]
}

// find lists where needles are in a text, in order.
func (f *finder) find(text []byte) []span {
	if f.none() {
		return nil
	}
	var out []span
	for i := 0; i+f.size <= len(text); i++ {
		best := span{i, i}
		for _, n := range f.at(text, i) {
			end := i + len(n.text)
			if end > len(text) || string(text[i:end]) != n.text {
				continue
			}
			best.to = max(best.to, end+same(n.after, text[end:]))
			if i > 0 && n.before != "" && text[i-1] == n.before[0] {
				best.from = i - 1
			}
		}
		if best.to > i {
			out = append(out, best)
			i = best.to - 1
		}
	}
	return out
}

// same is how many first bytes two texts share.
func same(a string, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// fold is a text without case, and with blanks as a form has them.
func fold(text []byte) []byte {
	out := make([]byte, len(text))
	for i, b := range text {
		switch {
		case 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		case b == '+':
			b = ' '
		}
		out[i] = b
	}
	return out
}

// wordAround widens a part of a text to the base64 characters around it, from a place on.
func wordAround(text []byte, found span, first int) span {
	of64 := func(b byte) bool {
		return b == '+' || b == '/' || b == '-' || b == '_' || b == '=' || wordByte(b)
	}
	for found.from > first && of64(text[found.from-1]) {
		found.from--
	}
	for found.to < len(text) && of64(text[found.to]) {
		found.to++
	}
	return found
}

func wordByte(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}
