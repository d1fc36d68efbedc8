package reader

import (
	"errors"
	"unsafe"

	"github.com/sshblog/sshblog/internal/ledger"
	"github.com/sshblog/sshblog/internal/render"
)

// FreeBytes is the memory, in bytes, that every session may hold without taking it
// from its account: most articles.
const FreeBytes = 64 << 10

// chargeStep is how many bytes are taken and given back at once.
const chargeStep = 16 << 10

// stopBytes is about what a link takes, in bytes.
const stopBytes = int(unsafe.Sizeof(stop{}) + 2*unsafe.Sizeof(render.Place{}))

// charge takes what the session holds from its account, or gives back what it
// holds no more. If the account has no more, the session lets go of what is open.
func (m *Model) charge() {
	need := max(m.weight()-FreeBytes, 0)
	need = (need + chargeStep - 1) / chargeStep * chargeStep
	switch {
	case need < m.charged:
		m.account.Give(m.charged - need)
		m.charged = need
	case need > m.charged && m.account.TakeExtra(need-m.charged):
		m.charged = need
	case need > m.charged:
		m.unask()
		m.closeAll()
		m.account.Give(m.charged)
		m.charged = 0
		m.notice = ErrNoMemory.Error()
	}
}

// ErrNoMemory says that an account has not got what is asked for.
var ErrNoMemory = errors.New("the server has no memory left for this: try again in a moment")

// Hold takes a page that has just come from the account, in bytes, as it may have to
// wait for its session's turn. What the account has not got is let go of at once.
func Hold(account *ledger.Account, page *render.Page, err error) (*render.Page, int64, error) {
	if page == nil {
		return nil, 0, err
	}
	held := max(page.Size()-FreeBytes, 0)
	if !account.TakeExtra(held) {
		return nil, 0, ErrNoMemory
	}
	return page, held, nil
}
