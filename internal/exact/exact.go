// Package exact reads and compares JSON without making its numbers floats: an id beyond
// 2^53 stays the id it is.
package exact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
)

// Decode reads one JSON value. Its numbers are of type json.Number.
func Decode(data []byte) (any, error) {
	var v any
	return v, Unmarshal(data, &v)
}

// Unmarshal is json.Unmarshal, save that a number without a type of its own is of type
// json.Number.
func Unmarshal(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("there is nothing")
		}
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the value")
	}
	return nil
}

// Text writes a value as a path or a form has it: a text as it is, a number without an
// exponent.
func Text(value any) string {
	if f, ok := value.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// Equal reports whether two values are the same JSON: 1, 1.0 and 10e-1 are one number,
// whatever type holds them.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		other, ok := b.(bool)
		return ok && a == other
	case string:
		other, ok := b.(string)
		return ok && a == other
	case []any:
		other, ok := b.([]any)
		if !ok {
			break
		}
		if len(a) != len(other) {
			return false
		}
		for i := range a {
			if !Equal(a[i], other[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok {
			break
		}
		if len(a) != len(other) {
			return false
		}
		for name, value := range a {
			if found, ok := other[name]; !ok || !Equal(value, found) {
				return false
			}
		}
		return true
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && (x == y || normal(x) == normal(y))
	}
	x, changed := plain(a)
	y, also := plain(b)
	return (changed || also) && Equal(x, y)
}

// plain is a value of any type as Decode would read it. It reports whether that is of
// another type.
func plain(v any) (any, bool) {
	switch v.(type) {
	case nil, bool, string, json.Number, []any, map[string]any:
		return v, false
	}
	data, err := json.Marshal(v)
	if err != nil {
		return v, false
	}
	out, err := Decode(data)
	return out, err == nil
}

// number is the text of a number of any type.
func number(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return v.String(), true
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), true
	}
	return "", false
}

// normal is the one form of a number: its digits without zeros at either end, and the
// power of ten of the last. It costs no more than the text is long, whatever the exponent.
func normal(text string) string {
	digits, sign := text, ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		digits, sign = rest, "-"
	}
	digits, exponent, _ := strings.Cut(strings.ToLower(digits), "e")
	whole, fraction, _ := strings.Cut(digits, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	power := new(big.Int)
	switch {
	case len(exponent) > 100:
		return text // a power that nobody means
	case exponent != "":
		power.SetString(exponent, 10)
	}
	power.Sub(power, big.NewInt(int64(len(fraction))))
	trimmed := strings.TrimRight(digits, "0")
	power.Add(power, big.NewInt(int64(len(digits)-len(trimmed))))
	return sign + trimmed + "e" + power.String()
}

// Order compares two numbers, of any type or written as text: it is below zero where a is
// less than b. It reports whether both are numbers.
func Order(a, b any) (order int, numbers bool) {
	x, ok := rational(a)
	y, also := rational(b)
	if !ok || !also {
		return 0, false
	}
	return x.Cmp(y), true
}

// mostDigits bounds a number that is compared, with the zeros that its exponent stands for.
const mostDigits = 400

func rational(v any) (*big.Rat, bool) {
	text, ok := number(v)
	if s, written := v.(string); written {
		text, ok = s, true
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if e, err := strconv.Atoi(exponent); exponent != "" && (err != nil || e > mostDigits || e < -mostDigits) {
		return nil, false
	}
	if !ok || len(mantissa) > mostDigits || strings.ContainsAny(mantissa, "/_") || !json.Valid([]byte(text)) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}
