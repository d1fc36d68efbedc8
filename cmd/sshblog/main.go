// Command sshblog serves a folder of Markdown posts as a blog that is read
// with ssh.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		os.Exit(1)
	}
}

// errReported says that what is wrong has been told already; only the exit
// status is left to set.
var errReported = errors.New("reported")

// run is the program, with its surroundings as arguments. It has told the
// user of the error that it returns.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	v := buildVersion()
	return fang.Execute(ctx, root, fang.WithVersion(v.Version), fang.WithCommit(v.Commit), fang.WithErrorHandler(oneLine))
}

// oneLine reports an error as one line that a log or a script can take.
func oneLine(w io.Writer, _ fang.Styles, err error) {
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintln(w, "sshblog: "+err.Error())
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "sshblog",
		Short: "A blog that is read with ssh",
		Long:  "sshblog serves a folder of Markdown posts as a blog that is read with ssh.",
		Example: `# serve ./posts on port 2222
sshblog serve

# tell everything that is wrong with the posts
sshblog check ./posts

# read them here, without a server
sshblog read`,
		Args: cobra.NoArgs,
	}
	root.AddCommand(serveCommand(), checkCommand(), readCommand(), healthcheckCommand(), keysCommand(), versionCommand())
	return root
}
