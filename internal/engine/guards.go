package engine

import (
	"context"
	"maps"
	"slices"

	"syncd/internal/reconcile"
)

// Guards that are the engine's own; the others are reconcile's.
const (
	GuardCRMChanged     = "crm-changed"     // another CRM behind the same address
	GuardCRMRewound     = "crm-rewound"     // the CRM was set back to an older day
	GuardMappingChanged = "mapping-changed" // another mapping than the last one carried out
	// GuardStateRestored never halts. Its allowance says that the state is older than
	// what both sides were settled on: its bases are not trusted (state.DB.Mistrust).
	GuardStateRestored = "state-restored"
	GuardCanary        = "canary" // this CRM does not keep uids as they are sent
	// DetailLines is the Detail of a halt that counted lines of records.
	DetailLines = "lines"
)

// checkStanding refuses to run a job that a guard halted, or whose mapping is
// not the one that was carried out last. A plan may be made all the same.
func (r *run) checkStanding(ctx context.Context) error {
	if was := r.standing.Identity; r.standing.Links > 0 && was != "" && was != r.cfg.Identity {
		return &FrozenError{Was: was, Now: r.cfg.Identity, Links: r.standing.Links}
	}
	if r.dry {
		return nil
	}
	if len(r.standing.Halts) > 0 {
		r.report.Halt = &r.standing.Halts[0]
		return &HaltError{Halts: r.standing.Halts}
	}
	if !r.standing.Mapping.IsZero() && r.standing.Mapping != r.cfg.Mapping && !r.allowed(GuardMappingChanged) {
		return r.halt(ctx, Halt{Guard: GuardMappingChanged})
	}
	return nil
}

// allowed reports whether a person let this guard pass once.
func (r *run) allowed(guard string) bool {
	_, ok := r.standing.Allow[guard]
	return ok
}

// halt stores halts and returns them as the error that ends the run.
func (r *run) halt(ctx context.Context, halts ...Halt) error {
	r.report.Halt = &halts[0]
	if r.dry {
		return &HaltError{Halts: halts}
	}
	for _, h := range halts {
		if err := r.Log.Halt(context.WithoutCancel(ctx), r.id, h); err != nil {
			return err
		}
	}
	return &HaltError{Halts: halts}
}

// counts are the totals that the guards look at.
func (r *run) counts() reconcile.Counts {
	rows := &r.report.Rows
	return reconcile.Counts{
		Full: r.snapshot.Full, Rows: rows.Records + rows.Rejected + rows.Scope, Records: r.met,
		Rejected: rows.Rejected, PreviousRecords: r.standing.LastRows,
		Lines: r.lines.now, PreviousLines: r.lines.now + r.lines.lost,
		Linked: int64(r.index.loaded), Creates: r.spool.count(OpAdd), Updates: max(r.spool.count(OpUpdate), r.spool.count(OpWriteBack)),
		Clears: r.spool.clears(), Deletes: r.spool.count(OpDelete), WithoutUID: int64(r.mirror.WithoutUID()),
		FirstRun: r.standing.Runs == 0, Adopted: r.standing.Adopted,
	}
}

// breaches holds the counts against the job's limits: of the source, which
// clear by themselves, and of the plan, which stand until someone resumes.
func (r *run) breaches() (source, plan []reconcile.Breach) {
	if r.quiet() {
		return nil, nil
	}
	allow := make(reconcile.Allowances, len(r.standing.Allow))
	for g, n := range r.standing.Allow {
		allow[reconcile.Guard(g)] = n
	}
	c := r.counts()
	if !r.snapshot.Nothing {
		source = reconcile.CheckSource(c, r.cfg.Limits, allow)
	}
	return source, reconcile.CheckPlan(c, r.cfg.Limits, allow)
}

// checkGuards stands between the two passes: nothing was sent yet.
func (r *run) checkGuards(ctx context.Context) error {
	source, plan := r.breaches()
	if len(source) > 0 {
		halts := haltsOf(source)
		r.report.Halt = &halts[0]
		return &HaltError{Halts: halts, Passing: true}
	}
	if len(plan) > 0 {
		return r.halt(ctx, haltsOf(plan)...)
	}
	return nil
}

func haltsOf(breaches []reconcile.Breach) []Halt {
	out := make([]Halt, len(breaches))
	for i, b := range breaches {
		out[i] = Halt{Guard: string(b.Guard), Found: b.Found, Limit: b.Limit, Of: b.Of}
		if b.Lines {
			out[i].Detail = DetailLines
		}
	}
	return out
}

// quiet reports whether a run had nothing to read and found nothing to do.
func (r *run) quiet() bool {
	return r.snapshot.Nothing && r.report.Rows.Backlog == 0 && len(r.spool.at) == 0 && len(r.find.Holds) == 0
}

// saveFindings stores what reading and deciding turned up. From here on the
// plan counts as accepted.
func (r *run) saveFindings(ctx context.Context) error {
	if r.quiet() {
		return nil
	}
	f := r.find
	whole := r.snapshot.Full && r.snapshot.Complete && !r.snapshot.Nothing // no new file is no empty one
	f.Complete = whole && len(r.opts.Only) == 0
	f.Mapping, f.Identity = r.cfg.Mapping, r.cfg.Identity
	f.Rows = r.standing.LastRows
	if whole {
		f.Rows = r.met
	}
	fresh, err := r.Log.Found(ctx, r.id, f)
	if err != nil {
		return err
	}
	r.report.NewReject += fresh
	r.cfg.Step("findings-saved")
	if !f.Complete || r.unkeyed {
		return nil // a row whose key cannot be read may be any record's: none counts as vanished
	}
	return r.closeVanished(ctx)
}

// closeVanished ends the holds and refusals of records that a complete snapshot
// does not have any more.
func (r *run) closeVanished(ctx context.Context) error {
	var over []Settlement
	vanished := func(uid string) {
		if _, born := bornCLID(uid); born {
			return // of a client of the CRM: no export would show it
		}
		ord := r.index.find(r.uidPrint(uid))
		if ord < 0 || r.index.lines[ord] == 0 && (r.index.ends[ord] == none || r.index.ends[ord] == Absent) {
			over = append(over, Settlement{UID: uid, Clear: true})
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(r.standing.Holds)) {
		if r.standing.Holds[uid].Sticky {
			vanished(uid)
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(r.standing.Refused)) {
		vanished(uid)
	}
	if len(over) == 0 {
		return nil
	}
	return r.Journal.Settle(ctx, r.id, over)
}

// tally turns the ends of all records into the report, and checks the two
// laws: every row in one bin, every record with one outcome.
func (r *run) tally() error {
	rep := r.report
	rep.Outcomes[Rejected] += r.loose
	var open, met int64
	for ord, o := range r.index.ends {
		if r.index.lines[ord] == 0 && o == none {
			continue // not in this delta, or not read because the run ended
		}
		met++
		if o == none {
			open++
			continue
		}
		rep.Outcomes[o]++
	}
	rows := rep.Rows
	if binned := rows.Records + rows.Rejected + rows.Skipped; binned != rows.Read {
		return &BalanceError{Law: "rows", Want: rows.Read, Got: binned}
	}
	if open != 0 {
		return &BalanceError{Law: "records", Want: met, Got: met - open}
	}
	return nil
}
