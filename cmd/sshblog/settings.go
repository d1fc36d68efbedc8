package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sshblog/sshblog/internal/post"
	"github.com/sshblog/sshblog/internal/render"
	"github.com/sshblog/sshblog/internal/sshd"
)

// settings are what an operator can set for serve, each as --name, as
// SSHBLOG_NAME and as a key in the configuration file. A reload reads the
// posts again and no setting: to change one, restart.
type settings struct {
	// Config is the path of the configuration file; "" means none.
	Config string
	// Listen is the TCP address to serve at.
	Listen string
	// Posts is the folder with the posts.
	Posts string
	// HostKeys is the folder with the server's keys.
	HostKeys string
	// HostKeyMode says whether a missing host key is made.
	HostKeyMode string
	// PageSize is the number of posts on a page.
	PageSize int
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
	// VisualOrder has right-to-left text written as it is seen, for readers
	// whose terminals do not reorder it.
	VisualOrder bool
	// SearchMemory is the most memory, in bytes, that searching all posts may
	// take; beyond it the oldest are found by title and tags alone.
	SearchMemory int64
	// LogFormat is "text" or "json".
	LogFormat string
	// LogLevel is the least level that is logged.
	LogLevel slog.Level
	// Ops is the TCP address of the operator's pages; "" means none.
	Ops string
	// OpsPprof serves profiles there.
	OpsPprof bool
	// Door holds the limits; see limits.go.
	Door sshd.Config
}

// How host keys come to be, see settings.HostKeyMode.
const (
	keysMake    = "make"
	keysRequire = "require"
)

// searchBytes is enough for the text of some sixty thousand posts.
const searchBytes = 128 << 20

func defaultSettings() settings {
	return settings{
		Listen: ":2222", Posts: "posts", HostKeys: "hostkeys", HostKeyMode: keysMake,
		PageSize: 8, SearchMemory: searchBytes, Theme: render.AutoTheme, LogFormat: "text", LogLevel: slog.LevelInfo,
		Door: sshd.DefaultConfig(),
	}
}

// flags declares every setting. The declarations are also what environment
// and file are checked against.
func (s *settings) flags(fs *pflag.FlagSet) {
	fs.StringVar(&s.Config, "config", s.Config, "configuration `file` (YAML), with these names as keys")
	fs.Var(check(&s.Listen, listenAddress), "listen", "`address` to serve at")
	fs.Var(check(&s.Posts, notEmpty), "posts", "`folder` with the posts")
	fs.Var(check(&s.HostKeys, notEmpty), "hostkeys", "`folder` with the host keys")
	fs.Var(check(&s.HostKeyMode, oneOf(keysMake, keysRequire)), "host-keys", "make or require: a missing host key is made, or stops the start (`mode`)")
	fs.Var(check(&s.PageSize, between(1, 100)), "page-size", "`number` of posts on a page")
	fs.Var(check(&s.Title, oneLineText), "title", "`title` of the blog, instead of the one in _index.md")
	fs.Var(check(&s.Tagline, oneLineText), "tagline", "`line` below the title, instead of the one in _index.md")
	fs.Var(check(&s.Host, hostName), "host", "public `name` of the blog for links to its posts, as in blog.example.com or blog.example.com:2222")
	fs.Var(check(&s.Theme, notEmpty), "theme", "`name` of the theme for readers who choose none; auto goes by their terminal's background")
	fs.StringVar(&s.ThemeFile, "theme-file", s.ThemeFile, "`file` with a theme of your own (JSON, as glamour's styles); its name can then be chosen")
	fs.BoolVar(&s.VisualOrder, "visual-order", s.VisualOrder, "reorder right-to-left text, for terminals that do not do it themselves")
	fs.Var(check(&s.SearchMemory, memorySize), "search-memory", "memory for searching all posts, as `size`; beyond it the oldest are found by title and tags alone")
	fs.Var(check(&s.LogFormat, oneOf("text", "json")), "log-format", "text or json (`format`)")
	fs.Var(check(&s.LogLevel, logLevel), "log-level", "debug, info, warn or error (`level`)")
	fs.Var(check(&s.Ops, addressOrOff), "ops", "`address` for health, metrics and profiles over HTTP, as in 127.0.0.1:9222; off: none")
	yes(fs.VarPF(check(&s.OpsPprof, strconv.ParseBool), "ops-pprof", "", "serve profiles at the ops address: true or false (`bool`)"))
	limitFlags(fs, &s.Door)
}

// value is a flag that says what it expects.
type value[T any] struct {
	at    *T
	parse func(string) (T, error)
}

func check[T any](at *T, parse func(string) (T, error)) *value[T] { return &value[T]{at, parse} }

func (v *value[T]) Set(text string) error {
	parsed, err := v.parse(text)
	if err == nil {
		*v.at = parsed
	}
	return err
}

func (v *value[T]) String() string {
	if v.at == nil {
		return ""
	}
	return strings.ToLower(fmt.Sprint(*v.at))
}

func (v *value[T]) Type() string { return "value" }

func listenAddress(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", errors.New("want host:port or :port, as in :2222 or 127.0.0.1:2222")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("the port must be a number from 0 to 65535, as in %s", net.JoinHostPort(host, "2222"))
	} else if strconv.FormatUint(n, 10) != port {
		return "", errors.New("the port must be written without leading zeros")
	}
	return text, nil
}

func hostName(text string) (string, error) {
	host := text
	if name, _, err := net.SplitHostPort(text); err == nil {
		host = name
	}
	if host == "" || host[0] == '-' || strings.ContainsFunc(host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:", r)
	}) {
		return "", errors.New("want a host's name, as in blog.example.com or blog.example.com:2222")
	}
	return text, nil
}

// addressOrOff also takes "off", which is the same as none.
func addressOrOff(text string) (string, error) {
	if text == "off" {
		return "", nil
	}
	return listenAddress(text)
}

// yes lets a flag stand without a value.
func yes(f *pflag.Flag) { f.NoOptDefVal = "true" }

func notEmpty(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", errors.New("must not be empty")
	}
	return text, nil
}

func oneLineText(text string) (string, error) {
	if post.Clean(text) != text { // as a title in a post would be
		return "", errors.New("must be one line without control characters")
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
