package settings

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// output is what a command prints in a folder, without the line's end. Nothing that it prints is in
// an error: it may be a secret, or most of one.
func output(command, dir string, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(ctx, shell, flag, command)
	cmd.Dir = dir
	endTogether(cmd)
	cmd.WaitDelay = time.Second // for what the shell has left in the background, and that holds its output open
	out := &bounded{most: maxValue}
	cmd.Stdout = out
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the shell itself has ended, and well
	}
	var exit *exec.ExitError
	switch {
	case err != nil && ctx.Err() != nil:
		return "", fmt.Errorf("has not ended after %s", patience)
	case errors.As(err, &exit) && exit.Exited():
		return "", fmt.Errorf("ended with code %d; run it yourself to see why", exit.ExitCode())
	case err != nil:
		return "", fmt.Errorf("could not be run: %w", err)
	case out.more:
		return "", fmt.Errorf("printed more than %d bytes", maxValue)
	}
	text, err := valueOf(out.held)
	switch {
	case err != nil:
		return "", fmt.Errorf("printed a text that %w", err)
	case text == "":
		return "", errors.New("printed nothing")
	}
	return text, nil
}

// bounded keeps the beginning of what is written, and whether there was more.
type bounded struct {
	held []byte
	most int
	more bool
}

func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - len(b.held)
	if len(p) > room {
		b.more = true
	}
	b.held = append(b.held, p[:min(len(p), room)]...)
	return len(p), nil
}
