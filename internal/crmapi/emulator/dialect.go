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
	}
	old = dialect{
		duplicate: 406, codeText: true, badKey: 400, noTitle: 405, noID: 403, hasDeals: 406,
		defaultOrder: "date_create", oldFirst: true, countTotal: true,
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
