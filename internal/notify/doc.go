// Package notify tells people when something changed: that a job was stopped, that
// its runs fail, that an export did not come, that records wait for a decision, and
// that the trouble is over. Decide is the rule of what is news to whom, a pure
// function; Mail, Webhook and Telegram carry one Message each.
//
// The package knows neither the state nor the configuration nor the catalog of
// texts: conditions come with their words, channels with their secrets, and the
// caller keeps what was told. It must never put a secret into an error: addresses
// and tokens are cut out of what servers and the network say.
//
// Everything here is safe for concurrent use; nothing keeps state between calls.
package notify
