package message

// The service, 13xx.
const ()

var serviceEntries = []entry{}
