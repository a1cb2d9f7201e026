package reconcile

// The rules of whole records: rows of the decision table.
const (
	RuleUnchanged       Rule = "unchanged"         // neither side moved
	RuleSettled         Rule = "settled"           // only bases move, by several field rules
	RuleMerged          Rule = "merged"            // several field rules at once, see the changes
	RuleAdd             Rule = "add"               // new here, unknown there
	RulePullOnly        Rule = "pull-only"         // the job never creates in the CRM
	RuleUnknownInCRM    Rule = "unknown-in-crm"    // the CRM must be asked first
	RuleUnreadable      Rule = "unreadable"        // the row could not be read
	RuleOutOfScope      Rule = "out-of-scope"      // kept by `on_out_of_scope: keep`, or never linked
	RuleScopeDeleted    Rule = "scope-deleted"     // `on_out_of_scope: delete`
	RuleNeverLinked     Rule = "never-linked"      // absent or marked deleted, and the CRM never had it from us
	RuleAbsentKept      Rule = "absent-kept"       // `on_absent: keep`
	RuleAbsentHeld      Rule = "absent-held"       // the CRM cannot take it back: a person is told
	RuleAbsentSet       Rule = "absent-set"        // `on_absent: set`
	RuleAbsentDeleted   Rule = "absent-deleted"    // `on_absent: delete`
	RuleAbsentButEdited Rule = "absent-but-edited" // gone from the source, edited in the CRM: the edit survives
	RuleBothGone        Rule = "both-gone"         // the link closes
	RuleCRMMissing      Rule = "crm-missing"       // not seen in the CRM, not yet confirmed gone
	RuleCRMGone         Rule = "crm-gone"          // confirmed gone in the CRM
	RuleRecreated       Rule = "recreated"         // `on_crm_absent: recreate`, or a person said so
	RuleTombstone       Rule = "tombstone"         // gone in the CRM in an earlier run, not added again by itself
	RuleTrashed         Rule = "trashed"           // in the CRM's trash
	RuleUIDTwice        Rule = "uid-twice"         // several CRM records carry our uid
	RuleHidden          Rule = "hidden"            // exists, and the login may not see it
	RuleNoBase          Rule = "no-base"           // the link was lost, and so were the bases
	RuleRelinked        Rule = "relinked"          // the lost link is found again by the uid
	RuleCRMBorn         Rule = "crm-born"          // born in the CRM: `on_crm_new`
	RuleMoved           Rule = "moved"             // another client of the CRM carries the uid now
	RuleUndecided       Rule = "undecided"         // a state that this program does not know
)

// The rules of single fields.
const (
	RuleSourceChanged  Rule = "source-changed"   // the source moved, the CRM did not
	RuleSourceEditLeft Rule = "source-edit-left" // the same, in a job that only pulls
	RuleCRMChanged     Rule = "crm-changed"      // the CRM moved, the source did not: written back
	RuleCRMEditLeft    Rule = "crm-edit-left"    // the same, in a job that only pushes
	RuleSameChange     Rule = "same-change"      // both moved to one value
	RuleConflict       Rule = "conflict"         // both moved apart, a person decides
	RuleConflictSource Rule = "conflict-source"  // `conflicts: source`
	RuleConflictCRM    Rule = "conflict-crm"     // `conflicts: crm`
	RuleOwnerSource    Rule = "owner-source"     // `owner: source`: the CRM edit is set back
	RuleOwnerCRM       Rule = "owner-crm"        // `owner: crm`: the CRM's value stays
	RuleAddOnly        Rule = "add-only"         // `when: add`: never updated
	RuleFixed          Rule = "fixed"            // the CRM has no way to change it
	RuleBlankKept      Rule = "blank-kept"       // a blank source cell clears nothing
	RuleCleared        Rule = "cleared"          // `on_empty: clear`, and the cell was filled before
	RuleSameValue      Rule = "same-value"       // no base, and both sides hold the same
	RuleNewFieldFilled Rule = "new-field-filled" // newly mapped, blank in the CRM
	RuleFilled         Rule = "filled"           // first meeting: blank in the CRM
	RuleCRMOnly        Rule = "crm-only"         // first meeting: blank in the source, the CRM's value stays there
	RuleExportedOnLink Rule = "exported-on-link" // the same with `export_on_link`
	RuleOnMatch        Rule = "on-match"         // first meeting: both filled and different, a person decides
	RuleOnMatchCRM     Rule = "on-match-crm"     // `on_match: crm`
	RuleOnMatchSource  Rule = "on-match-source"  // `on_match: source`
	RulePendingWaits   Rule = "pending-waits"    // offered to the source, not yet seen there
	RulePendingTaken   Rule = "pending-taken"    // the source shows what was offered
	RuleChosenSource   Rule = "chosen-source"    // a person took the source's value
	RuleChosenCRM      Rule = "chosen-crm"       // a person took the CRM's value
	RuleChosenValue    Rule = "chosen-value"     // a person gave the value
)

// The rules of first meetings.
const (
	RuleSameUID      Rule = "same-uid"        // our own earlier add
	RuleMatchINN     Rule = "match-inn"       // equal ИНН, and КПП where both have one
	RuleMatchPhone   Rule = "match-phone"     // one side has no ИНН, a phone is equal
	RuleMatchNatural Rule = "match-natural"   // the CRM keeps no uid of it; deal and number, or client and name, are equal
	RuleMatchCLID    Rule = "match-clid"      // the source names the id in the CRM, and the name, or the client of a deal, is equal
	RuleMatchMail    Rule = "match-mail"      // one side has no ИНН, a mail address is equal
	RuleForced       Rule = "chosen-link"     // a person said they are the same
	RuleMatchWeak    Rule = "match-weak"      // no positive evidence
	RuleCLIDWeak     Rule = "clid-weak"       // the source names the id in the CRM, and nothing else speaks for it
	RuleMatchUnsure  Rule = "match-ambiguous" // cannot be told apart from another
	RuleMatchTaken   Rule = "match-taken"     // another uid, or linked already
	RuleMatchDiffers Rule = "match-differs"   // another ИНН, or another КПП
)
