// Package config turns the YAML configuration into typed values.
//
// It is strict: unknown keys, duplicate keys and bad values are errors, all of
// them reported at once, each with file, line, column and YAML path. Secrets
// stand in the configuration by reference only and are read when asked for.
//
// It knows nothing of sources, mappings, the CRM or the state: the command
// layer copies its values to where they are used. Loading has no side effects.
// A loaded Config is immutable and safe for concurrent use.
package config
