package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary double as the programs that the tests
// start: sshblog itself, and the floor that it is measured against.
func TestMain(m *testing.M) {
	testscript.Main(inWorkshop{m}, map[string]func(){
		"sshblog": main,
		"floor":   floorMain,
		"crowd":   crowdMain,
	})
}

func TestScripts(t *testing.T) {
	quick := quickProgram(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(quick)+string(os.PathListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"occupy": occupy},
		Condition: condition,
	})
}

// quickProgram returns the path of the program for tests that start it often and for a moment. The
// race detector has little to see there, and with it each start takes half a second of a processor; servers
// that tests start are watched by it.
func quickProgram(t *testing.T) string {
	t.Helper()
	if !underRace {
		path, err := exec.LookPath("sshblog")
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	path, err := plainProgram()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// plainProgram is the program without the race detector.
var plainProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workshop, "sshblog")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// workshop is a folder that all tests share.
var workshop string

// inWorkshop makes it for tests, and removes it.
type inWorkshop struct{ *testing.M }

func (m inWorkshop) Run() int {
	var err error
	if workshop, err = os.MkdirTemp("", "sshblog-test-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(workshop) }()
	return m.M.Run()
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
