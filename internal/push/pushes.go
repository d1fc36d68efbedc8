package push

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// pushesFile is in the repository, and has a line for each push by git: what a commit says of its author
// is anybody's claim, and the commit must stay as it is.
const pushesFile = "pushes"

// pushed is a line of it, by the newest version of the push.
type pushed struct {
	after string // the version before those of the push, or ""
	who   string // whose key it was
	when  time.Time
}

// sign is what the log tells of a version: of one that was pushed whose key pushed it, and when. A nil
// pushed is that of others.
func (p *pushed) sign(by Signature) Signature {
	if p == nil {
		return by
	}
	subject, _, _ := strings.Cut(by.Message, "\n")
	return Signature{p.who, p.when, plaintext.Clean(subject)}
}

// recordPush notes who pushes, before the versions are there: a line of versions that never came tells of
// nothing.
func (g *git) recordPush(version, after string, by Signature) (err error) {
	f, err := os.OpenFile(filepath.Join(g.dir, pushesFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // in the state folder
	if err != nil {
		return err
	}
	if after == "" {
		after = "-"
	}
	// The first newline ends a line that a crash has cut.
	_, err = fmt.Fprintf(f, "\n%s %s %d %s\n", version, after, by.When.Unix(), identity(by.Author))
	return errors.Join(err, f.Sync(), f.Close(), syncFolder(g.dir))
}

// pushes returns what is noted of pushes.
func (g *git) pushes() (map[string]pushed, error) {
	text, err := os.ReadFile(filepath.Join(g.dir, pushesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	all := make(map[string]pushed)
	for line := range strings.Lines(string(text)) {
		var version string
		var p pushed
		var seconds int64
		if n, err := fmt.Sscan(line, &version, &p.after, &seconds); err != nil || n < 3 || !strings.HasSuffix(line, "\n") {
			continue
		}
		const fields = 4
		if parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", fields); len(parts) == fields {
			p.who, p.when = parts[fields-1], time.Unix(seconds, 0)
			all[version] = p
		}
	}
	return all, err
}
