package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manSections returns what the manual page says beside the commands and their flags. A line
// that begins with an asterisk is an item of a list.
func manSections() []struct{ name, text string } {
	return []struct{ name, text string }{
		{"Signals", `These are for sshblog serve.
* SIGHUP reads the posts, the host keys and the authors again. Open sessions get the new ones and keep their places. If the folder cannot be read, the posts stay as they were, and the log says why. sshblog reload does so too, and says what came of it.
* SIGUSR2 starts a successor, with the program and the configuration file that are there now. Once it serves, this process lets nobody in any more, and ends with its last reader, or after --upgrade-drain. If the successor does not come up, everything stays as it was. sshblog upgrade does so too, and says what came of it.
* SIGTERM, SIGINT: nobody is let in any more, those who read are told and may finish, for as long as --drain says. A second one stops at once.
* SIGPIPE is ignored: a log that nobody reads any more stops nothing.`},
		{"Exit status", `* 0: it is done.
* 1: it has failed, or check has found what is wrong (with --strict, warnings too), or healthcheck has found no server that serves.
* 2: there is no such command, or it does not take such a word.`},
		{"Environment", `* SSHBLOG_NAME: each setting of sshblog serve, with its name in capitals and _ for -: SSHBLOG_PAGE_SIZE=8 is --page-size 8. Flags win over variables, variables over the file that --config names. One that is empty counts as not set; one that begins with SSHBLOG_ and is no setting stops the start.
* GOMEMLIMIT: the memory that the program may use, as in 448MiB. What sessions, searches and pages may take follows from it. Without it the container's limit or the machine's memory counts.
* GOGC: sets the pace of the garbage collector, which the program sets by itself otherwise so that GOMEMLIMIT is kept; leave it alone.
* LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES: sockets from systemd, or whoever else starts the server with some (sd_listen_fds(3)). The one named ops is for the operator's pages, all others for readers, whatever --listen says.
* NOTIFY_SOCKET: where systemd is told that the server is ready, reloads, stops or has a successor (sd_notify(3)).
* JOURNAL_STREAM: by this the server knows that its standard error is systemd's journal, whose lines then begin with their priority (systemd.exec(5)).
* TZ: the time zone of dates without a time of day, if --timezone does not say it.`},
		{"Files", `* posts: the folder of the posts, unless --posts says another one.
* .template.md: in the folder of the posts, what sshblog new makes posts from, as a template of Go's (text/template).
* hostkeys/ssh_host_ed25519_key: the key by which readers know the server, in the folder that --hostkeys names. Keep a copy. It is made if it is missing, unless --host-keys is require.
* hostkeys/ssh_host_*_key, hostkeys/ssh_host_*_key-cert.pub: there too, further keys and certificates of them. The first key of each type is used, all are announced to clients, so that the server can change its key without a warning.
* readers.db, readers.secret: in the state folder, which is the one that --state names, or state if it is there: what readers who come with a key have read and kept, and the secret by which their keys are known. Without the secret nobody is known again: copy both, the first with sshblog backup-readers.
* posts-opened.json, posts-read.json, each with .lock and .rest.json: how often each post was opened, and read to the end, in the state folder. Several servers may share it.
* posts.git, posts.lock, posts.publishing, posts.staged: in the state folder, the history of what authors publish, and what is being published.
* shares: in the state folder, a file for each draft that is shared, named by a hash of its address.
* /etc/sshblog/environment, /srv/sshblog/posts, /var/lib/sshblog/hostkeys: settings, posts and host key where the systemd unit runs the server.`},
	}
}

func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man",
		Short:  "Print the manual page",
		Hidden: true, // whoever packages it knows
		Args:   noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plainUsages(cmd.Root())
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return fmt.Errorf("make the manual page: %w", err)
			}
			for _, s := range manSections() {
				page = page.WithSection(s.name, s.text)
			}
			at, err := sourceDate(os.Getenv("SOURCE_DATE_EPOCH"))
			if err != nil {
				return err
			}
			text := page.Build(dated{roff.NewDocument(), at})
			if at.IsZero() {
				text = strings.Replace(text, at.Format(`"`+time.DateOnly+`"`), `""`, 1)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
}

// dated is a document with a given date. mango uses today's, so that a package built tomorrow would differ.
type dated struct {
	*roff.Document

	at time.Time
}

// Heading implements [mango.Builder].
func (d dated) Heading(section uint, title, description string, _ time.Time) {
	d.Document.Heading(section, title, description, d.at)
}

// sourceDate returns the time of what is built (https://reproducible-builds.org/specs/source-date-epoch/),
// or zero if it is not said.
func sourceDate(epoch string) (at time.Time, err error) {
	if epoch == "" {
		return at, nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return at, errors.New("SOURCE_DATE_EPOCH must be a number of seconds since 1970, as date +%s prints it")
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// plainUsages removes the marks around the names of values from the usages of all flags. The process prints the
// page and ends, so nothing else needs them.
func plainUsages(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	for _, sub := range cmd.Commands() {
		plainUsages(sub)
	}
}
