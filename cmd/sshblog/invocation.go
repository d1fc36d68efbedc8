package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"charm.land/ssh"
	"github.com/spf13/pflag"
)

// invocation is what a reader asks for after the host's name, as in
// "ssh -t blog.example.com read what-a-queue-hides".
type invocation struct {
	plain   bool   // lines instead of a screen
	slug    string // the post to start in, or ""
	theme   string // by name, or "" for the one that fits the terminal
	noColor bool
}

// usage is the answer to what is not understood.
const usage = `leave out the command to read the blog, or use ssh -t HOST and one of:
  plain                 lines of text instead of a screen
  read SLUG             start in a post
  -- --theme NAME       with other colours
  -- --no-color         without colours`

// assignment is a variable that a shell would set for the command behind it.
var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// parseInvocation reads the words of a command. The error is for the client, and
// mostly for a person who has not typed the command: a program such as mosh, scp or
// a wrapper of ssh has. Its options are its own, so the command is looked at first.
func parseInvocation(words []string) (invocation, error) {
	var inv invocation
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SetInterspersed(false)
	flags.StringVar(&inv.theme, "theme", "", "")
	flags.BoolVar(&inv.noColor, "no-color", false, "")
	err := flags.Parse(words)
	if err != nil {
		return inv, wrongOption(err)
	}
	args := flags.Args()
	for len(args) > 1 && assignment.MatchString(args[0]) {
		args = args[1:]
	}
	if len(args) == 0 {
		return inv, nil
	}
	command := args[0]
	if command != "plain" && command != "read" {
		return inv, fmt.Errorf("there is no command %s; %s%s", clipped(command), advice(command), usage)
	}
	flags.SetInterspersed(true)
	if err := flags.Parse(args[1:]); err != nil {
		return inv, wrongOption(err)
	}
	switch args := flags.Args(); {
	case command == "plain" && len(args) == 0:
		inv.plain = true
	case command == "read" && len(args) == 1:
		inv.slug = args[0]
	case command == "read" && len(args) == 0:
		return inv, errors.New("which post? " + usage)
	default:
		return inv, fmt.Errorf("%s takes no %s; %s", command, clipped(args[len(args)-1]), usage)
	}
	return inv, nil
}

// wrongOption tells what is wrong with an option.
func wrongOption(err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return errors.New(usage)
	case errors.As(err, &unknown):
		return fmt.Errorf("there is no option %s; %s", clipped(dashed(unknown.GetSpecifiedName())), usage)
	case errors.As(err, &missing):
		return fmt.Errorf("the option %s lacks its value; %s", dashed(missing.GetSpecifiedName()), usage)
	default:
		return errors.New("an option is not as it should be; " + usage)
	}
}

// dashed returns an option's name as it is typed.
func dashed(name string) string {
	if len([]rune(name)) == 1 {
		return "-" + name
	}
	return "--" + name
}

// maxQuoted is how much of a client's word is told back, in runes: enough to know
// it by. A wrapper of ssh may send a script of kilobytes.
const maxQuoted = 40

func clipped(word string) string {
	if runes := []rune(word); len(runes) > maxQuoted {
		word = string(runes[:maxQuoted]) + "…"
	}
	return word
}

// advice is what helps a person whose program has sent a command, or "".
func advice(command string) string {
	switch name := path.Base(command); name {
	case "mosh-server":
		return "mosh does not work here, ssh does: "
	case "scp", "sftp", "sftp-server", "internal-sftp", "rsync", "unison", "sshfs", "tar", "cat":
		return "no files can be copied: "
	case "git", "git-upload-pack", "git-upload-archive", "git-receive-pack", "git-lfs-authenticate", "git-lfs-transfer", "hg", "svnserve", "cvs", "bzr", "borg", "restic":
		return "there is no repository here: "
	case "sh", "bash", "zsh", "fish", "ash", "dash", "ksh", "csh", "tcsh", "exec", "eval", "env", "command", "python", "python3", "perl", "powershell", "cmd":
		// Also what "kitten ssh" of kitty and others send before they show anything.
		return "there is no shell here; if ssh stands for another program, such as \"kitten ssh\", use ssh itself (command ssh HOST): "
	default:
		return ""
	}
}

// speaksSCP tells whether a command is the other end of scp's protocol, to send files
// (-f) or to take them (-t). Options come alone or joined, as in "scp -pf FILE".
func speaksSCP(words []string) bool {
	if len(words) == 0 || path.Base(words[0]) != "scp" {
		return false
	}
	return slices.ContainsFunc(words[1:], func(word string) bool {
		return len(word) > 1 && word[0] == '-' && word[1] != '-' && strings.ContainsAny(word, "ft")
	})
}

// refuseSCP answers in scp's protocol, where a line behind a 2 is a fatal error: curl
// and whatever else uses libssh2 takes any other answer for an empty file, or one that
// has arrived.
func refuseSCP(s ssh.Session) {
	_, _ = io.WriteString(s, "\x02sshblog: no files can be copied; read the blog with ssh HOST\n") // who is refused may be gone
	_ = s.Exit(1)
}

// refuseFiles answers a client that wants to copy files. It would be told less if the
// subsystem were refused: clients show what comes on standard error, and no reason.
func refuseFiles(s ssh.Session) {
	refuse(s, "there is no sftp here, and no files can be copied; read the blog with ssh HOST")
}
