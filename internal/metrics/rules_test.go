package metrics_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
	"syncd/internal/metrics"
)

type alert struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func alerts(t *testing.T) (all []alert) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []alert
		}
	}
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "packaging", "prometheus", "syncd.rules.yml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 15 {
		t.Fatalf("only %d alerts", len(all))
	}
	return all
}

func TestEveryAlertAsksForMetricsThatExist(t *testing.T) {
	t.Parallel()
	process, state := metrics.Definitions()
	known := map[string]metrics.Definition{}
	for _, d := range slices.Concat(process, state) {
		known[d.Name] = d
	}
	selector := regexp.MustCompile(`(syncd_\w+)(?:\{([^}]*)\})?`)
	matcher := regexp.MustCompile(`(\w+)(?:=~|!~|!=|=)"([^"]*)"`)
	for _, a := range alerts(t) {
		found := selector.FindAllStringSubmatch(a.Expr, -1)
		if len(found) == 0 {
			t.Errorf("%s asks for nothing of ours", a.Alert)
		}
		for _, m := range found {
			d, ok := known[m[1]]
			if !ok {
				t.Errorf("%s asks for %s", a.Alert, m[1])
			}
			for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
				if !slices.Contains(d.Labels, l[1]) {
					t.Errorf("%s: %s has no label %s", a.Alert, m[1], l[1])
				}
				expectWords(t, a.Alert, l[1], l[2])
			}
		}
	}
}

// expectWords holds the values of a matcher to those that are exported.
func expectWords(t *testing.T, name, label, pattern string) {
	t.Helper()
	results, _, _, classes := metrics.Words()
	words := map[string][]string{
		"result": results, "class": classes, "kind": {"read", "write"},
		"reason": message.HoldReasons(), "place": {"state"},
	}
	for word := range strings.SplitSeq(pattern, "|") {
		if !slices.Contains(words[label], word) {
			t.Errorf("%s: %s is never %q", name, label, word)
		}
	}
}

func TestEveryAlertSaysWhatIsWrongWhatWasDoneAndWhatIsNext(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, a := range alerts(t) {
		if names[a.Alert] {
			t.Errorf("%s stands twice", a.Alert)
		}
		names[a.Alert] = true
		if s := a.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity %q", a.Alert, s)
		}
		if a.For == "" {
			t.Errorf("%s does not say for how long", a.Alert)
		}
		for _, what := range []string{"summary", "description", "description_ru", "command"} {
			if a.Annotations[what] == "" {
				t.Errorf("%s has no %s", a.Alert, what)
			}
		}
		if !strings.ContainsFunc(a.Annotations["description_ru"], func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("%s: the Russian text is not Russian", a.Alert)
		}
		for what, text := range a.Annotations {
			// Without honor_labels our label job is called exported_job, and job is Prometheus' own.
			if strings.Contains(text, "$labels.job") != strings.Contains(text, "or $labels.exported_job $labels.job") {
				t.Errorf("%s: %s names Prometheus' job: %s", a.Alert, what, text)
			}
			if strings.Count(text, "{{") != strings.Count(text, "}}") {
				t.Errorf("%s: %s is torn: %s", a.Alert, what, text)
			}
		}
	}
}

// The alerts that the promise of syncd hangs on.
func TestNoCauseIsWithoutItsAlert(t *testing.T) {
	t.Parallel()
	have := map[string]string{}
	for _, a := range alerts(t) {
		have[a.Alert] = a.Labels["severity"]
	}
	for name, severity := range map[string]string{
		"SyncdStale": "page", "SyncdHalted": "page", "SyncdDuplicates": "page", "SyncdInDoubtStuck": "page",
		"SyncdCRMRefusesKey": "page", "SyncdSourceNotReady": "ticket", "SyncdTroubleGrows": "ticket", "SyncdSourceNotRefreshed": "ticket",
		"SyncdWritesFail": "ticket", "SyncdProtocolErrors": "ticket", "SyncdDiskNearlyFull": "page",
		"SyncdBackupOld": "ticket", "SyncdCrashLoop": "page", "SyncdHanging": "page", "SyncdDown": "page",
		"SyncdNotifyFails": "ticket",
	} {
		if have[name] != severity {
			t.Errorf("%s is %q, not %q", name, have[name], severity)
		}
	}
}

// syncd.rules.test.yml is for promtool, which is not at hand everywhere; that it
// leaves no alert out is held here.
func TestEveryAlertIsTriedQuietAndFiring(t *testing.T) {
	t.Parallel()
	text := readFile(t, "packaging", "prometheus", "syncd.rules.test.yml")
	for _, a := range alerts(t) {
		if !strings.Contains(text, "m, alertname: "+a.Alert+"}\n") {
			t.Errorf("%s is never expected to be quiet", a.Alert)
		}
		if !strings.Contains(text, `alertname="`+a.Alert+`"`) && !strings.Contains(text, "alertname: "+a.Alert+"\n        exp_alerts:\n") {
			t.Errorf("%s is never expected to fire", a.Alert)
		}
	}
}
