package message

import "strings"

// Lang is a language of messages and help.
type Lang string

// The languages.
const (
	Russian Lang = "ru"
	English Lang = "en"
)

// Detect chooses the language: the configuration's `lang` if it names one, else
// the value of the LANG environment variable (ru_RU.UTF-8 is Russian), else
// English.
func Detect(configured, environment string) Lang {
	switch Lang(strings.ToLower(strings.TrimSpace(configured))) {
	case Russian:
		return Russian
	case English:
		return English
	}
	tag := strings.ToLower(environment)
	if i := strings.IndexAny(tag, "_-.@"); i >= 0 {
		tag = tag[:i]
	}
	if tag == "ru" || tag == "russian" {
		return Russian
	}
	return English
}
