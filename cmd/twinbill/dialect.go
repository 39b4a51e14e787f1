package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// readDialect makes a dialect of files and point=reading assignments, in their order.
func readDialect(values []string) (openapi.Dialect, error) {
	var d openapi.Dialect
	for _, value := range values {
		if strings.Contains(value, "=") {
			next, err := d.Assign(value)
			if err != nil {
				return d, err
			}
			d = next
			continue
		}
		file, err := os.Open(value)
		if err != nil {
			return d, fmt.Errorf("--dialect: %w; name a file, or write point=reading", err)
		}
		parsed, err := openapi.ParseDialect(value, file)
		_ = file.Close()
		if err != nil {
			return d, err
		}
		d = d.Join(parsed)
	}
	return d, nil
}
