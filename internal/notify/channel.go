package notify

import (
	"context"
	"fmt"
	"time"
)

// Channel carries messages to people.
type Channel interface {
	// Name is the channel's in the configuration: mail, webhook, telegram.
	Name() string
	// Send returns nil once the message was taken. A *PartError means that some
	// were reached, a *LaterError that the server named a time to come back.
	// Errors hold neither secrets nor addresses that the configuration does not.
	Send(ctx context.Context, m Message) error
}

// PartError says that a message reached some of its recipients, and why not the
// rest. The message counts as told: those who have it must not get it twice.
type PartError struct {
	Refused, Of int
	Err         error // of the first that was refused
}

func (e *PartError) Error() string {
	return fmt.Sprintf("%d of %d recipients were not reached: %v", e.Refused, e.Of, e.Err)
}

// Unwrap is the first refusal.
func (e *PartError) Unwrap() error { return e.Err }

// LaterError says that the server takes nothing before After has passed.
type LaterError struct {
	After time.Duration
	Err   error
}

func (e *LaterError) Error() string { return fmt.Sprintf("%v; again in %s", e.Err, e.After) }

// Unwrap is what the server said.
func (e *LaterError) Unwrap() error { return e.Err }
