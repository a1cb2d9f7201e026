package crmapi

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The CRM pastes several values into its SQL as they are. Such a value kills the
// whole answer, after the records before it were created, and this package must
// not be the way in for an injection. The mapping rejects these values earlier
// and says which row; what arrives here all the same is refused before sending.

// MaxUID is the number of characters of a uid that the CRM stores; more are cut
// in silence.
const MaxUID = 30

var (
	errUnsafe   = errors.New("holds an apostrophe, a backslash or a control character")
	errNoUID    = errors.New("uid is empty")
	errLongUID  = fmt.Errorf("uid is longer than %d characters", MaxUID)
	errNoCLID   = errors.New("clid is not positive")
	errNoTitle  = errors.New("title is empty")
	errReserved = errors.New("is not a field that can be written")
	errTwin     = errors.New("stands twice")
)

var (
	reKey  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	reDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?$`)
)

func unsafeSQL(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r == '\'' || r == '\\' || r < ' ' || r == 0x7f })
}

func checkUID(uid string) error {
	switch {
	case uid == "":
		return errNoUID
	case utf8.RuneCountInString(uid) > MaxUID:
		return errLongUID
	case unsafeSQL(uid):
		return fmt.Errorf("uid %w", errUnsafe)
	}
	return nil
}

// checkInput says why in must not be sent; nil if it may. add demands a title.
func checkInput(in *ClientInput, add bool) error {
	if in.UID != "" {
		if err := checkUID(in.UID); err != nil {
			return err
		}
	}
	if unsafeSQL(in.User) {
		return fmt.Errorf("user %w", errUnsafe)
	}
	titled := !add
	for i := range in.Fields {
		f := &in.Fields[i]
		if err := checkField(f, in.Fields[:i]); err != nil {
			return err
		}
		if f.Key == "title" {
			// A client without a title cannot be read any more.
			if strings.TrimSpace(f.Text) == "" || f.List != nil {
				return errNoTitle
			}
			titled = true
		}
	}
	if !titled {
		return errNoTitle
	}
	for i := range in.Recv {
		f := &in.Recv[i]
		if !strings.HasPrefix(f.Key, "cast") || !reKey.MatchString(f.Key) {
			return fmt.Errorf("requisite %q %w", f.Key, errReserved)
		}
		if hasKey(in.Recv[:i], f.Key) {
			return fmt.Errorf("requisite %q %w", f.Key, errTwin)
		}
	}
	return nil
}

func checkField(f *FieldInput, before []FieldInput) error {
	switch f.Key {
	case "action", "apikey", "login", "client", "clid", "uid", "user", "iduser", "recv", "fields", "fromapi":
		// Members of the request itself; `action` would even override the path.
		return fmt.Errorf("field %q %w", f.Key, errReserved)
	case "mail_url", "idcategory", "clientpath":
		if unsafeSQL(f.Text) {
			return fmt.Errorf("field %q %w", f.Key, errUnsafe)
		}
		for _, s := range f.List {
			if unsafeSQL(s) {
				return fmt.Errorf("field %q %w", f.Key, errUnsafe)
			}
		}
	}
	if !reKey.MatchString(f.Key) {
		return fmt.Errorf("field %q %w", f.Key, errReserved)
	}
	if hasKey(before, f.Key) {
		return fmt.Errorf("field %q %w", f.Key, errTwin)
	}
	return nil
}

func hasKey(fields []FieldInput, key string) bool {
	for i := range fields {
		if fields[i].Key == key {
			return true
		}
	}
	return false
}

// checkQuery says why q must not be sent.
func checkQuery(q *ListQuery) error {
	if q.Page < 0 || q.Above < 0 {
		return errors.New("page or clid is negative")
	}
	if q.Order != "" && !reKey.MatchString(q.Order) {
		return errors.New("order is not the name of a field")
	}
	for _, f := range q.Fields {
		if !reKey.MatchString(f) {
			return fmt.Errorf("%q is not the name of a field", f)
		}
	}
	for _, d := range [...]string{q.ChangedFrom, q.ChangedTo, q.CreatedFrom, q.CreatedTo} {
		if d != "" && !reDate.MatchString(d) {
			return errors.New("a date is neither YYYY-MM-DD nor YYYY-MM-DD HH:MM:SS")
		}
	}
	if q.ChangedFrom != "" && q.ChangedTo == "" {
		return errors.New("ChangedFrom without ChangedTo, which servers ignore")
	}
	if unsafeSQL(q.Word) {
		return fmt.Errorf("word %w", errUnsafe)
	}
	return nil
}

// refusal is the error of an input that was not sent.
func refusal(action string, err error) *Error {
	return &Error{Class: ClassRefused, Action: action, Local: true, Err: err}
}
