package daemon

import (
	"fmt"
	"slices"
)

// check finds what would leave a job without its turn.
func check(p Plan) error {
	after := map[string][]string{}
	for _, j := range p.Jobs {
		if _, twice := after[j.Name]; twice || j.Name == "" {
			return fmt.Errorf("plan: job %q is named twice, or not at all", j.Name)
		}
		after[j.Name] = j.After
	}
	for _, j := range p.Jobs {
		for _, a := range j.After {
			if _, ok := after[a]; !ok {
				return fmt.Errorf("plan: job %q comes after %q, which is not there", j.Name, a)
			}
		}
		if slices.Contains(ancestors(after, j.Name), j.Name) {
			return fmt.Errorf("plan: job %q comes after itself", j.Name)
		}
	}
	chores := map[string]bool{}
	for _, c := range p.Chores {
		if chores[c.Name] || c.Name == "" || c.Do == nil {
			return fmt.Errorf("plan: chore %q is named twice, not at all, or does nothing", c.Name)
		}
		chores[c.Name] = true
	}
	return nil
}

// ancestors are the jobs that name comes after, directly or not.
func ancestors(after map[string][]string, name string) []string {
	var found []string
	open := slices.Clone(after[name])
	for len(open) > 0 {
		next := open[0]
		open = open[1:]
		if !slices.Contains(found, next) {
			found = append(found, next)
			open = append(open, after[next]...)
		}
	}
	return found
}

// adopt makes the plan's jobs and chores the loop's own. Those with names that are
// known keep what they have been through.
func (l *loop) adopt(p Plan, now instant) {
	jobs, chores := map[string]*unit{}, map[string]*unit{}
	for _, u := range l.jobs {
		jobs[u.name()] = u
	}
	for _, u := range l.chores {
		chores[u.name()] = u
	}
	l.zone = p.Zone
	l.jobs, l.chores = l.jobs[:0:0], l.chores[:0:0]
	after := map[string][]string{}
	byName := map[string]*unit{}
	for _, j := range p.Jobs {
		u := known(jobs, j.Name)
		u.take(j, now, l.cfg.Chance)
		after[j.Name], byName[j.Name] = j.After, u
		l.jobs = append(l.jobs, u)
	}
	for _, c := range p.Chores {
		u := known(chores, c.Name)
		u.chore = c.Do
		u.take(Job{Name: c.Name, Schedule: c.Schedule, Spec: c.Spec, Last: c.Last}, now, l.cfg.Chance)
		l.chores = append(l.chores, u)
	}
	for _, u := range l.jobs {
		u.parents, u.ancestors = nil, nil
		for _, a := range u.job.After {
			u.parents = append(u.parents, byName[a])
		}
		for _, a := range ancestors(after, u.name()) {
			u.ancestors = append(u.ancestors, byName[a])
		}
	}
	// Whoever has fewer jobs before it cannot come before one of them.
	l.order = slices.Clone(l.jobs)
	slices.SortStableFunc(l.order, func(a, b *unit) int { return len(a.ancestors) - len(b.ancestors) })
	l.queue = slices.DeleteFunc(l.queue, func(t *task) bool { return !slices.Contains(l.jobs, t.unit) && !slices.Contains(l.chores, t.unit) })
	l.tellPlan = true
}

// leavers are the units that the plan which waits for the end of a run has no more.
func (l *loop) leavers() map[*unit]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.newPlan == nil {
		return nil
	}
	out := map[*unit]bool{}
	for _, u := range l.jobs {
		out[u] = !slices.ContainsFunc(l.newPlan.Jobs, func(j Job) bool { return j.Name == u.name() })
	}
	for _, u := range l.chores {
		out[u] = !slices.ContainsFunc(l.newPlan.Chores, func(c Chore) bool { return c.Name == u.name() })
	}
	return out
}

func known(m map[string]*unit, name string) *unit {
	if u, ok := m[name]; ok {
		return u
	}
	return &unit{}
}
