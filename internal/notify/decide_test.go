package notify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/notify"
)

var all = []notify.Occasion{notify.Halt, notify.Hold, notify.Fail, notify.Late, notify.Recovered}

func ago(minutes int) time.Time { return noon.Add(-time.Duration(minutes) * time.Minute) }

// told is a row of the channel "mail" about the job clients; ended -1: it stands.
func told(o notify.Occasion, cause string, at, ended int) notify.Told {
	t := notify.Told{Channel: "mail", Job: "clients", Occasion: o, Cause: cause, Since: ago(at), Told: ago(at)}
	if ended >= 0 {
		t.Ended = ago(ended)
	}
	return t
}

func stands(o notify.Occasion, cause string, since int) notify.Condition {
	return notify.Condition{Job: "clients", Occasion: o, Cause: cause, Since: ago(since), Text: "text of " + cause}
}

// shown is a decision in short: "tell fail a", "recovered fail a", and what
// is kept at once: "end fail a".
func shown(send []notify.Notice, ended []notify.Told) []string {
	out := []string{}
	for _, n := range send {
		word := "tell"
		if n.Recovered {
			word = "recovered"
		}
		line := fmt.Sprintf("%s %s %s", word, n.Occasion, n.Cause)
		for _, t := range n.Settles {
			if !t.Ended.IsZero() {
				line += ", ends " + t.Cause
			}
		}
		out = append(out, line)
	}
	for _, t := range ended {
		out = append(out, fmt.Sprintf("end %s %s", t.Occasion, t.Cause))
	}
	return out
}

func TestWhatIsNews(t *testing.T) {
	t.Parallel()
	const halt, hold, fail, late = notify.Halt, notify.Hold, notify.Fail, notify.Late
	type conditions = []notify.Condition
	type rows = []notify.Told
	for name, c := range map[string]struct {
		stands conditions
		told   rows
		on     []notify.Occasion // nil: all
		want   []string
	}{
		"nothing":                         {want: []string{}},
		"a trouble is told":               {stands: conditions{stands(fail, "a", 5)}, want: []string{"tell fail a"}},
		"and not again":                   {stands: conditions{stands(fail, "a", 5)}, told: rows{told(fail, "a", 4, -1)}, want: []string{}},
		"nor after days":                  {stands: conditions{stands(fail, "a", 9000)}, told: rows{told(fail, "a", 8999, -1)}, want: []string{}},
		"another channel knows it":        {stands: conditions{stands(fail, "a", 5)}, told: rows{{Channel: "webhook", Job: "clients", Occasion: fail, Cause: "a", Told: ago(3)}}, want: []string{"tell fail a"}},
		"another job has it":              {stands: conditions{stands(fail, "a", 5)}, told: rows{{Channel: "mail", Job: "orders", Occasion: fail, Cause: "a", Told: ago(3), Ended: ago(3)}}, want: []string{"tell fail a"}},
		"nobody asked for it":             {stands: conditions{stands(fail, "a", 5)}, on: []notify.Occasion{halt}, want: []string{}},
		"each guard is a cause":           {stands: conditions{stands(halt, "max_update", 5), stands(halt, "max_delete", 5)}, want: []string{"tell halt max_delete", "tell halt max_update"}},
		"another cause is news":           {stands: conditions{stands(fail, "b", 2)}, told: rows{told(fail, "a", 60, -1)}, want: []string{"tell fail b, ends a"}},
		"one of two causes is over":       {stands: conditions{stands(halt, "b", 60)}, told: rows{told(halt, "a", 60, -1), told(halt, "b", 60, -1)}, want: []string{"end halt a"}},
		"it is over":                      {told: rows{told(fail, "a", 60, -1)}, want: []string{"recovered fail a, ends a"}},
		"all of it is over, said once":    {told: rows{told(halt, "a", 60, -1), told(halt, "b", 30, -1)}, want: []string{"recovered halt b, ends a, ends b"}},
		"over, and nobody asked":          {told: rows{told(fail, "a", 60, -1)}, on: []notify.Occasion{fail}, want: []string{"end fail a"}},
		"over, and unwanted since":        {stands: conditions{stands(fail, "a", 60)}, told: rows{told(fail, "a", 60, -1)}, on: []notify.Occasion{halt, notify.Recovered}, want: []string{"end fail a"}},
		"over, and said":                  {told: rows{told(fail, "a", 60, 30)}, want: []string{}},
		"over, for whom did not hear":     {told: rows{{Channel: "webhook", Job: "clients", Occasion: fail, Cause: "a", Told: ago(60)}}, want: []string{}},
		"back too soon":                   {stands: conditions{stands(fail, "a", 1)}, told: rows{told(fail, "a", 90, 30)}, want: []string{"end fail a"}},
		"back too soon, and stays":        {stands: conditions{stands(fail, "a", 60)}, told: rows{told(fail, "a", 90, 1)}, want: []string{"tell fail a"}},
		"back after an hour":              {stands: conditions{stands(fail, "a", 1)}, told: rows{told(fail, "a", 190, 61)}, want: []string{"tell fail a"}},
		"went away too soon":              {told: rows{told(fail, "a", 90, 1)}, want: []string{}},
		"back with another cause":         {stands: conditions{stands(fail, "b", 1)}, told: rows{told(fail, "a", 90, 30)}, want: []string{"tell fail b"}},
		"the last of several rows counts": {stands: conditions{stands(fail, "a", 5)}, told: rows{told(fail, "a", 4, -1), told(fail, "a", 900, 800)}, want: []string{}},
		"a flap does not hide a trouble":  {stands: conditions{stands(fail, "b", 1)}, told: rows{told(fail, "a", 60, -1), told(fail, "b", 90, 30)}, want: []string{"end fail b"}},
		"late":                            {stands: conditions{stands(late, "no-export 1", 5)}, told: rows{told(late, "no-export 0", 1400, -1)}, want: []string{"tell late no-export 1, ends no-export 0"}},

		"records wait":                       {stands: conditions{stands(hold, "w 2", 1)}, want: []string{"tell hold w 2"}},
		"more of them, soon":                 {stands: conditions{stands(hold, "w 3", 1)}, told: rows{told(hold, "w 2", 239, -1)}, want: []string{}},
		"more of them, later":                {stands: conditions{stands(hold, "w 3", 1)}, told: rows{told(hold, "w 2", 240, -1)}, want: []string{"tell hold w 3, ends w 2"}},
		"fewer of them":                      {stands: conditions{stands(hold, "w 1", 600)}, told: rows{told(hold, "w 2", 500, -1)}, want: []string{}},
		"none of them":                       {told: rows{told(hold, "w 2", 5, -1)}, want: []string{"recovered hold w 2, ends w 2"}},
		"new ones after none":                {stands: conditions{stands(hold, "w 4", 1)}, told: rows{told(hold, "w 2", 300, 100)}, want: []string{"tell hold w 4"}},
		"new ones after none, soon":          {stands: conditions{stands(hold, "w 4", 1)}, told: rows{told(hold, "w 2", 200, 100)}, want: []string{}},
		"old ones came back":                 {stands: conditions{stands(hold, "w 1", 900)}, told: rows{told(hold, "w 2", 300, 61)}, want: []string{"tell hold w 1"}},
		"old ones came back at once":         {stands: conditions{stands(hold, "w 1", 900)}, told: rows{told(hold, "w 2", 300, 5)}, want: []string{}},
		"told by a clock that was ahead":     {stands: conditions{stands(hold, "w 3", 1)}, told: rows{told(hold, "w 2", -9000, -1)}, want: []string{"tell hold w 3, ends w 2"}},
		"over by a clock that was ahead":     {stands: conditions{stands(hold, "w 3", 1)}, told: rows{{Channel: "mail", Job: "clients", Occasion: hold, Cause: "w 9", Told: ago(-9000), Ended: ago(-9001)}}, want: []string{"tell hold w 3"}},
		"a hold does not wait for a halt":    {stands: conditions{stands(hold, "w 3", 1)}, told: rows{told(halt, "a", 1, -1)}, want: []string{"recovered halt a, ends a", "tell hold w 3"}},
		"the pause is one of the job's only": {stands: conditions{stands(hold, "w 3", 1)}, told: rows{{Channel: "mail", Job: "orders", Occasion: hold, Cause: "w 9", Told: ago(1), Ended: ago(1)}}, want: []string{"tell hold w 3"}},
	} {
		on := c.on
		if on == nil {
			on = all
		}
		send, ended := notify.Decide(noon, c.stands, c.told, on, "mail", nil)
		if diff := cmp.Diff(c.want, shown(send, ended)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		for _, n := range send {
			if n.Recovered == (n.Text != "") {
				t.Errorf("%s: text %q", name, n.Text)
			}
		}
	}
}

func TestARecoveryTellsHowLongItLasted(t *testing.T) {
	t.Parallel()
	send, _ := notify.Decide(noon, nil, []notify.Told{told(notify.Fail, "a", 60, -1), told(notify.Fail, "b", 30, -1)}, all, "mail", nil)
	if len(send) != 1 || !send[0].Since.Equal(ago(60)) || send[0].Job != "clients" {
		t.Errorf("%+v", send)
	}
}

// keep puts rows away as the state does: one open row of each cause.
func keep(rows []notify.Told, anew ...notify.Told) []notify.Told {
	for _, n := range anew {
		same := slices.IndexFunc(rows, func(t notify.Told) bool {
			return t.Channel == n.Channel && t.Job == n.Job && t.Occasion == n.Occasion && t.Cause == n.Cause
		})
		if same < 0 {
			rows = append(rows, n)
			continue
		}
		rows[same] = n
	}
	return rows
}

func subjects(list []notify.Notice) string {
	var b strings.Builder
	for _, n := range list {
		fmt.Fprintf(&b, "%s/%s/%s/%t ", n.Job, n.Occasion, n.Cause, n.Recovered)
	}
	return b.String()
}
