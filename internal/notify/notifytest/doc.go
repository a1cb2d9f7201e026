// Package notifytest runs a mail server that keeps what it is given, for tests:
// with TLS by a certificate of its own, with users, and with recipients that it
// refuses. It listens on the loopback address only. Safe for concurrent use.
package notifytest
