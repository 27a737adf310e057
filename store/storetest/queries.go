package storetest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/lodehq/lode/model"
	"github.com/lodehq/lode/store"
)

// queries: what is asked is what is answered.
func queries() map[string]func(*testing.T, Open) {
	return map[string]func(*testing.T, Open){
		"conditions choose rows, NULL meets none":                    conditions,
		"rows come in order, and NULL last":                          orders,
		"pages go by offset and by key":                              pages,
		"related rows come by one query for each relation":           related,
		"rows are chosen by what they are related to":                has,
		"a summary groups, sums, and counts by case":                 summaries,
		"JSON is asked by path, by key and by content":               documents,
		"an incremental read goes on from the greatest value so far": incremental,
	}
}

func conditions(t *testing.T, open Open) {
	db := open(t)
	rows := some(t, db, 6) // basic basic gold basic basic gold; visits 1 to 6; credit 500 to 3000
	customers := store.In(db, Customers)
	rows[4].Phone = new(string)
	*rows[4].Phone = "555"
	must(t, customers.Update(t.Context(), rows[4]))
	for what, c := range map[string]struct {
		where model.Condition[Customer]
		want  string
	}{
		"eq":              {Tier.Eq("gold"), "Name 03 Name 06 "},
		"ne":              {Tier.Ne("basic"), "Name 03 Name 06 "},
		"in":              {Visits.In(2, 4, 99), "Name 02 Name 04 "},
		"in nothing":      {Visits.In(), ""},
		"in very many":    {Visits.In(multiples(70_000, 3)...), "Name 03 Name 06 "},
		"in many lists":   {model.Or(anyOf(7, Visits.In(multiples(9_000, 3)...))...), "Name 03 Name 06 "},
		"in many texts":   {Tier.In(manyTexts(70_000, "gold")...), "Name 03 Name 06 "},
		"between":         {Credit.Between(decimal.NewFromInt(1000), decimal.RequireFromString("1500.00")), "Name 02 Name 03 "},
		"less":            {Visits.Lt(2), "Name 01 "},
		"more":            {Credit.Gt(decimal.NewFromInt(2500)), "Name 06 "},
		"or":              {model.Or(Visits.Eq(1), Tier.Eq("gold")), "Name 01 Name 03 Name 06 "},
		"or of nothing":   {model.Or[Customer](), ""},
		"and of nothing":  {model.And[Customer](), "Name 01 Name 02 Name 03 Name 04 Name 05 Name 06 "},
		"not":             {model.Not(model.Or(Visits.Gte(3), Tier.Eq("gold"))), "Name 01 Name 02 "},
		"null":            {model.And(Phone.IsNull(), Visits.Gt(4)), "Name 06 "},
		"not null":        {Phone.NotNull(), "Name 05 "},
		"differs of NULL": {Phone.Ne("1"), "Name 05 "},
		"not of NULL":     {model.Not(Phone.Eq("1")), "Name 05 "},
		"prefix":          {model.HasPrefix(Email, "c2"), "Name 02 "},
		"prefix of %":     {model.HasPrefix(Email, "%"), ""},
		"contains":        {model.Contains(Name, "me 0"), "Name 01 Name 02 Name 03 Name 04 Name 05 Name 06 "},
		"computed":        {IsVIP.Eq(false), "Name 01 Name 02 "},
		"boolean":         {IsActive.Eq(false), ""},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := customers.Where(c.where).OrderBy(Name.Asc()).All(t.Context())
			must(t, err)
			if names(got) != c.want {
				t.Errorf("got %q, want %q", names(got), c.want)
			}
		})
	}
}

func orders(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	rows := some(t, db, 4)
	for i, score := range []float64{2, 1} {
		rows[i].Score = &score
		must(t, customers.Update(t.Context(), rows[i]))
	}
	for want, q := range map[string]store.Query[Customer]{
		"Name 02 Name 01 Name 03 Name 04 ": customers.All().OrderBy(Score.Asc(), Name.Asc()),
		"Name 01 Name 02 Name 04 Name 03 ": customers.All().OrderBy(Score.Desc(), Name.Desc()),
		"Name 03 Name 04 ":                 customers.All().OrderBy(IsVIP.Desc(), Name.Asc()).Limit(2),
	} {
		got, err := q.All(t.Context())
		must(t, err)
		if names(got) != want {
			t.Errorf("got %q, want %q", names(got), want)
		}
	}
	if err := customers.Insert(t.Context(), ada(func(c *Customer) { c.Name, c.Email = "apple", "x@example.com" }), ada(func(c *Customer) { c.Name, c.Email = "Zebra", "y@example.com" })); err != nil {
		t.Fatal(err)
	}
	got, err := customers.Where(Name.Gt("Y")).OrderBy(Name.Asc()).All(t.Context())
	must(t, err)
	if names(got) != "Zebra apple " {
		t.Errorf("texts are compared byte by byte: got %q", names(got))
	}
}

func pages(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	some(t, db, 7)
	page, err := customers.All().OrderBy(Name.Asc()).Page(t.Context(), 2, 3)
	must(t, err)
	if page.Total != 7 || names(page.Rows) != "Name 04 Name 05 Name 06 " {
		t.Errorf("page 2 of %d: %s", page.Total, names(page.Rows))
	}
	got, err := store.After(customers.All(), Name, "Name 05").Limit(3).All(t.Context())
	must(t, err)
	if names(got) != "Name 06 Name 07 " {
		t.Errorf("after 05: %s", names(got))
	}
	if _, err := customers.All().Page(t.Context(), 0, 3); err == nil {
		t.Error("page 0 was taken")
	}
}

// buys gives customers orders: the i-th of them has i.
func buys(t testing.TB, db store.Session, rows []*Customer) {
	t.Helper()
	var orders []*Order
	for i, c := range rows {
		for line := range i {
			orders = append(orders, &Order{Number: int64(i), Line: int32(line), CustomerID: &c.ID, Amount: decimal.NewFromInt(int64(line)), OrderedAt: now()})
		}
	}
	must(t, store.In(db, Orders).Insert(t.Context(), append(orders, &Order{Number: 99, Line: 1, OrderedAt: now()})...))
}

func related(t *testing.T, open Open) {
	db := open(t)
	buys(t, db, some(t, db, 5))
	before := db.Queries()
	rows, err := store.With(store.In(db, Customers).All().OrderBy(Name.Asc()), CustomerOrders, Orders).All(t.Context())
	must(t, err)
	if n := db.Queries() - before; n != 2 {
		t.Errorf("%d queries for one relation, want 2", n)
	}
	for i, c := range rows {
		if len(c.Orders) != i {
			t.Errorf("%s has %d orders, want %d", c.Name, len(c.Orders), i)
		}
	}
	before = db.Queries()
	orders, err := store.With(store.In(db, Orders).All(), OrderCustomer, Customers).All(t.Context())
	must(t, err)
	if n := db.Queries() - before; n != 2 {
		t.Errorf("%d queries for one relation, want 2", n)
	}
	for _, o := range orders {
		if (o.CustomerID == nil) != (o.Customer == nil) || o.Customer != nil && o.Customer.ID != *o.CustomerID {
			t.Errorf("order %d has the wrong customer", o.Number)
		}
	}
}

func has(t *testing.T, open Open) {
	db := open(t)
	buys(t, db, some(t, db, 5))
	rows, err := store.In(db, Customers).Where(CustomerOrders.Has(Amount.Gte(decimal.NewFromInt(2)))).OrderBy(Name.Asc()).All(t.Context())
	must(t, err)
	if names(rows) != "Name 04 Name 05 " {
		t.Errorf("got %s", names(rows))
	}
	n, err := store.In(db, Orders).Where(OrderCustomer.Has(Tier.Eq("gold"), CustomerOrders.Has())).Count(t.Context())
	if n != 2 || err != nil {
		t.Errorf("%d orders of gold customers, %v", n, err)
	}
	n, err = store.In(db, Orders).Where(model.Not(OrderCustomer.Has())).Count(t.Context())
	if n != 1 || err != nil {
		t.Errorf("%d orders of nobody, %v", n, err)
	}
}

func summaries(t *testing.T, open Open) {
	db := open(t)
	some(t, db, 6)
	type total struct {
		Tier    string
		Credit  decimal.Decimal `lode:"credit_amount,type=decimal(38,2)"`
		Rows    int64           `lode:"count"`
		VIPs    int64           `lode:"vips"`
		Most    int64
		Average float64
	}
	got, err := store.Summarize[total](t.Context(), store.In(db, Customers).Where(Visits.Gt(1)),
		store.By(Tier), store.Sum(Credit), store.Count[Customer](), store.Count[Customer]().Where(IsVIP.Eq(true)).As("vips"),
		store.Greatest(Visits).As("most"), store.Avg(Visits).As("average"))
	must(t, err)
	if len(got) != 2 || got[0].Tier != "basic" || got[0].Credit.String() != "5500" || got[0].Rows != 3 || got[0].VIPs != 2 || got[1].Most != 6 || got[1].Average != 4.5 {
		t.Errorf("got %+v", got)
	}
	none, err := store.In(db, Customers).Where(Tier.Eq("gold"), Visits.Gt(100)).Count(t.Context())
	if none != 0 || err != nil {
		t.Errorf("of nothing there are %d, %v", none, err)
	}
}

// multiples are the first n of a number.
func multiples(n int, of int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i+1) * of
	}
	return out
}

// anyOf repeats a condition.
func anyOf(n int, c model.Condition[Customer]) []model.Condition[Customer] {
	return slices.Repeat([]model.Condition[Customer]{c}, n)
}

// manyTexts are n texts, one of which is last.
func manyTexts(n int, last string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.Repeat("'", i%3) + strconv.Itoa(i)
	}
	out[n-1] = last
	return out
}

func documents(t *testing.T, open Open) {
	db := open(t)
	customers := store.In(db, Customers)
	must(t, customers.Insert(t.Context(),
		ada(func(c *Customer) {
			c.Email, c.Name, c.Notes, c.Tags = "1@example.com", "one", []byte(`{"a":{"b":"x","n":5},"list":[1,2]}`), []string{"red", "blue"}
		}),
		ada(func(c *Customer) {
			c.Email, c.Name, c.Notes, c.Tags = "2@example.com", "two", []byte(`{"a":{"b":"y"},"q/r":null}`), []string{"red"}
		}),
		ada(func(c *Customer) { c.Email, c.Name = "3@example.com", "none" })))
	for what, c := range map[string]struct {
		where model.Condition[Customer]
		want  string
	}{
		"path":                {model.Path(Notes, "a", "b").Eq("x"), "one "},
		"path of a number":    {model.Path(Notes, "a", "n").Eq("5"), "one "},
		"path that is absent": {model.Path(Notes, "a", "n").IsNull(), "none two "},
		"path into a list":    {model.Path(Notes, "list", "1").Eq("2"), "one "},
		"path past a list":    {model.Path(Notes, "list", "2").IsNull(), "none one two "},
		"key":                 {model.HasKey(Notes, "q/r"), "two "},
		"key of a list":       {model.HasKey(Tags, "red"), ""},
		"content":             {model.Holds(Notes, map[string]any{"a": map[string]any{"n": 5}}), "one "},
		"element":             {model.Holds(Notes, map[string]any{"list": []int{2}}), "one "},
		"element of a list":   {model.Holds(Tags, []string{"blue"}), "one "},
		"element by itself":   {model.Holds(Tags, "blue"), "one "},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := customers.Where(c.where).OrderBy(Name.Asc()).All(t.Context())
			must(t, err)
			if names(got) != c.want {
				t.Errorf("got %q, want %q", names(got), c.want)
			}
		})
	}
	got, err := customers.All().OrderBy(model.Path(Notes, "a", "b").Desc()).All(t.Context())
	must(t, err)
	if names(got) != "two one none " {
		t.Errorf("by a path: %s", names(got))
	}
}

func incremental(t *testing.T, open Open) {
	at := now()
	db := open(t, store.Now(func() time.Time { return at }))
	customers := store.In(db, Customers)
	if _, ok, err := store.Max(t.Context(), customers.All(), Updated); ok || err != nil {
		t.Fatalf("of nothing: %v %v", ok, err)
	}
	rows := some(t, db, 3)
	from, ok, err := store.Max(t.Context(), customers.All(), Updated)
	if !ok || err != nil || !from.Equal(at) {
		t.Fatalf("the greatest is %v %v %v", from, ok, err)
	}
	at = at.Add(time.Hour)
	must(t, customers.Update(t.Context(), rows[1]))
	got, err := store.Since(customers.All(), Updated, from.Add(time.Microsecond)).All(t.Context())
	must(t, err)
	if names(got) != "Name 02 " {
		t.Errorf("got %s", names(got))
	}
	if least, ok, err := store.Min(t.Context(), customers.All(), Credit); !ok || err != nil || least.String() != "500" {
		t.Errorf("the least is %v %v %v", least, ok, err)
	}
	if all, ok, err := store.Min(t.Context(), customers.All(), IsActive); !ok || err != nil || !all {
		t.Errorf("the least of booleans is %v %v %v", all, ok, err)
	}
	slices.SortFunc(rows, func(a, b *Customer) int { return strings.Compare(a.ID.String(), b.ID.String()) })
	if last, ok, err := store.Max(t.Context(), customers.All(), ID); !ok || err != nil || last != rows[2].ID {
		t.Errorf("the greatest of keys is %v %v %v", last, ok, err)
	}
	if _, err := customers.Get(t.Context(), uuid.Nil); err == nil {
		t.Error("nobody has the zero key")
	}
}
