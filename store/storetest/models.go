// Package storetest holds every way of keeping rows to the contract of package store: each
// sentence of it is a subtest, which runs on PostgreSQL, on DuckDB and in memory.
package storetest

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// Customer is a row with a column of most types.
type Customer struct {
	ID        uuid.UUID       `lode:",key,generated"`
	Email     string          `lode:",type=normalized_email,unique"`
	Name      string          `doc:"As it is printed on letters."`
	Tier      string          `lode:",oneof=basic|gold"`
	Credit    decimal.Decimal `lode:"credit_amount,type=decimal(18,2)"`
	Phone     *string
	BornOn    *model.Date
	SeenAt    *time.Time
	Visits    int64 `lode:"visit_count"`
	Score     *float64
	IsActive  bool
	Tags      []string `lode:",json"`
	Notes     json.RawMessage
	Orders    []*Order `lode:"-"`
	Favourite *Order   `lode:"-"`
	model.Audit
}

// Order belongs to a customer. It does not know its version.
type Order struct {
	Number     int64           `lode:",key"`
	Line       int32           `lode:",key"`
	CustomerID *uuid.UUID      `lode:",index"`
	Amount     decimal.Decimal `lode:",type=decimal(12,2)"`
	OrderedAt  time.Time
	Customer   *Customer `lode:"-"`
}

// The models, their columns and their relations.
var (
	Customers = model.Table[Customer]("customers", model.Describe("Who buys."),
		model.Compute("is_vip", "is_active && credit_amount > 1000"),
		model.Check("credit is not negative", "credit_amount >= 0"))
	ID       = model.Field(Customers, func(c *Customer) *uuid.UUID { return &c.ID })
	Email    = model.Field(Customers, func(c *Customer) *string { return &c.Email })
	Name     = model.Field(Customers, func(c *Customer) *string { return &c.Name })
	Tier     = model.Field(Customers, func(c *Customer) *string { return &c.Tier })
	Credit   = model.Field(Customers, func(c *Customer) *decimal.Decimal { return &c.Credit })
	Phone    = model.Maybe(Customers, func(c *Customer) **string { return &c.Phone })
	BornOn   = model.Maybe(Customers, func(c *Customer) **model.Date { return &c.BornOn })
	Visits   = model.Field(Customers, func(c *Customer) *int64 { return &c.Visits })
	Score    = model.Maybe(Customers, func(c *Customer) **float64 { return &c.Score })
	IsActive = model.Field(Customers, func(c *Customer) *bool { return &c.IsActive })
	Tags     = model.Field(Customers, func(c *Customer) *[]string { return &c.Tags })
	Notes    = model.Field(Customers, func(c *Customer) *json.RawMessage { return &c.Notes })
	Updated  = model.Field(Customers, func(c *Customer) *time.Time { return &c.UpdatedAt })
	IsVIP    = model.ComputedField[bool](Customers, "is_vip")

	Orders     = model.Table[Order]("orders")
	Number     = model.Field(Orders, func(o *Order) *int64 { return &o.Number })
	CustomerID = model.Maybe(Orders, func(o *Order) **uuid.UUID { return &o.CustomerID })
	Amount     = model.Field(Orders, func(o *Order) *decimal.Decimal { return &o.Amount })

	CustomerOrders = model.HasMany(ID, CustomerID, func(c *Customer) *[]*Order { return &c.Orders })
	OrderCustomer  = model.BelongsTo(CustomerID, ID, func(o *Order) **Customer { return &o.Customer })
)

// Models are all models of the suite.
func Models() []model.Some { return []model.Some{Customers, Orders, Replies, Tickets, store.AuditLog} }
