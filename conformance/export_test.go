package conformance

// MonthsAround lists the months that a run uses where the deployment names none.
var MonthsAround = monthsAround
