package main

import (
	"context"
	"slices"

	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// meetsAny refuses a run of --only none of whose keys names a record, neither one
// that is known nor one in the source: it would read everything for nothing. A
// source that cannot be read is told by the run.
func (in *installation) meetsAny(ctx context.Context, p *jobParts, only []string) error {
	if len(only) == 0 {
		return nil
	}
	uids := map[string]bool{}
	for _, key := range only {
		known, err := in.knows(ctx, p.name, key)
		if known || err != nil {
			return err
		}
		uids[reconcile.FoldUID(key)] = true
		if uid, err := mapping.EncodeUID(key, p.mapping.Identity()); err == nil {
			uids[reconcile.FoldUID(uid)] = true
		}
	}
	side, err := in.source(p.name, p.mapping, nothingRead{})
	if err != nil {
		return err
	}
	source, ok := side.(finder)
	if !ok {
		return nil
	}
	found, err := source.Find(ctx, func(uid string) bool { return uids[reconcile.FoldUID(uid)] })
	if found != nil || err != nil {
		return ctx.Err()
	}
	for _, key := range only[:len(only)-1] {
		in.app.report(usageError(message.UsageNoRecord, message.S("query", key)))
	}
	return usageError(message.UsageNoRecord, message.S("query", only[len(only)-1]))
}

// knows reports whether the state has a record, or a rejected row, of a key or uid.
func (in *installation) knows(ctx context.Context, job, key string) (bool, error) {
	found, err := in.db.Records(ctx, job, key, 0)
	if err != nil {
		return false, in.app.stateFault(err)
	}
	rejects, err := in.db.Rejects(ctx, job)
	if err != nil {
		return false, in.app.stateFault(err)
	}
	return slices.ContainsFunc(found, func(r state.Record) bool { return r.UID == key || r.Key == key }) ||
		slices.ContainsFunc(rejects, func(r state.StandingReject) bool { return r.UID == key || r.Key == key }), nil
}

// metAll refuses to be silent about keys of --only that name no record: the last
// is the error, those before it are told.
func (in *installation) metAll(ctx context.Context, job string, only []string) error {
	var last error
	for _, key := range only {
		known, err := in.knows(ctx, job, key)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		in.app.report(last)
		last = usageError(message.UsageNoRecord, message.S("query", key))
	}
	return last
}
