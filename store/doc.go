// Package store reads and writes the rows of models for application code: typed queries,
// repositories, and units of work.
//
//	db, err := store.Open(w, project, []model.Some{Customers, Orders})
//	customers := store.In(db, Customers)
//
//	c, err := customers.Get(ctx, id)
//	gold, err := customers.Where(Tier.Eq("gold")).OrderBy(Credit.Desc()).Limit(10).All(ctx)
//	for c, err := range customers.Where(IsVIP.Eq(true)).Each(ctx) { ... }
//
//	err = db.Do(ctx, func(u *store.Unit) error {
//		return store.In(u, Customers).Insert(ctx, &Customer{Email: "a@b.example"})
//	})
//
// A repository works on a [Session]: on a [DB] each call is a transaction of its own, in a
// [Unit] all calls are one. [Memory] is the same without a database, for tests; storetest
// holds all of them to one contract.
//
// Only application tables are written. What the project makes from bronze is read: a change
// of it comes through its source.
package store
