package main

import (
	"errors"
	"net/url"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/library"
)

// siteSettings say for which website the posts are written.
type siteSettings struct {
	// URL is that of the home page; "" leaves it to the configuration.
	URL string
	// Config is the website's configuration; "" looks for it in the folder of the posts, and
	// up to three above it.
	Config string

	found library.Site // once find has found it
}

func (s *siteSettings) flags(fs *pflag.FlagSet) {
	fs.Var(check(&s.URL, siteURL), "site", "`address` of the website that the posts are written for, as in https://example.com (default: that of site-config)")
	fs.StringVar(&s.Config, "site-config", s.Config, "`file` that configures this website, of Hugo, Jekyll or Zola (default: in the folder of the posts, or up to three above it)")
}

// find reads the website's configuration, for a folder of posts. After an error what the
// settings say is known all the same; it is fatal if the file was named.
func (s *siteSettings) find(posts string) (err error) {
	if s.Config == "" {
		s.found, err = library.FindSite(posts)
	} else {
		s.found, err = library.ReadSite(s.Config, posts)
	}
	if s.URL != "" {
		s.found.URL = s.URL
	}
	return err
}

// siteURL reads the address of a website.
func siteURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("want the address of a website, as in https://example.com")
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}
