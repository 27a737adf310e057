// Package model ties Go structs to tables: what a program says of its rows, as plain data.
//
//	type Customer struct {
//		ID     uuid.UUID       `lode:",key,generated"`
//		Email  string          `lode:",type=normalized_email,unique"`
//		Tier   string          `lode:",oneof=basic|gold"`
//		Credit decimal.Decimal `lode:"credit_amount,type=decimal(18,2)"`
//		Phone  *string         `doc:"May be unknown."`
//	}
//
//	var (
//		Customers = model.Table[Customer]("customers")
//		Email     = model.Field(Customers, func(c *Customer) *string { return &c.Email })
//		Credit    = model.Field(Customers, func(c *Customer) *decimal.Decimal { return &c.Credit })
//		IsVIP     = model.Computed[bool](Customers, "is_vip", "tier == 'gold' && credit_amount > 10000")
//	)
//
// A [Model] is read from its struct once; afterwards rows are filled and read at fixed
// places, without reflection. [Table] declares a table of the application; [Entity],
// [Dimension], [Fact] and [Aggregate] read a table that the project makes from bronze.
// Fields give typed conditions, orders and assignments, so that a misspelt column does not
// compile. Nothing here does I/O: package store carries it out.
package model
