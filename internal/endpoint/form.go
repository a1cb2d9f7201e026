package endpoint

import (
	"context"
	"fmt"

	"syncd/internal/crmapi"
)

// form is the CRM's form of a kind of records. What is written to a field that it
// has switched off the CRM drops in silence.
type form struct {
	whose  string // of what records, for errors
	ask    func(context.Context) ([]crmapi.FieldCaption, error)
	always []string // fields that no answer lists, and that are never off

	active map[string]bool // nil = not asked yet
}

// load asks once which fields are switched on.
func (f *form) load(ctx context.Context) error {
	if f.active != nil {
		return nil
	}
	fields, err := f.ask(ctx)
	if err != nil {
		return fmt.Errorf("ask for the CRM's fields of %s: %w", f.whose, err)
	}
	f.answered(fields)
	return nil
}

// answered takes the fields that the CRM answers when it is asked for them.
func (f *form) answered(fields []crmapi.FieldCaption) {
	f.active = make(map[string]bool, len(f.always)+len(fields))
	for _, name := range f.always {
		f.active[name] = true
	}
	for _, field := range fields {
		f.active[field.Key] = true
	}
}

// has reports whether a field, by its name in the API, is switched on.
func (f *form) has(name string) bool { return f.active[name] }
