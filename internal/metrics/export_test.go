package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Definition is a row of the table, for tests.
type Definition struct {
	Name, Type string
	Labels     []string
	Help       string
}

// Definitions returns the two parts of the table.
func Definitions() (process, state []Definition) {
	for _, d := range inProcess {
		process = append(process, Definition{d.name, string(d.kind), slices.Clone(d.labels), d.help})
	}
	for _, d := range inState {
		state = append(state, Definition{d.name, string(d.kind), slices.Clone(d.labels), d.help})
	}
	return process, state
}

// Words returns the closed lists of labels' values.
func Words() (knownResults, knownStages, knownActions, knownClasses []string) {
	return results, stages, actions, classes
}

// Registry is where all metrics are.
func (m *Metrics) Registry() prometheus.Gatherer { return m.registry }
