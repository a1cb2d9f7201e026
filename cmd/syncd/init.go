package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/config"
	"syncd/internal/mapping"
	"syncd/internal/message"
)

func newInit(a *app) *cobra.Command {
	f := &initFlags{}
	cmd := &cobra.Command{
		Use:   "init",
		Short: a.say(phrase{"make a first mapping from an export", "составить первое описание полей по выгрузке"}),
		Long: a.say(phrase{
			"Reads the header and the first rows of an export (encoding, delimiter and header are found out) and writes a commented mapping for it:\n" +
				"which column is the key, which fill the CRM's fields and requisites, and which go nowhere. Without -o it goes to the terminal.\n" +
				"It makes mappings of clients; of an export of orders, invoices, payments or contacts it names the ready mapping to begin with.\n" +
				"If there is a configuration, the CRM is asked which fields are switched on; else those of a stock CRM are assumed.\n" +
				"Nothing is sent to the CRM, and no file that is there is replaced without --force.",
			"Читает заголовок и первые строки выгрузки (кодировка, разделитель и заголовок определяются сами) и пишет к ней описание полей\n" +
				"с пояснениями: какая колонка — ключ, какие заполняют поля и реквизиты CRM, какие никуда не идут. Без -o — на экран.\n" +
				"Составляет описания для клиентов; для заказов, счетов, оплат и контактов называет готовое, с которого начать.\n" +
				"Если есть настройки, спрашивает CRM, какие поля в ней включены; иначе берёт поля обычной CRM.\n" +
				"В CRM ничего не отправляет; существующий файл без --force не заменяет.",
		}),
		Example: "  syncd init --from inbox/clients.csv\n  syncd init --from inbox/clients.csv --crm main -o mappings/clients.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.initMapping(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", a.say(phrase{"the export: a `FILE`", "выгрузка: `ФАЙЛ`"}))
	flags.StringVar(&f.crm, "crm", "", a.say(phrase{"`NAME` of the CRM in the configuration (default: the only one)", "`ИМЯ` CRM в настройках (по умолчанию единственная)"}))
	flags.StringVarP(&f.out, "out", "o", "", a.say(phrase{"write the mapping to this `FILE`", "записать описание полей в этот `ФАЙЛ`"}))
	flags.BoolVar(&f.force, "force", false, a.say(phrase{"replace the file if it is there", "заменить файл, если он есть"}))
	return cmd
}

// initFlags are the flags of init.
type initFlags struct {
	from, crm, out string
	force          bool
}

// madeMapping is what init made, for people and machines.
type madeMapping struct {
	Type      string   `json:"type"`
	Export    string   `json:"export"`
	Encoding  string   `json:"encoding"`
	Delimiter string   `json:"delimiter"`
	Header    int      `json:"header_line"`
	Columns   []string `json:"columns"`
	File      string   `json:"file,omitempty"`
	Mapping   string   `json:"mapping"`
	Notes     []string `json:"notes"`
	fields    int
}

func (a *app) initMapping(ctx context.Context, f *initFlags) error {
	if f.from == "" {
		return usageError(message.UsageBadFlag, message.S("command", "syncd init"), message.S("cause", "--from FILE is missing"))
	}
	if _, err := os.Lstat(f.out); f.out != "" && !f.force && err == nil {
		return alreadyThere(f.out)
	}
	export, err := sampleExport(ctx, f.from)
	if err != nil {
		return err
	}
	if export.guessed() {
		a.remark(message.InitHeaderGuessed, message.S("file", f.from), message.N("line", int64(export.header.Line)))
	}
	if err := a.noClients(f.from, export.names()); err != nil {
		return err
	}
	cfg, crm, err := a.askForInit(ctx, f.crm)
	if err != nil {
		return err
	}
	text, notes := a.suggest(f.from, export, crm)
	made := &madeMapping{
		Type: "init", Export: f.from, Encoding: export.header.Encoding, Delimiter: delimiterName(export.header.Delimiter),
		Header: export.header.Line, Columns: export.header.Names, File: f.out, Mapping: text, Notes: append([]string{}, notes...),
	}
	m, err := mapping.Parse(orDash(f.out), []byte(text))
	if err != nil {
		return fmt.Errorf("read the mapping that was made: %w", err) // a mistake of ours
	}
	made.fields = m.Schema().Len()
	if f.out != "" {
		if err := writeMapping(f.out, text, f.force); err != nil {
			return err
		}
	}
	return a.printMade(cfg, made)
}

// suggest makes the mapping; crm is nil when nothing is known of the CRM.
func (a *app) suggest(file string, export *sampled, crm *crmForInit) (text string, notes []string) {
	in := mapping.SuggestInput{
		Source: filepath.Base(file), Header: export.names(), Samples: export.rows, English: a.lang != message.Russian,
	}
	if crm != nil {
		in.Fields, in.Users = crm.fields, crm.users
	}
	return mapping.Suggest(in)
}

func alreadyThere(file string) error {
	return fault(exitUsage, nil, message.InitExists, message.S("file", file))
}

// writeMapping makes the file, and its folder. Without force a file that
// appeared in the meantime is kept too.
func writeMapping(file, text string, force bool) error {
	// everybody may read a mapping: it holds names of columns, and the service
	// runs as another user than the person who makes it
	const forAll, folder = 0o644, 0o755
	if err := os.MkdirAll(filepath.Dir(file), folder); err != nil {
		return fault(exitFailure, err, message.InitNotWritten, message.S("file", file), message.S("cause", pathCause(err)))
	}
	how := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		how = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	out, err := os.OpenFile(file, how, forAll)
	if errors.Is(err, fs.ErrExist) {
		return alreadyThere(file)
	}
	if err == nil {
		_, err = out.WriteString(text)
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		return fault(exitFailure, err, message.InitNotWritten, message.S("file", file), message.S("cause", pathCause(err)))
	}
	return nil
}

// pathCause is why a file could not be written, without its name.
func pathCause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// printMade tells what was made and how to go on. Without a file the mapping
// itself is the data, and all else goes to the diagnostics.
func (a *app) printMade(cfg *config.Config, made *madeMapping) error {
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(made)
	}
	about := a.out
	if made.File == "" {
		if _, err := fmt.Fprint(a.out, made.Mapping); err != nil {
			return err
		}
		about = a.err
	}
	var b strings.Builder
	fmt.Fprintf(&b, a.say(phrase{
		"%s: %s, delimiter %s, header in line %d, %d columns\n", "%s: %s, разделитель %s, заголовок в строке %d, колонок %d\n",
	}), made.Export, made.Encoding, made.Delimiter, made.Header, len(made.Columns))
	for _, note := range made.Notes {
		b.WriteString("  " + oneLine(note) + "\n")
	}
	if made.File != "" {
		b.WriteString(a.nextSteps(cfg, made))
	}
	_, err := fmt.Fprint(about, b.String())
	return err
}

// nextSteps says how the mapping comes into use.
func (a *app) nextSteps(cfg *config.Config, made *madeMapping) string {
	job := jobOfMapping(cfg, made.File)
	check := strings.TrimSpace("syncd check " + job)
	next := message.In(a.lang, message.InitWritten, message.S("export", made.Export), message.S("file", made.File),
		message.N("fields", int64(made.fields)), message.S("next", check)).String() + "\n"
	t := newTable()
	t.indent = "  "
	if job == "" {
		t.row("mapping: "+made.File, a.say(phrase{"name it in the configuration, at a job", "назовите его в настройках, в задании"}))
	}
	t.row(check, a.say(phrase{"what it makes of the first rows", "что получается из первых строк"}))
	t.row("syncd test "+filepath.Dir(made.File), a.say(phrase{"once it has tests (*_test.yaml)", "когда появятся проверки (*_test.yaml)"}))
	if job == "" {
		job = a.say(phrase{"JOB", "ЗАДАНИЕ"})
	}
	t.row("syncd plan "+job, a.say(phrase{"what a run would do; nothing is sent", "что сделал бы запуск; ничего не отправляется"}))
	return next + t.String()
}

// jobOfMapping is the job that uses a mapping; "" when there is none.
func jobOfMapping(cfg *config.Config, file string) string {
	at, err := filepath.Abs(file)
	if cfg == nil || err != nil {
		return ""
	}
	for _, name := range cfg.JobNames() {
		if string(cfg.Jobs[name].Mapping) == at {
			return name
		}
	}
	return ""
}

// remark tells something about the work at hand on the diagnostics.
func (a *app) remark(code message.Code, args ...message.Arg) {
	_, _ = fmt.Fprintln(a.err, message.In(a.lang, code, args...))
}
