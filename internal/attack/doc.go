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
//     frame within a second, in 99 of 100 cases.
//   - Ten seconds after, there are as many goroutines and file descriptors as
//     before.
//
// What one connection can make the program hold is little or much by how many
// there may be. So the attacks that a limit of each connection or session has to stop
// run at the full number that one source may have, 64 connections: from one address,
// or from 64 where what a source may send in all would stop them before that limit
// does.
//
// The attacks on what a session and a login may take run at that number in a container,
// and again from eight such sources. It has 512 MB as in deploy/compose.yaml, and the
// program there 10,000 posts, all searchable; the attackers are in its network namespace
// and not in its memory (box_test.go). Of that
//
//   - 64 connections of one source take 50 MB at most, over what readers take who
//     come and go,
//   - those of eight never have the container hold more than GOMEMLIMIT, 448 MiB,
//   - of those who connect meanwhile 99 of 100 see the first frame within a second,
//   - where the attackers type, 99 of 100 keys of others who read already have their
//     effect within 100 milliseconds: TestSlowKeys judges that, others tell it,
//   - and after ten seconds the program does nothing any more.
//
// Attacks that want no posts or settings of their own, and nothing that is new, go to one program,
// one after another and each from other addresses (sieges). What it held before each is what it is compared with.
//
// Those others are a process of their own, which the kernel lets run first, and the
// program's part of the processors is far larger than the attackers': on machines
// of their own they would not take each other's. What is measured is the program.
//
// This needs Docker, root, ip and nsenter. Where they are missing these tests are
// skipped, and with CI in the environment they fail. The containers have no network
// but their loopback interface, and are removed, as is their image.
//
// The figures are in the output:
//
//	SSHBLOG_ATTACK=1 go test -v -timeout 30m ./internal/attack
//
// Where an attack takes as long as a limit, the test sets the limit lower, and what
// could go on for ever goes on for seconds. This waits for the real limits, and
// takes about half an hour:
//
//	SSHBLOG_ATTACK=1 go test -v -timeout 2h ./internal/attack -full
//
// One attack, from eight sources:
//
//	SSHBLOG_ATTACK=1 go test -v -run TestUnreadKeys/8x64 ./internal/attack
//
// The soak has readers come, read and vanish in every way, round after round, and
// fails if more goroutines or descriptors are left of a round than were there
// before, or if memory at rest rises. SECURITY.md has the output of ten minutes:
//
//	SSHBLOG_ATTACK=1 go test -v -timeout 30m -run Soak ./internal/attack -soak 10m
//
// With -short all of it is left out, and with -race too: the detector's own
// memory would be counted. What sshd does under the race detector is tested
// where it is written.
package attack
