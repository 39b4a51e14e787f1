package stranger

import "slices"

// Variants are all lawful deviations.
func Variants() []Variant {
	return slices.Concat(wireVariants, errorVariants, tokenVariants, accountVariants, resellerVariants, groupVariants, rateVariants, assignmentVariants, listVariants)
}
