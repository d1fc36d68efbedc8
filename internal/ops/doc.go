// Package ops is the operator's listener: whether the blog lives and is ready,
// what it has counted, and profiles, over plain HTTP.
//
//	/livez          200 as long as the process answers
//	/readyz         each check with its result; 503 if one fails
//	/metrics        for Prometheus; all names begin with sshblog_, go_ or process_
//	/debug/pprof/   profiles, only if asked for
//
// It has no accounts and no encryption, so it belongs on a loopback address or
// behind a firewall; a warning is logged where it is open to a network. It
// bounds what its clients can hold all the same, lets no connection keep another
// out, and answers no request for a name that a web page could have chosen.
//
// What there is to tell arrives as plain values (a [Snapshot], the errors of
// the [Check]s): the package knows nothing of SSH, posts or pages. No label
// holds anything that a reader can choose, so the number of series is fixed.
package ops
