// Package hint says what a mistyped word may have been meant to be.
package hint

import (
	"fmt"
	"strings"
)

// For asks whether the nearest of the known words was meant, in words that follow a
// mistake. It is empty where none is near.
func For(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return Meant(near)
	}
	return ""
}

// Meant asks whether a text was meant.
func Meant(text string) string { return fmt.Sprintf(" (did you mean %s?)", text) }

// Nearest is the known word that differs from a word by a few letters; empty where none
// does.
func Nearest(word string, known []string) string {
	if len(word) > longest {
		return ""
	}
	best, least := "", max(2, len(word)/4)+1
	for _, candidate := range known {
		if apart := len(candidate) - len(word); max(apart, -apart) >= least {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least && 2*d <= len(candidate) {
			best, least = candidate, d
		}
	}
	return best
}

// longest is the longest word that is compared: no known one comes near it.
const longest = 200

// distance is how many letters to add, drop or change (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
