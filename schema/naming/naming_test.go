package naming_test

import (
	"fmt"
	"testing"

	"github.com/lodehq/lode/schema/naming"
)

func TestSnake(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "id": "id", "companyName": "company_name", "CompanyName": "company_name",
		"company-name": "company_name", "company  name": "company_name", "HTTPStatus": "http_status",
		"userID": "user_id", "a1B2": "a1_b2", "__x__": "x", "already_snake": "already_snake", "Größe": "größe",
	} {
		if got := naming.Snake(in); got != want {
			t.Errorf("Snake(%q) = %q, want %q", in, got, want)
		}
	}
}

func ExampleSnake() {
	fmt.Println(naming.Snake("lastModifiedDate"))
	// Output: last_modified_date
}
