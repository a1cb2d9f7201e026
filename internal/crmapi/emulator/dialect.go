package emulator

import "strconv"

// dialect is the table of what differs between the server as observed, as
// documented and as it was.
type dialect struct {
	duplicate       int    // code of "existing client"
	duplicateField  string // where its clid stands beside the text; "": nowhere
	codeText        bool   // codes are strings
	badKey          int
	noTitle         int
	noID            int // update and delete without an id
	hasDeals        int
	defaultOrder    string
	oldFirst        bool // first=old sorts ascending
	countTotal      bool // count is the size of the selection, not of the page
	relationFilter  bool // filter.relation works
	trashFalse      bool // filter.trash=false leaves the trash out
	changeStart     bool // dateChangeStart alone works
	updateUser      bool // update takes the owner's login
	typoSynonym     bool // fields=date_chage answers date_edit
	explicitUnknown bool // info of an unknown clid is 404

	// what PHP 8 made of the scripts of v1
	arrays    bool // a parameter may be an array
	countable bool // counting what is not there is 0, not the end

	explicitErrors bool // v1: an absent id is its error code, not broken SQL
	listFields     bool // v1: fields may name every field of the form
	v1Documented   bool // v1: shapes of info, filters, recv and type as documented
	dealUID        bool // actions on deals that take a uid do what they say they do
	dealList       bool // list of deals: uid, active, steps and word work
	closeStatus    bool // v3: an unknown status does not close a deal
	dealPartial    bool // v3: an update of a deal writes what it was sent, speka too
	invoiceDate    bool // v3: a payment keeps its date, "do": "yes" is paid
	invoiceChecked bool // v3: payments above the invoice are refused; v1: those of nothing
	invoiceTax     bool // v3: an invoice needs no specification
	factor         bool // v3: "dop" multiplies
	personPartial  bool // an update of a contact keeps what it was not sent
}

var (
	observed = dialect{
		duplicate: 304, duplicateField: "exists", badKey: 401, noTitle: 402, noID: 403, hasDeals: 408,
		defaultOrder: "datum",
	}
	documented = dialect{
		duplicate: 406, duplicateField: "data", badKey: 400, noTitle: 405, noID: 405, hasDeals: 406,
		defaultOrder: "date_create", oldFirst: true, countTotal: true, relationFilter: true, trashFalse: true,
		changeStart: true, updateUser: true, typoSynonym: true, explicitUnknown: true,
		arrays: true, countable: true, explicitErrors: true, listFields: true, v1Documented: true, dealUID: true, dealList: true,
		closeStatus: true, dealPartial: true, invoiceDate: true, invoiceChecked: true, invoiceTax: true, factor: true, personPartial: true,
	}
	old = dialect{
		duplicate: 406, codeText: true, badKey: 400, noTitle: 405, noID: 403, hasDeals: 406,
		defaultOrder: "date_create", oldFirst: true, countTotal: true, arrays: true, countable: true,
	}
)

func (o Options) dialect() dialect {
	switch {
	case o.Old:
		return old
	case o.AsDocumented:
		return documented
	default:
		return observed
	}
}

// failure is an error answer.
func (d dialect) failure(code int, text string) object {
	return object{{"result", "Error"}, {"error", d.errorObject(code, text)}}
}

func (d dialect) errorObject(code int, text string) object {
	var c any = code
	if d.codeText {
		c = strconv.Itoa(code)
	}
	return object{{"code", c}, {"text", text}}
}
