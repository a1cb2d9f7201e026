package mapping

import "strings"

// What the CRM knows of a client's fields (its stock form; lengths in
// characters). Keys are the API's.

// serverLength returns the CRM's column length in characters; 0 for its text
// columns.
func serverLength(name string) int {
	switch name {
	case "title", "phone", "fax", "site_url", "mail_url", "territory", "idcategory", "clientpath":
		return 250
	case "tip_cmr":
		return 255
	case "type":
		return 100
	}
	if isInput(name) {
		return 255
	}
	return 0
}

// textBytes is the size of the CRM's text columns. All requisites share one.
const textBytes = 65535

var clientFields = []string{
	"title", "type", "user", "date_create", "phone", "fax", "mail_url", "site_url", "address",
	"territory", "idcategory", "clientpath", "tip_cmr", "des", "scheme",
}

var recvKeys = []string{
	"castUrName", "castUrNameShort", "castInn", "castKpp", "castBank", "castBankKs", "castBankRs",
	"castBankBik", "castOkpo", "castOgrn", "castDirName", "castDirSignature", "castDirStatus", "castDirStatusSig",
	"castDirOsnovanie", "castUrAddr",
}

// notMappable says why a field of the CRM cannot stand under `fields`.
var notMappable = map[string]string{
	"uid":       "the uid has its own key: uid: {column: …}",
	"clid":      "the CRM's id has its own key: clid: {column: …}",
	"recv":      "requisites stand under recv:",
	"iduser":    "the owner is mapped as user, with a login",
	"date_edit": "the CRM sets it itself",
	"head_clid": "it refers to another client, which mappings do not support",
	"pid":       "it refers to a contact, which mappings do not support",
}

// notMappableIn says why a field of the entity cannot stand under `fields`.
func notMappableIn(entity, name string) string {
	if entity != EntityDeal {
		return notMappable[name]
	}
	switch name {
	case "uid":
		return notMappable["uid"]
	case "did":
		return "the CRM's id has its own key: clid: {column: …}"
	case "clid", "client":
		return "the client has its own key: client: {column: …, job: …}"
	case "payer":
		return "who pays has its own key: payer: {column: …, job: …}"
	case "iduser":
		return notMappable["iduser"]
	case "step":
		return "the stage has its own key: step: {column: …}"
	case "speka", "lines":
		return "the specification has its own key: lines: {…}"
	case "status_close", "kol_fact", "des_fact":
		return "what a deal is closed with stands under close:"
	case "pid":
		return notMappable["pid"]
	case "datum", "datum_izm", "datum_close":
		return "the CRM sets it itself"
	}
	return ""
}

func isInput(name string) bool {
	digits, ok := strings.CutPrefix(name, "input")
	if !ok || digits == "" || len(digits) > 3 {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

// isDictionary reports whether the CRM keeps the field as a reference to one of
// its lists.
func isDictionary(name string) bool {
	switch name {
	case "territory", "idcategory", "clientpath", "tip_cmr":
		return true
	}
	return false
}

// typeOf is the type of a field that names none.
func typeOf(name string) FieldType {
	switch name {
	case "phone", "fax":
		return TypePhones
	case "mail_url":
		return TypeEmails
	case "site_url":
		return TypeURL
	case "date_create":
		return TypeDatetime
	}
	return TypeText
}

// clientTypes are the CRM's kinds of clients, "concurent" spelt as it does.
var clientTypes = []string{"client", "person", "partner", "contractor", "concurent"}

// clientType undoes the misspelling of the CRM's own documentation.
func clientType(s string) string {
	if s == "parnter" {
		return "partner"
	}
	return s
}
