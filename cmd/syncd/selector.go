package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// matchesShown is how many records are named when a query fits several.
const matchesShown = 10

// Statuses of records that the state has none for: of one only a rejected row
// is known, of the other only the decision to leave it out.
const (
	statusRejected = "rejected"
	statusIgnored  = "ignored"
	statusClosed   = "closed"
	statusUntaken  = "untaken" // a row of the export alone: no run took it
)

// split takes the job off JOB/QUERY. A query whose part before the slash names
// no job is searched for in every job.
func (in *installation) split(query string) (job, rest string) {
	if before, after, ok := strings.Cut(query, "/"); ok && in.cfg.Jobs[before] != nil {
		return before, after
	}
	return "", query
}

// record finds the one record that a query names: JOB/UID, or instead of the uid
// the key, the clid, the ИНН or a part of the name, with or without the job.
func (in *installation) record(ctx context.Context, query string) (state.Record, error) {
	found, rest, err := in.found(ctx, query)
	if err != nil {
		return state.Record{}, err
	}
	return oneOf(found, rest, query)
}

// exactRecord finds the one record that a query names in full. A fragment of a
// uid or a name must not decide for a record: it is refused, with the
// candidates named.
func (in *installation) exactRecord(ctx context.Context, query string) (state.Record, error) {
	found, rest, err := in.found(ctx, query)
	if err != nil {
		return state.Record{}, err
	}
	named := slices.DeleteFunc(slices.Clone(found), func(r state.Record) bool { return !namedInFull(&r, rest) })
	if len(named) == 0 && len(found) > 0 {
		return state.Record{}, usageError(message.UsageNotInFull, message.S("query", query), message.S("uids", candidates(found)))
	}
	return oneOf(named, rest, query)
}

// namedInFull reports whether a record that was found for a query is named by
// its whole uid, key, clid, title or ИНН.
func namedInFull(r *state.Record, query string) bool {
	if reconcile.FoldUID(r.UID) == reconcile.FoldUID(query) || strings.EqualFold(r.Key, query) ||
		r.CLID != 0 && query == strconv.FormatInt(r.CLID, 10) || r.Title != "" && strings.EqualFold(r.Title, query) {
		return true
	}
	// An ИНН is found by its whole alone, unless it is part of the text that is searched.
	part := strings.ToLower(query)
	return isINN(query) && !strings.Contains(strings.ToLower(r.Title), part) && !strings.Contains(strings.ToLower(r.Key), part) &&
		!strings.Contains(strings.ToLower(r.UID), part)
}

// isINN reports whether a text has the form of an ИНН.
func isINN(s string) bool {
	return (len(s) == 10 || len(s) == 12) && strings.Trim(s, "0123456789") == ""
}

// found lists the records that fit a query, with the query freed of the job.
func (in *installation) found(ctx context.Context, query string) (list []state.Record, rest string, err error) {
	job, rest := in.split(query)
	if strings.TrimSpace(rest) == "" {
		return nil, rest, usageError(message.UsageNoRecord, message.S("query", query))
	}
	found, err := in.db.Records(ctx, job, rest, 0)
	if err != nil {
		return nil, rest, in.app.stateFault(err)
	}
	for _, look := range []func(context.Context, string, string) ([]state.Record, error){in.rejectedRecords, in.ignoredRecords, in.closedRecords} {
		if len(found) > 0 {
			break
		}
		if found, err = look(ctx, job, rest); err != nil {
			return nil, rest, err
		}
	}
	return found, rest, nil
}

// oneOf is the only record of a list, or the one that has the query for its uid.
func oneOf(found []state.Record, rest, query string) (state.Record, error) {
	if len(found) > 1 {
		if one := exactUID(found, rest); one != nil {
			return *one, nil
		}
	}
	switch len(found) {
	case 0:
		return state.Record{}, usageError(message.UsageNoRecord, message.S("query", query))
	case 1:
		return found[0], nil
	}
	return state.Record{}, usageError(message.UsageSeveralRecords, message.S("query", query),
		message.N("found", int64(len(found))), message.S("uids", candidates(found)))
}

// candidates names records to choose from, the first of many.
func candidates(found []state.Record) string {
	names := make([]string, 0, matchesShown)
	for i := range found[:min(len(found), matchesShown)] {
		r := &found[i]
		names = append(names, fmt.Sprintf("%s/%s (%s)", r.Job, r.UID, cutTo(oneLine(r.Title), 40)))
	}
	if len(found) > matchesShown {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func exactUID(found []state.Record, uid string) *state.Record {
	var one *state.Record
	for i := range found {
		if found[i].UID == uid {
			if one != nil {
				return nil // the same uid in two jobs
			}
			one = &found[i]
		}
	}
	return one
}

// rejectedRecords finds records of which nothing is known but a rejected row.
func (in *installation) rejectedRecords(ctx context.Context, job, query string) ([]state.Record, error) {
	list, err := in.db.Rejects(ctx, job)
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	var out []state.Record
	for i := range list {
		r := &list[i]
		if r.UID == "" || !strings.EqualFold(r.UID, query) && !strings.EqualFold(r.Key, query) {
			continue
		}
		if len(out) > 0 && out[len(out)-1].Job == r.Job && out[len(out)-1].UID == r.UID {
			continue
		}
		out = append(out, state.Record{
			Job: r.Job, UID: r.UID, Key: r.Key, Status: statusRejected, Reason: r.Code, File: r.File, Line: r.Line,
		})
	}
	return out, nil
}

// ignoredRecords finds records that were never linked and that somebody decided
// to ignore: of them the state keeps the decision alone, by uid.
func (in *installation) ignoredRecords(ctx context.Context, job, query string) ([]state.Record, error) {
	var out []state.Record
	for _, name := range in.cfg.JobNames() {
		if job != "" && job != name {
			continue
		}
		uids := in.uidsOf(name, query)
		chosen, err := in.choices(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, uid := range uids {
			if len(chosen[uid]) > 0 {
				out = append(out, state.Record{Job: name, UID: uid, Status: statusIgnored})
				break
			}
		}
	}
	return out, nil
}

// closedRecords finds records whose link ended, as after a deletion: of them the
// state keeps the history alone, by uid.
func (in *installation) closedRecords(ctx context.Context, job, query string) ([]state.Record, error) {
	var out []state.Record
	for _, name := range in.cfg.JobNames() {
		if job != "" && job != name {
			continue
		}
		for _, uid := range in.uidsOf(name, query) {
			last, err := in.db.Changes(ctx, state.AuditFilter{Job: name, UID: uid, Limit: 1})
			if err != nil {
				return nil, in.app.stateFault(err)
			}
			if len(last) > 0 {
				out = append(out, state.Record{Job: name, UID: uid, Status: statusClosed})
				break
			}
		}
	}
	return out, nil
}

// uidsOf are the uids that a query may name in a job: as it is, or as a key.
func (in *installation) uidsOf(job, query string) []string {
	uids := []string{query}
	if m, err := in.mapping(job); err == nil {
		if uid, err := mapping.EncodeUID(query, m.Identity()); err == nil && uid != query {
			uids = append(uids, uid)
		}
	}
	return uids
}

// choices are the decisions of a job that no run has carried out, by uid.
func (in *installation) choices(ctx context.Context, job string) (map[string][]engine.Choice, error) {
	s, err := in.stateOf(ctx, job)
	if err != nil {
		return nil, err
	}
	m, err := in.mapping(job)
	if err != nil {
		return nil, err
	}
	standing, err := s.WithSchema(m.Schema(), m.CanonSource).Standing(ctx)
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	return standing.Choices, nil
}

// oneJob is the job that a command works on: the one named, or the only one.
func (in *installation) oneJob(args []string) (string, error) {
	if len(args) == 0 && len(in.ownJobs()) != 1 {
		return "", noneNamed(in.cfg.JobNames())
	}
	names, err := in.jobs(args, false)
	if err != nil {
		return "", err
	}
	return names[0], nil
}

// noneNamed blames a command about one job for naming none.
func noneNamed(known []string) error {
	return usageError(message.UsageOneJob, message.S("known", orDash(strings.Join(known, ", "))))
}

// jobFilter is the job that a command narrows its list to; "" for all. A job
// must be one of the configuration.
func (in *installation) jobFilter(args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	return in.oneJob(args)
}

// stateOf opens the part of the state that belongs to a job.
func (in *installation) stateOf(ctx context.Context, job string) (*state.Job, error) {
	j := in.cfg.Jobs[job]
	s, err := in.db.Job(ctx, state.JobKey{Name: job, CRM: j.CRM, Entity: string(j.Entity)})
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	return s, nil
}

// when is a time as people read it, in the configuration's zone; "—" for never.
func (in *installation) when(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(in.cfg.Timezone.Location).Format("2006-01-02 15:04")
}

// place is where a record or row stands in its file.
func place(file string, first, last int) string {
	switch {
	case file == "":
		return ""
	case first == 0:
		return file
	case last > first:
		return fmt.Sprintf("%s:%d-%d", file, first, last)
	}
	return fmt.Sprintf("%s:%d", file, first)
}

// shown is a value for people: "—" for none, «» for an empty one.
func shown(v *string) string {
	switch {
	case v == nil:
		return "—"
	case *v == "":
		return "«»"
	}
	return *v
}
