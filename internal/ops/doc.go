// Package ops is the operator's HTTP listener: liveness, readiness, metrics, profiles and reloads.
//
//	/livez          200 as long as the process answers
//	/readyz         each check with its result; 503 if one fails
//	/metrics        for Prometheus; all names begin with sshblog_, go_ or process_
//	/-/reload       POST: the posts are read again; the answer is the result, as JSON
//	/-/NAME         a document of the program's, as JSON
//	/debug/pprof/   profiles, only if asked for
//
// It has no accounts and no encryption, so it belongs on a loopback address or behind a
// firewall; a warning is logged if it is open to a network. Even so it bounds what its clients
// can hold, lets no connection keep another out, and answers no request for a host name that a
// web page could have chosen.
//
// All values are handed in (through a [Scrape], the errors of the [Check]s and a reload's
// result): the package knows nothing of SSH, posts or pages. No label holds anything that a
// reader can choose, so the number of series is fixed.
package ops
