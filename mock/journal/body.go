package journal

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	gen "github.com/twinbill/twinbill/gen/sandbox"
)

const (
	// mostCaptured is how much of a body is kept while its request is under way, in bytes,
	// before the bound of its journal is known: no twin reads more of a request.
	mostCaptured = 1 << 20
	// mostUnread is how much of a body that its handler left is read, in bytes: as much as
	// net/http would read, and throw away, before it answers.
	mostUnread = 256 << 10
)

// capture keeps the first bytes of what goes by.
type capture struct {
	data  []byte
	total int
}

func (c *capture) add(data []byte) {
	c.total += len(data)
	if room := mostCaptured - len(c.data); room > 0 {
		c.data = append(c.data, data[:min(room, len(data))]...)
	}
}

// body is what went by, with at most so many bytes of it.
func (c *capture) body(limit int) gen.Body {
	kept := c.data[:min(limit, len(c.data))]
	b := gen.Body{Bytes: c.total}
	if len(kept) < c.total {
		truncated := true
		b.Truncated = &truncated
	}
	if text, ok := text(kept, b.Truncated != nil); ok {
		b.Text = &text
	} else {
		encoded := base64.StdEncoding.EncodeToString(kept)
		b.Base64 = &encoded
	}
	return b
}

// text is data as a text where it is UTF-8. The character that the cut of a truncated
// one went through is left out.
func text(data []byte, truncated bool) (string, bool) {
	if utf8.Valid(data) {
		return string(data), true
	}
	if truncated {
		for cut := 1; cut < utf8.UTFMax && cut <= len(data); cut++ {
			whole, part := data[:len(data)-cut], data[len(data)-cut:]
			if utf8.RuneStart(part[0]) && !utf8.FullRune(part) && utf8.Valid(whole) {
				return string(whole), true
			}
		}
	}
	return "", false
}

// bytesOf is what is kept of a body.
func bytesOf(b gen.Body) []byte {
	if b.Text != nil {
		return []byte(*b.Text)
	}
	if b.Base64 != nil {
		if data, err := base64.StdEncoding.DecodeString(*b.Base64); err == nil {
			return data
		}
	}
	return nil
}

// requestBody is a request's body that keeps a copy of what is read.
type requestBody struct {
	source   io.ReadCloser
	capture  capture
	ended    bool
	declared int64 // how long the client said it is
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.source.Read(p)
	b.capture.add(p[:n])
	b.ended = b.ended || err != nil
	return n, err
}

// Close leaves the source open: its server closes it, once the rest is read.
func (b *requestBody) Close() error { return nil }

// rest reads what the handler left, as far as it was received.
func (b *requestBody) rest(r *http.Request, w http.ResponseWriter) {
	b.declared = r.ContentLength
	expects := b.capture.total == 0 && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
	left := r.ContentLength - int64(b.capture.total)
	if b.source == nil || b.ended || left == 0 || left > mostUnread || expects {
		return // a client that waits to be asked has sent nothing
	}
	if r.ProtoMajor >= 2 {
		// What has come in can be read after the deadline too.
		if http.NewResponseController(w).SetReadDeadline(time.Now()) != nil {
			return
		}
	}
	_, _ = io.CopyN(io.Discard, b, mostUnread)
}

// kept is the body as it was sent.
func (b *requestBody) kept(limit int) gen.Body {
	out := b.capture.body(limit)
	if int64(out.Bytes) < b.declared {
		truncated := true
		out.Bytes, out.Truncated = int(b.declared), &truncated
	}
	return out
}
