package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/mapping"
	"syncd/internal/message"
)

// initWithin is how long a first mapping waits for the CRM.
const initWithin = 15 * time.Second

// crmForInit is what a first mapping wants to know of the CRM.
type crmForInit struct {
	fields []mapping.KnownField // those that are on
	users  []mapping.KnownUser  // those that are active
}

// askForInit asks the CRM that the flag names, or the only one. Without a
// configuration, or when the CRM does not answer, it says so and returns nil:
// a mapping can be made without.
func (a *app) askForInit(ctx context.Context, crm string) (*config.Config, *crmForInit, error) {
	cfg, err := a.config()
	if err != nil {
		if crm != "" || a.flags.config != "" {
			return nil, nil, err
		}
		var one *config.Error
		if errors.As(err, &one) && one.Code == message.ConfigNotFound {
			a.remark(message.InitNoCRM)
		} else {
			a.remark(message.InitOffline, message.S("crm", "—"), message.S("cause", a.textOf(err)))
		}
		return nil, nil, nil
	}
	if crm, err = chosenCRM(cfg, crm); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, initWithin)
	defer cancel()
	found, err := a.readForInit(ctx, cfg, crm)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, nil, err
		}
		a.remark(message.InitOffline, message.S("crm", crm), message.S("cause", a.textOf(err)))
		return cfg, nil, nil
	}
	return cfg, found, nil
}

// chosenCRM is the named CRM, or the only one.
func chosenCRM(cfg *config.Config, name string) (string, error) {
	known := slices.Sorted(maps.Keys(cfg.CRM))
	if name == "" && len(known) == 1 {
		return known[0], nil
	}
	if !slices.Contains(known, name) {
		return "", usageError(message.UsageBadFlag, message.S("command", "syncd init"), message.S("cause", "--crm takes one of: "+strings.Join(known, ", ")))
	}
	return name, nil
}

func (a *app) readForInit(ctx context.Context, cfg *config.Config, crm string) (*crmForInit, error) {
	in := &installation{app: a, cfg: cfg, log: a.logger(cfg.Log, cfg.Timezone.Location)}
	api, err := in.client(crm)
	if err != nil {
		return nil, err
	}
	defer api.Close()
	fields, err := api.Fields(ctx)
	if err != nil {
		return nil, err
	}
	users, err := api.Users(ctx)
	if err != nil && !errors.Is(err, crmapi.ErrNotInDialect) {
		return nil, err
	}
	found := &crmForInit{}
	for _, f := range fields {
		found.fields = append(found.fields, mapping.KnownField{Key: f.Key, Caption: f.Caption})
	}
	for _, u := range users {
		if u.Active {
			found.users = append(found.users, mapping.KnownUser{Login: u.Login, Title: u.Title})
		}
	}
	return found, nil
}

// textOf is an error in the user's language, without its place.
func (a *app) textOf(err error) string {
	var one *config.Error
	if errors.As(err, &one) {
		return message.In(a.lang, one.Code, one.Args...).What
	}
	var f *faultError
	if errors.As(err, &f) {
		return message.In(a.lang, f.code, f.args...).What
	}
	return err.Error()
}
