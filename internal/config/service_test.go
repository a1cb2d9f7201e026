package config_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
)

const (
	lastKey   = "    mapping: clients.yaml\n"
	sqlSource = "    sql: {driver: sqlite, dsn: {env: D}, query: q, snapshot: full}"
	csvSource = "    csv: {path: clients.csv, snapshot: full}"
)

func TestKeysOfTheServiceAreRead(t *testing.T) {
	t.Parallel()
	c := mustParse(t, small)
	if c.Report != "" || c.Backup != nil || c.StopTimeout.Std() != time.Minute || c.Notify != nil || !c.Jobs["clients"].ExpectBy.IsZero() {
		t.Errorf("defaults: %+v", c)
	}
	c = mustParse(t, with(t, lastKey, lastKey+`    schedule: "@every 10m"
    jitter: 30s
    watch: 1m
    expect_by: "09:00  mon-fri"
report: var/report.html
backup: {dir: var/backup}
stop_timeout: 5s
listen: "[::1]:9464"
notify:
  digest: "0 9 * * 1-5"
  webhook: {url: {credential: hook}, headers: {X-Source: syncd, Authorization: {env: AUTH}}}
  telegram: {token: {file: token}, chat: -100123, url: "http://127.0.0.1:8081/"}
`), "AUTH", "Bearer of news")
	job, hook, bot := c.Jobs["clients"], c.Notify.Webhook, c.Notify.Telegram
	for _, check := range []struct {
		what      string
		got, want any
	}{
		{"report", c.Report, config.Path("/etc/syncd/var/report.html")},
		{"backup", *c.Backup, config.Backup{Dir: "/etc/syncd/var/backup", Schedule: "30 4 * * *", Keep: 7}},
		{"stop_timeout", c.StopTimeout.Std(), 5 * time.Second},
		{"jitter", job.Jitter.Std(), 30 * time.Second},
		{"watch", job.Watch.Std(), time.Minute},
		{"expect_by", job.ExpectBy.String(), "09:00 mon-fri"},
		{"on", len(c.Notify.On), 5},
		{"digest", c.Notify.Digest, config.Cron("0 9 * * 1-5")},
		{"webhook", hook.URL.Ref.String(), "{credential: hook}"},
		{"chat", bot.Chat, "-100123"},
		{"server", bot.URL, config.ServerURL("http://127.0.0.1:8081")},
	} {
		if check.got != check.want {
			t.Errorf("%s: got %v, want %v", check.what, check.got, check.want)
		}
	}
	for name, want := range map[string]string{"X-Source": "syncd", "Authorization": "Bearer of news"} {
		if s, err := c.Text(hook.Headers[name]); err != nil || s.Reveal() != want {
			t.Errorf("%s: %q, %v", name, s.Reveal(), err)
		}
	}
	if s, err := c.Text(config.SecretText{}); err != nil || s.Reveal() != "" {
		t.Errorf("none: %q, %v", s.Reveal(), err)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("warnings: %v", c.Warnings)
	}
}

func TestWhatTheServiceCannotWorkWithIsAnError(t *testing.T) {
	t.Parallel()
	hook := func(text string) string { return small + "notify: {webhook: " + text + "}\n" }
	bot := func(text string) string { return small + "notify: {telegram: " + text + "}\n" }
	job := func(text string) string { return with(t, lastKey, lastKey+"    "+text+"\n") }
	for _, c := range []struct{ text, path, code string }{
		{small + "listen: 0.0.0.0:9464\n", "listen", string(message.ConfigListenOpen)},
		{small + "listen: :9464\n", "listen", string(message.ConfigListenOpen)},
		{small + "listen: 192.168.1.7:9464\n", "listen", string(message.ConfigListenOpen)},
		{small + "listen: 127.example.ru:9464\n", "listen", string(message.ConfigListenOpen)},
		{small + "listen: 127.0.0.1:http\n", "listen", string(message.ConfigBadValue)},
		{small + "listen: 127.0.0.1:99999\n", "listen", string(message.ConfigBadValue)},
		{small + "listen: 127.0.0.1\n", "listen", string(message.ConfigBadValue)},
		{small + "stop_timeout: 0s\n", "stop_timeout", string(message.ConfigBadValue)},
		{small + "stop_timeout: 11m\n", "stop_timeout", string(message.ConfigBadValue)},
		{small + "report: ./state.db\n", "report", string(message.ConfigBadValue)},
		{small + "backup: {}\n", "backup.dir", string(message.ConfigMissingKey)},
		{small + "backup: {dir: .}\n", "backup.dir", string(message.ConfigBackupInState)},
		{small + "backup: {dir: /etc/syncd/}\n", "backup.dir", string(message.ConfigBackupInState)},
		{small + "backup: {dir: b, keep: 0}\n", "backup.keep", string(message.ConfigBadValue)},
		{small + "backup: {dir: b, schedule: nightly}\n", "backup.schedule", string(message.ConfigBadValue)},
		{job(`schedule: "0 0 30 2 *"`), "jobs.clients.schedule", string(message.ConfigBadValue)}, // never
		{job("jitter: 5m"), "jobs.clients.jitter", string(message.ConfigNeedsKey)},
		{job("schedule: \"@daily\"\n    jitter: 1h"), "jobs.clients.jitter", string(message.ConfigBadValue)},
		{job("watch: 10ms"), "jobs.clients.watch", string(message.ConfigBadValue)},
		{strings.Replace(job("watch: 30s"), csvSource, sqlSource, 1), "jobs.clients.watch", string(message.ConfigNeedsKey)},
		{job(`expect_by: "09:00 8"`), "jobs.clients.expect_by", string(message.ConfigBadValue)},
		{small + "notify: {on: [halt]}\n", "notify", string(message.ConfigNoChannel)},
		{small + "notify: {mail: {smtp: \"m:25\", from: a, to: []}}\n", "notify.mail.to", string(message.ConfigBadValue)},
		{hook("{headers: {A: b}}"), "notify.webhook.url", string(message.ConfigMissingKey)},
		{hook("{url: hooks.example.ru}"), "notify.webhook.url", string(message.ConfigBadURL)},
		{hook("{url: \"ftp://hooks.example.ru/hunter2\"}"), "notify.webhook.url", string(message.ConfigBadURL)},
		{hook("{url: {env: A, file: b}}"), "notify.webhook.url", string(message.ConfigOneOf)},
		{hook("{url: \"https://a.example.ru\", headers: {\"X Y\": b}}"), "notify.webhook.headers.X Y", string(message.ConfigBadValue)},
		{hook("{url: \"https://a.example.ru\", headers: {X: \"hunter2\\r\\nY: z\"}}"), "notify.webhook.headers.X", string(message.ConfigWrongKind)},
		{bot("{token: \"123:hunter2\", chat: 5}"), "notify.telegram.token", string(message.ConfigLiteralSecret)},
		{bot("{chat: 5}"), "notify.telegram.token", string(message.ConfigMissingKey)},
		{bot("{token: {env: T}, chat: my chat}"), "notify.telegram.chat", string(message.ConfigBadValue)},
		{bot("{token: {env: T}, chat: 5, url: \"https://u:hunter2@example.ru\"}"), "notify.telegram.url", string(message.ConfigBadURL)},
	} {
		_, got := parse(t, c.text)
		if len(got) != 1 || !strings.HasSuffix(got[0], " "+c.path+" "+c.code) {
			t.Errorf("%s\n  got %q, want %s %s", strings.TrimPrefix(c.text, small), got, c.path, c.code)
		}
		if _, err := config.Parse("syncd.yaml", []byte(c.text), environment()); err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the secret is in the error: %v", err)
		}
	}
}

func TestAHostWithoutItsOwnAddressIsToldHowToBeReached(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("syncd.yaml", []byte(small+"listen: 0.0.0.0:9500\n"), environment())
	if err == nil || !strings.Contains(err.Error(), "ssh -L 9500:127.0.0.1:9500") || !strings.Contains(err.Error(), "reverse proxy") {
		t.Errorf("got %v", err)
	}
}

func TestDoubtsAboutTheServiceAreWarnings(t *testing.T) {
	t.Parallel()
	hook := func(url string) string { return small + "notify: {webhook: {url: \"" + url + "\"}}\n" }
	header := func(text string) string {
		return small + "notify: {webhook: {url: \"https://a.example.ru/in\", headers: {" + text + "}}}\n"
	}
	job := func(text string) string { return with(t, lastKey, lastKey+"    "+text+"\n") }
	for _, c := range []struct {
		text string
		want message.Code
	}{
		{hook("https://hooks.example.ru/syncd"), ""},
		{hook("https://hooks.example.ru/teams/sales-department-of-1c/incoming"), ""},
		{hook("http://127.0.0.1:8080/in"), ""},
		{hook("http://hooks.example.ru/in"), message.ConfigPlainNotice},
		{hook("https://u:p@hooks.example.ru/in"), message.ConfigPlainSecret},
		{hook("https://hooks.example.ru/in?token=5"), message.ConfigPlainSecret},
		{hook("https://hooks.example.ru/in?access_key=5"), message.ConfigPlainSecret},
		{hook("https://hooks.example.ru/in?monkey=5"), ""},
		{hook("https://hooks.example.ru/services/T0001/B0002/k3J9fZq71LmPw0aXyT5vBc2d"), message.ConfigPlainSecret},
		{hook("https://hooks.example.ru/webhook/0f8b7a3e-5b1c-4d43-9f5e-1f2d3c4b5a69"), message.ConfigPlainSecret},
		{header("X-Source: syncd"), ""},
		{header("X-Api-Key: abc"), message.ConfigPlainSecret},
		{header("X-Source: k3J9fZq71LmPw0aXyT5vBc2d"), message.ConfigPlainSecret},
		{small + "notify: {telegram: {token: {env: T}, chat: \"@channel\", url: \"http://bots.example.ru\"}}\n", message.ConfigPlainNotice},
		{job("schedule: \"*/15 8-20 * * 1-5\"\n    jitter: 15m"), ""},
		{job("schedule: \"*/15 8-20 * * 1-5\"\n    jitter: 16m"), message.ConfigJitterWide},
		{job("schedule: \"5,50 * * * *\"\n    jitter: 20m"), message.ConfigJitterWide}, // 15 minutes from 50 to 5
		{job("schedule: \"30 3 * * *\"\n    jitter: 59m"), ""},
	} {
		codes := []message.Code{}
		for _, w := range mustParse(t, c.text).Warnings {
			if w.Line == 0 {
				t.Errorf("without a place: %v", w)
			}
			codes = append(codes, w.Code)
		}
		if want := []message.Code{c.want}; c.want == "" && len(codes) > 0 || c.want != "" && !slices.Equal(codes, want) {
			t.Errorf("%s\n  got %v, want %q", strings.TrimPrefix(c.text, small), codes, c.want)
		}
	}
}

func TestOpenFilesOfEverySecretAreNamed(t *testing.T) {
	t.Parallel()
	c := mustParse(t, small+`notify:
  mail: {smtp: "m:25", from: a, to: [b], user: u, password: {file: /dev/null}}
  webhook: {url: {file: /dev/null}, headers: {A: {file: /dev/null}, B: plain}}
  telegram: {token: {file: /dev/null}, chat: 1}
`)
	got := []string{}
	for _, e := range c.OpenSecrets() {
		got = append(got, e.Path)
	}
	want := []string{"notify.mail.password", "notify.webhook.url", "notify.webhook.headers.A", "notify.telegram.token"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAReloadIsRefusedForWhatOnlyARestartChanges(t *testing.T) {
	t.Parallel()
	old := mustParse(t, small)
	if keys := old.NeedsRestart(mustParse(t, small+"history: 30d\nlang: ru\nstop_timeout: 5s\nlisten: 127.0.0.1:9500\n")); len(keys) != 0 {
		t.Errorf("needs a restart for %v", keys)
	}
	if err := old.CheckReload(mustParse(t, with(t, "state: state.db", "state: ./state.db"))); err != nil {
		t.Errorf("the same state: %v", err)
	}
	next := mustParse(t, with(t, "state: state.db", "state: other.db"))
	if keys := old.NeedsRestart(next); !slices.Equal(keys, []string{"state"}) {
		t.Errorf("got %v", keys)
	}
	err := old.CheckReload(next)
	if err == nil || !strings.HasPrefix(err.Error(), "/etc/syncd/syncd.yaml:2:8: state: ") || !strings.Contains(err.Error(), "systemctl restart syncd") {
		t.Errorf("got %v", err)
	}
}
