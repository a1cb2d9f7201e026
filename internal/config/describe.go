package config

import "reflect"

// This file tells whoever describes the configuration elsewhere (JSON Schemas
// for editors) what the types' private methods know.

// Words lists the words of a type that has a fixed set of them, in the order of
// errors; nil for any other type.
func Words(t reflect.Type) []string {
	if v, ok := reflect.Zero(t).Interface().(vocabulary); ok {
		return v.words()
	}
	return nil
}

// ReadsItself reports whether a type has a form of its own in the file, so that
// neither its kind nor its fields tell what may stand there.
func ReadsItself(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(leaf)
	return ok
}

// WithDefaults is a new value of a type of the configuration in which the keys
// that have a default hold it.
func WithDefaults(t reflect.Type) reflect.Value {
	v := reflect.New(t)
	if d, ok := v.Interface().(defaulter); ok {
		d.setDefaults()
	}
	return v.Elem()
}
