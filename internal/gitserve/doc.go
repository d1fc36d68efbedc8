// Package gitserve speaks git's protocol (gitprotocol-pack, version 0) to authors who push posts and
// fetch them: the server's sides of git-receive-pack and git-upload-pack, of one branch, main. No
// program is executed, and nothing is written here but by a transfer of package push.
//
// What an author is told goes over band 2 of side-band-64k, which git shows as lines of "remote:"; to
// the standard error of the channel if the client does not know side bands.
//
// What comes is bounded before it is held. A pack is inflated, one object at a time, into a file beside
// the transfer, which has as many bytes as transfers have: so deltas find their bases on the disk, of
// whatever depth they are, and memory has a buffer for each stream, and for each object where it is.
// Sizes that objects announce are refused before they are inflated, and none inflates beyond its size.
package gitserve

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/push"
)

// Client is who pushes or fetches.
type Client struct {
	// Input and Output are the protocol's streams. Stderr goes to the person at the client.
	Input          io.Reader
	Output, Stderr io.Writer
	// Account provides memory and turns of the processor.
	Account *ledger.Account
	// Await, if set, delays further reading while the client sends faster than it may.
	Await func(context.Context) error
	// Admit, if set, returns an error if the client has lost its right. It is called before anything is sent.
	Admit func() error
	// Address returns where readers find the post with an address, to be shown to its author.
	Address func(address string) string
}

// Author is who pushes.
type Author struct {
	// Begin begins a push, and Finish publishes it.
	Begin  func(context.Context) (*push.Transfer, error)
	Finish func(context.Context, *push.Transfer) (*push.Outcome, error)
	// Repository opens the repository.
	Repository func() (*push.Repository, error)
}

// Services are the commands that git runs.
const (
	ReceivePack   = "git-receive-pack"
	uploadPack    = "git-upload-pack"
	UploadArchive = "git-upload-archive"
)

// Parse returns the service and the repository of a client's command.
func Parse(words []string) (service, repository string, ok bool) {
	if len(words) > 1 && words[0] == "git" { // as some clients have it
		words = append([]string{"git-" + words[1]}, words[2:]...)
	}
	if len(words) == 0 || words[0] != ReceivePack && words[0] != uploadPack && words[0] != UploadArchive {
		return "", "", false
	}
	return words[0], strings.Join(words[1:], " "), true
}

// IsPosts reports whether the path is that of the one repository.
func IsPosts(repository string) bool {
	p := strings.TrimPrefix(path.Clean(repository), "/")
	p = strings.TrimPrefix(p, "~/")
	return p == "posts" || p == "posts.git"
}
