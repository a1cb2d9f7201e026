package crmapi

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxInvoiceNumber is the number of characters of an invoice's number that the
// CRM stores; more are cut in silence.
const MaxInvoiceNumber = 20

var (
	errNoDID         = errors.New("did is not positive")
	errNoInvoiceID   = errors.New("id of the invoice is not positive")
	errNoClientNamed = errors.New("neither client nor payer is set")
	errNotDay        = errors.New("is no day YYYY-MM-DD")
	errNotDecimal    = errors.New("is no decimal number")
	errNotPositive   = errors.New("is not above zero")
	errNumber        = fmt.Errorf("number of the invoice is empty, longer than %d characters, or one the CRM would replace", MaxInvoiceNumber)
	errFixedLines    = errors.New("this interface does not write the specification of a deal that is there")
	errOwnCall       = errors.New("is not written by add or update")
)

var (
	reDay     = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	reDecimal = regexp.MustCompile(`^-?\d{1,15}(\.\d+)?$`)
)

// checkDealQuery says why q must not be sent, and cuts the times of day off.
func checkDealQuery(q *DealQuery) error {
	if q.Above < 0 || q.CLID < 0 {
		return errors.New("did or clid is negative")
	}
	for _, d := range [...]*string{&q.ChangedFrom, &q.ChangedTo} {
		if *d == "" {
			continue
		}
		if !reDate.MatchString(*d) {
			return fmt.Errorf("a bound %w", errNotDay)
		}
		*d = (*d)[:len("2006-01-02")]
	}
	if q.ChangedFrom != "" && q.ChangedTo == "" {
		return errors.New("ChangedFrom without ChangedTo, which servers ignore")
	}
	return nil
}

func checkInvoiceQuery(q *InvoiceQuery) error {
	for _, d := range [...]string{q.From, q.To, q.PaidFrom, q.PaidTo} {
		if d != "" && !reDay.MatchString(d) {
			return fmt.Errorf("a bound %w", errNotDay)
		}
	}
	return nil
}

// checkDealInput says why in must not be sent; nil if it may. add demands a title
// and a client.
func checkDealInput(in *DealInput, add bool) error {
	if in.UID != "" {
		if err := checkUID(in.UID); err != nil {
			return err
		}
	}
	switch {
	case unsafeSQL(in.User):
		return fmt.Errorf("user %w", errUnsafe)
	case in.CLID < 0 || in.Payer < 0:
		return errNoCLID
	case add && in.CLID == 0 && in.Payer == 0:
		return errNoClientNamed
	case add && in.UserID != 0, !add && in.User != "":
		return fmt.Errorf("owner %w", errOwnCall)
	}
	titled := !add
	for i := range in.Fields {
		f := &in.Fields[i]
		if err := checkDealField(f, in.Fields[:i], add); err != nil {
			return err
		}
		titled = titled || f.Key == "title"
	}
	if !titled {
		return errNoTitle
	}
	for i := range in.Lines {
		if err := in.Lines[i].check(); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}

func checkDealField(f *FieldInput, before []FieldInput, add bool) error {
	if !reKey.MatchString(f.Key) || f.List != nil {
		return fmt.Errorf("field %q %w", f.Key, errReserved)
	}
	if hasKey(before, f.Key) {
		return fmt.Errorf("field %q %w", f.Key, errTwin)
	}
	wrong := error(nil)
	switch f.Key {
	case "title":
		if strings.TrimSpace(f.Text) == "" {
			wrong = errNoTitle
		}
	case "step":
		if !add {
			wrong = errOwnCall
		}
	case "direction", "tip":
		if f.Text == "" {
			wrong = ErrNoSuchTitle
		}
	case "datum_plan", "datum_start", "datum_end":
		if f.Text != "" && !reDay.MatchString(f.Text) {
			wrong = errNotDay
		}
	case "kol", "marga":
		wrong = checkDecimal(f.Text)
	case "mcid":
		if strings.ContainsFunc(f.Text, func(r rune) bool { return r < '0' || r > '9' }) {
			wrong = errReserved
		}
	case "content", FieldAddress, "dog_num":
	default:
		if !strings.HasPrefix(f.Key, "input") {
			wrong = errReserved // members of the request, or of the closing
		}
	}
	if wrong != nil {
		return fmt.Errorf("field %q: %w", f.Key, wrong)
	}
	return nil
}

// check says why a line must not be sent.
func (l *DealLine) check() error {
	if strings.TrimSpace(l.Title) == "" {
		return errNoTitle
	}
	for _, s := range [...]string{l.Quantity, l.Factor, l.Price, l.PriceIn, l.VAT} {
		if err := checkDecimal(s); err != nil {
			return err
		}
	}
	return nil
}

func checkClose(in *CloseInput) error {
	for _, s := range [...]string{in.Fact, in.Margin} {
		if err := checkDecimal(s); err != nil {
			return err
		}
	}
	return nil
}

func checkInvoiceInput(in *InvoiceInput) error {
	if in.DID <= 0 {
		return errNoDID
	}
	n := strings.TrimSpace(in.Number)
	if n == "" || n == "auto" || n == "0" || utf8.RuneCountInString(in.Number) > MaxInvoiceNumber {
		return errNumber
	}
	if unsafeSQL(in.Number) {
		return fmt.Errorf("number %w", errUnsafe)
	}
	for _, d := range [...]string{in.Date, in.Plan} {
		if d != "" && !reDay.MatchString(d) {
			return fmt.Errorf("a date %w", errNotDay)
		}
	}
	if err := checkDecimal(in.VAT); err != nil {
		return fmt.Errorf("tax %w", err)
	}
	if in.Sum == "" { // the CRM would bill the whole deal
		return fmt.Errorf("sum %w", errNotPositive)
	}
	return checkSum(in.Sum)
}

func checkPayment(in *PaymentInput) error {
	if in.ID <= 0 {
		return errNoInvoiceID
	}
	if in.On != "" && !reDay.MatchString(in.On) {
		return fmt.Errorf("the day %w", errNotDay)
	}
	if unsafeSQL(in.Number) {
		return fmt.Errorf("number %w", errUnsafe)
	}
	return checkSum(in.Sum)
}

// checkSum accepts what the CRM stores as it is: above zero, in whole kopecks. It
// rounds more places, and takes a payment of zero for all of the line.
func checkSum(s string) error {
	if err := checkDecimal(s); err != nil {
		return fmt.Errorf("sum %w", err)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || r.Sign() <= 0 || !r.Mul(r, big.NewRat(100, 1)).IsInt() {
		return fmt.Errorf("sum %w, or has parts of a kopeck", errNotPositive)
	}
	return nil
}

// checkDecimal accepts "" as not set.
func checkDecimal(s string) error {
	if s != "" && !reDecimal.MatchString(s) {
		return errNotDecimal
	}
	return nil
}

func zeroIfEmpty(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

// twoPlaces rounds a number to the two places that the CRM keeps, halves away from
// zero, which is how they are compared. Left to the server, a half goes as the
// nearest binary fraction does, or to the even neighbour: 2.125 would become 2.12.
func twoPlaces(s string) string {
	if _, fraction, _ := strings.Cut(s, "."); len(fraction) <= 2 {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	return r.FloatString(2)
}

// asKept is the deal with its numbers as the CRM keeps them.
func (in DealInput) asKept() DealInput {
	in.Fields, in.Lines = slices.Clone(in.Fields), slices.Clone(in.Lines)
	for i := range in.Fields {
		if f := &in.Fields[i]; f.Key == "kol" || f.Key == "marga" {
			f.Text = twoPlaces(f.Text)
		}
	}
	for i := range in.Lines {
		l := &in.Lines[i]
		l.Quantity, l.Price, l.PriceIn, l.VAT = twoPlaces(l.Quantity), twoPlaces(l.Price), twoPlaces(l.PriceIn), twoPlaces(l.VAT)
	}
	return in
}
