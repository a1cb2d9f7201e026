package engine

import "syncd/internal/record"

// The refusals that are decided before anything is sent, by the CRM's own lists.
const (
	RefusedUser  = "unknown-user"  // the CRM has no active user of this login
	RefusedTitle = "unknown-title" // the CRM's dictionary lacks the title, and none may be made

	RefusedOwner    = "unproven-user"  // the CRM does not list its users, and this one was not seen to own anything
	RefusedUnlisted = "unlisted-title" // the CRM does not list its dictionary, and no title may be made
	RefusedDialect  = "not-in-api"     // the CRM's API has no words for it

	RefusedStep      = "unknown-step"
	RefusedType      = "unknown-type"
	RefusedDirection = "unknown-direction"
	RefusedStatus    = "unknown-status"     // of closing
	RefusedLineless  = "deal-without-lines" // the CRM cannot bill it
	RefusedInvoice   = "invoice-over"       // more than the deal has left to bill
	RefusedPayment   = "payment-over"       // more than the invoice has left to pay

	RefusedSum = "sum-unfit" // the CRM's columns cannot hold it

	RefusedNoClient  = "no-client" // the CRM does not show what the record refers to
	RefusedNoDeal    = "no-deal"
	RefusedNoInvoice = "no-invoice"
	RefusedTwice     = "twice-in-crm"   // the CRM has several that it may be
	RefusedUnread    = "crm-unreadable" // what it hangs on, or may be, is there in no form that can be read
)

// TriedAgain reports whether a record that was refused by this rule is tried in every
// run: that costs no write, and the CRM's lists may have what they lacked.
func TriedAgain(rule string) bool {
	switch rule {
	case RefusedUser, RefusedTitle, RefusedOwner, RefusedUnlisted, RefusedDialect, RefusedStep, RefusedType, RefusedDirection, RefusedStatus,
		RefusedLineless, RefusedInvoice, RefusedPayment, RefusedSum, RefusedNoClient, RefusedNoDeal, RefusedNoInvoice, RefusedTwice,
		RefusedUnread:
		return true
	}
	return false
}

// refusedBefore reports whether the CRM refused this very content, and nobody
// decided anything about it since.
func (r *run) refusedBefore(in *Incoming) bool {
	uid := in.Record.UID
	old, ok := r.standing.Refused[uid]
	return ok && !TriedAgain(old.Rule) && old.Source == r.refusedAs(in.Source) && r.chosen(uid, takeRetry, takeSource, takeCRM) == nil
}

// refusedAs is how a refusal remembers content: with the mapping that made it, for
// that may have been at fault.
func (r *run) refusedAs(source record.Fingerprint) record.Fingerprint {
	return mask(source, r.cfg.Mapping)
}
