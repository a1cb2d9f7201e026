package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"syncd/internal/message"
	"syncd/internal/newfile"
	htmlpage "syncd/internal/page"
	"syncd/internal/state"
)

func newReport(a *app) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report",
		Short: a.say(phrase{"write the page that shows where the jobs stand", "записать страницу о том, в каком состоянии задания"}),
		Long: a.say(phrase{
			"Writes one HTML file: the jobs, their last runs, what needs a person and the act of reconciliation. It holds counts and keys, no personal\n" +
				"data. After each run syncd does so by itself where the configuration names a `report`.",
			"Пишет один файл HTML: задания, последние запуски, что требует внимания, акт сверки. В нём счётчики и ключи, персональных данных нет.\n" +
				"Если в настройках задан `report`, после каждого запуска страница обновляется сама.",
		}),
		Example: "  syncd report\n  syncd report --out /tmp/syncd.html",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.writePage(cmd.Context(), out) },
	}
	cmd.Flags().StringVar(&out, "out", "", a.say(phrase{"write to `FILE` (default: the configuration's `report`)", "записать в `ФАЙЛ` (по умолчанию — `report` из настроек)"}))
	return cmd
}

func (a *app) writePage(ctx context.Context, out string) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	path, shown := out, out
	if path == "" {
		path = string(in.cfg.Report)
		shown = in.shown(path)
	}
	if path == "" {
		return fault(exitUsage, nil, message.PageNowhere)
	}
	err = in.writePageTo(ctx, path)
	if out != "" {
		err = in.notWritten(out, "syncd report --out", err)
	}
	if worded := new(faultError); errors.As(err, &worded) {
		return err
	}
	if err != nil {
		return fault(exitFailure, err, message.PageUnwritable, message.S("file", shown), message.S("cause", bareCause(err)))
	}
	a.remark(message.PageWritten, message.S("file", shown))
	return nil
}

// writeReport writes the page that the configuration asks for; without one it
// does nothing.
func (in *installation) writeReport(ctx context.Context) error {
	if in.cfg.Report == "" {
		return nil
	}
	return in.writePageTo(ctx, string(in.cfg.Report))
}

// leavePage writes the page when runs are over, also those that were interrupted. A
// run is not worse for a page that cannot be written.
func (in *installation) leavePage(ctx context.Context) {
	err := in.writeReport(context.WithoutCancel(ctx))
	if err == nil {
		return
	}
	in.log.Warn("the page was not written", zap.Error(err))
	in.app.remark(message.PageUnwritable, message.S("file", in.shown(string(in.cfg.Report))), message.S("cause", bareCause(err)))
}

// The page is for those who may read the folder; it holds no secrets and no
// personal data.
const (
	pageMode       = 0o640
	pageFolderMode = 0o750
)

func (in *installation) writePageTo(ctx context.Context, path string) error {
	p, err := in.page(ctx, in.app.clock()())
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := p.Write(&buf); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), pageFolderMode); err != nil {
		return err
	}
	return newfile.Write(path, pageMode, []byte(in.mailed(buf.String())))
}

// page gathers what the page tells, as of now.
func (in *installation) page(ctx context.Context, now time.Time) (*htmlpage.Page, error) {
	p := &htmlpage.Page{Lang: string(in.app.lang), Made: in.local(now)}
	p.Host, _ = os.Hostname() // a page without the machine's name is a page
	info, _ := debug.ReadBuildInfo()
	p.Version = buildOf(info).Version
	service, err := in.db.Service(ctx)
	if err != nil {
		return nil, fmt.Errorf("the service's row: %w", err)
	}
	p.Service = in.pageService(service, now)
	channels, err := in.channelsHealth(ctx)
	if err != nil {
		return nil, fmt.Errorf("the channels of notices: %w", err)
	}
	for _, c := range failingOf(channels) {
		p.Silent = append(p.Silent, htmlpage.Channel{Name: c.name, Since: in.local(c.failing), Command: "syncd notify --test"})
	}
	acts, err := in.db.Acts(ctx)
	if err != nil {
		return nil, fmt.Errorf("the act: %w", err)
	}
	for _, name := range in.cfg.JobNames() {
		j := in.cfg.Jobs[name]
		var act *state.Act
		if a, ok := acts[state.JobKey{Name: name, CRM: j.CRM, Entity: string(j.Entity)}]; ok {
			act = &a
		}
		one, err := in.pageJob(ctx, name, act, now, service.Stopped.IsZero())
		if err != nil {
			return nil, fmt.Errorf("job %s: %w", name, err)
		}
		p.Jobs = append(p.Jobs, one)
	}
	return p, nil
}

// local is a time in the configuration's zone.
func (in *installation) local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(in.cfg.Timezone.Location)
}

// serviceSilence is how long a service may say nothing before the page doubts that
// it lives.
const serviceSilence = 3 * liveEvery

// pageService is the service on the page.
func (in *installation) pageService(s state.Service, now time.Time) htmlpage.Service {
	out := htmlpage.Service{State: htmlpage.ServiceRunning, Since: in.local(s.Started), Seen: in.local(s.Seen)}
	switch {
	case s.Started.IsZero():
		out.State = htmlpage.ServiceNever
	case !s.Stopped.IsZero():
		out.State, out.Since = htmlpage.ServiceStopped, in.local(s.Stopped)
	case now.Sub(s.Seen) > serviceSilence:
		out.State = htmlpage.ServiceSilent
	}
	return out
}
