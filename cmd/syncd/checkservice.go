package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
	"syncd/internal/state"
)

// serviceFound is what the service will meet: it has no person to ask.
type serviceFound struct {
	Type     string        `json:"type"`
	User     string        `json:"user"`
	Listen   string        `json:"listen,omitempty"`
	Backup   *backupFound  `json:"backup,omitempty"`
	Report   string        `json:"report,omitempty"`
	Channels []string      `json:"channels"`
	On       []string      `json:"on,omitempty"`
	Digest   *planFound    `json:"digest,omitempty"`
	Secrets  []secretFound `json:"secrets"`
	Problems []string      `json:"problems"`
}

// backupFound is where and when the state is copied.
type backupFound struct {
	Dir  string    `json:"dir"`
	Keep int       `json:"keep"`
	Plan planFound `json:"plan"`
}

// secretFound is where a secret was found; its value is not told.
type secretFound struct {
	Key   string `json:"key"`
	Ref   string `json:"ref"`
	Place string `json:"place,omitempty"` // "" = it was not found
}

// checkService looks at what the service needs besides its jobs. What the jobs'
// own checks report is not reported again.
func (in *installation) checkService(ctx context.Context) error {
	c := &checkup{lang: in.app.lang, Problems: []string{}}
	s := &serviceFound{Type: "service", User: userName(), Listen: in.cfg.Listen, Report: in.shown(string(in.cfg.Report))}
	if in.cfg.Report == "" {
		s.Report = ""
	}
	now := in.app.clock()().In(in.cfg.Timezone.Location)
	c.problem(in.listenFree(ctx))
	c.problem(in.folderWritable("report", filepath.Dir(string(in.cfg.Report)), in.cfg.Report != ""))
	if b := in.cfg.Backup; b != nil {
		s.Backup = &backupFound{Dir: in.shown(string(b.Dir)), Keep: b.Keep}
		if b.Schedule != "" {
			s.Backup.Plan.schedule(in.app, string(b.Schedule), now)
		}
		c.problem(in.folderWritable("backup.dir", string(b.Dir), true))
		c.problem(in.folderPrivate(string(b.Dir)))
	}
	in.checkNotify(s, now)
	in.checkSecrets(s, c)
	s.Problems = c.Problems
	if err := in.printService(s); err != nil {
		return err
	}
	codes := make([]int, 0, len(c.errs))
	for _, err := range c.errs {
		in.app.report(err)
		codes = append(codes, exitFor(err))
	}
	if len(codes) == 0 {
		return nil
	}
	return &outcomeError{worstExit(codes...)}
}

func (in *installation) checkNotify(s *serviceFound, now time.Time) {
	s.Channels = []string{}
	n := in.cfg.Notify
	if n == nil {
		return
	}
	if n.Mail != nil {
		s.Channels = append(s.Channels, "mail")
	}
	if n.Webhook != nil {
		s.Channels = append(s.Channels, "webhook")
	}
	if n.Telegram != nil {
		s.Channels = append(s.Channels, "telegram")
	}
	for _, on := range n.On {
		s.On = append(s.On, string(on))
	}
	if n.Digest != "" {
		s.Digest = &planFound{}
		s.Digest.schedule(in.app, string(n.Digest), now)
	}
}

// checkSecrets looks where the secrets are. Those of CRMs, sources and jobs are
// reported by the checks of the jobs that use them.
func (in *installation) checkSecrets(s *serviceFound, c *checkup) {
	s.Secrets = []secretFound{}
	for _, ref := range in.cfg.SecretRefs() {
		secret, place, err := in.cfg.FindSecret(ref)
		s.Secrets = append(s.Secrets, secretFound{ref.Path(), ref.String(), place})
		if !strings.HasPrefix(ref.Path(), "notify.") {
			continue
		}
		if err != nil {
			c.problem(err)
			continue
		}
		if ref.Path() == "notify.webhook.url" && !config.IsURL(secret.Reveal()) {
			c.problem(in.cfg.ErrorAt(ref.Path(), message.ConfigBadURL, message.S("example", "https://hooks.example.ru/syncd")))
		}
	}
}

// listenFree is an error when the service could not listen; when it does, it has
// the address itself.
func (in *installation) listenFree(ctx context.Context) error {
	if in.cfg.Listen == "" {
		return nil
	}
	if pid, err := state.Holder(serviceLock(string(in.cfg.State))); err == nil && pid > 0 {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", in.cfg.Listen)
	if err == nil {
		return l.Close()
	}
	_, port, _ := net.SplitHostPort(in.cfg.Listen)
	return fault(exitFailure, err, message.ConfigListenTaken, message.S("listen", in.cfg.Listen), message.S("port", port),
		message.S("cause", in.app.errnoText(err)))
}

// folderWritable is an error when nothing can be written into a folder, or when it is
// missing and could not be made.
func (in *installation) folderWritable(key, dir string, used bool) error {
	if !used {
		return nil
	}
	const writeAndEnter = 0x2 | 0x1
	at := dir
	for {
		err := syscall.Access(at, writeAndEnter)
		if err == nil {
			return nil
		}
		if up := filepath.Dir(at); errors.Is(err, fs.ErrNotExist) && up != at {
			at = up
			continue
		}
		return fault(exitConfig, err, message.ConfigNoWriting, message.S("key", key), message.S("dir", dir),
			message.S("user", userName()), message.S("cause", in.app.errnoText(err)))
	}
}

// folderPrivate is an error when others may look into a folder of copies.
func (in *installation) folderPrivate(dir string) error {
	st, err := os.Stat(dir)
	if err != nil || st.Mode().Perm()&0o077 == 0 {
		return nil // what is missing is made with the right mode
	}
	return in.app.stateFault(&state.ExposedError{File: dir, Mode: st.Mode().String()})
}

func (in *installation) printService(s *serviceFound) error {
	if in.app.flags.json {
		return json.NewEncoder(in.app.out).Encode(s)
	}
	say, now := in.app.say, in.app.clock()()
	t := newTable()
	t.indent = "  "
	row := func(name phrase, text string) { t.row(say(name), text) }
	none := say(phrase{"none", "нет"})
	row(phrase{"user", "пользователь"}, s.User)
	row(phrase{"health, metrics", "проверка, метрики"}, cmp.Or(s.Listen, none))
	row(phrase{"page", "страница"}, cmp.Or(s.Report, none))
	if b := s.Backup; b != nil {
		when := cmp.Or(b.Plan.Words, say(phrase{"by hand", "вручную"}))
		row(phrase{"copies", "копии"}, fmt.Sprintf(say(phrase{"%s, %d are kept: %s", "%s, хранится %d: %s"}), b.Dir, b.Keep, when))
		for _, text := range b.Plan.Changes {
			row(phrase{}, text)
		}
	} else {
		row(phrase{"copies", "копии"}, say(phrase{"none by schedule; by hand: syncd state backup", "по расписанию нет; вручную: syncd state backup"}))
	}
	if len(s.Channels) > 0 {
		row(phrase{"notifications", "уведомления"}, strings.Join(s.Channels, ", ")+": "+strings.Join(s.On, ", "))
	} else {
		row(phrase{"notifications", "уведомления"}, say(phrase{"nobody is told: add `notify` to the configuration", "никому: добавьте раздел notify в настройки"}))
	}
	if d := s.Digest; d != nil {
		row(phrase{"digest", "сводка"}, fmt.Sprintf(say(phrase{"%s; next: %s", "%s; ближайшие: %s"}), d.Words, in.nearTimes(d.Next, now)))
	}
	for i, f := range s.Secrets {
		name := phrase{}
		if i == 0 {
			name = phrase{"secrets", "секреты"}
		}
		row(name, f.Key+": "+cmp.Or(f.Place, f.Ref+", "+say(phrase{"not found", "не найден"})))
	}
	_, err := fmt.Fprint(in.app.out, say(phrase{"service", "служба"})+"\n"+t.String())
	return err
}

// errnoText is what the system says, without the call and the path.
func (a *app) errnoText(err error) string {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return bareCause(err)
	}
	russian := map[syscall.Errno]string{
		syscall.EADDRINUSE: "адрес уже занят", syscall.EADDRNOTAVAIL: "на этой машине такого адреса нет", syscall.EACCES: "нет прав доступа",
		syscall.ENOENT: "нет такой папки", syscall.ENOTDIR: "на пути не папка, а файл", syscall.EROFS: "файловая система только для чтения",
	}
	if text := russian[number]; text != "" && a.lang == message.Russian {
		return text
	}
	return number.Error()
}
