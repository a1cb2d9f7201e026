// Package record holds the vocabulary that every other package shares: fields,
// values, records and their fingerprints.
//
// It imports the standard library and a hash, and knows nothing of files, the CRM,
// mappings or the state. Values are plain data; nothing here is safe for
// concurrent mutation, and nothing here needs to be.
package record
