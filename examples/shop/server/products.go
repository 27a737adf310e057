package server

import (
	"fmt"
	"time"
)

// product is a CRM product as the CRM shows it on a day.
type product struct {
	n        int
	name     string
	text     string
	category int
	cents    int64
	sold     bool
	modified time.Time
}

const newProductsDaily = 1

func (w *world) productCount(day int) int { return count(day, w.products, newProductsDaily) }
func (w *world) productBorn(n int) int    { return born(n, w.products, newProductsDaily) }

// product is the nth product on a day.
func (w *world) product(n, day int) product {
	p := product{
		n:        n,
		name:     fmt.Sprintf("%s %s %d", pick(w, materials, ofText, n), pick(w, goods, ofText, n, 1), n),
		category: w.below(len(categories), ofText, n, 2),
		text:     w.productText(n, 0),
		cents:    w.price(n, day),
		sold:     !w.oneIn(15, ofActive, n),
		modified: w.productModified(n, day),
	}
	for d := w.productBorn(n) + 1; d <= day; d++ {
		if w.textChanged(n, d) {
			p.text = w.productText(n, d)
		}
	}
	return p
}

// price is what the product costs on a day, in cents.
func (w *world) price(n, day int) int64 {
	cents := int64(199 + w.below(20_000, ofPrice, n))
	for d := w.productBorn(n) + 1; d <= day; d++ {
		if w.priceChanged(n, d) {
			cents += cents * int64(1+w.below(9, ofPrice, n, d, 1)) / 100
		}
	}
	return cents
}

func (w *world) productText(n, day int) string {
	return fmt.Sprintf("A %s for every %s, edition %d.", pick(w, goods, ofText, n, 1), pick(w, categories, ofText, n, day, 3), day+1)
}

func (w *world) priceChanged(n, day int) bool {
	return n != castDearProduct && w.oneIn(33, ofPrice, n, day)
}

func (w *world) textChanged(n, day int) bool {
	return n != castDearProduct && w.oneIn(100, ofText, n, day)
}

// productModified is the cursor value of a product.
func (w *world) productModified(n, day int) time.Time {
	for d := day; d > w.productBorn(n); d-- {
		if w.priceChanged(n, d) || w.textChanged(n, d) || n == castDearProduct && d == 3 {
			return w.within(d, n, -1)
		}
	}
	first := w.productBorn(n)
	if first == 1 {
		first -= w.below(historyDays, ofMoment, n, -1)
	}
	return w.within(first, n, -1)
}

// bad is the reason for which the record has to be quarantined, "" if it is fine.
func (p product) bad(day int) string {
	if p.n == castDearProduct && day < 3 {
		return "price is no number"
	}
	return ""
}

// write renders the product as the CRM does.
func (p product) write(a *appender, day int) {
	a.open("", '{')
	a.text("productId", productID(p.n))
	a.text("productName", p.name)
	a.text("longText", p.text)
	a.reference("category", p.category+1, categories[p.category])
	if p.bad(day) != "" {
		a.text("listPrice", "abc")
	} else {
		a.raw("listPrice", money(p.cents))
	}
	a.text("isSold", letter(p.sold))
	a.text("lastModified", p.modified.Format(layoutMillis))
	a.close('}')
}
