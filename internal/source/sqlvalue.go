package source

// Null is the text of a cell that holds an SQL NULL: one NUL byte, which no text
// of a readable row holds. It differs from an empty cell.
const Null = "\x00"
