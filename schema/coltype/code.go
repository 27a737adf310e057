package coltype

import (
	_ "embed" // the list of countries is a file of its own
	"strings"

	"github.com/lodehq/lode/record"
	"github.com/lodehq/lode/schema/expr"
)

// countriesText has a line for each country: its ISO 3166 codes of two and three letters
// and its English names (Unicode CLDR, ISO and usual ones). XK stands for Kosovo.
//
//go:embed countries.txt
var countriesText string

// currencyCodes are the codes of ISO 4217 for money in use, and those of the euro's
// forerunners that old records still name.
const currencyCodes = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD " +
	"CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD " +
	"HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD " +
	"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR " +
	"RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS " +
	"UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL ATS BEF DEM ESP FIM FRF GRD IEP ITL LUF NLG PTE"

var countryType = codeType("country", countryNames())

var currencyType = codeType("currency", currencyNames())

// countryNames maps each upper-case code or name to the code of two letters.
func countryNames() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(countriesText) {
		forms := strings.Split(strings.TrimSpace(line), "|")
		for _, form := range forms {
			names[shiftASCII([]byte(form), 'a', 'z', -32)] = forms[0]
		}
	}
	return names
}

func currencyNames() map[string]string {
	names := map[string]string{}
	for code := range strings.FieldsSeq(currencyCodes) {
		names[code] = code
	}
	return names
}

// codeType is a text that names one of a fixed list of codes, or a reference object that
// does.
func codeType(name string, names map[string]string) Type {
	return &standard{
		name: name, stored: record.Of(record.Text),
		decode: func(text []byte) (record.Value, error) {
			text, err := referenced(text, referenceMembers)
			if err != nil || len(text) == 0 {
				return record.Null, err
			}
			code, ok := names[shiftASCII(text, 'a', 'z', -32)]
			if !ok {
				return record.Null, errForm
			}
			return record.TextValue(code), nil
		},
		spell: func(d expr.Dialect, x string) string {
			return named(d, "name", spellReferenced(d, x, referenceMembers), func(x string) string { return spellCode(d, x, names) })
		},
	}
}

// spellCode looks a name up in one text literal that holds all names: |GERMANY=DE|... .
// That is one short statement; a CASE would repeat 700 branches.
func spellCode(d expr.Dialect, x string, names map[string]string) string {
	list, width := listing(names)
	key := "'|' || " + spellUpper(x) + " || '='"
	found := "strpos(" + textLiteral(d, list) + ", " + key + ")"
	code := "substr(" + textLiteral(d, list) + ", CAST(" + found + " + length(" + x + ") + 2 AS integer), " + width + ")"
	return "CASE WHEN strpos(" + x + ", '=') = 0 AND strpos(" + x + ", '|') = 0 AND " + found + " > 0 THEN " + code + " END"
}
