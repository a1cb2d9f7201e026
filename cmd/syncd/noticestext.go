package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"syncd/internal/message"
	"syncd/internal/notify"
)

func trimCRM(about string) string { return strings.TrimPrefix(about, aboutCRM) }

func notAll(err error) (*notify.PartError, bool) {
	var part *notify.PartError
	return part, errors.As(err, &part)
}

// isPart reports whether a message reached some of its people.
func isPart(err error) bool {
	_, part := notAll(err)
	return part
}

// noticeMessage words one notice.
func (in *installation) noticeMessage(n *notify.Notice, now time.Time) notify.Message {
	about, what := in.aboutWhat(n)
	text, kind := n.Text, notify.TypeTrouble
	if n.Recovered {
		kind = notify.TypeRecovered
		text = message.In(in.app.lang, message.NotifyRecovered, message.S("job", about), message.S("what", what), message.S("since", in.when(n.Since))).String()
	}
	m := in.message(fmt.Sprintf("%s: %s", about, what), text, now)
	m.Event.Type, m.Event.Job, m.Event.Occasion, m.Event.Cause = kind, n.Job, n.Occasion, n.Cause
	m.Event.Since, m.Event.Next = n.Since.In(in.cfg.Timezone.Location), in.mailed(n.Next)
	if !n.Recovered {
		m.Text = in.mailed(text) + "\n\n" + fmt.Sprintf(in.app.say(phrase{"Since: %s", "Началось: %s"}), in.when(n.Since)) + "\n" +
			fmt.Sprintf(in.app.say(phrase{"Next: %s", "Дальше: %s"}), m.Event.Next) + "\n\n" + in.signature()
	}
	return m
}

// message is one with what all have: where it comes from and when.
func (in *installation) message(subject, text string, now time.Time) notify.Message {
	host := hostName()
	text = in.mailed(text)
	return notify.Message{
		Subject: fmt.Sprintf("syncd %s: %s", host, subject),
		Text:    text + "\n\n" + in.signature(),
		Event:   notify.Event{Text: text, Host: host, Version: ownVersion(), At: now.In(in.cfg.Timezone.Location).Truncate(time.Second)},
	}
}

// signature ends a text: which of several installations it comes from.
func (in *installation) signature() string {
	return fmt.Sprintf("-- \nsyncd %s, %s\n", ownVersion(), hostName())
}

// aboutWhat is what a notice is about and what happened to it, in few words.
func (in *installation) aboutWhat(n *notify.Notice) (about, what string) {
	say := in.app.say
	about = n.Job
	trouble, over := phrase{"runs fail", "запуски не удаются"}, phrase{"runs succeed again", "запуски снова удаются"}
	switch {
	case n.Occasion == notify.Halt:
		trouble, over = phrase{"stopped by a guard", "остановлено защитой"}, phrase{"is not stopped any more", "больше не остановлено"}
	case n.Occasion == notify.Hold:
		trouble, over = phrase{"records wait for a decision", "записи ждут решения"}, phrase{"nothing waits for a decision any more", "решать больше нечего"}
	case n.Occasion == notify.Late:
		trouble, over = phrase{"no fresh export", "нет свежей выгрузки"}, phrase{"a fresh export has come", "свежая выгрузка пришла"}
	case n.Job == aboutState:
		about = say(phrase{"the state", "база состояния"})
		trouble, over = phrase{"its upkeep fails", "обслуживание не удаётся"}, phrase{"its upkeep succeeds again", "обслуживание снова удаётся"}
	case trimCRM(n.Job) != n.Job:
		about = "CRM " + trimCRM(n.Job)
		trouble, over = phrase{"cannot be worked with", "работать с ней не удаётся"}, phrase{"can be worked with again", "работа с ней восстановлена"}
	case n.Cause == causeInDoubt:
		trouble, over = phrase{"writes in doubt", "исход записи неизвестен"}, phrase{"no write is in doubt any more", "неизвестных исходов больше нет"}
	}
	if n.Recovered {
		return about, say(over)
	}
	return about, say(trouble)
}

// testMessage shows that messages arrive.
func (in *installation) testMessage(now time.Time) notify.Message {
	text := message.In(in.app.lang, message.NotifyTest, message.S("host", hostName())).String()
	m := in.message(in.app.say(phrase{"test", "проверка"}), text, now)
	m.Event.Type = notify.TypeTest
	return m
}
