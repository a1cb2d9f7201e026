package reconcile

// Counts are the totals of a run, after the source was read to its end and
// everything was decided, and before anything is sent.
type Counts struct {
	// The source. Rows are its data rows: no header, title, blank or totals.
	Full            bool  // a full snapshot
	Rows            int64 //
	Records         int64
	Rejected        int64 // rows
	PreviousRecords int64 // of the last accepted full snapshot; 0 = there was none
	// Lines are those that the records have from a second source, of records that are
	// linked; PreviousLines those that the same records were settled with.
	Lines, PreviousLines int64

	// The plan.
	Linked     int64 // links of the job before the run
	Creates    int64
	Updates    int64
	Clears     int64 // records that lose at least one value in the CRM
	Deletes    int64
	WithoutUID int64 // CRM clients that carry no uid (Mirror.WithoutUID)
	FirstRun   bool  // the job never carried out a plan
	Adopted    bool  // an adoption was signed off
}

// The floors under which a share says nothing.
const (
	rejectFrom    = 50 // rows
	updateFrom    = 20 // links
	updateAtLeast = 50
	clearAtLeast  = 10
	deleteAtLeast = 3
	deleteAtMost  = 50
	createAtFirst = 50
	strangersFrom = 50 // CRM clients without uid
	linesAtMost   = 9  // lines that may go whatever their share
)

// CheckSource holds the source's counts against the limits: at most one breach
// a guard, in a fixed order, nil when all pass. A delta says nothing about
// rows that are missing, so only its rejects count, and the lines of its records.
func CheckSource(c Counts, l Limits, allow Allowances) []Breach {
	var out []Breach
	if c.Full {
		out = minRows(out, c, l.MinRows, allow)
		shrink := shareOr(l.MaxShrink, 20*percent)
		if c.PreviousRecords > 0 {
			// a rejected row is there, and has a guard of its own
			out = check(out, MaxShrink, shrink, c.PreviousRecords-c.Records-c.Rejected, c.PreviousRecords, 0, allow)
		}
	}
	if len(out) == 0 || out[len(out)-1].Guard != MaxShrink {
		before := len(out)
		out = check(out, MaxShrink, shareOr(l.MaxShrink, 20*percent), c.PreviousLines-c.Lines, c.PreviousLines, linesAtMost, allow)
		for i := range out[before:] {
			out[before+i].Lines = true
		}
	}
	reject := shareOr(l.MaxReject, 20*percent)
	if reject.Unit == UnitNumber || c.Rows >= rejectFrom {
		out = check(out, MaxReject, reject, c.Rejected, c.Rows, 0, allow)
	}
	return out
}

// CheckPlan holds the plan's counts against the limits, like CheckSource.
func CheckPlan(c Counts, l Limits, allow Allowances) []Breach {
	var out []Breach
	if l.MaxDelete.Unit == UnitDefault {
		l.MaxDelete = Number(min(max(deleteAtLeast, of(c.Linked, 10*percent)), deleteAtMost))
	}
	out = check(out, MaxDelete, l.MaxDelete, c.Deletes, c.Linked, 0, allow)

	update := shareOr(l.MaxUpdate, 30*percent)
	if update.Unit == UnitNumber || c.Linked >= updateFrom {
		out = check(out, MaxUpdate, update, c.Updates, c.Linked, updateAtLeast, allow)
	}
	out = check(out, MaxClear, shareOr(l.MaxClear, 5*percent), c.Clears, c.Linked, clearAtLeast, allow)

	if l.MaxCreate.Unit == UnitDefault {
		l.MaxCreate = Off()
		// A CRM full of clients that nobody has matched yet: most adds would
		// be duplicates of what people entered.
		if c.FirstRun && !c.Adopted && c.WithoutUID >= strangersFrom {
			l.MaxCreate = Number(createAtFirst)
		}
	}
	return check(out, MaxCreate, l.MaxCreate, c.Creates, c.Linked, 0, allow)
}

// minRows is the one guard that asks for more instead of less.
func minRows(out []Breach, c Counts, l Limit, allow Allowances) []Breach {
	least := int64(1)
	switch l.Unit {
	case UnitOff:
		return out
	case UnitNumber:
		least = l.N
	case UnitDefault, UnitPercent: // a share of nothing known: configuration refuses it
	}
	if n, ok := allow[MinRows]; ok {
		least = min(least, n)
	}
	if c.Rows < least {
		out = append(out, Breach{Guard: MinRows, Found: c.Rows, Limit: least})
	}
	return out
}

// shareOr is the limit, or the default share.
func shareOr(l Limit, hundredths int64) Limit {
	if l.Unit == UnitDefault {
		return Percent(hundredths)
	}
	return l
}

// check appends a breach when found exceeds the limit. A share is at least
// floor; an allowance raises either.
func check(out []Breach, g Guard, l Limit, found, whole, floor int64, allow Allowances) []Breach {
	b := Breach{Guard: g, Found: found, Of: whole}
	switch l.Unit {
	case UnitOff:
		return out
	case UnitPercent:
		b.Percent = l.N
		b.Limit = max(of(whole, l.N), floor)
	case UnitNumber, UnitDefault:
		b.Limit = l.N
	}
	b.Limit = max(b.Limit, allow[g])
	if found <= b.Limit {
		return out
	}
	return append(out, b)
}
