package message

// named gives the code for a name that another package uses for a reason, a
// guard or a rule.
type named struct {
	name string
	code Code
}

func lookup(list []named, name string, otherwise Code) Code {
	for _, n := range list {
		if n.name == name {
			return n.code
		}
	}
	return otherwise
}

func names(list []named) []string {
	out := make([]string, 0, len(list))
	for _, n := range list {
		out = append(out, n.name)
	}
	return out
}
