package crmapi

import (
	"context"
	"errors"
	"iter"
)

var errTodo = errors.New("todo")

type Client struct{}

func New(cfg Config) (*Client, error)                                { return nil, errTodo }
func (c *Client) Warnings() []Warning                                { return nil }
func (c *Client) Close()                                             {}
func (c *Client) Fields(ctx context.Context) ([]FieldCaption, error) { return nil, errTodo }
func (c *Client) Me(ctx context.Context) (User, error)               { return User{}, errTodo }
func (c *Client) Users(ctx context.Context) ([]User, error)          { return nil, errTodo }
func (u User) SeesEverything() bool                                  { return false }
func (c *Client) List(ctx context.Context, q ListQuery) (ListPage, error) {
	return ListPage{}, errTodo
}

// Clients: an error of ClassUnreadable concerns one record, the sequence goes on; any other ends it.
func (c *Client) Clients(ctx context.Context, q ListQuery) iter.Seq2[ClientObject, error] {
	return nil
}
func (c *Client) InfoByCLID(ctx context.Context, clid int64, bankInfo bool) (ClientObject, error) {
	return ClientObject{}, errTodo
}
func (c *Client) InfoByUID(ctx context.Context, uid string, bankInfo bool) (ClientObject, error) {
	return ClientObject{}, errTodo
}
func (c *Client) InfoByINN(ctx context.Context, inn string, bankInfo bool) (ClientObject, error) {
	return ClientObject{}, errTodo
}
func (c *Client) Add(ctx context.Context, in ClientInput) (AddAnswer, error) {
	return AddAnswer{}, errTodo
}
func (c *Client) AddList(ctx context.Context, in []ClientInput) ([]AddAnswer, error) {
	return nil, errTodo
}
func (c *Client) Update(ctx context.Context, clid int64, in ClientInput) (UpdateAnswer, error) {
	return UpdateAnswer{}, errTodo
}
func (c *Client) Delete(ctx context.Context, clid int64) (DeleteAnswer, error) {
	return DeleteAnswer{}, errTodo
}
func (c *Client) Categories(ctx context.Context) ([]GuideEntry, error)  { return nil, errTodo }
func (c *Client) Territories(ctx context.Context) ([]GuideEntry, error) { return nil, errTodo }
func (c *Client) Relations(ctx context.Context) ([]GuideEntry, error)   { return nil, errTodo }
func (c *Client) ClientPaths(ctx context.Context) ([]GuideEntry, error) { return nil, errTodo }
