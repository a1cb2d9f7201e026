package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/message"
)

const checkout = "../.."

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(checkout, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section is the part of a page below a heading, up to the next one of its level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, after, found := strings.Cut(text, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("no section %q", heading)
	}
	body, _, _ := strings.Cut(after, "\n## ")
	return body
}

var tableRow = regexp.MustCompile(`(?m)^\| (.+?) \| (.+?) \|`)

// firstCells are the first two cells of every row of a section's table, but
// for its heading.
func firstCells(t *testing.T, text, heading string) [][2]string {
	t.Helper()
	var out [][2]string
	for _, m := range tableRow.FindAllStringSubmatch(section(t, text, heading), -1) {
		out = append(out, [2]string{m[1], m[2]})
	}
	if len(out) < 3 {
		t.Fatalf("no table in %q", heading)
	}
	return out[2:] // the heading and the line below it
}

func TestReadmeShowsExactlyTheExitCodesThatThereAre(t *testing.T) {
	t.Parallel()
	want := make([][2]string, 0, len(exitTable))
	for _, row := range exitTable {
		want = append(want, [2]string{fmt.Sprint(row.code), message.Text(message.English, row.meaning)})
	}
	if d := cmp.Diff(want, firstCells(t, page(t, "README.md"), "Exit codes")); d != "" {
		t.Errorf("exit.go (-) and README.md (+):\n%s", d)
	}
}

func TestReadmeNamesEveryCommandAndNoOther(t *testing.T) {
	t.Parallel()
	_, help, _ := call(t.Context(), allCommands, "--lang", "en", "--help")
	_, list, _ := strings.Cut(help, "\nCommands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	var want []string
	for line := range strings.Lines(list) {
		if name := strings.Fields(line)[0]; name != "help" {
			want = append(want, name)
		}
	}
	var got []string
	for _, row := range firstCells(t, page(t, "README.md"), "Commands") {
		got = append(got, strings.Trim(row[0], "`"))
	}
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("help (-) and README.md (+):\n%s", d)
	}
}

func TestReadmeNamesEveryFolderAndNoOther(t *testing.T) {
	t.Parallel()
	want := []string{"cmd/syncd/", "docs/", "examples/", "internal/crmapi/emulator/", "mappings/", "packaging/"}
	folders, err := os.ReadDir(filepath.Join(checkout, "internal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if f.IsDir() {
			want = append(want, "internal/"+f.Name()+"/")
		}
	}
	slices.Sort(want)
	var got []string
	for _, row := range firstCells(t, page(t, "README.md"), "Layout") {
		got = append(got, strings.Trim(row[0], "`"))
	}
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("folders (-) and README.md (+):\n%s", d)
	}
}

// Whoever looks for a page finds it from the README, in either language.
func TestBothReadmesListEveryPage(t *testing.T) {
	t.Parallel()
	for _, readme := range []string{"README.md", "README.ru.md"} {
		text := page(t, readme)
		for _, folder := range []string{"docs/*.md", "docs/ru/*.md"} {
			found, err := filepath.Glob(filepath.Join(checkout, folder))
			if err != nil || len(found) < 4 {
				t.Fatal(folder, err, len(found))
			}
			for _, p := range found {
				name, err := filepath.Rel(checkout, p)
				if err != nil {
					t.Fatal(err)
				}
				listed := func(name string) bool { return strings.Contains(text, "("+filepath.ToSlash(name)+")") }
				if !listed(name) && (readme == "README.md" || !listed(filepath.Join("docs", "ru", filepath.Base(name)))) {
					t.Errorf("%s does not list %s", readme, name)
				}
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`)

func TestNoLinkOfThePagesIsDead(t *testing.T) {
	t.Parallel()
	var pages []string
	for _, where := range []string{"README*.md", "docs/*.md", "docs/ru/*.md"} {
		found, err := filepath.Glob(filepath.Join(checkout, where))
		if err != nil || len(found) < 2 {
			t.Fatal(where, err, len(found))
		}
		pages = append(pages, found...)
	}
	known := map[string][]string{} // the anchors of a page
	for _, p := range pages {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			to := p
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(p), m[1])
			}
			if known[to] == nil {
				if target, err := os.ReadFile(to); err == nil {
					known[to] = append(anchors(string(target)), "")
				}
			}
			if !slices.Contains(known[to], m[2]) {
				t.Errorf("%s links to %s, which is not there", filepath.Base(p), m[0])
			}
		}
	}
}

// anchors are the headings of a page as links name them.
func anchors(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		kept := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(kept, " ", "-"))
	}
	return out
}

// The five-minute start is typed as it stands, into a shell, in a copy of the
// checkout; only the port is another, and the emulated CRM need not be spared.
// What the page shows as output must come out.
func TestTheFiveMinuteStartWorksAsItStands(t *testing.T) {
	whole(t)
	t.Parallel()
	for _, tool := range []string{"bash", "make", "sqlite3"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is needed (make test installs sqlite3): %v", tool, err)
		}
	}
	address := freeAddress(t)
	sh := startShell(t)
	blocks := regexp.MustCompile("(?s)```(sh|text)\n(.*?)```").
		FindAllStringSubmatch(section(t, page(t, "README.md"), "Five minutes from nothing to a synced client"), -1)
	commands := 0
	for _, b := range blocks {
		if b[1] == "text" {
			for line := range strings.Lines(b[2]) {
				if !strings.Contains(sh.said(), strings.TrimRight(line, "\n")) {
					t.Fatalf("it never said %q but\n%s", line, sh.said())
				}
			}
			continue
		}
		commands += strings.Count(b[2], "syncd ") + strings.Count(b[2], "sqlite3 ")
		text := strings.ReplaceAll(b[2], "127.0.0.1:8080", address)
		sh.types(strings.Replace(text, "    login:", "    rate: \"off\"\n    login:", 1))
		if strings.Contains(b[2], "syncd emulate") {
			waitFor(t, address)
		}
	}
	if commands < 15 {
		t.Errorf("only %d commands were found", commands)
	}
	failed := sh.ends()
	if want := []string{"3: ./syncd run"}; !slices.Equal(failed, want) {
		t.Errorf("failed: %q, want %q\n%s", failed, want, sh.said())
	}
	if !strings.Contains(sh.said(), "│ ") || unfilled.MatchString(sh.said()) {
		t.Errorf("no table of the state, or a hole in a message:\n%s", sh.said())
	}
}

// shell is a bash that commands are typed into.
type shell struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *transcript
	home string
	n    int
}

// startShell starts it in a copy of what the program is built from, with an
// empty home.
func startShell(t *testing.T) *shell {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"cmd/syncd", "internal", "mappings", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, "checkout", name), os.DirFS(filepath.Join(checkout, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Makefile", "go.mod", "go.sum"} {
		if err := os.WriteFile(filepath.Join(dir, "checkout", name), []byte(page(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	s := &shell{t: t, out: &transcript{}, home: dir}
	s.cmd = exec.CommandContext(ctx, "bash", "-u", "-s")
	s.cmd.Dir = filepath.Join(dir, "checkout")
	s.cmd.Env = append(goEnv(t), "HOME="+dir, "PATH="+os.Getenv("PATH"), "LANG=en_US.UTF-8", "TMPDIR="+dir)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	s.cmd.WaitDelay = 5 * time.Second // the emulated CRM, when it was not stopped
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// everything that fails is noted; a person would go on as well
	s.types(`trap 'echo "$?: $BASH_COMMAND" >> "$HOME/failed"' ERR` + "\n")
	return s
}

// goEnv keeps the caches of Go where they are, although the home is another.
func goEnv(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name+"="+strings.TrimSpace(string(value)))
	}
	return out
}

// types types commands and waits until they are done.
func (s *shell) types(commands string) {
	s.t.Helper()
	s.n++
	mark := fmt.Sprintf("-- typed %d --", s.n)
	if _, err := io.WriteString(s.in, commands+"echo '"+mark+"'\n"); err != nil {
		s.t.Fatalf("%v\n%s", err, s.said())
	}
	poll(s.t, "the commands to end", func() bool { return strings.Contains(s.said(), mark) })
}

func (s *shell) said() string { return s.out.String() }

// ends closes the shell and tells which commands failed.
func (s *shell) ends() []string {
	s.t.Helper()
	if err := s.in.Close(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // the list of failures says it
	b, err := os.ReadFile(filepath.Join(s.home, "failed"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// transcript is what a shell and its children wrote.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (x *transcript) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.Write(p)
}

func (x *transcript) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func waitFor(t *testing.T, address string) {
	t.Helper()
	poll(t, "an answer at "+address, func() bool {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.NewTimer(3 * time.Minute)
	defer limit.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-limit.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
