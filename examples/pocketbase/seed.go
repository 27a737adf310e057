package main

import (
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// The collections.
const (
	customers = "customers"
	orders    = "orders"
)

func createSuperuser(app core.App, o options) error {
	collection, err := app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return fmt.Errorf("find the superusers: %w", err)
	}
	user := core.NewRecord(collection)
	user.SetEmail(o.user)
	user.SetPassword(o.password)
	if err := app.Save(user); err != nil {
		return fmt.Errorf("create superuser %s: %w", o.user, err)
	}
	return nil
}

// createCollections makes both collections with times that PocketBase keeps itself;
// updated is the cursor.
func createCollections(app core.App) error {
	c := core.NewBaseCollection(customers)
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true},
		&core.EmailField{Name: "email"},
		&core.SelectField{Name: "segment", Values: segments},
		&core.TextField{Name: "country"},
		&core.NumberField{Name: "credit"},
		&core.BoolField{Name: "active"},
	)
	if err := save(app, c); err != nil {
		return err
	}
	o := core.NewBaseCollection(orders)
	o.Fields.Add(
		&core.RelationField{Name: "customer", CollectionId: c.Id, MaxSelect: 1},
		&core.SelectField{Name: "status", Values: statuses},
		&core.NumberField{Name: "total"},
		&core.DateField{Name: "ordered_at", Required: true},
	)
	return save(app, o)
}

func save(app core.App, c *core.Collection) error {
	c.Fields.Add(
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	c.AddIndex("idx_"+c.Name+"_updated", false, "updated, id", "")
	if err := app.Save(c); err != nil {
		return fmt.Errorf("create collection %s: %w", c.Name, err)
	}
	return nil
}

// The lists below are never written to.
var (
	segments  = []string{"SMB", "Mid-Market", "Enterprise"}
	statuses  = []string{"placed", "shipped", "delivered"}
	countries = []string{"DE", "FR", "GB", "US", "PL"}
	names     = []string{"Ada", "Björn", "Chloé", "Daria", "Émile", "Farid", "Greta"}
)

// firstOrder is when the oldest order was placed; the others follow at fixed distances.
var firstOrder = time.Date(2025, 1, 1, 8, 0, 0, 0, time.UTC)

// seed fills the collections with the same records every time. Only created and
// updated are the real time, because PocketBase writes them.
func seed(app core.App, o options) error {
	for n := range o.customers {
		err := insert(app, customers, customerID(n), map[string]any{
			"name":    fmt.Sprintf("%s %d", names[n%len(names)], n),
			"email":   fmt.Sprintf("customer%d@example.com", n),
			"segment": segments[n*7%len(segments)],
			"country": countries[n*3%len(countries)],
			"credit":  float64(n%200) * 99.5,
			"active":  n%9 != 0,
		})
		if err != nil {
			return err
		}
	}
	for n := range o.orders {
		err := insert(app, orders, fmt.Sprintf("o%014d", n), map[string]any{
			"customer":   customerID(n * 31 % o.customers),
			"status":     statuses[n%len(statuses)],
			"total":      float64(n%500) + 0.25,
			"ordered_at": firstOrder.Add(time.Duration(n) * 2 * time.Hour).Format(types.DefaultDateLayout),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// customerID has the 15 characters that PocketBase wants.
func customerID(n int) string { return fmt.Sprintf("c%014d", n) }

func insert(app core.App, collection, id string, fields map[string]any) error {
	c, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return fmt.Errorf("find collection %s: %w", collection, err)
	}
	r := core.NewRecord(c)
	r.Load(fields)
	r.Id = id
	if err := app.SaveNoValidate(r); err != nil {
		return fmt.Errorf("create %s %s: %w", collection, id, err)
	}
	return nil
}
