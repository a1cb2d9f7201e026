package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/message"
	"syncd/internal/state"
)

func TestSchedulesInWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ spec, en, ru string }{
		{"*/15 8-20 * * 1-5", "every 15 minutes from 08:00 to 20:59, Mon–Fri", "каждые 15 мин с 08:00 до 20:59, пн–пт"},
		{"30 3 * * *", "at 03:30, every day", "в 03:30, каждый день"},
		{"0,30 9,18 * * mon,wed", "at 09:00, 09:30, 18:00, 18:30, Mon, Wed", "в 09:00, 09:30, 18:00, 18:30, пн, ср"},
		{"@daily", "at 00:00, every day", "в 00:00, каждый день"},
		{"@weekly", "at 00:00, Sun", "в 00:00, вс"},
		{"@hourly", "at minute 00 of each hour, every day", "в 00 мин каждого часа, каждый день"},
		{"@every 10m", "every 10m, counted from the last run", "раз в 10 мин, считая от прошлого запуска"},
		{"@every 1h30m", "every 1h30m, counted from the last run", "раз в 1 ч 30 мин, считая от прошлого запуска"},
		{"* * * * *", "every minute, every day", "каждую минуту, каждый день"},
		{"0 0 1 1-3 *", "at 00:00, on day 1 of the month, Jan–Mar", "в 00:00, 1 числа, янв–мар"},
		{"0 0 1 * 1", "at 00:00, on day 1 of the month or Mon", "в 00:00, 1 числа или пн"},
		{"5,50 */2 * * *", "at minutes 05, 50 of every 2nd hour, every day", "в минуты 05, 50 каждого 2-го часа, каждый день"},
		{"*/5 9-12,14 * * *", "every 5 minutes in the hours 09, 10, 11, 12, 14, every day", "каждые 5 мин в часы 09, 10, 11, 12, 14, каждый день"},
		{"0 */2 * * *", "every 2 hours at minute 00, every day", "раз в 2 ч, в 00 мин, каждый день"},
		{"0 9-18/2 * * 1-5", "at 09:00, 11:00, 13:00, 15:00, 17:00, Mon–Fri", "в 09:00, 11:00, 13:00, 15:00, 17:00, пн–пт"},
		{"0 22 1,15 1/3 *", "at 22:00, on day 1, 15 of the month, Jan, Apr, Jul, Oct", "в 22:00, 1, 15 числа, янв, апр, июл, окт"},
		{"*/1 8-20 */2 * *", "every minute from 08:00 to 20:59, on day 1, 3, 5, 7, 9, 11, 13, 15, … of the month", "каждую минуту с 08:00 до 20:59, 1, 3, 5, 7, 9, 11, 13, 15, … числа"},
		{"CRON_TZ=UTC 30 3 * * *", "at 03:30, every day (UTC)", "в 03:30, каждый день (UTC)"},
	} {
		for lang, want := range map[message.Lang]string{message.English: c.en, message.Russian: c.ru} {
			if got := scheduleWords(&app{lang: lang}, c.spec); got != want {
				t.Errorf("%s: %q, want %q", c.spec, got, want)
			}
		}
	}
}

func TestTimesThatTheClockSkipsOrRepeatsAreTold(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, berlin)
	for spec, want := range map[string]string{
		"30 2 * * *":      "on 2026-03-29 the clock skips 02:30: that run begins right after, at 03:00|on 2026-10-25 02:30 comes twice: that run begins the first time (the clock goes back to 02:00)",
		"0 2 * * *":       "on 2026-03-29 the clock skips 02:00: that run begins right after, at 03:00|on 2026-10-25 02:00 comes twice: that run begins the first time (the clock goes back to 02:00)",
		"0 3 * * *":       "",
		"30 2 * * 1-5":    "", // the changes are on Sundays
		"*/15 * * * *":    "", // real time counts
		"*/15 8-20 * * *": "",
		"@every 1h":       "",
		"@daily":          "",
	} {
		if got := strings.Join(clockChanges(&app{lang: message.English}, spec, now), "|"); got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
	if got := clockChanges(&app{lang: message.English}, "30 2 * * *", now.UTC()); len(got) != 0 {
		t.Errorf("in UTC: %q", got)
	}
}

func TestWhatTheServiceCannotUseIsNamedWithTheWayOut(t *testing.T) {
	t.Parallel()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	in := statusInstallation(t, message.Russian, map[string]string{"clients": ""}, "listen: "+l.Addr().String())
	got := in.listenFree(t.Context())
	if _, port, _ := net.SplitHostPort(l.Addr().String()); got == nil || exitFor(got) != exitFailure || !strings.Contains(wordingOf(got), "адрес уже занят") ||
		!strings.Contains(wordingOf(got), "ss -ltnp 'sport = :"+port+"'") {
		t.Errorf("a taken port: %v", wordingOf(got))
	}
	lock, err := state.Lock(string(in.cfg.State) + ".service")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.listenFree(t.Context()); err != nil {
		t.Errorf("taken by the service itself: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := in.folderWritable("report", filepath.Join(dir, "not", "there"), true); err != nil {
		t.Errorf("a folder that can be made: %v", err)
	}
	for name, place := range map[string]string{"below a file": filepath.Join(dir, "file", "x"), "of the kernel": "/proc/1/x"} {
		if err := in.folderWritable("backup.dir", place, true); err == nil || exitFor(err) != exitConfig || !strings.Contains(wordingOf(err), "install -d -o syncd") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := in.folderWritable("report", "/proc/1/x", false); err != nil {
		t.Errorf("no report is written: %v", err)
	}
}

// wordingOf is an error in Russian.
func wordingOf(err error) string {
	if l, ok := err.(interface{ In(message.Lang) string }); ok { //nolint:errorlint // made by the function under test
		return l.In(message.Russian)
	}
	return ""
}
