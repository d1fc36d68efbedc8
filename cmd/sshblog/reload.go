package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/library"
	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/sshd"
)

// reloadResult is the JSON answer to a request for a reload.
type reloadResult struct {
	Result  string `json:"result"` // in one line; "" if the posts stay as they were
	Changed struct {
		Added   []string `json:"added"` // addresses of posts, as all here
		Updated []string `json:"updated"`
		Removed []string `json:"removed"`
	} `json:"changed"`
	HostKeys *keysResult `json:"hostKeys,omitempty"` // if they or their certificates are others than before
	Problems []result    `json:"problems"`           // that posts have now
	Omitted  int         `json:"omitted"`            // posts and problems that are left out, since there are too many
	Error    string      `json:"error,omitempty"`

	account *ledger.Account // what the lists are taken from; nil: no limit
	held    int64           // bytes of it
}

// Sent gives back the memory of the lists, see [ops.Holder].
func (r *reloadResult) Sent() { r.account.Give(r.held) }

// maxAnswers is what the lists of all answers that are being sent may take, in bytes.
const maxAnswers = 8 << 20

// keysResult are the fingerprints of host keys.
type keysResult struct {
	InUse     []string `json:"inUse"`
	Announced []string `json:"announced"`
}

// trim cuts the lists to maxProblems, or to nothing if there is no memory to send them, and cleans the texts
// that contain names of files or authors.
func (r *reloadResult) trim() {
	lists := [...]*[]string{&r.Changed.Added, &r.Changed.Updated, &r.Changed.Removed}
	all := len(r.Problems)
	r.Problems = r.Problems[:min(all, maxProblems)]
	for _, list := range lists {
		all += len(*list)
		*list = (*list)[:min(len(*list), maxProblems)]
	}
	if r.held = r.bytes(); !r.account.TakeSpare(r.held) {
		r.held, r.Problems = 0, nil
		for _, list := range lists {
			*list = nil
		}
	}
	r.Omitted += all - len(r.Problems)
	for _, list := range lists {
		r.Omitted -= len(*list)
		*list = append([]string{}, *list...) // the report's stay as they are; nil would be null
		for i, text := range *list {
			(*list)[i] = plaintext.Clean(text)
		}
	}
	r.Problems = append([]result{}, r.Problems...)
	for i := range r.Problems {
		p := &r.Problems[i]
		p.Path, p.Severity, p.What = plaintext.Clean(p.Path), plaintext.Clean(p.Severity), plaintext.Clean(p.What)
	}
	r.Result, r.Error = plaintext.Clean(r.Result), plaintext.Clean(r.Error)
}

// bytes returns the most that the lists take while they are sent, as they are and as JSON.
func (r *reloadResult) bytes() (n int64) {
	const (
		each    = 64 + 64 // headers of the strings, and JSON's punctuation
		perByte = 6       // an invalid byte becomes three, and a quote gets a backslash
	)
	for _, list := range [...][]string{r.Changed.Added, r.Changed.Updated, r.Changed.Removed} {
		for _, text := range list {
			n += int64(perByte*len(text) + each)
		}
	}
	for _, p := range r.Problems {
		n += int64(perByte*(len(p.Path)+len(p.Severity)+len(p.What)) + each)
	}
	return n
}

// answerReload reloads for a request to the ops listener.
func (p *program) answerReload(ctx context.Context) (status int, answer any) {
	report, err := p.reloads.wait(ctx, scope{})
	r := reloadResult{account: p.health.answers.Load()}
	_, onlyKeys := errors.AsType[keysError](err)
	if err == nil || onlyKeys {
		r.Result = report.String()
		r.Changed.Added, r.Changed.Updated, r.Changed.Removed = report.Added, report.Changes.Changed, report.Removed
		if report.keys != nil {
			r.HostKeys = &keysResult{fingerprints(sshd.HostKeysInUse(report.keys)), fingerprints(report.keys)}
		}
		r.Problems = problemsOf(report.Report)
	}
	switch {
	case err == nil:
		status = http.StatusOK
	case errors.Is(err, errStarting), errors.Is(err, errStopping), errors.Is(err, errReplaced):
		status, r.Error = http.StatusConflict, err.Error()
	case ctx.Err() != nil:
		status, r.Error = http.StatusServiceUnavailable, "the reload goes on, and the log will have its result; does the posts folder's disk or network answer?"
	default:
		status, r.Error = http.StatusInternalServerError, err.Error()
	}
	r.trim()
	return status, &r
}

// problemsOf returns what authors have to fix, as the log has it.
func problemsOf(report library.Report) (found []result) {
	for _, p := range report.Problems {
		if p.Severity != post.Notice {
			found = append(found, result{p.Path, max(p.Line, 1), "problem", p.What})
		}
	}
	return found
}

func reloadCommand() *cobra.Command {
	var s *settings
	var all *pflag.FlagSet
	asJSON := false
	timeout := time.Minute
	cmd := &cobra.Command{
		Use:   "reload",
		Short: "Have a running server read the posts again",
		Long: `reload asks the server of this host to read the posts again, waits, and prints
what has changed and what is wrong: file:line: what to do. It exits with 1 if the
server could not be asked, or posts or host keys stay as they were; a problem with a
post is no failure. It asks at the setting ops, as flags, environment and file have it for
"sshblog serve"; where ops is off, SIGHUP does the same, and the log has the result.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			var r reloadResult
			addresses, err := opsAddresses(s, all, "reload", "SIGHUP")
			if err == nil {
				r, err = askReload(ctx, addresses)
			}
			switch {
			case asJSON && err == nil:
				return printJSON(cmd.OutOrStdout(), r)
			case asJSON && r.Error != "": // the server's: it may have reloaded all the same
				return printedError{cmp.Or(printJSON(cmd.OutOrStdout(), r), err)}
			case asJSON:
				return err
			}
			if r.Result != "" { // the host keys may be bad all the same
				err = cmp.Or(r.print(cmd.OutOrStdout()), err)
			}
			return err
		},
	}
	s, all = withSettings(cmd, "config", "ops")
	cmd.Flags().Var(check(&timeout, duration), "timeout", "how `long` to wait for the result")
	yes(cmd.Flags().VarPF(check(&asJSON, boolean), "json", "", "print the result as JSON: true or false (`bool`)"))
	return cmd
}

// opsAddresses are where a subcommand asks the server of this host.
func opsAddresses(s *settings, all *pflag.FlagSet, command, signal string) ([]string, error) {
	if err := complete(all, os.Environ()); err != nil {
		return nil, err
	}
	if s.Ops == "" {
		return nil, fmt.Errorf("setting ops: it is off, so the server cannot be asked; set it for serve and for %s, as in 127.0.0.1:9222, or send the server %s", command, signal)
	}
	return localAddresses(s.Ops), nil
}

// maxOpsAnswer is the most of an answer that is read, in bytes.
const maxOpsAnswer = 16 << 20

// askReload asks for a reload. The error says why something was not reloaded.
func askReload(ctx context.Context, addresses []string) (r reloadResult, err error) {
	status, err := askOps(ctx, addresses, "/-/reload", &r)
	if err != nil {
		return reloadResult{}, err
	}
	r.trim()
	if status != http.StatusOK {
		why := cmp.Or(r.Error, http.StatusText(status))
		if r.Result == "" {
			why = "not reloaded: " + why
		}
		return r, errors.New(why)
	}
	return r, nil
}

// askOps posts to a path of the ops listener, at the first of the addresses that takes a
// connection, and decodes the JSON that it answers.
func askOps(ctx context.Context, addresses []string, path string, answer any) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addresses[0]+path, http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("setting ops: %w", err)
	}
	until, _ := ctx.Deadline()
	conn, err := dialFirst(addresses, until)
	var response *http.Response
	if err == nil {
		defer func() { _ = conn.Close() }()
		response, err = exchange(conn, until, request)
	}
	if err != nil {
		return 0, fmt.Errorf("no answer from %s, where setting ops says that the server is asked: %w%s", addresses[0], err, notOps(err))
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body) //nolint:forbidigo // no more than exchange lets through
	switch {
	case err != nil:
		return 0, fmt.Errorf("the answer of %s breaks off: %w", addresses[0], err)
	case json.Unmarshal(text, answer) != nil:
		line, _, _ := bytes.Cut(text, []byte("\n"))
		return 0, fmt.Errorf("%s, where setting ops says that the server is asked, answers %s: %s", addresses[0], plaintext.Clean(response.Status), plaintext.Clean(string(line)))
	}
	return response.StatusCode, nil
}

// exchange sends a request and returns the response, limited to maxOpsAnswer bytes. An [http.Transport] is not
// used: it takes an SSH server, which speaks first, for an idle connection, and logs that.
func exchange(conn net.Conn, until time.Time, request *http.Request) (*http.Response, error) {
	request.Close = true
	if err := cmp.Or(conn.SetDeadline(until), request.Write(conn)); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxOpsAnswer)), request)
}

// notOps returns advice if the answer is not HTTP.
func notOps(err error) string {
	if strings.Contains(err.Error(), "malformed HTTP") {
		return ": it is another service's port, perhaps that of readers; set the one that serve has for ops"
	}
	return ""
}

// print prints a result for a person.
func (r *reloadResult) print(w io.Writer) error {
	lines := []string{r.Result}
	for i, posts := range [...][]string{r.Changed.Added, r.Changed.Updated, r.Changed.Removed} {
		for _, post := range posts {
			lines = append(lines, [...]string{"new: ", "changed: ", "removed: "}[i]+post)
		}
	}
	if keys := r.HostKeys; keys != nil {
		for _, key := range keys.Announced {
			use := "announced"
			if slices.Contains(keys.InUse, key) {
				use = "in use"
			}
			lines = append(lines, "host key "+use+": "+plaintext.Clean(key))
		}
	}
	for _, p := range r.Problems {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.What))
	}
	if r.Omitted > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", r.Omitted))
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// printJSON prints a result, or why there is none, as one JSON document.
func printJSON(w io.Writer, result any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(result)
}
