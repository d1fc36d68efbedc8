// Package supervise is the protocol between a server and the process that starts it.
//
// systemd may start it with sockets that already listen (sd_listen_fds(3)), and is notified when it is ready,
// reloads and stops (sd_notify(3)). In an upgrade a running server starts another: it passes on its sockets in
// the same way and keeps a connection to its successor, by which it learns that this is ready, and reports how
// much memory it still takes itself.
//
// The package knows nothing of SSH, posts and settings. Starting a successor needs a Unix system.
package supervise
