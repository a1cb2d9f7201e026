// Package schema describes the configuration and the mapping files as JSON
// Schemas (draft 2020-12), for editors that complete and check while people
// type.
//
// The configuration's schema is made by reflection from the types of package
// config: keys, words and defaults cannot drift. That of mappings is written
// out beside the parser's tables; a test holds the two together. A schema never
// refuses more than the program does where people write plainly; the program
// remains the judge of what one key demands of another.
//
// It reads no file and knows nothing of jobs, the CRM or the state. Its
// functions are safe for concurrent use.
package schema
