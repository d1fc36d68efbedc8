package main

import (
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary double as the programs that the tests
// start: sshblog itself, and the floor that it is measured against.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sshblog": main,
		"floor":   floorMain,
		"crowd":   crowdMain,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:       "testdata/script",
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"occupy": occupy},
		Condition: condition,
	})
}

// condition knows [privileged]: nothing is forbidden to this user.
func condition(name string) (bool, error) {
	if name == "privileged" {
		return os.Geteuid() <= 0, nil // and Windows, which has no such number
	}
	return false, fmt.Errorf("there is no condition %q", name)
}

// occupy NAME takes a port until the script's end, and sets $NAME to its
// address.
func occupy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: occupy NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}
