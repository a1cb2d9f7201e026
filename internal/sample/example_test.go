package sample

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

const folder = "../../examples/1c"

func TestCommittedExamplesAreExactlyWhatTheGeneratorMakes(t *testing.T) {
	t.Parallel()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join(folder, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, f.Content) {
			t.Errorf("%s differs: run go generate ./internal/sample", f.Name)
		}
	}
}

// exampleLines returns the physical lines of an example; ends keep their CR.
func exampleLines(t *testing.T, made func() ([]byte, error)) []string {
	t.Helper()
	raw, err := made()
	if err != nil {
		t.Fatal(err)
	}
	text, err := charmap.Windows1251.NewDecoder().Bytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		t.Fatal("the last line has no end")
	}
	lines := strings.Split(string(text), "\n")
	return lines[:len(lines)-1]
}

func TestExampleHasTheShapeOfAReport(t *testing.T) {
	t.Parallel()
	lines := exampleLines(t, Example)
	if lines[2] != "\r" {
		t.Errorf("line 3 is %q, want a blank one", lines[2])
	}
	if want := strings.Join(Columns(), ";") + ";\r"; lines[3] != want {
		t.Errorf("line 4 is %q, want the header", lines[3])
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "Итого;336;") {
		t.Errorf("the last line is %q, want the totals", last)
	}
	bare := 0
	for _, l := range lines {
		if !strings.HasSuffix(l, "\r") {
			bare++
		}
	}
	if bare != 2 {
		t.Errorf("%d lines end in a bare LF, want the 2 inside multi-line cells", bare)
	}
}

func TestEveryCaseStandsInItsLine(t *testing.T) {
	t.Parallel()
	lines := exampleLines(t, Example)
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if !strings.HasPrefix(lines[c.Line-1], c.GUID+";") {
			t.Errorf("%s: line %d does not begin with its GUID", c.Name, c.Line)
		}
		if c.LastLine < c.Line || !strings.HasSuffix(lines[c.LastLine-1], ";\r") {
			t.Errorf("%s: line %d does not end the row", c.Name, c.LastLine)
		}
		if strings.HasPrefix(c.Name, "multi-line") != (c.LastLine > c.Line) {
			t.Errorf("%s: lines %d to %d", c.Name, c.Line, c.LastLine)
		}
	}
}

func TestCasesHoldEveryDefectAsOftenAsPromised(t *testing.T) {
	t.Parallel()
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, c := range cases {
		got[c.Name+": "+string(c.Outcome)]++
	}
	want := map[string]int{
		"existing-merged: merged": 1, "existing-other-company: held": 1, "linked-by-inn-kpp: merged": 1, "maybe-same: held": 1,
		"group: out of scope": 3, "deletion-marked: out of scope": 2, "branches: created": 3,
		"sole-trader: created": 1, "natural-person: created": 1, "same-name: created": 2,
		"duplicate-key: held": 2, "identical-twin: created": 1, "identical-twin: skipped": 1, "empty-key: rejected": 1,
		"wrong-inn: created": 1, "inn-nbsp: created": 1, "inn-zero-lost: created": 1, "inn-and-kpp: created": 1, "inn-excel: rejected": 1,
		"empty-date: created": 3, "two-phones: created": 1, "phone-extension: created": 1, "no-phone: created": 1,
		"mail-apostrophe: created": 1, "semicolon-in-name: created": 1,
		"bare-quotes: created": 1, "undoubled-quotes: created": 1, "quotes-at-start: created": 1,
		"multi-line-quoted: created": 1, "multi-line-bare: created": 1,
		"broken-neighbor: created": 2, "broken-row: rejected": 1, "surplus-cell: rejected": 1,
	}
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%s: %d rows, want %d", name, got[name], n)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s: not promised", name)
	}
}

// rowsByName returns the rows of the example by the name of their case; rows
// without one stand under "".
func rowsByName(t *testing.T) map[string][]cells {
	t.Helper()
	b, err := newBook()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]cells{}
	for _, l := range b.lines {
		name := ""
		if l.remark != nil {
			name = l.remark.name
		}
		rows[name] = append(rows[name], l.cells)
	}
	return rows
}

func TestRowsMeetTheSeedAsTheirCasesSay(t *testing.T) {
	t.Parallel()
	seed := map[string]SeedClient{}
	for _, c := range Seed() {
		seed[c.Title] = c
	}
	cases, err := Cases()
	if err != nil {
		t.Fatal(err)
	}
	type meeting struct{ phone, inn, kpp, late bool }
	want := map[string]meeting{
		"existing-merged":        {phone: true, inn: true, late: true},
		"existing-other-company": {phone: true, kpp: true, late: true},
		"linked-by-inn-kpp":      {inn: true, kpp: true},
		"maybe-same":             {phone: true},
	}
	rows := rowsByName(t)
	met := 0
	for _, c := range cases {
		if c.Meets == "" {
			continue
		}
		met++
		s, known := seed[c.Meets]
		if !known {
			t.Errorf("%s meets %q, which the seed lacks", c.Name, c.Meets)
			continue
		}
		r := rows[c.Name][0]
		got := meeting{
			phone: digits(r[colPhone])[1:] == digits(s.Phone)[1:],
			inn:   r[colINN] == s.Recv.CastInn, kpp: r[colKPP] == s.Recv.CastKpp, late: s.Late,
		}
		if got != want[c.Name] {
			t.Errorf("%s: shares %+v with the seed, want %+v", c.Name, got, want[c.Name])
		}
	}
	if met != len(want) {
		t.Errorf("%d rows meet the seed, want %d", met, len(want))
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// Any other meeting would make the demo say something that Cases does not.
func TestNothingElseMeetsByAccident(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	claim := func(what, value, by string) {
		if first, taken := seen[what+value]; taken {
			t.Errorf("%s %q stands in %s and in %s", what, value, first, by)
		}
		seen[what+value] = by
	}
	for name, rows := range rowsByName(t) {
		for i, r := range rows {
			if name == "group" || name == "identical-twin" && i == 1 {
				continue
			}
			if name != "same-name" {
				claim("title", strings.ToLower(strings.ReplaceAll(r[colName], `"`, "")), name)
			}
			if name != "branches" {
				claim("ИНН", r[colINN], name)
			}
			if r[colPhone] != "-" {
				claim("phone", digits(r[colPhone]), name)
			}
			if name != "empty-key" && name != "duplicate-key" {
				claim("GUID", r[colRef], name)
			}
		}
	}
}

func TestRequisitesAreValidWhereNoCaseSaysOtherwise(t *testing.T) {
	t.Parallel()
	damaged := []string{"wrong-inn", "inn-nbsp", "inn-zero-lost", "inn-and-kpp", "inn-excel", "group"}
	for name, rows := range rowsByName(t) {
		for _, r := range rows {
			valid := validINN(r[colINN])
			if slices.Contains(damaged, name) == valid {
				t.Errorf("%q: ИНН %q, valid %v", name, r[colINN], valid)
			}
			if account := r[colAccount]; account != "" && string(appendAccount(nil, account[:8], r[colBIK], account[9:])) != account {
				t.Errorf("%q: account %s does not go with БИК %s", name, account, r[colBIK])
			}
		}
	}
	lost := "0" + rowsByName(t)["inn-zero-lost"][0][colINN]
	if !validINN(lost) {
		t.Errorf("ИНН %s with its zero put back is not valid", lost)
	}
}

func validINN(s string) bool {
	switch len(s) {
	case 10:
		return string(appendINN10(nil, s[:9], 0)) == s
	case 12:
		return string(appendINN12(nil, s[:10], 0)) == s
	default:
		return false
	}
}

func TestContactsLieInRangesThatBelongToNobody(t *testing.T) {
	t.Parallel()
	mail := regexp.MustCompile(`^[a-z0-9.']+@([a-z0-9-]+\.)?(example\.ru|example\.com|invalid)$`)
	phone := regexp.MustCompile(`^[78]?\d{3}000\d{4}`)
	for name, rows := range rowsByName(t) {
		for _, r := range rows {
			if m := r[colMail]; m != "" && !mail.MatchString(m) {
				t.Errorf("%q: mail %q", name, m)
			}
			for _, p := range []string{digits(r[colPhone]), digits(r[colMobile])} {
				if p != "" && !phone.MatchString(p) {
					t.Errorf("%q: phone %q", name, p)
				}
			}
		}
	}
}

func TestEditedExampleDiffersByItsEditsAndDatesAlone(t *testing.T) {
	t.Parallel()
	before, err := newBook()
	if err != nil {
		t.Fatal(err)
	}
	after, err := newBook()
	if err != nil {
		t.Fatal(err)
	}
	if err := after.edit(); err != nil {
		t.Fatal(err)
	}
	edits, err := Edits()
	if err != nil {
		t.Fatal(err)
	}
	var found []Edit
	dates := 0
	for i, l := range before.lines {
		now := after.lines[i]
		for c := range columnCount {
			switch {
			case l.cells[c] == now.cells[c]:
			case c == colModified:
				dates++
			default:
				found = append(found, Edit{GUID: l.cells[colRef], Column: Columns()[c], From: l.cells[c], To: now.cells[c]})
			}
		}
	}
	if !slices.Equal(found, edits) {
		t.Errorf("found edits %+v, Edits says %+v", found, edits)
	}
	if len(edits) != 12 || dates < 60 {
		t.Errorf("%d edits and %d other dates, want 12 and at least 60", len(edits), dates)
	}
	added, err := Added()
	if err != nil {
		t.Fatal(err)
	}
	var fresh []string
	for _, l := range after.lines[len(before.lines):] {
		fresh = append(fresh, l.cells[colRef])
	}
	if !slices.Equal(fresh, added) {
		t.Errorf("new rows %v, Added says %v", fresh, added)
	}
}

func TestEditedExampleSharesEveryOtherLineWithTheFirst(t *testing.T) {
	t.Parallel()
	first, edited := exampleLines(t, Example), exampleLines(t, ExampleEdited)
	if len(edited) != len(first)+addedRows {
		t.Fatalf("%d lines, want %d", len(edited), len(first)+addedRows)
	}
	same := 0
	for i, l := range first {
		if l == edited[i] {
			same++
		}
	}
	if same < 250 || same > len(first)-60 {
		t.Errorf("%d of %d lines are the same, want most and not all", same, len(first))
	}
	if last := edited[len(edited)-1]; !strings.HasPrefix(last, "Итого;338;") {
		t.Errorf("the last line is %q, want the totals", last)
	}
}

// The guide's code must write the columns that the examples have and mappings
// read, apart from the date of change, which no catalog has.
func TestGuideWritesTheColumnsOfTheExamples(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/1c.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, found := strings.Cut(string(guide), "Функция ИменаКолонок()")
	if !found {
		t.Fatal("no function ИменаКолонок in the guide")
	}
	body, _, _ = strings.Cut(body, "КонецФункции")
	var names strings.Builder
	for _, part := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(body, -1) {
		names.WriteString(part[1])
	}
	got := strings.Split(names.String(), ",")
	if want := Columns()[:colModified]; !slices.Equal(got, want) {
		t.Errorf("the guide writes %v, want %v", got, want)
	}
}
