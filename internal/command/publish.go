package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/push"
)

// publishCommand publishes what comes on standard input.
func publishCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "publish [NAME]",
		Short: "publish a post: ssh HOST publish < post.md",
		Long: "NAME is that of a post, or of a file in the posts folder, as in 2026/my-post.md or my-post/photo.jpg.\n" +
			"Without it, the slug or the title in the post's front matter names it.\n" +
			"What is wrong with it is told as FILE:LINE: WHAT TO DO, and then nothing changes.",
		Args: oneName,
		RunE: func(cmd *cobra.Command, words []string) error {
			if s.Terminal {
				return fmt.Errorf("%s takes a post from a file, without -t: ssh HOST %s NAME < post.md", cmd.Name(), cmd.Name())
			}
			ctx := cmd.Context()
			return s.later(func() error {
				return s.change(ctx, func(t *push.Transfer) error { return s.receive(ctx, t, first(words)) })
			})
		},
	}
}

// checkCommand checks what comes on standard input as if it were published.
func checkCommand(s *Session) *cobra.Command {
	return &cobra.Command{
		Use:   "check [NAME]",
		Short: "what is wrong with a post: ssh HOST check < post.md",
		Args:  oneName,
		RunE: func(cmd *cobra.Command, words []string) error {
			if s.Terminal {
				return errors.New("check takes a post from a file, without -t: ssh HOST check NAME < post.md")
			}
			ctx := cmd.Context()
			return s.later(func() error {
				t, err := s.Publishing.Begin(ctx)
				if err != nil {
					return err
				}
				defer t.End()
				if err := s.receive(ctx, t, first(words)); err != nil {
					return err
				}
				out, err := t.Check(ctx)
				if err != nil {
					return err
				}
				s.warn(out.Remarks())
				if out.Refused() {
					return errTold
				}
				s.print("nothing is wrong: it can be published\n")
				return nil
			})
		},
	}
}

// oneName takes a name, or none.
func oneName(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return noWords(cmd, words[1:])
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// What a post has while it arrives, and one that is not named.
const (
	arriving = "post.part"
	unnamed  = "post.md"
)

// receive adds what comes on standard input to a transfer, under a name or the one that it has itself.
func (s *Session) receive(ctx context.Context, t *push.Transfer, name string) error {
	if name != "" && push.Temporary(name) {
		return fmt.Errorf("%s is the name of a temporary file, which is not published: choose another name", clipped(name))
	}
	f, err := t.Create(arriving)
	if err != nil {
		return err
	}
	n, err := s.copy(f)
	if err == nil && n == 0 {
		err = errors.New("nothing has come: send a file, as in ssh HOST publish < post.md")
	}
	language := ""
	if err == nil && !fileName.MatchString(name) {
		var own string
		own, language, err = s.nameOf(f, n, name == "")
		name = cmp.Or(name, own)
	}
	if err == nil {
		name, err = s.fileOf(t, name, language)
	}
	if err != nil {
		f.Discard()
		return err
	}
	if _, err := f.Keep(ctx); err != nil {
		return err
	}
	return s.refused(t.Rename(ctx, arriving, name))
}

// copyBytes is how much is read at once.
const copyBytes = 32 << 10

// copy writes standard input into a file, and returns how many bytes came.
func (s *Session) copy(f *push.File) (n int64, err error) {
	if !s.Account.TakeExtra(copyBytes) {
		return 0, errNoMemory
	}
	defer s.Account.Give(copyBytes)
	n, err = io.CopyBuffer(io.NewOffsetWriter(f, 0), struct{ io.Reader }{s.Stdin}, make([]byte, copyBytes))
	if err == nil && !s.Publishing.Whole() {
		err = errors.New("not all of it has come: nothing is published")
	}
	return n, err
}

// nameOf returns the name that a post gives itself, which it may be required to, and the language that it says it is in.
func (s *Session) nameOf(f *push.File, n int64, required bool) (name, language string, err error) {
	n = min(n, post.MaxSize+1)
	if !s.Account.TakeExtra(2 * n) {
		return "", "", errNoMemory
	}
	defer s.Account.Give(2 * n)
	text := make([]byte, n) //ledger:counted taken from the account
	if _, err := f.ReadAt(text, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", "", err
	}
	p, _ := post.Parse(unnamed, text)
	switch {
	case p == nil:
		return unnamed, "", nil // which is refused, and why is told
	case p.HasSlug():
		return p.Slug, p.Language, nil
	case p.Title() != (&post.Post{Path: unnamed}).Title():
		return post.Slugify(p.Title()), p.Language, nil
	case required:
		return "", "", errors.New("it has neither a slug nor a title: name it, as in ssh HOST publish NAME < post.md")
	}
	return "", p.Language, nil
}

// fileName is a name that has an extension. What stands behind the point of a version is none.
var fileName = regexp.MustCompile(`\.[A-Za-z]{2,8}$`)

// fileOf returns the file that a name means: one that is there, that of a post, or a new one. In front
// of it may stand what sftp has the folder as. The language is what a post says that it is in: a translation is not
// meant to replace its original.
func (s *Session) fileOf(t *push.Transfer, name, language string) (string, error) {
	const folder = "posts/"
	inFolder := false
	for there := range t.Names() {
		if there == name {
			return name, nil
		}
		inFolder = inFolder || strings.HasPrefix(there, folder)
	}
	if inside, ok := strings.CutPrefix(name, folder); ok && !inFolder {
		return s.fileOf(t, inside, language)
	}
	if fileName.MatchString(name) {
		return name, nil
	}
	found, err := s.authored(name)
	if err != nil || !found.exact {
		return name + ".md", nil // there is no such post yet
	}
	return s.versionOf(found, language)
}

// versionOf returns the file of a post in a language, "" for one that does not say in which it is.
func (s *Session) versionOf(found authored, language string) (string, error) {
	x := s.Index.Base()
	if language == "" || found.post == nil || x.LanguageOf(found.post) == language {
		return found.path, nil
	}
	for _, p := range x.Translations(found.post) {
		if x.LanguageOf(p) == language {
			return p.Path, nil
		}
	}
	for _, e := range x.Excluded() {
		if e.Post.Language == language && slices.Contains(namesOf(e.Post), found.post.Address) {
			return e.Post.Path, nil
		}
	}
	file, _ := post.SplitLanguage(found.path)
	ext := path.Ext(file)
	return "", fmt.Errorf("this is in %s, and %s is not known to be: name the file, as in ssh HOST publish %s for a translation, or %s to replace that",
		language, found.path, strings.TrimSuffix(file, ext)+"."+language+ext, found.path)
}
