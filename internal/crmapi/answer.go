package crmapi

import (
	"regexp"
	"strconv"
	"strings"
)

// The actions, as they stand in the path.
const (
	actFields      = "client/fields"
	actList        = "client/list"
	actInfo        = "client/info"
	actAdd         = "client/add"
	actAddList     = "client/add.list"
	actAddListV1   = "client/addlist"
	actUpdate      = "client/update"
	actDelete      = "client/delete"
	actUserInfo    = "user/info"
	actUserList    = "user/list"
	actCategory    = "guides/category"
	actTerritory   = "guides/territory"
	actRelations   = "guides/relations"
	actClientPaths = "guides/clientpath"
)

// envelope is the outer object of an answer, or one element of add.list's.
type envelope struct {
	data, params, exists, hid []byte // raw; nil = not there
	result                    string
	failed                    bool // the answer is an error
	code                      int
	text                      string
}

// codeNoop is the one error code that rides on a success: "identical".
const codeNoop = 302

// parseEnvelope reads the members that carry meaning. A key that stands twice is
// an error: which of the two to believe is not ours to guess.
func parseEnvelope(raw []byte) (envelope, error) {
	var (
		e     envelope
		fault []byte
		seen  uint8
		twice bool
	)
	once := func(bit uint8, dst *[]byte, val []byte) {
		twice = twice || seen&bit != 0
		seen |= bit
		*dst = val
	}
	var result []byte
	err := eachMember(raw, func(key, val []byte) {
		switch string(key) {
		case "data":
			once(1, &e.data, val)
		case "params":
			once(2, &e.params, val)
		case "exists":
			once(4, &e.exists, val)
		case "hid":
			once(8, &e.hid, val)
		case "result":
			once(16, &result, val)
		case "error":
			once(32, &fault, val)
		}
	})
	if err != nil {
		return e, err
	}
	if twice {
		return e, errTwinKey
	}
	e.result, _, _ = stringOf(result)
	present, err := e.readFault(fault)
	if err != nil {
		return e, err
	}
	// The documented sign, a key "error", stands in successes too; and an error
	// may come with data (the existing clid), so data does not acquit.
	e.failed = strings.EqualFold(e.result, "error") || present && e.code != codeNoop
	return e, nil
}

// readFault reads the member "error"; "", [], null and false mean none.
func (e *envelope) readFault(raw []byte) (present bool, err error) {
	if len(raw) == 0 {
		return false, nil
	}
	switch raw[0] {
	case '{':
		var twice error
		codes := 0
		err = eachMember(raw, func(key, val []byte) {
			switch string(key) {
			case "code":
				if codes++; codes > 1 {
					twice = errTwinKey
				}
				e.code = int(intOf(val))
				present = present || e.code != 0
			case "text":
				e.text, _, _ = stringOf(val)
				present = present || e.text != ""
			}
		})
		if err == nil {
			err = twice
		}
		return present, err
	case '[':
		list, err := elements(raw)
		return len(list) > 0, err
	}
	s, _, _ := stringOf(raw)
	e.text = s
	return s != "", nil
}

// mends reports whether the sound rows of a damaged answer are worth reading.
func mends(action string) bool {
	switch action {
	case actList, actInfo, actDealList, actInvoiceList, actPersonList:
		return true
	}
	return false
}

var reCLID = regexp.MustCompile(`(?i)clid\s*=\s*(\d+)`)

// existing returns the client that a duplicate answer names: in `exists`, in
// `data` (as documented), or in the text (old servers); 0 if nowhere.
func (e *envelope) existing() int64 {
	if id := intOf(e.exists); id > 0 {
		return id
	}
	if id := intOf(e.data); id > 0 {
		return id
	}
	if m := reCLID.FindStringSubmatch(e.text); m != nil {
		if id, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			return id
		}
	}
	return 0
}

// classOf gives an error code its meaning, which hangs on the action: 406 is a
// duplicate of add and "has deals" of delete. A code that nobody knows leaves a
// write's outcome unknown, code 500 above all: the CRM answers it after the
// insert too.
func classOf(action string, code int) Class {
	if code == 400 || code == 401 {
		return ClassAuth
	}
	switch action {
	case actAdd, actAddList, actAddListV1:
		return addClass(code)
	case actUpdate:
		return updateClass(code)
	case actDelete:
		return deleteClass(code)
	}
	if class, ok := dealClass(action, code); ok {
		return class
	}
	if class, ok := contractClass(action, code); ok {
		return class
	}
	switch {
	case code == 403 && action == actInfo:
		return ClassInvisible
	case code == 404:
		return ClassNotFound
	case code == 402, code == 403, code == 405:
		return ClassRefused
	case code >= 500:
		return ClassUnknown
	}
	return ClassProtocol
}

func addClass(code int) Class {
	switch code {
	case 304, 406:
		return ClassDuplicate
	case 402, 403, 405, 407:
		return ClassRefused
	}
	return ClassUnknown
}

func updateClass(code int) Class {
	switch code {
	case 403:
		return ClassInvisible
	case 404:
		return ClassNotFound
	case 402, 405:
		return ClassRefused
	}
	return ClassUnknown
}

// deleteClass: delete looks at the id alone, not at what the login sees, so its
// 403 is a definite "not there".
func deleteClass(code int) Class {
	switch code {
	case 403, 404:
		return ClassNotFound
	case 406, 408:
		return ClassHasDeals
	case 402, 405:
		return ClassRefused
	}
	return ClassUnknown
}

// failure turns an envelope that is an error into one.
func (c *Client) failure(action string, status int, e *envelope) *Error {
	class := classOf(action, e.code)
	if e.code == 0 && (action == actAdd || action == actAddList || action == actAddListV1) && intOf(e.exists) > 0 {
		class = ClassDuplicate
	}
	out := &Error{Class: class, Action: action, Code: e.code, Text: c.redact(e.text), HTTPStatus: status}
	if class == ClassDuplicate {
		out.CLID = e.existing()
	}
	return out
}
