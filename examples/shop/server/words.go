package server

// country is a country as customers live in it.
type country struct {
	alpha2, alpha3, name string
	city                 string
	currency             string
	dial                 string // calling code and area
	digits               int    // how many digits follow
}

// The lists below are never written to.
var (
	countries = []country{
		{"DE", "DEU", "Germany", "Berlin", "EUR", "49 30", 8},
		{"AT", "AUT", "Austria", "Wien", "EUR", "43 1", 7},
		{"FR", "FRA", "France", "Paris", "EUR", "33 1 40", 6},
		{"NL", "NLD", "Netherlands", "Amsterdam", "EUR", "31 20", 7},
		{"GB", "GBR", "United Kingdom", "London", "GBP", "44 20 7", 7},
		{"US", "USA", "United States", "New York", "USD", "1 212", 7},
		{"CH", "CHE", "Switzerland", "Zürich", "CHF", "41 44", 7},
		{"PL", "POL", "Poland", "Warszawa", "PLN", "48 22", 7},
	}
	currencies = []string{"EUR", "USD", "GBP", "CHF", "PLN"}

	segments   = []string{"SMB", "Mid-Market", "Enterprise", "Public Sector"}
	categories = []string{"Furniture", "Lighting", "Paper", "Kitchen", "Travel"}
	statuses   = []string{"placed", "paid", "shipped", "delivered", "returned"}
	tiers      = []string{"bronze", "silver", "gold", "platinum"}

	companyHeads = []string{"Nordlicht", "Blue Harbour", "Müller & Söhne", "Café Luna", "Atlas", "Green Acre",
		"Żubr", "O'Neill", "Kestrel", "Sankt Georg", "Weiße Taube", "Åland", "Quarry", "Old Mill", "Piña", "東京"}
	companyTails = []string{"GmbH", "Ltd", "Logistics", "Studio", "Trading", "Werke", "Foods", "Partners", "Media", "S.A."}
	firstNames   = []string{"Anna", "Björn", "Chloé", "David", "Elif", "Frank", "Grace", "Hugo", "Ines", "José", "Kim", "Łukasz"}
	lastNames    = []string{"Meyer", "Novak", "Smith", "Dubois", "Jansen", "García", "Kowalski", "Weber", "Brown", "Østergaard"}
	goods        = []string{"Desk", "Lamp", "Notebook", "Kettle", "Suitcase", "Chair", "Shelf", "Mug", "Clock", "Basket"}
	materials    = []string{"Oak", "Steel", "Linen", "Glass", "Cork", "Brass", "Wool", "Bamboo"}
)
