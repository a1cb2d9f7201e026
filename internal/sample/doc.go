// Package sample makes synthetic counterparty exports in the shape that
// 1C:Enterprise writes them: big clean ones for benchmarks ([Write]) and the
// small one full of defects that the demo, the README and the tests use
// ([Example], [ExampleEdited], [Seed], [Cases], [Edits]), with orders, invoices,
// payments and contacts of the same clients ([Orders], [Invoices], [Payments],
// [ContactColumns], [DealSeedJSON], [DealCases]).
//
// Every name, number and address is invented. ИНН and ОГРН lie in region 99
// (the few that must begin with a zero in the tax office 0999), БИК in region 99,
// phone numbers in exchange 000, mails and sites under example.ru, example.com and
// .invalid; check digits are right unless a case says otherwise.
//
// Everything is a pure function of its arguments: the same options give the
// same bytes on every machine. The package must not know readers, mappings or
// the CRM client; what it says about outcomes in [Cases] and [DealCases] is what the
// design promises, not what some code does. All functions are safe for concurrent use.
package sample

//go:generate go run ./mkexport -examples ../../examples/1c
