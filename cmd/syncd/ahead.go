package main

import (
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/state"
)

// ahead is what the plans of one command have found so far, by job: a run settles the
// records of one job before it reads the next, so the plan of the next answers its
// references by them. Only jobs that others refer to are in it.
type ahead map[string]*aheadJob

// aheadJob is what the plan of one job found of records that are not linked.
type aheadJob struct {
	done    bool
	stopped bool                // a guard would stop the run: nothing is made
	uids    map[string]string   // why each cannot be referred to yet
	numbers map[string]numbered // by folded number
	fold    func(string) string // of numbers; nil: nobody refers to these records by number
}

// numbered is the record that has a number; of several, uid is "".
type numbered struct{ uid, why string }

// whyStopped is why a reference leads nowhere: a guard would stop the run that makes
// what it refers to.
const whyStopped = "stopped"

// looksAhead makes the plans of these jobs count on each other.
func (in *installation) looksAhead(names []string) {
	in.ahead = ahead{}
	for _, name := range names {
		m := in.plain(name).m
		if m == nil { // planning it tells why
			continue
		}
		for _, r := range m.References() {
			to := in.meant(name, r.Job)
			if them := in.plain(to).m; them != nil {
				in.ahead[to] = newAheadJob(them)
			}
		}
	}
}

func newAheadJob(m *mapping.Mapping) *aheadJob {
	j := &aheadJob{uids: map[string]string{}, numbers: map[string]numbered{}}
	if i := m.Schema().Index(fieldInvoice); i >= 0 {
		j.fold = func(text string) string { return m.CanonSource(i, text) }
	}
	return j
}

// made takes a write that is planned; nil for a job that none refers to.
func (j *aheadJob) made(op *engine.Op) {
	if j != nil && (op.Kind == engine.OpAdd || op.Kind == engine.OpLink) {
		j.put(op.UID, op.Title, endpoint.WhyPlanned)
	}
}

// rest takes all else that a plan found, once its writes are told.
func (j *aheadJob) rest(plan *engine.Plan, holds []engine.Hold) {
	if j == nil {
		return
	}
	j.done, j.stopped = true, len(plan.Halts) > 0
	for i := range plan.Follows {
		j.put(plan.Follows[i].UID, plan.Follows[i].Title, endpoint.WhyPlanned)
	}
	for i := range plan.Rejects {
		r := &plan.Rejects[i]
		switch {
		case r.Warning || r.UID == "":
		case r.Refused:
			j.put(r.UID, r.Title, state.RefRefused)
		default:
			j.put(r.UID, r.Title, state.RefRejected)
		}
	}
	for i := range holds {
		why := state.RefHeld
		if waitsForItself(holds[i].Reason) {
			why = state.RefWaits
		}
		j.put(holds[i].UID, holds[i].Title, why)
	}
}

// put keeps one record; what it is told as first counts.
func (j *aheadJob) put(uid, title, why string) {
	if _, known := j.uids[uid]; known {
		return
	}
	j.uids[uid] = why
	if j.fold == nil || title == "" {
		return
	}
	n := numbered{uid, why}
	number := j.fold(title)
	if _, again := j.numbers[number]; again {
		n = numbered{why: state.RefAmbiguous}
	}
	j.numbers[number] = n
}

// linked is the answer about a record of a job that the state has answered so.
func (a ahead) linked(job, uid string, t endpoint.Target) endpoint.Target {
	j := a[job]
	if j == nil || t.Why == "" || t.Why == state.RefInDoubt {
		return t
	}
	if why, known := j.uids[uid]; known {
		t.Why = j.as(why)
	}
	return t
}

// numbered is the answer about a number that the state has answered so: one that a
// second record gets means neither.
func (a ahead) numbered(job, number string, t endpoint.Target) endpoint.Target {
	j := a[job]
	if j == nil || j.fold == nil || t.Why == state.RefInDoubt || t.Why == state.RefAmbiguous {
		return t
	}
	n, known := j.numbers[j.fold(number)]
	switch {
	case !known || t.Why == "" && n.uid == t.UID:
		return t
	case t.Why == "":
		return endpoint.Target{Title: number, Why: state.RefAmbiguous}
	}
	return endpoint.Target{UID: n.uid, Title: number, Why: j.as(n.why)}
}

// as is why a record cannot be referred to, given what became of the plan as a whole.
func (j *aheadJob) as(why string) string {
	if why == endpoint.WhyPlanned && j.stopped {
		return whyStopped
	}
	return why
}

// planned reports whether this command has planned a job.
func (a ahead) planned(job string) bool { return a[job] != nil && a[job].done }
