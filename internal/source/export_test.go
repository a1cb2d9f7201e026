package source

// WithBlock makes a reader work in small blocks, so that tests reach every
// boundary with small files.
func WithBlock(o CSVOptions, bytes int) CSVOptions {
	o.block = bytes
	return o
}
