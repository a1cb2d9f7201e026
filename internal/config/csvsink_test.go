package config_test

import (
	"strings"
	"testing"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
)

// writeBack is the small configuration with these keys under write_back.csv.
func writeBack(t *testing.T, keys string) string {
	t.Helper()
	const job = "    mapping: clients.yaml\n"
	return with(t, job, job+"    direction: both\n    write_back: {csv: {"+keys+"}}\n")
}

func TestWriteBackFilesAreReadWithTheirDefaults(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for keys, want := range map[string]config.CSVSink{
		"dir: out": {Dir: "/etc/syncd/out", Encoding: "utf-8-bom", Delimiter: ';', Confirm: config.Duration(3 * day)},
		"dir: /mnt/1c/out, encoding: windows-1251, delimiter: tab, formula_guard: true, confirm: 7d": {
			Dir: "/mnt/1c/out", Encoding: "windows-1251", Delimiter: '\t', FormulaGuard: true, Confirm: config.Duration(7 * day),
		},
	} {
		if got := mustParse(t, writeBack(t, keys)).Jobs["clients"].WriteBack.CSV; *got != want {
			t.Errorf("%s: got %+v", keys, *got)
		}
	}
}

func TestWriteBackFilesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	const at = "18:"
	for name, c := range map[string]struct{ text, path string }{
		"an encoding to be found out":  {writeBack(t, "dir: out, encoding: auto"), "encoding"},
		"an unknown encoding":          {writeBack(t, "dir: out, encoding: latin1"), "encoding"},
		"a delimiter to be found out":  {writeBack(t, "dir: out, delimiter: auto"), "delimiter"},
		"no time to be taken":          {writeBack(t, "dir: out, confirm: 0s"), "confirm"},
		"a folder that a source reads": {strings.Replace(writeBack(t, "dir: in"), "path: clients.csv", "path: in/clients*.csv", 1), "dir"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := parse(t, c.text)
			if len(got) != 1 || !strings.Contains(got[0], at) ||
				!strings.HasSuffix(got[0], " jobs.clients.write_back.csv."+c.path+" "+string(message.ConfigBadValue)) {
				t.Errorf("errors %q", got)
			}
		})
	}
	// the same folder under other names is nobody's mistake
	mustParse(t, strings.Replace(writeBack(t, "dir: in"), "path: clients.csv", "path: in/export_*.csv", 1))
}

func TestProofsOfAnExport(t *testing.T) {
	t.Parallel()
	for proof, want := range map[string]config.Complete{
		"manifest: true":                 {Manifest: true},
		"ready_file: true":               {ReadyFile: true},
		"trailer: 'Всего строк: {rows}'": {Trailer: "Всего строк: {rows}"},
	} {
		text := with(t, "snapshot: full}", "snapshot: full, complete: {"+proof+"}}")
		if got := mustParse(t, text).Sources["clients"].CSV.Complete; *got != want {
			t.Errorf("%s: got %+v", proof, *got)
		}
	}
}
