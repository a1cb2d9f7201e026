// Package mappings holds the ready mappings for common 1C exports, so that the
// program can show them without its source tree.
package mappings

import _ "embed"

// Clients is 1c-clients.yaml: the counterparties of 1C as clients of the CRM.
//
//go:embed 1c-clients.yaml
var Clients []byte

// Contacts is 1c-contacts.yaml: the same counterparties with the people there.
//
//go:embed 1c-contacts.yaml
var Contacts []byte

// Orders is 1c-orders.yaml: orders as deals, with their invoices and payments.
//
//go:embed 1c-orders.yaml
var Orders []byte
