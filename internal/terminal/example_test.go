package terminal_test

import (
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/sshblog/sshblog/internal/terminal"
)

// counter counts keys until it is told to quit.
type counter struct{ typed []string }

func (c *counter) Init() tea.Cmd { return nil }

func (c *counter) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		if key.String() == "q" {
			return c, tea.Quit
		}
		c.typed = append(c.typed, key.String())
	}
	return c, nil
}

func (c *counter) View() tea.View { return tea.NewView(fmt.Sprint(len(c.typed), " keys")) }

// A Host runs an ordinary model on any stream of bytes: there need be no terminal
// device, as there is none behind an SSH connection.
func Example() {
	model := &counter{}
	host := terminal.New(model, terminal.Options{
		Input:   strings.NewReader("j\x1b[A\x1b[200~pasted\x1b[201~\rq"),
		Output:  io.Discard, // the client
		Width:   80,
		Height:  24,
		Environ: []string{"TERM=xterm-256color"},
	})
	host.Start()
	<-host.Done()
	if err := host.Err(); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%q\n", model.typed)

	// Output: ["j" "up" "enter"]
}
