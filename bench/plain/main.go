// Command plain is a blog over SSH as one writes it in an afternoon from the
// examples of wish, Bubble Tea, bubbles and glamour: their middleware, their
// list, their viewport. It is what sshblog is compared with, so it is neither
// tuned nor crippled.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/list"
	"charm.land/bubbles/v2/viewport"
	tea "charm.land/bubbletea/v2"
	"charm.land/glamour/v2"
	"charm.land/ssh"
	"charm.land/wish/v2"
	"charm.land/wish/v2/activeterm"
	wishtea "charm.land/wish/v2/bubbletea"
	"go.yaml.in/yaml/v4"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:2222", "`address` to serve at")
	posts := flag.String("posts", "posts", "`folder` with the posts")
	hostKey := flag.String("hostkey", "plain_ed25519", "`file` with the host key")
	flag.Parse()
	if err := serve(*listen, *posts, *hostKey); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func serve(listen, folder, hostKey string) error {
	posts, err := readPosts(folder)
	if err != nil {
		return err
	}
	server, err := wish.NewServer(
		wish.WithAddress(listen),
		wish.WithHostKeyPath(hostKey),
		wish.WithMiddleware(
			wishtea.Middleware(func(ssh.Session) (tea.Model, []tea.ProgramOption) { return newModel(posts), nil }),
			activeterm.Middleware(),
		),
	)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, ssh.ErrServerClosed) {
		return err
	}
	return nil
}

// post is an item of the list.
type post struct {
	Name    string    `yaml:"title"`
	Date    time.Time `yaml:"date"`
	Summary string    `yaml:"summary"`
	body    string
}

func (p post) Title() string       { return p.Name }
func (p post) Description() string { return p.Date.Format("January 2, 2006") + " · " + p.Summary }
func (p post) FilterValue() string { return p.Name }

// readPosts reads all Markdown files in a folder, newest first.
func readPosts(folder string) ([]list.Item, error) {
	var posts []post
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // the operator names it
		if err != nil {
			return err
		}
		parts := bytes.SplitN(text, []byte("---\n"), 3)
		if len(parts) != 3 {
			return fmt.Errorf("%s: has no front matter", path)
		}
		p := post{body: string(parts[2])}
		if err := yaml.Unmarshal(parts[1], &p); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		posts = append(posts, p)
		return nil
	})
	slices.SortFunc(posts, func(a, b post) int { return b.Date.Compare(a.Date) })
	items := make([]list.Item, len(posts))
	for i, p := range posts {
		items[i] = p
	}
	return items, err
}

// model is one session: a list, and over it the post that is read.
type model struct {
	list     list.Model
	viewport viewport.Model
	reading  bool
	open     key.Binding
	back     key.Binding
}

func newModel(posts []list.Item) *model {
	m := &model{
		list:     list.New(posts, list.NewDefaultDelegate(), 0, 0),
		viewport: viewport.New(),
		open:     key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "read")),
		back:     key.NewBinding(key.WithKeys("esc", "backspace", "q"), key.WithHelp("esc", "back")),
	}
	m.list.Title = "Weblog"
	m.list.AdditionalShortHelpKeys = func() []key.Binding { return []key.Binding{m.open} }
	return m
}

func (m *model) Init() tea.Cmd { return nil }

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.list.SetSize(msg.Width, msg.Height)
		m.viewport.SetWidth(msg.Width)
		m.viewport.SetHeight(msg.Height)
		return m, nil
	case tea.KeyPressMsg:
		switch {
		case msg.String() == "ctrl+c":
			return m, tea.Quit
		case m.reading && key.Matches(msg, m.back):
			m.reading = false
			return m, nil
		case !m.reading && m.list.FilterState() != list.Filtering && key.Matches(msg, m.open):
			m.read()
			return m, nil
		}
	}
	if m.reading {
		m.viewport, cmd = m.viewport.Update(msg)
	} else {
		m.list, cmd = m.list.Update(msg)
	}
	return m, cmd
}

// maxWidth is the widest text, in cells, as in glow.
const maxWidth = 120

// read opens the selected post.
func (m *model) read() {
	p, ok := m.list.SelectedItem().(post)
	if !ok {
		return
	}
	text := p.body
	renderer, err := glamour.NewTermRenderer(glamour.WithStandardStyle("dark"), glamour.WithWordWrap(min(m.viewport.Width(), maxWidth)))
	if err == nil {
		text, err = renderer.Render("# " + p.Name + "\n\n" + p.body)
	}
	if err != nil {
		text = err.Error()
	}
	m.viewport.SetContent(text)
	m.viewport.GotoTop()
	m.reading = true
}

func (m *model) View() tea.View {
	v := tea.NewView(m.list.View())
	if m.reading {
		v.SetContent(m.viewport.View())
	}
	v.AltScreen = true
	return v
}
