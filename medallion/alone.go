package medallion

import (
	"context"
	"fmt"
)

// Alone does something, which what names, while no run of the project is going, and keeps
// others from beginning. It fails with warehouse.ErrLocked while one is going.
func (e *Engine) Alone(ctx context.Context, what string, work func() error) (err error) {
	release, err := e.Warehouse.Lock(ctx, "lode/"+e.Model.Layers.Lode)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer func() {
		if e := release(); e != nil && err == nil {
			err = fmt.Errorf("release the project's lock: %w", e)
		}
	}()
	return work()
}
