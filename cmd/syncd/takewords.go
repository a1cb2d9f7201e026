package main

import (
	"strings"

	"syncd/internal/reconcile"
)

// takeWord is what a printed command has after --take: the decision where there is
// but one, else a word that is none. Somebody who pastes the line as it stands has
// decided nothing, and is told so; `link|add` would be a pipe, and link at once.
func (a *app) takeWord(takes []string) string {
	if len(takes) == 1 {
		return takes[0]
	}
	return a.say(phrase{"DECISION", "РЕШЕНИЕ"})
}

// decisionsText goes behind a command with takeWord: what may stand there, and what
// it means; "" where there is nothing to choose.
func (a *app) decisionsText(reason reconcile.Reason, takes []string) string {
	if len(takes) < 2 {
		return ""
	}
	out := make([]string, len(takes))
	for i, take := range takes {
		out[i] = take + " (" + a.say(takeMeans(reason, take)) + ")"
	}
	last := len(out) - 1
	return "; " + a.takeWord(takes) + ": " + strings.Join(out[:last], ", ") + a.say(phrase{" or ", " или "}) + out[last]
}

// takeMeans says in few words what a decision does to a record that is held for a
// reason.
func takeMeans(reason reconcile.Reason, take string) phrase {
	switch take {
	case takeSourceWord:
		return phrase{"the export's value goes to the CRM", "в CRM уйдёт значение из выгрузки"}
	case takeCRMWord:
		return phrase{"what the CRM has stays", "останется то, что в CRM"}
	case takeLinkWord:
		return phrase{"they are one and the same", "это одно и то же"}
	case takeRetryWord:
		return phrase{"the cause is gone, try again", "причина устранена, повторить"}
	case takeIgnoreWord:
		return phrase{"leave it alone", "не трогать"}
	}
	switch reason {
	case reconcile.ReasonCRMGone:
		return phrase{"add it again", "добавить заново"}
	case reconcile.ReasonUndecided:
		return phrase{"add it", "добавить"}
	}
	return phrase{"they are two, add it", "это разные, добавить"}
}
