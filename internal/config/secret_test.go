package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/config"
	"syncd/internal/message"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretsAreReadByReference(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, dir, "key", "from-file")
	write(t, dir, "credential", "\ufefffrom-credential\r\n")
	write(t, dir, "lines", "two\n\n")
	for ref, want := range map[string]string{
		"{env: KEY}":               "from-env",
		"{env: LINE}":              "with-line",
		"{file: " + file + "}":     "from-file",
		"{credential: credential}": "from-credential",
		"{credential: lines}":      "two\n", // one line end is cut, not the secret's own
	} {
		c := mustParse(t, with(t, "{env: KEY}", ref), "KEY", "from-env", "LINE", "with-line\n", "CREDENTIALS_DIRECTORY", dir)
		s, place, err := c.FindSecret(c.CRM["main"].APIKey)
		if err != nil || s.Reveal() != want {
			t.Errorf("%s: got %q, %v", ref, s.Reveal(), err)
		}
		if place != "$KEY" && place != "$LINE" && filepath.Dir(place) != dir {
			t.Errorf("%s: found at %s", ref, place)
		}
	}
}

func TestSecretThatIsNotThereOrEmptyIsAnErrorWithItsPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "empty", "\n")
	write(t, dir, "large", strings.Repeat("k", 65<<10))
	for ref, want := range map[string]message.Code{
		"{env: NONE}":         message.ConfigSecretEmpty,
		"{credential: empty}": message.ConfigSecretEmpty,
		"{credential: none}":  message.ConfigSecretMissing,
		"{credential: large}": message.ConfigSecretMissing,
		"{file: none}":        message.ConfigSecretMissing,
	} {
		c := mustParse(t, with(t, "{env: KEY}", ref), "CREDENTIALS_DIRECTORY", dir)
		_, err := c.Secret(c.CRM["main"].APIKey)
		var e *config.Error
		if !errors.As(err, &e) || e.Code != want || e.Path != "crm.main.apikey" || e.Line != 7 {
			t.Errorf("%s: got %v", ref, err)
		}
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	s := config.NewSecret("hunter2")
	holder := struct {
		Public config.Secret
		hidden config.Secret
	}{s, s}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, &holder)
	}
	if strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e74657232") {
		t.Errorf("the secret is in %s", shown)
	}
	if !strings.Contains(shown, "***") || s.Reveal() != "hunter2" || (config.Secret{}).Reveal() != "" {
		t.Errorf("shown %s", shown)
	}
}

func TestSecretFilesThatEverybodyCanReadAreNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := write(t, dir, "key", "k")
	c := mustParse(t, with(t, "{env: KEY}", "{file: "+file+"}"))
	if open := c.OpenSecrets(); len(open) != 0 {
		t.Errorf("mode 0600: %v", open)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if open := c.OpenSecrets(); len(open) != 1 || open[0].Path != "crm.main.apikey" {
		t.Errorf("mode 0644: %v", open)
	}
}
