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

// chargeStep is the unit in which bytes are taken and given back.
const chargeStep = 16 << 10

// stopBytes is about what a link takes, in bytes.
const stopBytes = int(unsafe.Sizeof(stop{}) + 2*unsafe.Sizeof(render.Place{}))

// charge adjusts what the session has taken from its account to what it holds. If the account has no more, the
// session closes what is open.
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

// ErrNoMemory says that an account does not have the memory that is needed.
var ErrNoMemory = errors.New("the server has no memory left for this: try again in a moment")

// Hold takes the bytes of a page from the account as soon as it is there, since it may have to wait for its
// session's turn. If the account does not have them, the page is dropped.
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
