package main

import (
	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/mapping"
)

func (in *installation) sqlSource(_ *config.Job, _ *mapping.Mapping) (sourceSide, error) {
	return nil, nil
}

func (in *installation) sqlOutbox(_ string, _ *mapping.Mapping, _ *config.SQLSink) (engine.Outbox, error) {
	return nil, nil
}
