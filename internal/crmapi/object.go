package crmapi

// Text is a text field as the CRM answered it. The zero value is null: never
// set, or one of the sentinels that mean so ("--не определено--", "не
// определено", id 0, false).
type Text struct {
	Set bool
	S   string
}

// ClientObject is a client as list or info answered it, with the differences
// between the two actions taken out: dictionary fields carry titles, ids are
// numbers, sentinels are unset.
type ClientObject struct {
	CLID int64
	UID  string // "" = never set
	// UserID and User are the owner; 0 and "" when nobody owns the client or
	// the action did not tell (info has no login).
	UserID int64
	User   string
	// Trash is true only when the answer says so. list never tells: see
	// TrashKnown.
	Trash, TrashKnown bool
	// Created and Edited are "YYYY-MM-DD HH:MM:SS" in the account's zone, ""
	// when null or not delivered.
	Created, Edited string
	// Fields holds every other field by its API key (title, type, phone,
	// mail_url, site_url, address, des, scheme, input1…). The dictionary fields
	// idcategory, territory, clientpath and tip_cmr hold the title, not the id.
	// A key that the answer lacked is missing.
	Fields map[string]Text
	// Recv holds the requisites by cast* key; nil when they were not asked for.
	Recv map[string]Text
}

// FieldInput is one field of a write. List is sent as a JSON array and wins
// over Text when it is not nil; an empty Text clears the field.
type FieldInput struct {
	Key  string
	Text string
	List []string
}

// ClientInput is the content of an add, of one element of add.list, or of an
// update. Only the fields present are sent, in the order given.
type ClientInput struct {
	UID    string // sent when not ""
	User   string // owner's login, for add; sent when not ""
	UserID int64  // owner's id, for update; sent when not 0
	Fields []FieldInput
	Recv   []FieldInput // Text only
}
