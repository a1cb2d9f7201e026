package main

import (
	"slices"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
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
	switch h.Reason {
	case reconcile.ReasonConflict, reconcile.ReasonNoBase:
		return []string{takeSourceWord, takeCRMWord, takeIgnoreWord}
	case reconcile.ReasonAbsentButEdited:
		return []string{takeSourceWord, takeCRMWord}
	case reconcile.ReasonNotTaken:
		return []string{takeRetryWord, takeSourceWord}
	case reconcile.ReasonMatchTaken:
		return []string{takeIgnoreWord}
	case reconcile.ReasonMatchDiffers, reconcile.ReasonMatchWeak, reconcile.ReasonMatchAmbiguous, reconcile.ReasonMaybeSame:
		if h.Sticky {
			// the CRM itself said that the client exists: it would say so again
			return []string{takeLinkWord, takeIgnoreWord}
		}
		return []string{takeLinkWord, takeAddWord, takeIgnoreWord}
	case reconcile.ReasonCRMGone: // a person may want it back; it is added only where it is proven gone
		return []string{takeAddWord, takeRetryWord, takeIgnoreWord}
	case reconcile.ReasonHidden, reconcile.ReasonUIDTwice, reconcile.ReasonTrashed:
		return []string{takeRetryWord, takeIgnoreWord}
	case reconcile.ReasonDuplicateKey, reconcile.ReasonUnreadable, reconcile.ReasonNoClient:
	}
	return nil
}

// byField reports whether holds of the reason are decided field by field.
func byField(r reconcile.Reason) bool {
	return r == reconcile.ReasonConflict || r == reconcile.ReasonNoBase || r == reconcile.ReasonAbsentButEdited
}

// knownReason refuses a reason that no hold has: a list of nothing would look
// like good news.
func knownReason(command, reason string) error {
	if reason == "" || slices.Contains(message.HoldReasons(), reason) {
		return nil
	}
	return usageError(message.UsageBadFlag, message.S("command", command),
		message.S("cause", "--reason "+strings.Join(message.HoldReasons(), "|")))
}

// allTakes lists every word of --take.
func allTakes() []string {
	return []string{takeSourceWord, takeCRMWord, takeLinkWord, takeAddWord, takeIgnoreWord, takeRetryWord}
}

func isTake(word string) bool { return slices.Contains(allTakes(), word) }
