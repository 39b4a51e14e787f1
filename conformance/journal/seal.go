package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// seal is the last line of a journal at any moment: how many lines stand before it, and
// a digest of them under a key that whoever finds the file does not have. It is written
// together with each line, over the seal before, so that also a journal that a kill left
// ends with it, and a copy that was cut short or changed does not.
type seal struct {
	Lines  int    `json:"sealed_lines"`
	Digest []byte `json:"-"`
	Text   string `json:"digest"`
}

// next is the seal after one line more.
func (s seal) next(key, line []byte) seal {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(s.Digest) // a hash takes every write
	_, _ = mac.Write(line)
	digest := mac.Sum(nil)
	return seal{Lines: s.Lines + 1, Digest: digest, Text: hex.EncodeToString(digest)}
}

// line is the seal as it is written to the file.
func (s seal) line() []byte {
	data, _ := json.Marshal(s) // a number and a text
	return append(data, '\n')
}

// sealOf reads a line that is a seal; ok is false for any other.
func sealOf(line []byte) (s seal, ok bool) {
	return s, json.Unmarshal(line, &s) == nil && s.Lines > 0
}

// same reports whether two seals are of the same lines under the same key.
func (s seal) same(other seal) bool {
	return s.Lines == other.Lines && hmac.Equal([]byte(s.Text), []byte(other.Text))
}
