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
	header := s.mapping.Columns()
	b, err := s.mapping.Bind(header, s.zones)
	if err != nil {
		differ(t.line, "%s", err)
		return failure
	}
	var rec record.Record
	res := b.Map(t.cells(header), &rec)
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
	if t.add != nil {
		s.compare(t.line, "add", rec, t.add, Add, differ)
	}
	if t.update != nil {
		s.compare(t.line, "update", rec, t.update, Update, differ)
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

func (t *suiteTest) cells(header []string) []string {
	byFold := make(map[string]string, len(t.row))
	for _, cell := range t.row {
		byFold[foldColumn(cell.key)] = cell.value
	}
	cells := make([]string, len(header))
	for i, h := range header {
		cells[i] = byFold[foldColumn(h)]
	}
	return cells
}

func (s *suite) compare(line int, what string, rec record.Record, want []expected, purpose Purpose, differ func(int, string, ...any)) {
	in, err := s.mapping.Input(rec.Values, nil, purpose, func(login string) (int64, bool) {
		i := slices.Index(s.users, login)
		return int64(i + 1), i >= 0
	})
	var unknown *UnknownUserError
	switch {
	case errors.As(err, &unknown):
		differ(line, "%s: user %q is not among the test's users", what, unknown.Login)
	case err != nil:
		differ(line, "%s: %s", what, err)
		return
	}
	have := flatten(rec.UID, in, purpose)
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
