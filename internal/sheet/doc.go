// Package sheet is about the CSV files that people mark in a spreadsheet and hand
// back: it writes them so that a spreadsheet does the least harm, and reads them
// after whatever it did: another encoding, delimiter, line end or order of the
// columns, quotes, empty rows and columns, blanks around words.
//
// Reading never guesses. What a sheet says is either read as it was meant, or
// refused with its line: a row is known again by a code of letters alone, which
// no spreadsheet takes for a number or a date, and never by a key that may have
// been rounded.
//
// The package knows nothing of records, holds or the state: columns and cells in,
// columns and cells out. All functions may be called concurrently.
package sheet
