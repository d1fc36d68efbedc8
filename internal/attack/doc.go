// Package attack besieges the real program, and has no code but its tests.
//
// Each file is one attack that has brought down a plain SSH server, with its
// story on top. The test builds the program, starts it as an operator would,
// and attacks it over TCP from addresses in 127.0.0.0/8, within the limits that
// it has by default unless the file says otherwise. All are judged alike
// (siege_test.go):
//
//   - The program's resident memory grows by less than 50 MB, and what the
//     attack has taken is free again when it is over.
//   - Meanwhile somebody else connects, time and again, and sees the first
//     frame within a second.
//   - Ten seconds after, there are as many goroutines and file descriptors as
//     before.
//
// The figures are in the output:
//
//	SSHBLOG_ATTACK=1 go test -v ./internal/attack
//
// Where an attack takes as long as a limit, the test sets the limit lower. This
// waits for the real ones, and takes about five minutes:
//
//	SSHBLOG_ATTACK=1 go test -v -timeout 30m ./internal/attack -full
//
// The soak has readers come, read and vanish in every way, round after round, and
// fails if more goroutines or descriptors are left of a round than were there
// before, or if memory at rest rises. SECURITY.md has the output of ten minutes:
//
//	SSHBLOG_ATTACK=1 go test -v -timeout 30m -run Soak ./internal/attack -soak 10m
//
// With -short all of it is left out, and with -race too: the detector's own
// memory would be counted. What the door does under the race detector is tested
// where it is written.
package attack
