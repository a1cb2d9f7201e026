package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/source"
)

func newCheck(a *app) *cobra.Command {
	online := false
	cmd := &cobra.Command{
		Use:   "check [JOB…]",
		Short: a.say(phrase{"check configuration, mapping and export; --online: the CRM too", "проверить настройки, описание полей и выгрузку; --online — и CRM"}),
		Long: a.say(phrase{
			"Checks what can be checked before the first run: the configuration, the mapping, and the export's encoding, delimiter, header and columns;\n" +
				"the schedules, in words with their next times; without a job named, also what the service needs: folders, credentials, channels, port.\n" +
				"--online asks the CRM too: the login's role and what it sees, every field (switched on or not), users and dictionaries.\n" +
				"Nothing is written anywhere.",
			"Проверяет всё, что можно проверить до первого запуска: настройки, описание полей, кодировку, разделитель, заголовок и колонки выгрузки;\n" +
				"расписания — словами и с ближайшими запусками; без имени задания — и то, что нужно службе: папки, секреты, каналы, порт.\n" +
				"--online спрашивает и CRM: роль логина и что он видит, каждое поле (включено или нет), пользователей и справочники.\n" +
				"Ничего никуда не записывает.",
		}),
		Example: "  syncd check\n  syncd check clients --online",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.check(cmd.Context(), args, online) },
	}
	cmd.Flags().BoolVar(&online, "online", false, a.say(phrase{"ask the CRM too", "спросить и CRM"}))
	return cmd
}

func (a *app) check(ctx context.Context, args []string, online bool) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	names, err := in.jobs(args, len(args) == 0)
	if err != nil {
		return err
	}
	err = in.each(ctx, names, func(name string) error { return in.checkJob(ctx, name, online) })
	if len(args) > 0 || ctx.Err() != nil {
		return err
	}
	return worseOf(err, in.checkService(ctx))
}

// worseOf is one outcome of two; what was told already is not told again.
func worseOf(errs ...error) error {
	var codes []int
	for _, err := range errs {
		var told *outcomeError
		switch {
		case err == nil:
		case errors.As(err, &told):
			codes = append(codes, exitFor(err))
		default:
			return err
		}
	}
	if len(codes) == 0 {
		return nil
	}
	return &outcomeError{worstExit(codes...)}
}

// checkup is what a check found out about one job.
type checkup struct {
	Type     string       `json:"type"`
	Job      string       `json:"job"`
	Mapping  string       `json:"mapping,omitempty"`
	Fields   int          `json:"fields"`
	Source   *sourceFound `json:"source,omitempty"`
	Rows     *rowsTried   `json:"rows,omitempty"`
	Doubts   []string     `json:"warnings"`
	Problems []string     `json:"problems"`
	CRM      *crmFound    `json:"crm,omitempty"`
	Plan     *planFound   `json:"plan,omitempty"`
	errs     []error      // the problems
	m        *mapping.Mapping
	lang     message.Lang
}

// sourceFound is what was found out about an export.
type sourceFound struct {
	File      string   `json:"file"`
	Encoding  string   `json:"encoding,omitempty"`  // of a file
	Delimiter string   `json:"delimiter,omitempty"` // of a file
	Header    int      `json:"header_line"`
	Columns   []string `json:"columns"`
	Unmapped  []string `json:"unmapped"`
}

// text is what was found, in a line.
func (s *sourceFound) text(say func(phrase) string) string {
	if s.Delimiter == "" { // a query
		return fmt.Sprintf(say(phrase{"%s: a query, %d columns", "%s: запрос, колонок %d"}), s.File, len(s.Columns))
	}
	return fmt.Sprintf(say(phrase{
		"%s: %s, delimiter %s, header in line %d, %d columns", "%s: %s, разделитель %s, заголовок в строке %d, колонок %d",
	}), s.File, s.Encoding, s.Delimiter, s.Header, len(s.Columns))
}

// problem notes what must be put right before a run.
func (c *checkup) problem(err error) {
	if err == nil {
		return
	}
	c.errs = append(c.errs, err)
	var localized interface {
		In(lang message.Lang) string
	}
	text := err.Error()
	if errors.As(err, &localized) {
		text = localized.In(c.lang)
	}
	c.Problems = append(c.Problems, text)
}

func (c *checkup) doubt(code message.Code, args ...message.Arg) {
	c.Doubts = append(c.Doubts, message.In(c.lang, code, args...).String())
}

// checkJob goes on after a problem: all that is wrong is told at once.
func (in *installation) checkJob(ctx context.Context, name string, online bool) error {
	c := &checkup{Type: "check", Job: name, Doubts: []string{}, Problems: []string{}, lang: in.app.lang}
	in.checkMapping(name, c)
	if c.m != nil {
		in.checkSource(ctx, name, c)
		in.checkHistory(ctx, name, c)
		in.checkOutbox(ctx, name, c)
	}
	if online && c.m != nil {
		in.checkCRM(ctx, name, c)
	} else {
		in.checkContacts(ctx, name, nil, c)
	}
	if !online && len(c.errs) == 0 {
		_, err := in.client(in.cfg.Jobs[name].CRM) // the key is there, the address is sound
		c.problem(err)
	}
	in.checkPlan(name, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := in.printCheckup(c, online); err != nil {
		return err
	}
	codes := make([]int, 0, len(c.errs))
	for _, err := range c.errs {
		in.app.report(err)
		codes = append(codes, exitFor(err))
	}
	if len(codes) > 0 {
		return &outcomeError{worstExit(codes...)}
	}
	return nil
}

func (in *installation) checkMapping(name string, c *checkup) {
	c.Mapping = in.shown(string(in.cfg.Jobs[name].Mapping))
	m, err := in.mapping(name)
	if err != nil {
		c.problem(err)
		return
	}
	c.m, c.Fields = m, m.Schema().Len()
	c.problem(in.distinctPrefix(name, m))
	c.problem(in.checkReferences(name, m))
	for _, w := range m.Warnings() {
		c.doubt(message.MappingDoubt, message.S("path", fmt.Sprintf("%s:%d: %s", in.shown(w.File), w.Line, w.Path)), message.S("cause", mappingCause(c.lang, w.Text)))
	}
}

func (in *installation) checkSource(ctx context.Context, name string, c *checkup) {
	j := in.cfg.Jobs[name]
	side, err := in.source(name, c.m, nil)
	if err != nil {
		c.problem(err)
		return
	}
	h, unmapped, err := side.Columns(ctx)
	if err != nil {
		c.problem(in.runFault(name, err))
		return
	}
	file := in.sourceName(j)
	c.Source = &sourceFound{file, h.Encoding, delimiterName(h.Delimiter), h.Line, h.Names, unmapped}
	if in.cfg.Sources[j.Source].SQL != nil {
		c.Source.Encoding, c.Source.Delimiter = "", ""
	}
	for _, w := range h.Warnings {
		switch w.Code {
		case source.EncodingUncertain, source.EncodingMismatch:
			c.doubt(message.SourceEncoding, message.S("file", file), message.S("encoding", h.Encoding), message.S("job", name))
		case source.DoublyEncoded:
			c.doubt(message.SourceDoubleEncoded, message.S("file", file))
		case source.DuplicateColumn:
			c.doubt(message.SourceDuplicateName, message.S("file", file), message.S("column", w.Name))
		case source.NamelessColumn, source.HeaderGuessed: // the list of columns shows it
		}
	}
	in.checkRows(ctx, name, c)
	in.checkCuts(ctx, name, c)
}

func delimiterName(b byte) string {
	if b == '\t' {
		return "tab"
	}
	return string(rune(b))
}

func (in *installation) printCheckup(c *checkup, online bool) error {
	if in.app.flags.json {
		return json.NewEncoder(in.app.out).Encode(c)
	}
	say := in.app.say
	var b strings.Builder
	b.WriteString(c.Job + "\n")
	t := in.app.table()
	t.indent = "  "
	if c.m != nil {
		t.row(say(phrase{"mapping", "описание полей"}), fmt.Sprintf(say(phrase{
			"%s: %d fields, key column %s (%s)", "%s: полей %d, колонка ключа %s (%s)",
		}), c.Mapping, c.Fields, c.m.Identity().Column, c.m.Identity().Encode))
	}
	if s := c.Source; s != nil {
		t.row(say(phrase{"export", "выгрузка"}), s.text(say))
	}
	if r := c.Rows; r != nil {
		t.row(say(phrase{"rows", "строки"}), fmt.Sprintf(say(phrase{
			"the first %d tried: %d usable, %d left out, %d rejected", "проверены первые %d: годных %d, вне отбора %d, отклонено %d",
		}), r.Tried, r.Usable, r.LeftOut, r.Rejected))
	}
	c.Plan.rows(t, in)
	b.WriteString(t.String())
	if s := c.Source; s != nil && len(s.Unmapped) > 0 {
		b.WriteString(wrapped("  "+say(phrase{"columns that go nowhere: ", "колонки, которые никуда не идут: "}), s.Unmapped))
	}
	if c.CRM != nil {
		b.WriteString(in.crmText(c.CRM))
	}
	for _, d := range c.Doubts {
		b.WriteString("  " + d + "\n")
	}
	if len(c.errs) == 0 {
		next := "syncd check " + c.Job + " --online"
		if online {
			next = "syncd plan " + c.Job
		}
		b.WriteString("  " + message.In(c.lang, message.RunChecked, message.S("job", c.Job), message.S("command", next)).String() + "\n")
	}
	_, err := fmt.Fprint(in.app.out, in.app.prose(b.String(), "  "))
	return err
}

// wrapped is a list of words behind a heading, in lines of tableWidth.
func wrapped(head string, words []string) string {
	var b strings.Builder
	line := head
	for i, w := range words {
		if i < len(words)-1 {
			w += ", "
		}
		if len([]rune(line))+len([]rune(w)) > tableWidth && line != head {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = "    "
		}
		line += oneLine(w)
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}
