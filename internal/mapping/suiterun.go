package mapping

import (
	"errors"
	"fmt"
	"slices"

	"syncd/internal/crmapi"
	"syncd/internal/record"
)

// run maps a test's row and compares.
func (s *suite) run(t *suiteTest) TestFailure {
	failure := TestFailure{File: s.file, Line: t.line, Test: t.name}
	differ := func(line int, format string, args ...any) {
		failure.Diffs = append(failure.Diffs, fmt.Sprintf("%s:%d: ", s.file, line)+fmt.Sprintf(format, args...))
	}
	m := s.mappingOf(t)
	rec, res, err := s.gather(m, t)
	if err != nil {
		differ(t.line, "%s", err)
		return failure
	}
	want := t.kind()
	if !want.fits(res.Kind) {
		differ(t.line, "the row is %s, want %s%s", res.Kind, want, because(res))
		return failure
	}
	switch {
	case t.reject != nil:
		p := res.Fatal()
		if p.Field != t.reject.key || string(p.Code) != t.reject.value {
			differ(t.reject.line, "rejected for %s: %s, want %s: %s", p.Field, p.Code, t.reject.key, t.reject.value)
		}
	case t.outOfScope != nil && t.outOfScope.value != res.Rule:
		differ(t.outOfScope.line, "out of scope by %q, want %q", res.Rule, t.outOfScope.value)
	}
	for _, asked := range []struct {
		what    string
		want    []expected
		purpose Purpose
	}{{"add", t.add, Add}, {"update", t.update, Update}} {
		if asked.want == nil {
			continue
		}
		have, err := s.sent(m, rec, asked.purpose)
		if err != nil {
			differ(t.line, "%s: %s", asked.what, err)
			continue
		}
		compareSent(t.line, asked.what, have, asked.want, differ)
	}
	t.compareWarnings(res, differ)
	return failure
}

// outcome is the set of kinds that a test accepts.
type outcome []Kind

func (o outcome) fits(k Kind) bool { return slices.Contains(o, k) }

func (o outcome) String() string {
	if len(o) == 2 {
		return "rejected"
	}
	return o[0].String()
}

func (t *suiteTest) kind() outcome {
	switch {
	case t.reject != nil:
		return outcome{Rejected, Unreadable}
	case t.outOfScope != nil:
		return outcome{OutOfScope}
	case t.deleted:
		return outcome{Deleted}
	}
	return outcome{InScope}
}

func because(res Result) string {
	if p := res.Fatal(); p != nil {
		return fmt.Sprintf(" (%s: %s)", p.Field, p.Code)
	}
	if res.Rule != "" {
		return " (" + res.Rule + ")"
	}
	return ""
}

// cellsOf puts the cells of a test under a header.
func cellsOf(row []expected, header []string) []string {
	byFold := make(map[string]string, len(row))
	for _, cell := range row {
		byFold[foldColumn(cell.key)] = cell.value
	}
	cells := make([]string, len(header))
	for i, h := range header {
		cells[i] = byFold[foldColumn(h)]
	}
	return cells
}

// sent lists what goes to the CRM.
func (s *suite) sent(m *Mapping, rec record.Record, purpose Purpose) ([]expected, error) {
	if m.spec.entity != EntityClient {
		return s.sentDeal(m, rec, purpose)
	}
	in, err := m.Input(rec.Values, nil, purpose, func(login string) (int64, bool) {
		i := slices.Index(s.users, login)
		return int64(i + 1), i >= 0
	})
	var unknown *UnknownUserError
	if errors.As(err, &unknown) {
		return nil, s.noUser(unknown.Login)
	}
	return flatten(rec.UID, in, purpose), err
}

func (s *suite) noUser(login string) error {
	return fmt.Errorf("user %q is not among the test's users", login)
}

func compareSent(line int, what string, have, want []expected, differ func(int, string, ...any)) {
	for _, w := range want {
		i := slices.IndexFunc(have, func(h expected) bool { return h.key == w.key })
		switch {
		case i < 0:
			differ(w.line, "%s: %s is not sent, want %s", what, w.key, w.value)
		case have[i].value != w.value:
			differ(w.line, "%s: %s is %s, want %s", what, w.key, have[i].value, w.value)
		}
	}
	for _, h := range have {
		if !slices.ContainsFunc(want, func(w expected) bool { return w.key == h.key }) {
			differ(line, "%s: %s is %s, and the test does not expect it", what, h.key, h.value)
		}
	}
}

// flatten lists what an input sends, in its order.
func flatten(uid string, in crmapi.ClientInput, purpose Purpose) []expected {
	var out []expected
	if purpose == Add {
		out = append(out, expected{key: "uid", value: fmt.Sprintf("%q", uid)})
	}
	if in.User != "" {
		out = append(out, expected{key: "user", value: fmt.Sprintf("%q", in.User)})
	}
	if in.UserID != 0 {
		out = append(out, expected{key: "iduser", value: fmt.Sprintf("%q", fmt.Sprint(in.UserID))})
	}
	for _, f := range in.Fields {
		if f.List != nil {
			out = append(out, expected{key: f.Key, value: fmt.Sprintf("%q", f.List)})
			continue
		}
		out = append(out, expected{key: f.Key, value: fmt.Sprintf("%q", f.Text)})
	}
	for _, f := range in.Recv {
		out = append(out, expected{key: "recv." + f.Key, value: fmt.Sprintf("%q", f.Text)})
	}
	return out
}

// compareWarnings holds that a test lists every warning of its row.
func (t *suiteTest) compareWarnings(res Result, differ func(int, string, ...any)) {
	missing := slices.Clone(t.warnings)
	for _, p := range res.Problems {
		if !p.Warning {
			continue
		}
		i := slices.IndexFunc(missing, func(w expected) bool { return w.key == p.Field && w.value == string(p.Code) })
		if i >= 0 {
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		if !slices.ContainsFunc(t.warnings, func(w expected) bool { return w.key == p.Field && w.value == string(p.Code) }) {
			differ(t.line, "warning %s: %s, and the test does not expect it", p.Field, p.Code)
		}
	}
	for _, w := range missing {
		differ(w.line, "warning %s: %s is missing", w.key, w.value)
	}
}
