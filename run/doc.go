// Package run executes a graph of steps: which come first, which may go side by side,
// what happens to the others when one fails. It does not know what a step does.
//
//	waiting --inputs done--> running --> done
//	   |                        |------> failed   (its followers: skipped)
//	   |                        '------> later    (worth trying again; followers run on what is there)
//	   '--an input failed--> skipped
//
// An Executor runs the graph somewhere; Local runs it in this process.
package run
