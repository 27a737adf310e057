package store

import (
	"context"
	"fmt"

	"github.com/lodehq/lode/model"
)

// Listener is told of rows that are written, in the transaction that writes them: an error stops
// it. It is there for validation and audit. Functions that are nil are not called. Of a write of many
// rows listeners are told row by row; of those that go in or out by one statement, first before
// it and then after it.
type Listener[T any] struct {
	BeforeInsert func(ctx context.Context, u *Unit, row *T) error
	AfterInsert  func(ctx context.Context, u *Unit, row *T) error
	BeforeUpdate func(ctx context.Context, u *Unit, old, row *T) error
	AfterUpdate  func(ctx context.Context, u *Unit, old, row *T) error
	BeforeDelete func(ctx context.Context, u *Unit, row *T) error
	AfterDelete  func(ctx context.Context, u *Unit, row *T) error
}

// Listen lets a listener be told of a model's rows.
func Listen[T any](m *model.Model[T], l Listener[T]) Option {
	return func(o *options) { o.listeners[m.Info()] = append(o.listeners[m.Info()], l) }
}

func listenersOf[T any](d *DB, b *bound) []Listener[T] {
	var out []Listener[T]
	for _, l := range d.options.listeners[b.info] {
		if l, ok := l.(Listener[T]); ok {
			out = append(out, l)
		}
	}
	return out
}

// moment is when a listener is told.
type moment string

const (
	beforeInsert moment = "before insert"
	afterInsert  moment = "after insert"
	beforeUpdate moment = "before update"
	afterUpdate  moment = "after update"
	beforeDelete moment = "before delete"
	afterDelete  moment = "after delete"
)

func (w writer[T]) tell(ctx context.Context, m moment, old, row *T) error {
	for _, l := range w.listeners {
		if err := l.told(ctx, m, w.u, old, row); err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
	}
	return nil
}

func (l Listener[T]) told(ctx context.Context, m moment, u *Unit, old, row *T) error {
	one := map[moment]func(context.Context, *Unit, *T) error{
		beforeInsert: l.BeforeInsert, afterInsert: l.AfterInsert, beforeDelete: l.BeforeDelete, afterDelete: l.AfterDelete,
	}[m]
	two := map[moment]func(ctx context.Context, u *Unit, old, row *T) error{beforeUpdate: l.BeforeUpdate, afterUpdate: l.AfterUpdate}[m]
	switch {
	case two != nil:
		return two(ctx, u, old, row)
	case one != nil && row == nil:
		return one(ctx, u, old)
	case one != nil:
		return one(ctx, u, row)
	}
	return nil
}
