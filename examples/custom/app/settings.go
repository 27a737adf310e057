package main

import "github.com/lodehq/lode/settings"

// Settings is what the program is told from outside: by the environment or in .env.
type Settings struct {
	Warehouse settings.Secret `yaml:"warehouse" env:"WAREHOUSE" default:"duckdb:custom.duckdb" doc:"Address of the warehouse: duckdb:FILE or postgres://USER@HOST/DATABASE."`
	Helpdesk  string          `yaml:"helpdesk" env:"HELPDESK_URL" doc:"Where the help desk answers; only run, plan and lint ask it."`
}

// load reads the settings; a test hands in settings.Only.
func load(options ...settings.Option) (Settings, error) {
	return settings.Load[Settings](options...)
}
