package main

import (
	"fmt"
	"slices"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/sheet"
)

// The words of --take.
const (
	takeSourceWord = "source"
	takeCRMWord    = "crm"
	takeLinkWord   = "link"
	takeAddWord    = "add"
	takeIgnoreWord = "ignore"
	takeRetryWord  = "retry"
)

// takesOf lists what a person may decide about a hold. Nothing is possible
// where only the cause can go: a row to be corrected, a twin to be removed.
func takesOf(h *engine.Hold) []string {
	if strings.HasPrefix(h.UID, "clid-") && (h.Reason == reconcile.ReasonNotTaken || h.Reason == reconcile.ReasonUnwritable) {
		return []string{takeRetryWord, takeIgnoreWord} // born in the CRM: the source has no value of it
	}
	if len(h.NumbersOf()) > 0 {
		return []string{takeIgnoreWord} // a link would be to any of them, and one more would be refused
	}
	switch h.Reason {
	case reconcile.ReasonConflict, reconcile.ReasonNoBase:
		return []string{takeSourceWord, takeCRMWord, takeIgnoreWord}
	case reconcile.ReasonAbsentButEdited:
		return []string{takeSourceWord, takeCRMWord}
	case reconcile.ReasonNotTaken:
		return []string{takeRetryWord, takeSourceWord}
	case reconcile.ReasonUndecided:
		return []string{takeAddWord, takeIgnoreWord}
	case reconcile.ReasonUnwritable:
		return []string{takeSourceWord, takeCRMWord, takeRetryWord}
	case reconcile.ReasonMatchTaken:
		return []string{takeIgnoreWord}
	case reconcile.ReasonMatchDiffers, reconcile.ReasonMatchWeak, reconcile.ReasonMatchAmbiguous, reconcile.ReasonMaybeSame:
		if h.Sticky && !namedAlone(h) {
			// the CRM itself said that the client exists: it would say so again
			return []string{takeLinkWord, takeIgnoreWord}
		}
		return []string{takeLinkWord, takeAddWord, takeIgnoreWord}
	case reconcile.ReasonUnchangeable, reconcile.ReasonDealClosed:
		return []string{takeCRMWord, takeIgnoreWord}
	case reconcile.ReasonPaymentGone:
		return []string{takeCRMWord}
	case reconcile.ReasonPaymentUnsure:
		return []string{takeLinkWord, takeAddWord, takeRetryWord, takeIgnoreWord}
	case reconcile.ReasonCRMGone: // a person may want it back; it is added only where it is proven gone
		switch {
		case leantOn(h):
			return []string{takeCRMWord, takeAddWord, takeIgnoreWord}
		case namedAlone(h): // the number is looked up anew in every run
			return []string{takeAddWord, takeIgnoreWord}
		}
		return []string{takeAddWord, takeRetryWord, takeIgnoreWord}
	case reconcile.ReasonHidden, reconcile.ReasonUIDTwice, reconcile.ReasonTrashed:
		return []string{takeRetryWord, takeIgnoreWord}
	case reconcile.ReasonNoClient, reconcile.ReasonNoDeal, reconcile.ReasonNoInvoice:
		return []string{takeIgnoreWord}
	case reconcile.ReasonDuplicateKey, reconcile.ReasonUnreadable:
	}
	return nil
}

// leantOn reports whether a record that is gone from the CRM is held because others
// hang on it, and not because it was changed.
func leantOn(h *engine.Hold) bool {
	return h.Reason == reconcile.ReasonCRMGone && h.Sticky && len(h.Fields) == 0
}

// neverSeen reports whether a record was added and taken out of the CRM before
// anybody looked: there is no link, and so nothing but what the source says.
func neverSeen(h *engine.Hold) bool {
	return h.Reason == reconcile.ReasonCRMGone && len(h.Fields) > 0 && h.Fields[0].Rule == "" && h.Fields[0].Base == nil
}

// namedAlone reports whether nothing but the source's own word leads to the CRM's
// record: the CRM was not asked, and can be told to take another.
func namedAlone(h *engine.Hold) bool {
	return slices.ContainsFunc(h.Fields, func(f engine.HeldField) bool { return f.Rule == reconcile.RuleCLIDWeak })
}

// waitsForItself reports whether holds of the reason need nobody: they end once what
// the record refers to is linked.
func waitsForItself(r reconcile.Reason) bool { return slices.Contains(awaitReasons(), r) }

func awaitReasons() []reconcile.Reason {
	return []reconcile.Reason{reconcile.ReasonNoClient, reconcile.ReasonNoDeal, reconcile.ReasonNoInvoice}
}

// byField reports whether holds of the reason are decided field by field.
func byField(r reconcile.Reason) bool {
	switch r {
	case reconcile.ReasonConflict, reconcile.ReasonNoBase, reconcile.ReasonAbsentButEdited, reconcile.ReasonUnchangeable:
		return true
	}
	return false
}

// knownReason refuses a reason that no hold has: a list of nothing would look
// like good news.
func knownReason(command, reason string) error {
	if reason == "" || slices.Contains(message.HoldReasons(), reason) {
		return nil
	}
	return usageError(message.UsageBadFlag, message.S("command", command),
		message.S("cause", fmt.Sprintf("there is no reason %q; reasons: %s", reason, strings.Join(message.HoldReasons(), ", "))))
}

// allTakes lists every word of --take.
func allTakes() []string {
	return []string{takeSourceWord, takeCRMWord, takeLinkWord, takeAddWord, takeIgnoreWord, takeRetryWord}
}

func isTake(word string) bool { return slices.Contains(allTakes(), word) }

// takeNames are the words of decisions as people write them into a marked file.
var takeNames = map[string]phrase{
	takeSourceWord: {takeSourceWord, "выгрузка"}, takeCRMWord: {takeCRMWord, "crm"}, takeLinkWord: {takeLinkWord, "связать"},
	takeAddWord: {takeAddWord, "добавить"}, takeIgnoreWord: {takeIgnoreWord, "пропустить"}, takeRetryWord: {takeRetryWord, "повторить"},
}

// takeSpellings are the other words that mean a decision beyond doubt.
var takeSpellings = map[string]string{
	"источник": takeSourceWord, "из выгрузки": takeSourceWord, "1с": takeSourceWord, "1c": takeSourceWord, "из 1с": takeSourceWord,
	"срм": takeCRMWord, "црм": takeCRMWord, "из crm": takeCRMWord, "сrm": takeCRMWord,
	"связать с clid": takeLinkWord, "новый": takeAddWord, "игнорировать": takeIgnoreWord, "не трогать": takeIgnoreWord, "еще раз": takeRetryWord,
}

// takeNamed is the decision that a cell of a marked file names; "" for a blank one.
func takeNamed(cell string) (take string, ok bool) {
	word := sheet.Word(cell)
	if word == "" {
		return "", true
	}
	for take, name := range takeNames {
		if word == name.en || word == name.ru {
			return take, true
		}
	}
	take, ok = takeSpellings[word]
	return take, ok
}

// named are decisions as people write them.
func (a *app) named(takes []string) string {
	out := make([]string, len(takes))
	for i, t := range takes {
		out[i] = a.say(takeNames[t])
	}
	return strings.Join(out, " | ")
}
