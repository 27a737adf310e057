package store_test

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/lodehq/lode"
	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/schema"
	"github.com/lodehq/lode/standard"
	"github.com/lodehq/lode/store"
)

// Account is a row of app.accounts.
type Account struct {
	Number int64           `lode:",key"`
	Owner  string          `lode:",type=normalized_email"`
	Saldo  decimal.Decimal `lode:"balance_amount,type=decimal(18,2)"`
	model.Audit
}

var (
	Accounts = model.Table[Account]("accounts", model.Compute("is_rich", "balance_amount > 1000"), model.Check("no debts", "balance_amount >= 0"))
	Owner    = model.Field(Accounts, func(a *Account) *string { return &a.Owner })
	Saldo    = model.Field(Accounts, func(a *Account) *decimal.Decimal { return &a.Saldo })
	IsRich   = model.ComputedField[bool](Accounts, "is_rich")
)

func Example() {
	ctx := context.Background()
	models := []model.Some{Accounts}
	l, err := lode.Open(ctx, lode.Project{Warehouse: "duckdb:", Drivers: standard.Warehouses(),
		Project: schema.Project{Name: "bank", Tables: model.Tables(models...)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	if err := l.Prepare(ctx); err != nil {
		fmt.Println(err)
		return
	}
	db, err := l.Store(models)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = store.In(db, Accounts).Insert(ctx,
		&Account{Number: 1, Owner: " Ada@Example.com", Saldo: decimal.NewFromInt(1500)},
		&Account{Number: 2, Owner: "bob@example.com", Saldo: decimal.NewFromInt(20)})
	fmt.Println("insert:", err)

	transfer := func(from, to int64, amount int64) error {
		return db.Do(ctx, func(u *store.Unit) error {
			accounts, d := store.In(u, Accounts), decimal.NewFromInt(amount)
			a, err := accounts.Get(ctx, from)
			if err != nil {
				return err
			}
			b, err := accounts.Get(ctx, to)
			if err != nil {
				return err
			}
			b.Saldo, a.Saldo = b.Saldo.Add(d), a.Saldo.Sub(d)
			return accounts.Update(ctx, b, a)
		})
	}
	fmt.Println("transfer:", transfer(1, 2, 400))
	fmt.Println("transfer:", transfer(2, 1, 9000))

	for a, err := range store.In(db, Accounts).Where(IsRich.Eq(true)).OrderBy(Saldo.Desc()).Each(ctx) {
		fmt.Println(a.Owner, a.Saldo, a.RowVersion, err)
	}
	// Output:
	// insert: <nil>
	// transfer: <nil>
	// transfer: update table accounts: table accounts: the row breaks a rule of its table: "no debts" (balance_amount >= 0)
	// ada@example.com 1100 2 <nil>
}
