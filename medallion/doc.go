// Package medallion is the engine's middle: it knows which steps a project has, from
// bronze over silver to gold, and executes one.
//
//	bronze.<source>_<stream>   load       source -> change log, in checkpoints
//	silver.<entity>            entity     change log -> typed event log -> current state
//	silver.<conformed entity>  entity     event logs of records -> which are one thing -> its event log -> current state
//	gold.<dimension>           dimension  event log -> versions; facts whose version moved
//	gold.<calendar>            calendar   generated
//	gold.<fact>                fact       current state -> rows with keys as of the event
//	gold.<aggregate>           aggregate  touched groups -> sums
//
// A step writes its rows and the position it has consumed up to in one transaction.
// Steps are plain data: plan prints them, run executes the same values. The package
// knows neither a command line nor any concrete source or database.
package medallion
