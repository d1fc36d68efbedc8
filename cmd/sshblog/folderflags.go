package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/library"
)

// folderFlags are those settings of serve that say how posts are read, for subcommands that read
// them without a server.
type folderFlags struct {
	zone *time.Location
	text bool
	site siteSettings
}

func (f *folderFlags) flags(fs *pflag.FlagSet) {
	yes(fs.VarPF(check(&f.text, boolean), "text-posts", "", "read posts in *.txt, too, if they have front matter: true or false (`bool`)"))
	f.site.flags(fs)
	fs.Var(check(&f.zone, timezone), "timezone", "`name` of the time zone by which dates without a time of day count (default: that of TZ)")
}

// options returns how the posts in a folder are read.
func (f *folderFlags) options(folder string) (library.Options, error) {
	if err := f.site.find(folder); err != nil && f.site.Config != "" {
		return library.Options{}, err
	}
	return library.Options{Calendar: calendar(f.zone), TextPosts: f.text, Site: f.site.found}, nil
}

// reading is how posts are read.
func (s *settings) reading() library.Options {
	return library.Options{PageSize: s.PageSize, Site: s.Site.found, Language: s.Language, TextPosts: s.TextPosts, Calendar: calendar(s.Timezone)}
}
