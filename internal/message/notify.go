package message

// Notifications, 14xx.
const ()

var notifyEntries = []entry{}
