package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/sheet"
)

// adoptFlags are the flags of adopt.
type adoptFlags struct {
	out, from string
	yes       bool
}

func newAdopt(a *app) *cobra.Command {
	f := &adoptFlags{}
	cmd := &cobra.Command{
		Use:   "adopt JOB",
		Short: a.say(phrase{"match the export with the clients that the CRM has already", "сопоставить выгрузку с клиентами, которые уже есть в CRM"}),
		Long: a.say(phrase{
			"Before the first run: reads the export and the CRM whole, matches them by uid, ИНН, phone or mail, and title, and writes\n" +
				"a file for a spreadsheet with one row for each record that is linked to no client. Where the match is certain the column\n" +
				"«decision» is filled in; where a person has to look it is blank. Mark it: link (with the clid), add, or ignore.\n\n" +
				"--from FILE reads it back and shows what it comes to; with --yes it is signed off, and the next run carries it out.\n" +
				"Contradictions (two records on one client, an unknown clid, key or word) refuse the whole file, with their lines. Records that\n" +
				"changed since the file was written are left undecided and listed; the exit code then is 3. Undecided records wait: no run adds\n" +
				"them until they are decided about, here or by syncd resolve JOB/UID with --take add or --take ignore.",
			"Перед первым запуском: читает выгрузку и CRM целиком, сопоставляет их по uid, ИНН и КПП, телефону или почте и названию и пишет\n" +
				"файл для Excel: строка на каждую запись, не связанную с клиентом CRM. Где совпадение надёжно, столбец «решение»\n" +
				"заполнен; где нужен человек — пуст. Впишите: связать (с этим clid), добавить или пропустить.\n\n" +
				"--from ФАЙЛ читает его обратно и показывает, что получится; с --yes решения подтверждаются, и выполнит их следующий запуск.\n" +
				"Противоречия (две записи на одного клиента, неизвестный clid, ключ или слово) отклоняют весь файл, с номерами строк. Записи,\n" +
				"изменившиеся с выгрузки файла, остаются нерешёнными и перечисляются; тогда код завершения 3. Нерешённые ждут: ни один\n" +
				"запуск их не добавит, пока решения нет — здесь или командой syncd resolve ЗАДАНИЕ/UID с --take add или --take ignore.",
		}),
		Example: "  syncd adopt clients\n  syncd adopt clients --out adopt.csv\n  syncd adopt clients --from adopt.csv\n  syncd adopt clients --from adopt.csv --yes",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.adopt(cmd.Context(), args, f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", a.say(phrase{"the `FILE` to write (default adopt-JOB.csv)", "записать в `ФАЙЛ` (по умолчанию adopt-ЗАДАНИЕ.csv)"}))
	fl.StringVar(&f.from, "from", "", a.say(phrase{"read a marked `FILE` back", "прочитать размеченный `ФАЙЛ`"}))
	fl.BoolVar(&f.yes, "yes", false, a.say(phrase{"sign the decisions of --from off", "подтвердить решения из --from"}))
	return cmd
}

func (a *app) adopt(ctx context.Context, args []string, f *adoptFlags) error {
	switch {
	case f.from != "" && f.out != "":
		return usageError(message.UsageBadFlag, message.S("command", "syncd adopt"), message.S("cause", "--from FILE or --out FILE, not both"))
	case f.yes && f.from == "":
		return usageError(message.UsageBadFlag, message.S("command", "syncd adopt"), message.S("cause", "--yes needs --from FILE"))
	}
	how := reading
	if f.yes {
		how = running // what a run decides and what is signed off must not cross
	}
	in, closeAll, err := a.install(ctx, how)
	if err != nil {
		return err
	}
	defer closeAll()
	if len(args) == 0 && len(in.ownJobs()) != 1 {
		return noneNamed(in.adoptable())
	}
	job, err := in.oneJob(args)
	if err != nil {
		return err
	}
	if err := in.aboutClients(job); err != nil {
		return err
	}
	if f.out == "" {
		f.out = "adopt-" + job + ".csv"
	}
	if f.from == "" {
		if _, err := os.Lstat(f.out); err == nil {
			return usageError(message.AdoptFileThere, message.S("job", job), message.S("file", f.out))
		}
		if err := in.outFile(f.out, "syncd adopt "+job+" --out"); err != nil {
			return err
		}
	}
	bar := a.progress(job)
	defer bar.finish()
	p, err := in.job(ctx, job, tools{observe: bar.observe})
	if err != nil {
		return err
	}
	ad, err := p.engine.Adopt(ctx, in.adoptClients(p))
	bar.finish()
	if err == nil {
		err = in.tellSight(ctx, p)
	}
	if err != nil {
		return in.runFault(job, err)
	}
	v := &adoptView{installation: in, Adoption: ad, job: job, parts: p, byUID: map[string]*engine.AdoptRecord{}}
	for i := range v.Records {
		v.byUID[v.Records[i].UID] = &v.Records[i]
	}
	if f.from != "" {
		return v.signOff(ctx, f)
	}
	return v.propose(f.out)
}

// aboutClients refuses jobs about anything else.
func (in *installation) aboutClients(job string) error {
	entity := in.cfg.Jobs[job].Entity
	if entity == config.EntityClient {
		return nil
	}
	return usageError(message.AdoptNotClients, message.S("job", job), message.S("entity", in.app.say(recordsOf(entity))),
		message.S("known", orDash(strings.Join(in.adoptable(), ", "))))
}

// adoptable lists the jobs about clients.
func (in *installation) adoptable() (names []string) {
	for _, name := range in.cfg.JobNames() {
		if in.cfg.Jobs[name].Entity == config.EntityClient {
			names = append(names, name)
		}
	}
	return names
}

// tellSight warns of a login that may not see every client: what it does not see
// would be proposed to be added.
func (in *installation) tellSight(ctx context.Context, p *jobParts) error {
	sees, err := p.crm.SeesAll(ctx)
	if err != nil || sees {
		return err
	}
	if p.api.Dialect() == crmapi.V1 {
		in.app.remark(message.V1Sight, message.S("crm", p.cfg.CRM), message.S("login", in.cfg.CRM[p.cfg.CRM].Login))
		return nil
	}
	me, err := p.api.Me(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(in.app.err, message.In(in.app.lang, message.CRMRole,
		message.S("login", in.cfg.CRM[p.cfg.CRM].Login), message.S("role", orDash(me.Role))))
	return err
}

// adoptView is an adoption on its way to people and back.
type adoptView struct {
	*installation
	*engine.Adoption
	job   string
	parts *jobParts
	byUID map[string]*engine.AdoptRecord // of Records
}

// sampleJSON is a key and the uid that it becomes.
type sampleJSON struct {
	Key string `json:"key"`
	UID string `json:"uid"`
}

func (v *adoptView) samples() []sampleJSON {
	out := make([]sampleJSON, len(v.Samples))
	for i, s := range v.Samples {
		out[i] = sampleJSON{s.Key, s.UID}
	}
	return out
}

// proposed counts records by what is proposed; "" is what a person has to look at.
func (v *adoptView) proposed() map[string]int64 {
	out := map[string]int64{}
	for i := range v.Records {
		out[v.Records[i].Match.Take]++
	}
	return out
}

// propose tells what was found and writes the file to be marked.
func (v *adoptView) propose(path string) error {
	n := v.proposed()
	if v.app.flags.json {
		if err := json.NewEncoder(v.app.out).Encode(struct {
			Type      string       `json:"type"`
			Job       string       `json:"job"`
			Samples   []sampleJSON `json:"samples"`
			Records   int          `json:"records"`
			Link      int64        `json:"link"`
			Add       int64        `json:"add"`
			Doubtful  int64        `json:"doubtful"`
			Linked    int64        `json:"linked"`
			Decided   int64        `json:"decided"`
			LeftOut   int64        `json:"out_of_scope"`
			Unusable  int64        `json:"unusable"`
			Clients   int          `json:"crm_clients"`
			Strangers int64        `json:"crm_only"`
			File      string       `json:"file,omitempty"`
		}{
			"adoption", v.job, v.samples(), len(v.Records), n[takeLinkWord], n[takeAddWord], n[""], v.Linked, v.Decided, v.LeftOut,
			v.Rejected + v.Twice + v.InDoubt, len(v.Clients), v.Strangers, path,
		}); err != nil {
			return err
		}
	} else if err := v.tellFound(n); err != nil {
		return err
	}
	if len(v.Records) == 0 {
		_, err := fmt.Fprintln(v.app.err, message.In(v.app.lang, message.AdoptNothing, message.S("job", v.job)))
		return err
	}
	cells := make([][]string, len(v.Records))
	for i := range v.Records {
		cells[i] = v.cells(&v.Records[i])
	}
	if err := sheet.Write(path, 0o600, v.app.adoptColumns(), cells); err != nil {
		return v.notWritten(path, "syncd adopt "+v.job+" --out", err)
	}
	return v.app.wrote(path, len(cells), fmt.Sprintf(v.app.say(phrase{
		"Mark its column «decision», then: syncd adopt %s --from %s", "Отметьте столбец «решение», затем: syncd adopt %s --from %s",
	}), v.job, path))
}

// tellFound prints the samples and the counts.
func (v *adoptView) tellFound(n map[string]int64) error {
	if err := v.tellSamples(); err != nil {
		return err
	}
	t := newTable()
	t.indent = "  "
	count := func(what phrase, number int64) {
		if number > 0 {
			t.row(v.app.say(what), fmt.Sprint(number))
		}
	}
	count(phrase{"records without a client", "записей без клиента CRM"}, int64(len(v.Records)))
	count(phrase{"  to link", "  связать"}, n[takeLinkWord])
	count(phrase{"  to add", "  добавить"}, n[takeAddWord])
	count(phrase{"  to look at", "  посмотреть человеку"}, n[""])
	count(phrase{"linked already", "уже связано"}, v.Linked)
	count(phrase{"decided, waiting for a run", "решено, ждёт запуска"}, v.Decided)
	count(phrase{"left out by the mapping", "вне отбора"}, v.LeftOut)
	count(phrase{"rejected, one key twice, or in doubt", "отклонено, ключ дважды или под вопросом"}, v.Rejected+v.Twice+v.InDoubt)
	count(phrase{"clients of the CRM", "клиентов в CRM"}, int64(len(v.Clients)))
	count(phrase{"  that no record fits", "  без пары в выгрузке"}, v.Strangers)
	_, err := fmt.Fprint(v.app.out, v.job+"\n"+t.String())
	return err
}

// tellSamples shows how keys become uids: once a link exists it is too late to
// change that.
func (v *adoptView) tellSamples() error {
	if len(v.Samples) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(v.app.say(phrase{
		"keys become uids like this; once records are linked, it cannot be changed any more:\n",
		"ключи превращаются в uid так; когда появятся связи, изменить это будет нельзя:\n",
	}))
	for _, s := range v.Samples {
		fmt.Fprintf(&b, "  %s → %s\n", oneLine(s.Key), s.UID)
	}
	_, err := fmt.Fprint(v.app.out, b.String())
	return err
}

// value is a field of a record as the export has it; "" when the mapping has
// none.
func (v *adoptView) value(r *engine.AdoptRecord, field string) string {
	if i := v.parts.mapping.Schema().Index(field); i >= 0 && i < len(r.Values) {
		return r.Values[i].Text
	}
	return ""
}

// client is the client to show beside a record; an empty one when there is none.
func (v *adoptView) client(r *engine.AdoptRecord) engine.AdoptClient {
	if len(r.Match.CLIDs) == 0 {
		return engine.AdoptClient{}
	}
	return *v.Clients[r.Match.CLIDs[0]]
}

// byCode finds the records that the file is about.
func (v *adoptView) byCode() map[string]*engine.AdoptRecord {
	out := make(map[string]*engine.AdoptRecord, len(v.Records))
	for i := range v.Records {
		r := &v.Records[i]
		out[v.rowOf(r.UID)] = r
	}
	return out
}

// rowOf is the first half of a record's code.
func (v *adoptView) rowOf(uid string) string {
	return sheet.Code(rowLetters, "adopt", v.job, uid)
}

// stateOfRow is the second half: all by which a person knows the two again.
func (v *adoptView) stateOfRow(r *engine.AdoptRecord) string {
	c := v.client(r)
	phones := append(slices.Clone(r.Keys.Phones), c.Entry.Keys.Phones...)
	return sheet.Code(stateLetters, r.Keys.INN, r.Keys.KPP, r.Keys.Title, clidText(c.Entry.CLID), c.Entry.UID,
		c.Entry.Keys.INN, c.Entry.Keys.KPP, c.Entry.Keys.Title, strings.Join(phones, ","))
}
