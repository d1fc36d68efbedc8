package authors

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshblog/sshblog/internal/plaintext"
)

// Bounds of a file.
const (
	maxBytes = 1 << 20
	maxLines = 10_000
)

// maxReported is how many problems of a file an error tells.
const maxReported = 10

// Load reads the file of authors and, if there is a path, that of revoked keys. Times without a zone
// count in the given one. An error names each line that cannot be obeyed, and what to do; then
// nothing of the files counts.
func Load(path, revoked string, zone *time.Location) (*Set, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	s, problems := parse(text, zone)
	if len(problems) > 0 {
		return nil, problemsError(path, problems)
	}
	if revoked == "" {
		return s, nil
	}
	if text, err = read(revoked); err != nil {
		return nil, err
	}
	if problems = s.revoke(text); len(problems) > 0 {
		return nil, problemsError(revoked, problems)
	}
	return s, nil
}

// read returns the text of a file, which has to be one that not everybody may write.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is not there, or a link that leads nowhere: put it there; it may be empty", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // reading a pipe would wait for ever
		return nil, fmt.Errorf("%s is no regular file (%s): put a file with public keys there", path, info.Mode().Type())
	case info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows": // where modes say something else
		return nil, fmt.Errorf("%s can be written by everybody (mode %04o): close it with chmod o-w %[1]s, and look at what is in it", path, info.Mode().Perm())
	}
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("%w: let user %d read it", err, os.Geteuid())
	}
	defer func() { _ = file.Close() }()                       // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1)) //nolint:forbidigo // a file of the operator, of which no more is read than it may have
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxBytes:
		return nil, fmt.Errorf("%s has more than %d bytes: remove lines, or have certificates made by an authority", path, maxBytes)
	}
	return text, nil
}

// problem is what is wrong with a line, and what to do.
type problem struct {
	line int
	what string
}

func problemsError(path string, problems []problem) error {
	var b strings.Builder
	for i, p := range problems[:min(len(problems), maxReported)] {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s:%d: %s", path, p.line, p.what)
	}
	if more := len(problems) - maxReported; more > 0 {
		fmt.Fprintf(&b, "; and %d more", more)
	}
	return errors.New(b.String())
}

// parse reads a file of authors.
func parse(text []byte, zone *time.Location) (*Set, []problem) {
	s := &Set{keys: map[string][]line{}, authorities: map[string][]line{}, sum: [2][sha256.Size]byte{sha256.Sum256(text)}}
	problems := eachLine(text, func(text string) error {
		key, l, err := parseLine(text, zone)
		if err != nil {
			return err
		}
		of := s.keys
		if l.authority {
			of = s.authorities
		}
		wire := string(key.Marshal())
		of[wire] = append(of[wire], l)
		return nil
	})
	return s, problems
}

// revoke adds the keys of a file of revoked ones. A certificate in it stands for the key that it is of,
// as for sshd.
func (s *Set) revoke(text []byte) []problem {
	s.revoked, s.sum[1] = map[string]struct{}{}, sha256.Sum256(text)
	if bytes.HasPrefix(text, []byte("SSHKRL\n")) {
		return []problem{{1, "this is a binary list of OpenSSH's (KRL), which is not read here: write the public keys that are revoked, one in a line"}}
	}
	return eachLine(text, func(text string) error {
		kind, rest := field(text)
		encoded, _ := field(rest)
		key, err := parseKey(kind, encoded)
		if err != nil {
			return err
		}
		if certificate, ok := key.(*ssh.Certificate); ok {
			key = certificate.Key
		}
		s.revoked[string(key.Marshal())] = struct{}{}
		return nil
	})
}

// eachLine calls a function with each line that is no comment, without the space around it, and
// returns what it finds wrong.
func eachLine(text []byte, parse func(string) error) (problems []problem) {
	if bytes.IndexByte(text, 0) >= 0 {
		return []problem{{1, "this is no text in UTF-8: save it as such"}}
	}
	n := 0
	for each := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		if n++; n > maxLines+1 { // the one behind the last is empty
			return append(problems, problem{n, fmt.Sprintf("there are more than %d lines: remove some, or have certificates made by an authority", maxLines)})
		}
		each = strings.Trim(each, " \t\r")
		if each == "" || each[0] == '#' {
			continue
		}
		if strings.HasPrefix(each, "-----") || strings.HasPrefix(each, "---- ") { // what follows may be a secret
			return append(problems, problem{n, "this is a private key, or a key in another format: put the public key here as one line, as ssh-keygen writes it to a file of .pub, and nothing else"})
		}
		if err := parse(each); err != nil {
			problems = append(problems, problem{n, plaintext.Clean(err.Error())})
		}
	}
	return problems
}
