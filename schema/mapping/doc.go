// Package mapping turns a raw record into the raw values of an entity's columns, in
// three steps: find the known fields (several spellings of one field are allowed, and a
// column without a mapping takes the field of its own normalised name), split what is
// known from what is custom, and hand each value to its column type.
//
//	Spec --Compile--> Mapper --Map(payload)--> Row, Row, ...
//
// A Mapper is stateless between records; it is not safe for concurrent use, because it
// reuses its memory. It knows nothing of tables.
package mapping
