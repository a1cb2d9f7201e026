package main

import (
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
	"syncd/internal/notify"
)

// The channels, by their keys under `notify`.
const (
	mailChannel     = "mail"
	webhookChannel  = "webhook"
	telegramChannel = "telegram"
)

// channelNames lists the channels that are configured.
func (in *installation) channelNames() []string {
	n := in.cfg.Notify
	var names []string
	for _, c := range []struct {
		name string
		set  bool
	}{{mailChannel, n.Mail != nil}, {webhookChannel, n.Webhook != nil}, {telegramChannel, n.Telegram != nil}} {
		if c.set {
			names = append(names, c.name)
		}
	}
	return names
}

// channel makes a channel. Its secrets are read each time: they may be replaced
// while the service lives.
func (in *installation) channel(name string) (notify.Channel, error) {
	n := in.cfg.Notify
	switch name {
	case mailChannel:
		return in.mail(n.Mail)
	case webhookChannel:
		return in.webhook(n.Webhook)
	}
	token, err := in.cfg.Secret(n.Telegram.Token)
	if err != nil {
		return nil, err
	}
	return orNone(notify.NewTelegram(notify.TelegramConfig{
		URL: string(n.Telegram.URL), Token: token.Reveal(), Chat: n.Telegram.Chat, Client: in.app.webClient(),
	}))
}

func (in *installation) mail(m *config.Mail) (notify.Channel, error) {
	c := notify.MailConfig{
		Server: m.SMTP, Security: notify.SecurityOf(m.SMTP), From: m.From, To: m.To, User: m.User,
		Host: hostName(), Clock: in.zoned(in.app.clock()),
	}
	if m.User != "" {
		password, err := in.cfg.Secret(m.Password)
		if err != nil {
			return nil, err
		}
		c.Password = password.Reveal()
	}
	return orNone(notify.NewMail(c))
}

func (in *installation) webhook(w *config.Webhook) (notify.Channel, error) {
	url, err := in.cfg.Text(config.SecretText(w.URL))
	if err != nil {
		return nil, err
	}
	headers := make(map[string]string, len(w.Headers))
	for name, text := range w.Headers {
		value, err := in.cfg.Text(text)
		if err != nil {
			return nil, err
		}
		headers[name] = value.Reveal()
	}
	return orNone(notify.NewWebhook(notify.WebhookConfig{URL: url.Reveal(), Headers: headers, Client: in.app.webClient()}))
}

// webClient is the way to the web hooks; nil = the usual one.
func (a *app) webClient() *http.Client {
	if a.transport == nil {
		return nil
	}
	return &http.Client{Transport: a.transport}
}

// orNone keeps a nil pointer from becoming a channel that is not nil.
func orNone[C notify.Channel](c C, err error) (notify.Channel, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}

// zoned is a clock in the configuration's zone, as people read it.
func (in *installation) zoned(now func() time.Time) func() time.Time {
	return func() time.Time { return now().In(in.cfg.Timezone.Location) }
}

// hostName is this machine's name as notices show it.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

func ownVersion() string {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info).Version
}

// unsentFault words what a channel did not take.
func unsentFault(name string, err error) error {
	code, args := message.NotifyUnsent, []message.Arg{message.S("channel", name)}
	if part, ok := notAll(err); ok {
		code = message.NotifyPart
		args = append(args, message.N("refused", int64(part.Refused)), message.N("all", int64(part.Of)))
		err = part.Err
	}
	return fault(exitFailure, err, code, append(args, message.S("cause", bareCause(err)))...)
}
