package systemdtest

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// packages are those that `make packages` has just made, of a kind (deb, rpm), by
// architecture.
func packages(t *testing.T, kind string) map[string]string {
	t.Helper()
	dir := os.Getenv("SYNCD_TEST_PACKAGES")
	if dir == "" {
		t.Skip("NOT TESTED: SYNCD_TEST_PACKAGES names no folder of packages (make packages does)")
	}
	found := map[string]string{}
	for arch, names := range map[string][]string{"amd64": {"amd64", "x86_64"}, "arm64": {"arm64", "aarch64"}} {
		for _, name := range names {
			files, err := filepath.Glob(filepath.Join(dir, "syncd*"+name+"."+kind))
			if err != nil {
				t.Fatal(err)
			}
			if len(files) > 1 {
				t.Fatalf("which of %v?", files)
			}
			if len(files) == 1 {
				found[arch] = files[0]
			}
		}
	}
	if len(found) != 2 {
		t.Errorf("of both architectures only %v", found)
	}
	return found
}

// program is a tool that Debian's or Red Hat's world has, and the other may lack.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("NOT TESTED: %s is not installed", name)
	}
	return path
}

func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// contents are the names in a package, each with its mode and owners.
var contents = map[string]string{
	"/usr/bin/syncd":                                  "-rwxr-xr-x root root",
	"/etc/syncd":                                      "drwxr-x--- root syncd",
	"/etc/syncd/credentials":                          "drwxr-s--- root syncd",
	"/etc/syncd/syncd.yaml":                           "-rw-r----- root syncd",
	"/var/lib/syncd":                                  "drwx------ syncd syncd",
	"/usr/share/syncd/mappings/1c-clients.yaml":       "-rw-r--r-- root root",
	"/usr/share/doc/syncd/README.md":                  "-rw-r--r-- root root",
	"/usr/share/doc/syncd/config.example.yaml":        "-rw-r--r-- root root",
	"/usr/share/doc/syncd/exchange.conf.example":      "-rw-r--r-- root root",
	"/usr/share/doc/syncd/prometheus/syncd.rules.yml": "-rw-r--r-- root root",
	"/usr/share/doc/syncd/examples/1c/clients.csv":    "-rw-r--r-- root root",
	"/usr/share/man/man1/syncd.1.gz":                  "-rw-r--r-- root root",
	"/usr/share/man/man1/syncd-serve.1.gz":            "-rw-r--r-- root root",
	"/usr/share/man/ru/man1/syncd-run.1.gz":           "-rw-r--r-- root root",
	"/usr/share/bash-completion/completions/syncd":    "-rw-r--r-- root root",
	"/usr/share/fish/vendor_completions.d/syncd.fish": "-rw-r--r-- root root",
}

func holds(t *testing.T, file string, got map[string]string, more ...string) {
	t.Helper()
	for name, want := range contents {
		if got[name] != want {
			t.Errorf("%s: %s is %q, want %q", filepath.Base(file), name, got[name], want)
		}
	}
	for _, pattern := range []string{"README*.md", "docs/*.md", "docs/*/*.md"} {
		pages, _ := filepath.Glob(filepath.Join(checkout, pattern))
		for _, page := range pages {
			more = append(more, "/usr/share/doc/syncd/"+strings.TrimPrefix(page, checkout+"/"))
		}
	}
	for _, name := range more {
		if got[name] != "-rw-r--r-- root root" {
			t.Errorf("%s: %s is %q", filepath.Base(file), name, got[name])
		}
	}
	for name, is := range got {
		if strings.Contains(name, "_test.go") || strings.HasPrefix(is, "-rws") || len(is) > 8 && is[8] == 'w' && is[0] != 'l' {
			t.Errorf("%s: %s is %s", filepath.Base(file), name, is)
		}
	}
}

func TestDebianPackagesHoldWhatTheyShould(t *testing.T) {
	t.Parallel()
	dpkg := program(t, "dpkg-deb")
	for arch, file := range packages(t, "deb") {
		if got := strings.TrimSpace(string(output(t, dpkg, "-f", file, "Architecture"))); got != arch {
			t.Errorf("%s is for %s", file, got)
		}
		if got := string(output(t, dpkg, "-I", file, "conffiles")); got != "/etc/syncd/syncd.yaml\n" {
			t.Errorf("%s: configuration files %q", file, got)
		}
		got := map[string]string{}
		archive := tar.NewReader(bytes.NewReader(output(t, dpkg, "--fsys-tarfile", file)))
		for {
			h, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimRight(strings.TrimPrefix(h.Name, "."), "/")
			got[name] = listed(h.FileInfo().Mode()) + " " + h.Uname + " " + h.Gname
			if name == "/usr/bin/syncd" {
				staticFor(t, arch, archive)
			}
		}
		holds(t, file, got, "/lib/systemd/system/syncd.service", "/usr/share/zsh/vendor-completions/_syncd")
	}
}

// listed is a mode as `ls -l` writes it.
func listed(mode os.FileMode) string {
	text := []byte(mode.Perm().String())
	if mode.IsDir() {
		text[0] = 'd'
	}
	if mode&os.ModeSetgid != 0 {
		text[6] = 's'
	}
	if mode&os.ModeSetuid != 0 {
		text[3] = 's'
	}
	return string(text)
}

// staticFor holds that a program asks for no loader: the unit lets none be executed.
func staticFor(t *testing.T, arch string, r io.Reader) {
	t.Helper()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]; f.Machine != want {
		t.Errorf("%s: the program is for %s", arch, f.Machine)
	}
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Errorf("%s: the program is not static", arch)
	}
}

func TestRPMPackagesHoldWhatTheyShould(t *testing.T) {
	t.Parallel()
	rpm := program(t, "rpm")
	for _, file := range packages(t, "rpm") {
		got := map[string]string{}
		for _, m := range regexp.MustCompile(`(?m)^(\S+) (\S+) (\S+) (.*)$`).FindAllStringSubmatch(
			string(output(t, rpm, "-qp", "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]", file)), -1) {
			got[m[4]] = m[1] + " " + m[2] + " " + m[3]
		}
		holds(t, file, got, "/usr/lib/systemd/system/syncd.service", "/usr/share/zsh/site-functions/_syncd")
		if got := string(output(t, rpm, "-qp", "--configfiles", file)); got != "/etc/syncd/syncd.yaml\n" {
			t.Errorf("%s: configuration files %q", file, got)
		}
	}
}

// The whole life of a package, on a running system: by dpkg, then by rpm.
func TestPackageIsInstalledUpgradedAndRemoved(t *testing.T) {
	arch := runtime.GOARCH
	for _, tools := range []struct {
		kind, program                   string
		install, upgrade, remove, purge []string
	}{
		{
			kind: "deb", program: "dpkg",
			install: []string{"dpkg", "--no-triggers", "-i", "/package"}, upgrade: []string{"dpkg", "--no-triggers", "-i", "/package"},
			remove: []string{"dpkg", "--no-triggers", "-r", "syncd"}, purge: []string{"dpkg", "--no-triggers", "-P", "syncd"},
		},
		{
			// Debian has an rpm without a database of what is installed.
			kind: "rpm", program: "rpm",
			install: []string{"rpm", "-i", "--nodeps", "/package"}, upgrade: []string{"rpm", "-U", "--force", "--nodeps", "/package"},
			remove: []string{"rpm", "-e", "syncd"},
		},
	} {
		t.Run(tools.kind, func(t *testing.T) {
			program(t, tools.program)
			file, ok := packages(t, tools.kind)[arch]
			if !ok {
				t.Skipf("NOT TESTED: no %s for %s", tools.kind, arch)
			}
			m := boot(t)
			m.copyIn(file, "/package", 0o644)

			t.Log(m.must(tools.install...))
			m.isInstalled()
			m.must("systemctl", "enable", "syncd")
			m.configured()
			m.must("systemctl", "start", "syncd")
			before := m.property("MainPID")

			m.must(tools.upgrade...)
			if after := m.property("MainPID"); after == before || m.property("ActiveState") != "active" {
				t.Errorf("the process %s was followed by %s (%s)", before, after, m.property("ActiveState"))
			}
			if got := m.must("cat", configFile); !strings.Contains(got, "by an operator") {
				t.Errorf("the upgrade changed the configuration:\n%s", got)
			}

			t.Log(m.must(tools.remove...))
			if out, exit := m.try("systemctl", "is-active", "syncd"); exit == 0 {
				t.Errorf("removed, it is %s", out)
			}
			for name, there := range map[string]bool{
				"/usr/bin/syncd": false, "/var/lib/syncd/state.db": true, "/etc/syncd/credentials/crm_apikey": true,
				"/etc/systemd/system/multi-user.target.wants/syncd.service": false,
			} {
				if _, err := os.Lstat(m.path(name)); (err == nil) != there {
					t.Errorf("after the removal %s: %v", name, err)
				}
			}
			kept, _ := m.try("sh", "-c", "cat "+configFile+"*")
			if !strings.Contains(kept, "by an operator") {
				t.Errorf("the configuration is gone: %q", kept)
			}
			if tools.purge == nil {
				return
			}
			m.must(tools.purge...)
			if left, _ := m.try("ls", "-d", "/etc/syncd", "/var/lib/syncd"); !strings.Contains(left, "'/etc/syncd'") || !strings.Contains(left, "'/var/lib/syncd'") {
				t.Errorf("after the purge: %s", left)
			}
			// A container: no systemd, and no complaint.
			m.must("unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /run && "+strings.Join(tools.install, " "))
			m.isInstalled()
			m.must("unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /run && "+strings.Join(tools.purge, " "))
		})
	}
}

// isInstalled looks at what a fresh installation left.
func (m *machine) isInstalled() {
	m.Helper()
	for name, want := range map[string]string{
		"/etc/syncd": "drwxr-x--- root:syncd", "/etc/syncd/credentials": "drwxr-s--- root:syncd",
		"/etc/syncd/credentials/crm_apikey": "-rw-r----- root:syncd", configFile: "-rw-r----- root:syncd",
		"/var/lib/syncd": "drwx------ syncd:syncd",
	} {
		if got := m.mode(name); got != want {
			m.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if user := m.must("getent", "passwd", "syncd"); !regexp.MustCompile(`:/var/lib/syncd:/(usr/)?sbin/nologin$`).MatchString(user) {
		m.Errorf("the user is %s", user)
	}
	// Unchanged, it is no broken service: it is none yet.
	if out, _ := m.try("systemctl", "is-enabled", "syncd"); out != "disabled" {
		m.Errorf("fresh, it is %s", out)
	}
	// Its configuration is sound, and the first thing to do is named.
	if out, exit := m.try("syncd", "check", "--lang", "en"); exit != 7 || !strings.Contains(out, "SYNC-0330") {
		m.Errorf("check of the fresh configuration: exit %d\n%s", exit, out)
	}
	m.must("syncd", "version")
}

// configured leaves a configuration that the service can start with.
func (m *machine) configured() {
	m.Helper()
	m.write("/etc/syncd/credentials/crm_apikey", crmKey, 0o640)
	text := textOf(m.T, checkout+"/packaging/etc/syncd.yaml")
	m.write(configFile, "# by an operator\n"+text, 0o640)
}
