// Package mappings holds the ready mappings for common 1C exports, so that the
// program can show them without its source tree.
package mappings

import _ "embed"

// Clients is 1c-clients.yaml: the counterparties of 1C as clients of the CRM.
//
//go:embed 1c-clients.yaml
var Clients []byte
