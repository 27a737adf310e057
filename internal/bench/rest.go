package main

import "errors"

func (b *bench) restToSilver() error { return errors.New("the REST source is not there yet") }
