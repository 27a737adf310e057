package main

import "errors"

func main() {
	if err := errors.Join(Customers.Info().Err(), DimCustomers.Info().Err(), Notes.Info().Err()); err != nil {
		panic(err)
	}
}
