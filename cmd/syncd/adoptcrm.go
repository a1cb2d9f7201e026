package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// adoptClients reads every client of the CRM, with what people know it by. The
// list does not tell who is in the trash, so that is asked apart.
func (in *installation) adoptClients(p *jobParts) func(context.Context, func(engine.AdoptClient) error) error {
	return func(ctx context.Context, yield func(engine.AdoptClient) error) error {
		trash, owners, err := aroundClients(ctx, p.api)
		if err != nil {
			return err
		}
		for o, err := range p.api.Clients(ctx, crmapi.ListQuery{BankInfo: true}) {
			if err != nil && !unreadable(err) {
				return fmt.Errorf("read the clients: %w", err)
			}
			if o.CLID == 0 {
				continue
			}
			k := p.mapping.KeysOfCRM(&o)
			if err := yield(engine.AdoptClient{
				Entry: reconcile.Entry{CLID: o.CLID, UID: o.UID, Trash: o.Trash || trash[o.CLID], Keys: reconcile.Keys{
					INN: k.INN, INNDoubtful: !k.INNValid, KPP: k.KPP, Phones: k.Phones, Mails: k.Mails, Title: k.Title,
				}},
				Title: o.Fields["title"].S, INN: o.Recv["castInn"].S, KPP: o.Recv["castKpp"].S,
				Phones: o.Fields["phone"].S, Mails: o.Fields["mail_url"].S, Owner: cmp.Or(owners[o.UserID], o.User),
			}); err != nil {
				return err
			}
		}
		return nil
	}
}

// aroundClients reads who is in the trash, and the names of owners by their ids, as
// far as the CRM tells them.
func aroundClients(ctx context.Context, api *crmapi.Client) (trash map[int64]bool, owners map[int64]string, err error) {
	trash, owners = map[int64]bool{}, map[int64]string{}
	t, err := api.Traits(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("ask what the CRM can do: %w", err)
	}
	if t.TrashFilter {
		for o, err := range api.Clients(ctx, crmapi.ListQuery{Fields: []string{"clid"}, Trash: crmapi.TrashOnly}) {
			if err != nil && !unreadable(err) {
				return nil, nil, fmt.Errorf("read the trash: %w", err)
			}
			trash[o.CLID] = true
		}
	}
	if !t.Directory {
		return trash, owners, nil
	}
	users, err := api.Users(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the users: %w", err)
	}
	for _, u := range users {
		owners[u.ID] = cmp.Or(u.Title, u.Login)
	}
	return trash, owners, nil
}

// unreadable reports a client that the CRM cannot show in a form that can be
// read: it is there all the same, with its clid when that much is known.
func unreadable(err error) bool {
	var e *crmapi.Error
	return errors.As(err, &e) && e.Class == crmapi.ClassUnreadable
}
