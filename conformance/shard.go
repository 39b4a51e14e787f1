package conformance

// Shard is one of several equal parts of the selected checks. The zero value is all
// of them.
type Shard struct{ Index, Of int } // Index counts from 1
