package main

import (
	"cmp"
	"log/slog"

	"github.com/sshblog/sshblog/internal/feed"
)

// newFeeds returns what writes feeds of the posts.
func newFeeds(lib feed.Library, s settings, logger *slog.Logger) *feed.Feeds {
	return feed.New(feed.Config{
		Library: lib, Posts: s.FeedPosts, Home: s.Site.found.URL, Page: s.Site.found.Page, Section: s.Site.found.Section,
		Language: cmp.Or(s.Language, s.Site.found.Language), Generator: "sshblog", Version: buildVersion().Version, Log: logger,
	})
}
