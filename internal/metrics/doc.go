// Package metrics is what Prometheus sees of syncd: what happened in this
// process (counters, kept here), and what stands in the state (asked for at each
// scrape). docs/metrics.md lists every name; tests hold the list.
//
// It must not know the state, the configuration or the CRM: it is handed plain
// values. No label may carry a value of a record, a uid or a file name: labels are
// jobs and words of closed lists, so the number of series has a bound that does
// not depend on data.
//
// Rules: times are exported as timestamps, not as ages, 0 where there is none;
// what may happen is exported as 0 before it does; tries stand beside failures.
//
// Concurrency: a Metrics is safe for concurrent use.
package metrics
