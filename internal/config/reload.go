package config

import (
	"path/filepath"

	"syncd/internal/message"
)

// NeedsRestart lists the keys that differ in next and that a running service
// cannot change: its state is open. Empty: next can take the place of c.
func (c *Config) NeedsRestart(next *Config) []string {
	var keys []string
	for _, k := range []struct {
		key     string
		differs bool
	}{
		{"state", filepath.Clean(string(c.State)) != filepath.Clean(string(next.State))},
	} {
		if k.differs {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// CheckReload is an *Errors with each key of NeedsRestart at its place in next;
// nil when there is none.
func (c *Config) CheckReload(next *Config) error {
	var list []*Error
	for _, key := range c.NeedsRestart(next) {
		list = append(list, next.ErrorAt(key, message.ConfigNeedsRestart, message.S("key", key)))
	}
	if len(list) == 0 {
		return nil
	}
	sortErrors(list)
	return &Errors{List: list, Lang: string(next.Lang)}
}
