package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// URL is the address of a database of the cluster, as the role that owns it.
func (c *Cluster) URL(database string) string {
	u, err := url.Parse(c.base)
	if err != nil {
		return c.base // reported by whoever connects
	}
	if c.role != "" {
		u.User = url.User(c.role)
	}
	u.Path = "/" + database
	return u.String()
}

// CreateDatabase makes an empty database and returns its name. Where the server can, its
// texts sort by a language's rules and not by their bytes, so that a test sees
// SQL that forgot to say which order it means.
func (c *Cluster) CreateDatabase(ctx context.Context) (string, error) {
	name := "lode_" + strings.ToLower(rand.Text())
	create := "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"
	if c.role != "" {
		create += " OWNER " + c.role
	}
	err := c.exec(ctx, create+" LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
	if err != nil { // before PostgreSQL 15, or built without ICU
		err = c.exec(ctx, create)
	}
	return name, err
}

// DropDatabase removes a database, also while somebody is connected to it.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	return c.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

func (c *Cluster) exec(ctx context.Context, sql string) error {
	config, err := pgx.ParseConfig(c.base)
	if err != nil {
		return fmt.Errorf("read server address: %w", err)
	}
	if c.role != "" {
		config.Database = "postgres"
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // the statement has been answered
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("run %q: %w", sql, err)
	}
	return nil
}
