package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/plaintext"
	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/sshd"
	"github.com/sshblog/sshblog/internal/theme"
)

// settings are what an operator can set for serve, each as --name, as SSHBLOG_NAME and as a key in the
// configuration file. A reload reads the posts again, but not the settings: to change one, restart.
type settings struct {
	// Config is the path of the configuration file; "" means none.
	Config string
	// Listen are the TCP addresses to serve at.
	Listen []string
	// Posts is the folder with the posts.
	Posts string
	// PostsRequired keeps a server that has started without a post from being ready until a
	// reload finds one.
	PostsRequired bool
	// Watch reloads the posts when their files change.
	Watch bool
	// WatchInterval is how often Watch looks at the files where the system gives no notifications.
	WatchInterval time.Duration
	// Identify says whether readers are asked for a public key; see identify.go.
	Identify string
	// Authors is the file with the keys of authors; "" means there are none.
	Authors string
	// RevokedKeys is the file of keys that are no longer accepted; "" means there are none.
	RevokedKeys string
	// State is the folder of sums, the history and readers; "" means "state" if that is there, and else none.
	State string
	// RememberReaders says whether readers are remembered by their keys; see remember.go.
	RememberReaders string
	// ReadersMaxSize is the size of the readers' file, in bytes, from which on new readers are not remembered.
	ReadersMaxSize int64
	// ReadersSecret is the file with the key of the readers' HMACs; "" means the one in State.
	ReadersSecret string
	// HostKeys is the folder with the server's keys.
	HostKeys string
	// HostKeyMode says whether a missing host key is made.
	HostKeyMode string
	// PageSize and FeedPosts are the numbers of posts on a page and in a feed.
	PageSize, FeedPosts int
	// Title and Tagline override those in the posts' _index.md.
	Title, Tagline string
	// Host is the public name of the blog, for links to its posts; "" means
	// the address that a client has connected to.
	Host string
	// Theme is the theme of readers who ask for none: "auto", by their
	// terminal's background, or a name.
	Theme string
	// ThemeFile is the path of a theme of the operator's own; "" means none.
	ThemeFile string
	// ShowReading says whether the number of readers is shown, Source whether readers may have posts' Markdown:
	// "on" or "off".
	ShowReading, Source string
	// TextPosts makes posts of *.txt with front matter.
	TextPosts bool
	// VisualOrder reorders right-to-left text, for terminals that do not do it themselves.
	VisualOrder bool
	// SearchMemory is the most memory, in bytes, that searching all posts may
	// take; beyond it the oldest are found by title and tags alone. Zero means
	// what searchBytesOf says.
	SearchMemory int64
	// Site is the website for which the posts are written.
	Site siteSettings
	// Language is that of posts that do not say theirs; "" if it is not known.
	Language string
	// Timezone is the time zone of dates without a time of day; nil means that of TZ.
	Timezone *time.Location
	// LogFormat is "text" or "json".
	LogFormat string
	// LogLevel is the lowest level that is logged.
	LogLevel slog.Level
	// journal says that systemd's journal reads the log. It is not a setting.
	journal bool
	// Ops is the TCP address of the operator's pages; "" means none.
	Ops string
	// OpsHosts are names that requests there may be for, besides private ones.
	OpsHosts []string
	// OpsPprof serves profiles there.
	OpsPprof bool
	// UpgradeDrain is how long those who read may go on once a successor serves.
	UpgradeDrain time.Duration
	// Cluster is what several servers share; see cluster.go.
	Cluster clusterSettings
	// SSH is the configuration of the SSH server, with its limits; see limits.go.
	SSH sshd.Config
}

// How host keys come to be, see settings.HostKeyMode.
const (
	keysMake    = "make"
	keysRequire = "require"
)

// The values of settings that are on or off.
const (
	on  = "on"
	off = "off"
)

// searchBytes is the default of SearchMemory if there is as much memory: enough for the text of some sixty
// thousand posts.
const searchBytes = 128 << 20

// watchInterval is the default of WatchInterval.
const watchInterval = 30 * time.Second

func defaultSettings() settings {
	return settings{
		Listen: []string{":2222"}, Posts: "posts", WatchInterval: watchInterval, HostKeys: "hostkeys", HostKeyMode: keysMake, Identify: identifyAuto, RememberReaders: remembersAuto, ReadersMaxSize: readersMaxSize,
		ShowReading: off, PageSize: 8, FeedPosts: 30, Theme: theme.Auto, Source: on, LogFormat: "text", LogLevel: slog.LevelInfo,
		UpgradeDrain: time.Hour, Cluster: defaultClusterSettings(), SSH: sshd.DefaultConfig(),
	}
}

// agree returns an error if two settings contradict each other, or one has no effect without
// another.
func (s *settings) agree() error {
	if s.OpsPprof && s.Ops == "" {
		return errors.New("setting ops-pprof: profiles need a listener, set ops too, as in 127.0.0.1:9222")
	}
	if len(s.OpsHosts) > 0 && s.Ops == "" {
		return errors.New("setting ops-hosts: names need a listener, set ops too, as in :9222")
	}
	if s.RevokedKeys != "" && s.Authors == "" {
		return errors.New("setting revoked-keys: nobody is an author, so there is nothing to revoke; set authors too")
	}
	if s.Authors != "" && s.State == "" {
		return errors.New("setting authors: the history of what they publish needs a folder; set state too, as in /var/lib/sshblog")
	}
	if s.Authors != "" && s.Identify == off {
		return errors.New("setting identify: authors are known by their keys, which nobody is asked for; set it to auto or on")
	}
	if s.WatchInterval != watchInterval && !s.Watch {
		return errors.New("setting watch-interval: nothing is watched, set watch too")
	}
	for i, address := range s.Listen {
		if samePlace(address, s.Ops) {
			return fmt.Errorf("setting ops: readers are served at %s, give it another port", address)
		}
		for _, other := range s.Listen[:i] {
			if samePlace(address, other) {
				return fmt.Errorf("setting listen: who listens at %s has %s, too; set one of them", other, address)
			}
		}
	}
	return s.Cluster.agree()
}

// withSettings adds settings of serve to a command as flags: those of the given names, or
// all of them. The others may be in the same environment and file: complete reads all.
func withSettings(cmd *cobra.Command, names ...string) (s *settings, all *pflag.FlagSet) {
	set := defaultSettings()
	all = pflag.NewFlagSet(cmd.Name(), pflag.ContinueOnError)
	set.flags(all)
	all.VisitAll(func(f *pflag.Flag) {
		if len(names) == 0 || slices.Contains(names, f.Name) {
			cmd.Flags().AddFlag(f)
		}
	})
	return &set, all
}

// flags declares every setting. The declarations are also what environment
// and file are checked against.
func (s *settings) flags(fs *pflag.FlagSet) {
	fs.StringVar(&s.Config, "config", s.Config, "configuration `file` (YAML), with these names as keys")
	fs.Var(check(&s.Listen, listenAddresses), "listen", "`addresses` to serve at, joined by commas")
	fs.Var(check(&s.Posts, notEmpty), "posts", "`folder` with the posts")
	yes(fs.VarPF(check(&s.PostsRequired, boolean), "posts-required", "", "not to be ready after a start without a post, until a reload finds one: true or false (`bool`)"))
	yes(fs.VarPF(check(&s.Watch, boolean), "watch", "", "read the posts again when files change: true or false (`bool`)"))
	fs.Var(check(&s.WatchInterval, atLeastASecond), "watch-interval", "how `long` from one look at the files to the next, where the system tells of no changes")
	fs.Var(check(&s.HostKeys, notEmpty), "hostkeys", "`folder` with the host keys")
	fs.Var(check(&s.HostKeyMode, oneOf(keysMake, keysRequire)), "host-keys", "make or require: a missing host key is made, or stops the start (`mode`)")
	fs.Var(check(&s.Identify, oneOf(identifyAuto, on, off)), "identify", "auto, on or off: readers are asked for a public key, and those without one get in all the same; auto is on where authors is set or readers are remembered (`mode`)")
	fs.Var(check(&s.Authors, notEmpty), "authors", "`file` with the public keys of authors, in the format of authorized_keys; without it nobody is an author")
	fs.Var(check(&s.RevokedKeys, notEmpty), "revoked-keys", "`file` with public keys that are no author's any more, one in a line")
	fs.Var(check(&s.State, notEmpty), "state", "`folder` that keeps the history of what authors publish, what is known of readers, and how often each post was opened, which counts from the start without it (default: state, if there is that folder)")
	s.readerFlags(fs)
	fs.Var(check(&s.PageSize, between(1, 100)), "page-size", "`number` of posts on a page")
	fs.Var(check(&s.FeedPosts, between(1, 100)), "feed-posts", "`number` of posts in a feed")
	fs.Var(check(&s.Title, oneLineText), "title", "`title` of the blog, instead of the one in _index.md")
	fs.Var(check(&s.Tagline, oneLineText), "tagline", "`line` below the title, instead of the one in _index.md")
	fs.Var(check(&s.Host, hostName), "host", "public `name` of the blog for links to its posts, as in blog.example.com or blog.example.com:2222")
	fs.Var(check(&s.Theme, notEmpty), "theme", "`name` of the theme for readers who choose none; auto goes by their terminal's background")
	fs.StringVar(&s.ThemeFile, "theme-file", s.ThemeFile, "`file` with a theme of your own (JSON, as glamour's styles); its name can then be chosen")
	fs.Var(check(&s.ShowReading, oneOf(on, off)), "show-reading", "on or off (`mode`): readers are told how many read now, and how many others the post that they read")
	fs.Var(check(&s.Source, oneOf(on, off)), "source", "on or off (`mode`): whether readers may have the Markdown of posts, by ssh HOST cat SLUG, scp, sftp and the reader's y")
	yes(fs.VarPF(check(&s.TextPosts, boolean), "text-posts", "", "read posts in *.txt, too, if they have front matter: true or false (`bool`)"))
	yes(fs.VarPF(check(&s.VisualOrder, boolean), "visual-order", "", "reorder right-to-left text, for terminals that do not do it themselves: true or false (`bool`)"))
	s.Site.flags(fs)
	fs.Var(check(&s.Language, language), "language", "`code` of the language of posts that do not say theirs, as in en or pt-br")
	fs.Var(check(&s.Timezone, timezone), "timezone", "`name` of the time zone by which dates without a time of day count, as in Asia/Tokyo (default: that of TZ)")
	fs.Var(check(&s.SearchMemory, memorySize), "search-memory", "memory for searching all posts, as `size` (default: 128MiB, at most an eighth of GOMEMLIMIT); beyond it the oldest are found by title and tags alone")
	fs.Var(check(&s.LogFormat, oneOf("text", "json")), "log-format", "text or json (`format`)")
	fs.Var(check(&s.LogLevel, logLevel), "log-level", "debug, info, warn or error (`level`)")
	fs.Var(check(&s.Ops, addressOrOff), "ops", "`address` for health, metrics, reloads and profiles over HTTP, as in 127.0.0.1:9222; off: none")
	fs.Var(check(&s.OpsHosts, list(bareHost)), "ops-hosts", "`names` in public DNS that the ops address is asked by, joined by commas; addresses and private names need none")
	yes(fs.VarPF(check(&s.OpsPprof, boolean), "ops-pprof", "", "serve profiles at the ops address: true or false (`bool`)"))
	fs.Var(check(&s.UpgradeDrain, duration), "upgrade-drain", "how `long` readers may go on after an upgrade, before drain")
	s.Cluster.flags(fs)
	limitFlags(fs, &s.SSH)
}

// value is a flag with a typed value.
type value[T any] struct {
	at    *T
	parse func(string) (T, error)
	text  string // as it was given; "" if it was not
}

func check[T any](at *T, parse func(string) (T, error)) *value[T] {
	return &value[T]{at: at, parse: parse}
}

func (v *value[T]) Set(text string) error {
	parsed, err := v.parse(text)
	if err == nil {
		*v.at, v.text = parsed, text
	}
	return err
}

// String returns the value as it was set, so that it can be set again, or else
// the default. Numbers and sizes that are zero follow from others, and are "".
func (v *value[T]) String() string {
	if v.at == nil || v.text != "" {
		return v.text
	}
	switch at := any(*v.at).(type) {
	case []netip.Prefix, *time.Location:
		return "" // none by default
	case []string:
		return strings.Join(at, ",")
	case int64:
		if at == 0 {
			return ""
		}
	case int:
		if at == 0 {
			return ""
		}
	}
	return strings.ToLower(fmt.Sprint(*v.at))
}

func (v *value[T]) Type() string { return "value" }

// hostName reads a name or an address, with a port or without.
func hostName(text string) (string, error) {
	host := text
	// In a URL, what follows the colon is not an invalid port.
	if name, port, err := net.SplitHostPort(text); err == nil && !strings.Contains(port, "/") {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return "", errors.New("the port must be a number from 1 to 65535, as in blog.example.com:2222")
		}
		host = name
	}
	if net.ParseIP(host) == nil && (!isHostName(host) || onlyDigits(host)) {
		return "", errors.New("want a host's name, as in blog.example.com or blog.example.com:2222")
	}
	return text, nil
}

// onlyDigits reports whether the last label of a name is a number: then all of it
// is an address, or was meant to be (RFC 1123 §2.1).
func onlyDigits(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return strings.Trim(last, "0123456789") == ""
}

func boolean(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, errors.New("want true or false")
}

// language reads the code of a language.
func language(text string) (string, error) {
	code := post.Language(text)
	if code == "" {
		return "", errors.New("want the code of a language, as in en or pt-br")
	}
	return code, nil
}

// timezone reads a name of the IANA time zone database.
func timezone(text string) (*time.Location, error) {
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		return nil, errors.New("want the name of a time zone, as in Europe/Berlin, Asia/Tokyo or UTC")
	}
	return zone, nil
}

// list reads values that are joined by commas.
func list[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(text string) (values []T, err error) {
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			value, err := parse(part)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		return values, nil
	}
}

// bareHost reads a name without a port.
func bareHost(text string) (string, error) {
	if !isHostName(text) {
		return "", errors.New("want hosts' names without ports, as in blog.example.com, and " + strconv.Quote(text) + " is none")
	}
	return text, nil
}

// addressOrOff also takes "off", which is the same as none.
func addressOrOff(text string) (string, error) {
	if text == "off" {
		return "", nil
	}
	return tcpAddress(text, "127.0.0.1:9222 or off", "9222")
}

// yes makes a flag without a value mean true.
func yes(f *pflag.Flag) { f.NoOptDefVal = "true" }

func atLeastASecond(text string) (time.Duration, error) {
	d, err := duration(text)
	if err != nil || d < time.Second {
		return 0, errors.New("want a duration from one second on, as in 30s or 5m")
	}
	return d, nil
}

func notEmpty(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", errors.New("must not be empty")
	}
	return text, nil
}

func oneLineText(text string) (string, error) {
	if plaintext.Clean(text) != text { // the title of a post is cleaned, too
		return "", errors.New("must be one line without control or invisible characters")
	}
	return text, nil
}

func oneOf(choices ...string) func(string) (string, error) {
	return func(text string) (string, error) {
		if slices.Contains(choices, text) {
			return text, nil
		}
		return "", errors.New("want " + strings.Join(choices, " or "))
	}
}

func between(low, high int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < low || n > high {
			return 0, fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		return n, nil
	}
}

func logLevel(text string) (level slog.Level, err error) {
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return 0, errors.New("want debug, info, warn or error")
	}
	return level, nil
}
