package systemdtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"syncd/internal/config"
)

const unit = checkout + "/packaging/systemd/syncd.service"

// staged is a root that holds the unit, what it names, and nothing else.
func staged(t *testing.T, unitText string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"usr/lib/systemd/system/syncd.service": unitText,
		"usr/bin/syncd":                        "#!/bin/sh\n",
		"etc/passwd":                           "root:x:0:0::/:/bin/sh\nsyncd:x:998:998::/var/lib/syncd:/usr/sbin/nologin\n",
	}
	for _, target := range []string{"network-online", "time-sync", "nss-lookup", "multi-user", "sysinit", "basic", "shutdown"} {
		files["usr/lib/systemd/system/"+target+".target"] = "[Unit]\nDescription=" + target + "\n"
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func analyze(t *testing.T, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		missing(t, "systemd-analyze is not installed")
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return string(out), err
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestUnitIsCorrectToSystemd(t *testing.T) {
	t.Parallel()
	verify := func(text string) (string, error) {
		return analyze(t, "verify", "--man=no", "--recursive-errors=no", "--root="+staged(t, text), "syncd.service")
	}
	text := textOf(t, unit)
	if out, err := verify(text); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
	// What the check is worth: a slip is found.
	if out, err := verify(strings.Replace(text, "ProtectClock=", "ProtectClok=", 1)); err == nil && out == "" {
		t.Error("a key that does not exist went unnoticed")
	}
}

// 1.5 is the limit (15 here), 10 is a unit without any protection. The best of the
// neighbouring programs has 2.2.
func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	security := func(text string) (string, error) {
		return analyze(t, "security", "--offline=true", "--threshold=15", "--no-pager", "--root="+staged(t, text), "syncd.service")
	}
	text := textOf(t, unit)
	out, err := security(text)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Log(strings.TrimSpace(out[strings.LastIndex(out, "Overall"):]))
	if _, err := security(regexp.MustCompile(`(?m)^(ProtectSystem|SystemCallFilter|CapabilityBoundingSet)=.*\n`).ReplaceAllString(text, "")); err == nil {
		t.Error("a unit with less protection passes too")
	}
}

// What systemd does not check, and a person may break in good faith.
func TestUnitKeepsWhatWasLearnt(t *testing.T) {
	t.Parallel()
	text := textOf(t, unit)
	for key, want := range map[string]string{
		// Go ends with 2 after the watchdog's signal: with 2 here the service would stay down.
		"RestartPreventExitStatus": "78",
		"Type":                     "notify",
		"Restart":                  "on-failure",
		"TimeoutStopSec":           "90s", // more than stop_timeout
		"UMask":                    "0077",
		"StateDirectoryMode":       "0700",
		"ExecPaths":                "/usr/bin/syncd",
	} {
		m := regexp.MustCompile(`(?m)^`+key+`=(.*)$`).FindAllStringSubmatch(text, -1)
		if len(m) != 1 || m[0][1] != want {
			t.Errorf("%s is %v, want %s", key, m, want)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^Exec\w+=(\S+)`).FindAllStringSubmatch(text, -1) {
		if m[1] != "/usr/bin/syncd" {
			t.Errorf("%s cannot be executed with NoExecPaths=/", m[1])
		}
	}
}

func TestScriptsParse(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(checkout + "/packaging/scripts/*.sh")
	if err != nil || len(scripts) != 4 {
		t.Fatal(scripts, err)
	}
	for _, script := range append(scripts, "boot.sh") {
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
		text := textOf(t, script)
		if !strings.HasPrefix(text, "#!/bin/sh\n") || !regexp.MustCompile(`(?m)^set -eu?$`).MatchString(text) {
			t.Errorf("%s goes on after an error", script)
		}
	}
}

// The example opens what is closed, so each of its lines must be one that systemd takes.
func TestExampleOfTheDropInIsCorrectWhenUncommented(t *testing.T) {
	t.Parallel()
	dropIn := regexp.MustCompile(`(?m)^#([A-Z]\w+=)`).ReplaceAllString(textOf(t, checkout+"/packaging/systemd/exchange.conf.example"), "$1")
	if n := len(regexp.MustCompile(`(?m)^[A-Z]\w+=`).FindAllString(dropIn, -1)); n < 9 {
		t.Fatalf("only %d settings found", n)
	}
	root := staged(t, textOf(t, unit))
	path := filepath.Join(root, "etc/systemd/system/syncd.service.d/exchange.conf")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(dropIn), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := analyze(t, "verify", "--man=no", "--recursive-errors=no", "--root="+root, "syncd.service"); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
}

// The package's configuration is sound as it is, and with its schedule switched on.
func TestConfigurationOfThePackageIsSound(t *testing.T) {
	t.Parallel()
	text := textOf(t, checkout+"/packaging/etc/syncd.yaml")
	scheduled := strings.Replace(text, "    # schedule:", "    schedule:", 1)
	if scheduled == text {
		t.Fatal("there is no schedule to switch on")
	}
	for _, text := range []string{text, scheduled} {
		c, err := config.Parse("/etc/syncd/syncd.yaml", []byte(text), func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		// Only there may the service write without a drop-in.
		for _, path := range []string{string(c.State), string(c.Report), string(c.Backup.Dir)} {
			if !strings.HasPrefix(path, "/var/lib/syncd/") {
				t.Errorf("%s is closed to the service", path)
			}
		}
		if got := string(c.Jobs["clients"].Mapping); got != "/usr/share/syncd/mappings/1c-clients.yaml" {
			t.Errorf("the mapping is %s", got)
		}
	}
}
