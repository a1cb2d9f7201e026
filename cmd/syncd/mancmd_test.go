package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// manualPages writes the manual at a fixed time and returns its folder.
func manualPages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var complaints strings.Builder
	env := func(name string) string { return map[string]string{"SOURCE_DATE_EPOCH": "1780000000"}[name] }
	if code := run(t.Context(), []string{"man", "--dir", dir}, env, stdio{in: strings.NewReader(""), out: io.Discard, err: &complaints}); code != exitDone {
		t.Fatalf("exit %d: %s", code, &complaints)
	}
	return dir
}

func TestEveryCommandHasAManualPageInBothLanguages(t *testing.T) {
	t.Parallel()
	dir := manualPages(t)
	for lang, sub := range map[string]string{"en": "man1", "ru": "ru/man1"} {
		names := []string{"syncd.1"}
		_, help, _ := call(t.Context(), allCommands, "--lang", lang, "--help")
		for _, c := range commandsIn("en") {
			if strings.Contains(help, "\n  "+c.Name()+" ") && c.Name() != "help" {
				names = append(names, "syncd-"+c.Name()+".1")
			}
		}
		if len(names) < 15 {
			t.Fatalf("%s: only %d commands found", lang, len(names))
		}
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(dir, sub, name))
			if err != nil {
				t.Error(err)
				continue
			}
			page := string(text)
			if !strings.HasPrefix(page, ".TH SYNCD") || !strings.Contains(page, `"2026-05-28"`) {
				t.Errorf("%s/%s begins with %.60q", sub, name, page)
			}
			if want := map[string]string{"en": ".SH NAME\n", "ru": ".SH ИМЯ\n"}[lang]; !strings.Contains(page, want) {
				t.Errorf("%s/%s is not in its language", sub, name)
			}
		}
	}
	russian, err := os.ReadFile(filepath.Join(dir, "ru/man1/syncd.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".SH КОДЫ ЗАВЕРШЕНИЯ", `\fB78\fR`, "/etc/syncd/credentials/", "CREDENTIALS_DIRECTORY", `\fBsyncd\-run\fR(1)`} {
		if !strings.Contains(string(russian), want) {
			t.Errorf("the page of the program lacks %s", want)
		}
	}
}

func TestTextOfAManualPageIsNoMarkup(t *testing.T) {
	t.Parallel()
	if got, want := roff(".SH a-b\n'c\\d\nе.ё"), "\\&.SH a\\-b\n\\&'c\\ed\nе.ё"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := manDate("yesterday"); got != "" {
		t.Errorf("date: %q", got)
	}
}

// groff complains of what it does not understand, and sets the rest.
func TestManualPagesAreCleanToGroff(t *testing.T) {
	t.Parallel()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("NOT TESTED: groff is not installed")
	}
	dir := manualPages(t)
	pages, err := filepath.Glob(filepath.Join(dir, "man1", "*.1"))
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	russian, _ := filepath.Glob(filepath.Join(dir, "ru", "man1", "*.1"))
	for _, list := range [][]string{pages, russian} {
		cmd := exec.CommandContext(t.Context(), groff, slices.Concat([]string{"-ww", "-z", "-man", "-Kutf8", "-Tutf8"}, list)...)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("groff: %v\n%s", err, out)
		}
	}
}
