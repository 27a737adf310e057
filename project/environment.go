package project

import (
	"errors"

	"github.com/lodehq/lode/settings"
)

// EnvFile is the name of the file that holds a project's secrets.
const EnvFile = settings.EnvFile

// environment answers for variables: the process's environment before the project's .env,
// so that a deployment can override what lies in the folder.
func (l *loader) environment(lookup func(string) (string, bool)) *settings.Environment {
	environment, err := settings.NewEnvironment(lookup, l.path(EnvFile))
	if problems, ok := errors.AsType[settings.Problems](err); ok {
		l.lost(problems...)
	}
	return environment
}
