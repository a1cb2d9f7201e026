package mapping

// What the CRM knows of deals, their lines, invoices and payments, and of
// contacts. Keys are the API's.

var dealFields = []string{
	"title", "user", "datum_plan", "datum_start", "datum_end", "kol", "marga", "content", "adres", "des", "mcid", //nolint:misspell // the API's name
	"dog_num", "direction", "tip",
}

// closeFields are the keys of `close` besides its condition.
var closeFields = []string{"status_close", "kol_fact", "marga", "des_fact"}

// closeMargin is the schema name of the margin that a deal is closed with: the
// deal has one of its own.
const closeMargin = "close_marga"

// lineFields are the columns of a specification, in the order in which the text of
// a line has them.
var lineFields = []string{"artikul", "title", "kol", "edizm", "price", "price_in", "nds", "dop"}

var invoiceFields = []string{"invoice", "date", "date_plan", "summa", "nds", "contract", "tip", "rs"}

var paymentFields = []string{"date_do", "summa"}

var personFields = []string{"person", "ptitle", "tel", "mob", "fax", "mail", "rol"}

// fieldsOf are the fields of an entity by name; besides them it may have inputs.
func fieldsOf(entity string) (known []string, inputs bool) {
	switch entity {
	case EntityDeal:
		return dealFields, true
	case entityLine:
		return lineFields, false
	case EntityInvoice:
		return invoiceFields, false
	case EntityPayment:
		return paymentFields, false
	case EntityPerson:
		return personFields, true
	}
	return clientFields, true
}

// requiredIn reports what a record of the entity cannot be without.
func requiredIn(entity, name string) bool {
	switch entity {
	case EntityClient, EntityDeal:
		return name == "title"
	case entityLine:
		return name == "title" || name == "kol" || name == "price"
	case EntityInvoice:
		return name == "invoice" || name == "summa"
	case EntityPayment:
		return name == "summa"
	case EntityPerson:
		return name == "person"
	}
	return false
}

// writtenOnce reports entities that the CRM has no way to change.
func writtenOnce(entity string) bool { return entity == EntityInvoice || entity == EntityPayment }

// isGuide reports a field that refers to one of the CRM's lists of deals, to which
// nothing can be added from here.
func isGuide(entity, name string) bool {
	return entity == EntityDeal && (name == "direction" || name == "tip" || name == "status_close")
}

// isPositive reports sums that the CRM takes above zero only.
func isPositive(entity, name string) bool { return writtenOnce(entity) && name == "summa" }

// typeIn is the type of a field that names none.
func typeIn(entity, name string) FieldType {
	if entity == EntityClient {
		return typeOf(name)
	}
	switch name {
	case "kol", "marga", closeMargin, "kol_fact", "price", "price_in", "summa", "nds":
		return TypeDecimal
	case "step", "dop", "rs", "mcid":
		return TypeInt
	case "datum_plan", "datum_start", "datum_end", "date", "date_plan", "date_do":
		return TypeDate
	case "tel", "mob", "fax":
		return TypePhones
	case "mail":
		return TypeEmails
	}
	return TypeText
}

// lengthIn is the CRM's column length in characters; 0 for its text columns.
func lengthIn(entity, name string) int {
	switch entity {
	case EntityClient:
		return serverLength(name)
	case EntityDeal:
		if isInput(name) {
			return 512
		}
		return 0
	case entityLine:
		return map[string]int{"artikul": 100, "title": 255, "edizm": 10}[name]
	case EntityInvoice:
		return map[string]int{"invoice": maxNumber, "contract": 40, "tip": 255}[name]
	case EntityPerson:
		if isInput(name) {
			return 255
		}
		if name != "rol" {
			return 250
		}
	}
	return 0
}

// maxNumber is the length of an invoice's number in characters.
const maxNumber = 20
