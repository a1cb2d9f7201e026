package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
)

// small is the least that a configuration needs; tests vary it.
const small = `version: 1
state: state.db
crm:
  main:
    base_url: https://crm.example.ru
    login: sync@example.ru
    apikey: {env: KEY}
sources:
  clients:
    csv: {path: clients.csv, snapshot: full}
jobs:
  clients:
    entity: client
    crm: main
    source: clients
    mapping: clients.yaml
`

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		if i := slices.Index(pairs, name); i >= 0 && i%2 == 0 {
			return pairs[i+1]
		}
		return ""
	}
}

func parse(t *testing.T, text string, env ...string) (*config.Config, []string) {
	t.Helper()
	c, err := config.Parse("/etc/syncd/syncd.yaml", []byte(text), environment(env...))
	if err == nil {
		return c, nil
	}
	var all *config.Errors
	if !errors.As(err, &all) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	lines := make([]string, 0, len(all.List))
	for _, e := range all.List {
		lines = append(lines, strings.TrimPrefix(e.Where(), "/etc/syncd/syncd.yaml:")+" "+e.Path+" "+string(e.Code))
	}
	return nil, lines
}

func mustParse(t *testing.T, text string, env ...string) *config.Config {
	t.Helper()
	c, faults := parse(t, text, env...)
	if faults != nil {
		t.Fatalf("errors: %v", faults)
	}
	return c
}

// with replaces a line of the small configuration by others.
func with(t *testing.T, line, by string) string {
	t.Helper()
	if strings.Count(small, line) != 1 {
		t.Fatalf("%q is not once in the text", line)
	}
	return strings.Replace(small, line, by, 1)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := mustParse(t, small)
	crm, csv, job := c.CRM["main"], c.Sources["clients"].CSV, c.Jobs["clients"]
	for _, check := range []struct {
		what      string
		got, want any
	}{
		{"state", c.State, config.Path("/etc/syncd/state.db")},
		{"history", c.History.Std(), 90 * 24 * time.Hour},
		{"listen", c.Listen, "127.0.0.1:9464"},
		{"dialect", crm.Dialect, config.DialectV3},
		{"timeout", crm.Timeout.Std(), time.Minute},
		{"rate", float64(crm.Rate), 5.0},
		{"batch", crm.Batch, 20},
		{"settle", crm.Settle.Std(), 10 * time.Minute},
		{"crm timezone", crm.Timezone.Location, c.Timezone.Location},
		{"csv path", csv.Path, config.Path("/etc/syncd/clients.csv")},
		{"file settle", csv.Settle.Std(), 2 * time.Second},
		{"encoding", csv.Encoding, config.Encoding("auto")},
		{"header", csv.Header, config.Header{}},
		{"after", csv.After, config.AfterRead("keep")},
		{"direction", job.Direction, config.Push},
		{"conflicts", job.Conflicts, config.TakeHold},
		{"on_match", job.OnMatch, config.TakeCRM},
		{"on_absent", job.OnAbsent.Action, "keep"},
		{"guards", len(job.Guards), 0},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %v, want %v", check.what, check.got, check.want)
		}
	}
	if !slices.Equal(job.Suspect, []config.Suspect{"inn", "phone", "mail", "title"}) {
		t.Errorf("suspect: %v", job.Suspect)
	}
}

func TestValuesAreRead(t *testing.T) {
	t.Parallel()
	text := with(t, "    csv: {path: clients.csv, snapshot: full}\n", `    csv:
      path: /srv/1c/clients_*.csv
      snapshot: delta
      delimiter: tab
      header: none
      columns: [Ссылка, Наименование]
      settle: 1m30s
      limits: {cell: 64KiB, row: 1MB, file: 2GiB}
`)
	text = strings.Replace(text, "    mapping: clients.yaml\n", `    mapping: clients.yaml
    guards: {max_shrink: 12.5%, max_delete: 104, max_update: off, min_rows: 500}
`, 1)
	text = strings.Replace(text, "    login:", "    rate: off\n    settle: 1d\n    timezone: Asia/Yekaterinburg\n    login:", 1)
	c := mustParse(t, text)
	csv, guards, crm := c.Sources["clients"].CSV, c.Jobs["clients"].Guards, c.CRM["main"]
	for _, check := range []struct {
		what      string
		got, want any
	}{
		{"absolute path", csv.Path, config.Path("/srv/1c/clients_*.csv")},
		{"delimiter", csv.Delimiter, config.Delimiter('\t')},
		{"header", csv.Header, config.Header{None: true}},
		{"settle", csv.Settle.Std(), 90 * time.Second},
		{"limits", csv.Limits, config.Limits{Cell: 64 << 10, Row: 1_000_000, File: 2 << 30}},
		{"max_shrink", guards["max_shrink"], config.Limit{Kind: config.LimitPercent, Value: 12.5}},
		{"max_delete", guards["max_delete"], config.Limit{Kind: config.LimitNumber, Value: 104}},
		{"max_update", guards["max_update"], config.Limit{Kind: config.LimitOff}},
		{"min_rows", guards["min_rows"], config.Limit{Kind: config.LimitNumber, Value: 500}},
		{"rate", float64(crm.Rate), 0.0},
		{"crm settle", crm.Settle.Std(), 24 * time.Hour},
		{"crm timezone", crm.Timezone.String(), "Asia/Yekaterinburg"},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %v, want %v", check.what, check.got, check.want)
		}
	}
}

// The one thing that makes a configuration pleasant to correct: everything that
// is wrong, with its place, in one go.
func TestAllErrorsAreReportedAtOnceWithTheirPlace(t *testing.T) {
	t.Parallel()
	_, got := parse(t, `version: 1
state: state.db
lnag: ru
crm:
  main:
    base_url: https://crm.example.ru/api
    login: sync@example.ru
    login: other@example.ru
    apikey: qwerty-secret
    timeout: fast
sources:
  clients:
    csv: {path: clients.csv, snapshot: sometimes, delimeter: ";"}
jobs:
  clients:
    entity: client
    crm: mian
    source: clients
    guards: {max_shrnk: 10%, max_delete: lots}
`)
	want := []string{
		"3:1 lnag " + string(message.ConfigMisspelledKey),
		"6:15 crm.main.base_url " + string(message.ConfigBaseURL),
		"8:5 crm.main.login " + string(message.ConfigDuplicateKey),
		"9:13 crm.main.apikey " + string(message.ConfigLiteralSecret),
		"10:14 crm.main.timeout " + string(message.ConfigBadValue),
		"13:40 sources.clients.csv.snapshot " + string(message.ConfigBadValue),
		"13:51 sources.clients.csv.delimeter " + string(message.ConfigMisspelledKey),
		"16:5 jobs.clients.mapping " + string(message.ConfigMissingKey),
		"17:10 jobs.clients.crm " + string(message.ConfigBadReference),
		"19:14 jobs.clients.guards.max_shrnk " + string(message.ConfigUnknownGuard),
		"19:42 jobs.clients.guards.max_delete " + string(message.ConfigBadValue),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSingleErrors(t *testing.T) {
	t.Parallel()
	const job = "    mapping: clients.yaml\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty file":            {"", " " + string(message.ConfigEmpty)},
		"comments only":         {"# nothing\n", " " + string(message.ConfigEmpty)},
		"a list":                {"- a\n", "1:1  " + string(message.ConfigWrongKind)},
		"broken YAML":           {"version: 1\ncrm: [\n", "2:1  " + string(message.ConfigSyntax)},
		"a tab":                 {"version: 1\ncrm:\n\tmain: 1\n", "3:2  " + string(message.ConfigSyntax)},
		"second document":       {small + "---\nversion: 1\n", "17:1  " + string(message.ConfigSyntax)},
		"windows-1251":          {"version: 1\nlang: \xd0\xf3\n", "2:7  " + string(message.ConfigNotText)},
		"newer version":         {with(t, "version: 1", "version: 2"), "1:10 version " + string(message.ConfigVersion)},
		"no version":            {with(t, "version: 1\n", ""), "1:1 version " + string(message.ConfigMissingKey)},
		"empty required value":  {with(t, "    crm: main", "    crm:"), "14:9 jobs.clients.crm " + string(message.ConfigMissingKey)},
		"no state":              {with(t, "state: state.db\n", ""), "1:1 state " + string(message.ConfigNoState)},
		"no jobs":               {small[:strings.Index(small, "jobs:")] + "jobs: {}\n", "11:7 jobs " + string(message.ConfigWrongKind)},
		"csv and sql":           {with(t, "    csv:", "    sql: {driver: sqlite, dsn: {env: D}, query: q, snapshot: full}\n    csv:"), "10:5 sources.clients " + string(message.ConfigOneOf)},
		"delta without cursor":  {with(t, "    csv: {path: clients.csv, snapshot: full}", "    sql: {driver: sqlite, dsn: {env: D}, query: q, snapshot: delta}"), "10:10 sources.clients.sql.cursor " + string(message.ConfigMissingKey)},
		"no header, no columns": {with(t, "snapshot: full}", "snapshot: full, header: none}"), "10:54 sources.clients.csv.header " + string(message.ConfigNeedsKey)},
		"columns and header":    {with(t, "snapshot: full}", "snapshot: full, columns: [a]}"), "10:55 sources.clients.csv.columns " + string(message.ConfigNeedsKey)},
		"two proofs":            {with(t, "snapshot: full}", "snapshot: full, complete: {manifest: true, ready_file: true}}"), "10:56 sources.clients.csv.complete " + string(message.ConfigOneOf)},
		"trailer without rows":  {with(t, "snapshot: full}", "snapshot: full, complete: {trailer: Всего}}"), "10:66 sources.clients.csv.complete.trailer " + string(message.ConfigBadValue)},
		"secret out of folder":  {with(t, "{env: KEY}", "{credential: ../shadow}"), "7:13 crm.main.apikey " + string(message.ConfigBadValue)},
		"the folder above":      {with(t, "{env: KEY}", "{credential: ..}"), "7:13 crm.main.apikey " + string(message.ConfigBadValue)},
		"two secret references": {with(t, "{env: KEY}", "{env: KEY, file: f}"), "7:13 crm.main.apikey " + string(message.ConfigOneOf)},
		"password in the URL":   {with(t, "https://crm.example.ru", "https://u:hunter2@crm.example.ru"), "5:15 crm.main.base_url " + string(message.ConfigBaseURL)},
		"batch too large":       {with(t, "    login:", "    batch: 201\n    login:"), "6:12 crm.main.batch " + string(message.ConfigBadValue)},
		"negative duration":     {with(t, "    login:", "    timeout: -5s\n    login:"), "6:14 crm.main.timeout " + string(message.ConfigBadValue)},
		"unknown zone":          {with(t, "    login:", "    timezone: Moskau\n    login:"), "6:15 crm.main.timezone " + string(message.ConfigBadValue)},
		"min_rows as a share":   {with(t, job, job+"    guards: {min_rows: 10%}\n"), "17:24 jobs.clients.guards.min_rows " + string(message.ConfigBadValue)},
		"more than all":         {with(t, job, job+"    guards: {max_shrink: 101%}\n"), "17:26 jobs.clients.guards.max_shrink " + string(message.ConfigBadValue)},
		"time of day":           {with(t, job, job+"    expect_by: 25:00\n"), "17:16 jobs.clients.expect_by " + string(message.ConfigBadValue)},
		"after nobody":          {with(t, job, job+"    after: [orders]\n"), "17:13 jobs.clients.after[0] " + string(message.ConfigBadReference)},
		"after itself":          {with(t, job, job+"    after: [clients]\n"), "17:12 jobs.clients.after " + string(message.ConfigAfterCycle)},
		"absence unproven":      {with(t, job, job+"    on_absent: delete\n"), "17:16 jobs.clients.on_absent " + string(message.ConfigAbsenceUnsafe)},
		"columns count letters": {with(t, job, job+"    guards: {максимум: 1, min_rows: много}\n"), "17:14 jobs.clients.guards.максимум " + string(message.ConfigUnknownGuard) + ", 17:37 jobs.clients.guards.min_rows " + string(message.ConfigBadValue)},
		"slash in a job's name": {with(t, "jobs:\n  clients:", "jobs:\n  cli/ents:"), "12:3 jobs " + string(message.ConfigBadValue)},
		"list instead of word":  {with(t, "    crm: main", "    crm: [main]"), "14:10 jobs.clients.crm " + string(message.ConfigWrongKind)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := parse(t, c.text)
			want := c.want
			if strings.TrimPrefix(strings.Join(got, ", "), "/etc/syncd/syncd.yaml ") != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestErrorsNeverRepeatASecret(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		with(t, "{env: KEY}", "hunter2"),
		with(t, "https://crm.example.ru", "https://u:hunter2@crm.example.ru"),
		with(t, "https://crm.example.ru", "https://crm.example.ru/?apikey=hunter2"),
		with(t, "{env: KEY}", "[hunter2]"),
		with(t, "{env: KEY}", "!!binary hunter2"),
	} {
		_, err := config.Parse("syncd.yaml", []byte(text), environment())
		if err == nil {
			t.Fatalf("accepted:\n%s", text)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the secret is in the error: %v", err)
		}
	}
}

func TestJobsThatWaitInACircleAreNamed(t *testing.T) {
	t.Parallel()
	text := small
	for name, after := range map[string]string{"a": "b", "b": "c", "c": "a"} {
		text += "  " + name + ": {entity: deal, crm: main, source: clients, mapping: " + name + ".yaml, after: [" + after + "]}\n"
	}
	_, err := config.Parse("syncd.yaml", []byte(text), environment())
	if err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), "a → b → c → a") {
		t.Errorf("got %v", err)
	}
}

func TestTwoJobsOnOneEntityAndCRM(t *testing.T) {
	t.Parallel()
	second := "  again: {entity: client, crm: main, source: clients, mapping: %}\n"
	_, got := parse(t, small+strings.Replace(second, "%", "clients.yaml", 1))
	if len(got) != 1 || !strings.HasSuffix(got[0], " jobs.clients.mapping "+string(message.ConfigSameTarget)) {
		t.Errorf("one mapping for both: %v", got)
	}
	// Different mappings may differ in their prefix, which the caller checks.
	c := mustParse(t, small+strings.Replace(second, "%", "other.yaml", 1))
	if got := c.SameTarget("clients"); !slices.Equal(got, []string{"again"}) {
		t.Errorf("same target: %v", got)
	}
}

func TestStateFallsBackToTheServiceManagersFolder(t *testing.T) {
	t.Parallel()
	c := mustParse(t, with(t, "state: state.db\n", ""), "STATE_DIRECTORY", "/var/lib/syncd:/var/lib/other")
	if c.State != "/var/lib/syncd/state.db" {
		t.Errorf("state: %s", c.State)
	}
}

func TestPlainHTTPWarnsUnlessItStaysOnTheMachine(t *testing.T) {
	t.Parallel()
	for url, warned := range map[string]bool{
		"http://crm.example.ru": true, "https://crm.example.ru": false, "http://127.0.0.1:8080": false, "http://localhost:1": false,
	} {
		c := mustParse(t, with(t, "https://crm.example.ru", url))
		if got := len(c.Warnings) == 1 && c.Warnings[0].Code == message.ConfigPlainHTTP; got != warned {
			t.Errorf("%s: warnings %v", url, c.Warnings)
		}
	}
}

// The documents of API v1 speak of GET; the key stands in the address then.
func TestTheMethodIsOfV1(t *testing.T) {
	t.Parallel()
	get := func(more string) string { return with(t, "    login:", "    method: get\n"+more+"    login:") }
	for more, want := range map[string]bool{"    dialect: v1\n": true, "    deals: v1\n": true, "": false, "    deals: v3\n": false} {
		cfg, faults := parse(t, get(more))
		ok := len(faults) == 0 && cfg.CRM["main"].Method == config.MethodGET
		if ok != want {
			t.Errorf("%q: %v", more, faults)
		}
		if ok && (len(cfg.Warnings) != 1 || cfg.Warnings[0].Code != message.ConfigKeyInURL) {
			t.Errorf("%q: warnings %v", more, cfg.Warnings)
		}
	}
	if m := mustParse(t, small).CRM["main"].Method; m != config.MethodPOST {
		t.Errorf("without a word: %s", m)
	}
}

// V3 is asked what the login sees; of v1 it is the operator's word.
func TestTheWordThatALoginSeesEverythingIsOfV1(t *testing.T) {
	t.Parallel()
	const word = "    sees_all: true\n    login:"
	v1 := mustParse(t, with(t, "    login:", "    dialect: v1\n"+word))
	if crm := v1.CRM["main"]; crm.Dialect != config.DialectV1 || !crm.SeesAll {
		t.Errorf("%+v", crm)
	}
	if mustParse(t, small).CRM["main"].SeesAll {
		t.Error("without the word nothing is said")
	}
	if _, faults := parse(t, with(t, "    login:", word)); len(faults) != 1 || !strings.Contains(faults[0], "crm.main.sees_all") {
		t.Errorf("with v3: %v", faults)
	}
}

func TestWhatComesFromTheCRMHasSomewhereToGo(t *testing.T) {
	t.Parallel()
	const job = "    mapping: clients.yaml\n"
	for add, want := range map[string]message.Code{
		"    direction: both\n": message.ConfigNoWriteBack,
		"    direction: pull\n": message.ConfigNoWriteBack,
		"    direction: both\n    write_back: {csv: {dir: out}}\n":                                                   "",
		"    direction: both\n    write_back: {csv: {dir: out}}\n    on_crm_new: export\n    export_on_link: true\n": "",
		"    write_back: {csv: {dir: out}}\n":                                                                        message.ConfigExportNeeds,
		"    on_crm_new: export\n":                                                                                   message.ConfigExportNeeds,
		"    export_on_link: true\n":                                                                                 message.ConfigExportNeeds,
	} {
		_, err := config.Parse("syncd.yaml", []byte(with(t, job, job+add)), func(string) string { return "" })
		var errs *config.Errors
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", add, err)
		case want != "" && (!errors.As(err, &errs) || errs.List[0].Code != want):
			t.Errorf("%q: %v, want %s", add, err, want)
		}
	}
}

func TestASchedule(t *testing.T) {
	t.Parallel()
	const job = "    mapping: clients.yaml\n"
	for text, good := range map[string]bool{
		`"30 3 * * *"`: true, `"@daily"`: true, `""`: true, `"30 3 * *"`: false, `"61 3 * * *"`: false, `nightly`: false,
		`"@every 10m"`: true, `"@every soon"`: false, `"CRON_TZ=Europe/Moscow"`: false, `"CRON_TZ=Europe/Moscow 30 3 * * *"`: true,
	} {
		_, err := config.Parse("syncd.yaml", []byte(with(t, job, job+"    crm_full_scan: "+text+"\n")), func(string) string { return "" })
		if (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
	moscow := time.FixedZone("MSK", 3*3600)
	nightly, day := config.Cron("30 3 * * *"), func(hour int) time.Time { return time.Date(2026, 11, 3, hour, 0, 0, 0, moscow) }
	for _, tt := range []struct {
		last, now time.Time
		due       bool
	}{
		{day(1), day(2), false}, {day(1), day(4), true}, {day(4), day(23), false}, {day(4).UTC(), day(27), false}, {day(4), day(28), true},
	} {
		if got := nightly.Due(tt.last, tt.now); got != tt.due {
			t.Errorf("last %s, now %s: due %t", tt.last, tt.now, got)
		}
	}
}

func TestFindPath(t *testing.T) {
	t.Chdir(t.TempDir())
	if got, err := config.FindPath("x.yaml"); got != "x.yaml" || err != nil {
		t.Errorf("flag: %s, %v", got, err)
	}
	if _, err := os.Stat("/etc/syncd/syncd.yaml"); err == nil {
		t.Skip("NOT TESTED: this machine has a configuration of its own in /etc/syncd")
	}
	_, err := config.FindPath("")
	var e *config.Error
	if !errors.As(err, &e) || e.Code != message.ConfigNotFound || !strings.Contains(err.Error(), "/etc/syncd/syncd.yaml") {
		t.Errorf("none: %v", err)
	}
	if err := os.WriteFile("syncd.yaml", []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := config.FindPath(""); got != "./syncd.yaml" || err != nil {
		t.Errorf("here: %s, %v", got, err)
	}
}

func TestLoadReportsAMissingFile(t *testing.T) {
	t.Parallel()
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), environment())
	var all *config.Errors
	if !errors.As(err, &all) || all.List[0].Code != message.ConfigNotFound || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestTheLanguageOfABrokenFileIsKept(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("syncd.yaml", []byte(small+"lang: ru\nlisten: nowhere\n"), environment())
	var all *config.Errors
	if !errors.As(err, &all) || all.Lang != "ru" {
		t.Fatalf("got %#v", err)
	}
	if got := all.List[0].In(message.Russian); !strings.HasPrefix(got, `syncd.yaml:18:9: listen: Значение "nowhere" не подходит`) {
		t.Errorf("got %s", got)
	}
}
