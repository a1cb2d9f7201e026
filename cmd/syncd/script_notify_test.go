package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"syncd/internal/notify/notifytest"
)

// notifyCommands are the commands of scripts about who is told:
//
//	mailbox [start|stop]  starts a mail server, $SMTP_ADDR; stops it; starts it again
//	mails N               exactly N mails have arrived; mails.txt has them
//	hook [STATUS]         starts a web server, $HOOK_URL, or lets it answer so from now on
//	old FILE              lets a file be as old as 1700000000
//	hooks N               exactly N requests have arrived; hooks.txt has them
func notifyCommands(c map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	for name, f := range map[string]func(*testscript.TestScript, *outside, []string) error{
		"mailbox": startMailbox, "mails": countMails, "hook": startHook, "hooks": countHooks, "old": makeOld,
	} {
		c[name] = func(ts *testscript.TestScript, negated bool, args []string) {
			if negated {
				ts.Fatalf("! %s means nothing", name)
			}
			o, ok := ts.Value(outsideKey{}).(*outside)
			if !ok {
				ts.Fatalf("the script was not set up")
			}
			ts.Check(f(ts, o, args))
		}
	}
	return c
}

type outsideKey struct{}

// outside is who a script's program tells.
type outside struct {
	mail    *notifytest.MailServer
	letters []notifytest.Letter // of servers that were stopped

	hook *httptest.Server
	mu   sync.Mutex
	code int
	got  []string
}

func setupOutside(env *testscript.Env) { env.Values[outsideKey{}] = &outside{code: http.StatusOK} }

func startMailbox(ts *testscript.TestScript, o *outside, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "stop" && o.mail != nil:
		o.letters = append(o.letters, o.mail.Letters()...)
		o.mail.Close()
		o.mail = nil
		return nil
	case o.mail != nil, len(args) == 1 && args[0] != "start", len(args) > 1:
		return errors.New("usage: mailbox [start|stop]")
	}
	server, err := notifytest.NewMail(notifytest.MailOptions{Addr: ts.Getenv("SMTP_ADDR"), User: "syncd", Password: "smtp-c4nary"})
	if err != nil {
		return err
	}
	o.mail = server
	ts.Setenv("SMTP_ADDR", server.Addr())
	ts.Defer(server.Close)
	return nil
}

func countMails(ts *testscript.TestScript, o *outside, args []string) error {
	list := o.letters
	if o.mail != nil {
		list = append(list[:len(list):len(list)], o.mail.Letters()...)
	}
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "To: %s\nSubject: %s\n\n%s\n", strings.Join(l.To, ", "), l.Subject, l.Text)
	}
	return counted(ts, "mails.txt", b.String(), len(list), args)
}

func startHook(ts *testscript.TestScript, o *outside, args []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(args) == 1 {
		code, err := strconv.Atoi(args[0])
		o.code = code
		return err
	}
	o.hook = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		defer o.mu.Unlock()
		w.WriteHeader(o.code)
		if o.code == http.StatusOK {
			o.got = append(o.got, r.URL.Path+" "+r.Header.Get("Authorization")+" "+string(body))
			_, _ = io.WriteString(w, `{"ok":true}`)
		}
	}))
	ts.Defer(o.hook.Close)
	ts.Setenv("HOOK_URL", o.hook.URL)
	return nil
}

func countHooks(ts *testscript.TestScript, o *outside, args []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return counted(ts, "hooks.txt", strings.Join(o.got, "\n")+"\n", len(o.got), args)
}

func counted(ts *testscript.TestScript, file, text string, n int, args []string) error {
	if len(args) != 1 || args[0] != strconv.Itoa(n) {
		return fmt.Errorf("%d have arrived, want %v:\n%s", n, args, text)
	}
	return os.WriteFile(ts.MkAbs(file), []byte(text), 0o600)
}

func makeOld(ts *testscript.TestScript, _ *outside, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: old FILE")
	}
	at := time.Unix(1_700_000_000, 0)
	return os.Chtimes(ts.MkAbs(args[0]), at, at)
}
