package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sshblog/sshblog/internal/library"
)

// groupedLibrary has posts with categories, tags, series and languages.
func groupedLibrary(t testing.TB) *library.Library {
	t.Helper()
	return opened(t, fstest.MapFS{
		"locks.md":    {Data: []byte("---\ntitle: Locks\ndate: 2026-05-01T10:00:00+02:00\ncategory: CI/CD\ntags: [go, sql]\nseries: Queues\nsummary: Of <locks> & keys\nlang: en\n---\nA lock waits in a queue.\n")},
		"queues.md":   {Data: []byte("---\ntitle: \"Queues\\e[31m\"\ndate: 2026-04-01\ncategory: Data\ntags: go\nseries: Queues\nlang: en\n---\nA queue hides much.\n")},
		"colas.md":    {Data: []byte("---\ntitle: Colas\ndate: 2026-03-01\ntags: sql\nlang: es\n---\nUna cola.\n")},
		"walls.md":    {Data: []byte("---\ntitle: Walls\ndate: 2026-02-01\ncategory: Data\nlang: pt-br\n---\nText.\n")},
		"noname.md":   {Data: []byte("# A heading\n\nText.\n")},
		"sub/deep.md": {Data: []byte("---\ntitle: Deep\ndate: 2025-01-01\n---\nText.\n")},
	})
}

func TestLs(t *testing.T) {
	lib := groupedLibrary(t)
	rows := map[string]string{
		"locks": "2026-05-01\tlocks\tLocks\n", "queues": "2026-04-01\tqueues\tQueues[31m\n", "colas": "2026-03-01\tcolas\tColas\n",
		"walls": "2026-02-01\twalls\tWalls\n", "deep": "2025-01-01\tsub/deep\tDeep\n", "noname": "undated   \tnoname\tA heading\n",
	}
	for line, want := range map[string]string{
		"ls":                                    "locks queues colas",
		"list":                                  "locks queues colas",
		"posts --page 2":                        "walls deep noname",
		"ls --all":                              "locks queues colas walls deep noname",
		"ls --all --page 2":                     "locks queues colas walls deep noname",
		"ls --category data":                    "queues walls",
		"ls --category CI/CD":                   "locks",
		"ls --tag go":                           "locks queues",
		"ls --tag go --category=Data":           "queues",
		"ls --tag sql --category data":          "",
		"ls --series queues --tag=sql":          "locks",
		"ls --lang es":                          "colas",
		"ls --lang pt":                          "walls",
		"ls --lang en --tag go --series Queues": "locks queues",
	} {
		var all strings.Builder
		for name := range strings.FieldsSeq(want) {
			all.WriteString(rows[name])
		}
		if a := askOf(t, lib, false, strings.Fields(line)...); a.out != all.String() || a.told != "" || a.status != 0 {
			t.Errorf("%s: %+v, want %q", line, a, all.String())
		}
	}
	for line, want := range map[string]string{
		"ls --page 3":           "there is no page 3; the last is 2",
		"ls --tag go --page 2":  "there is no page 2; the last is 1",
		"ls --tag sq":           "there is no tag sq; did you mean sql?",
		"ls --tag nonsense":     "there is no tag nonsense; ssh HOST tags lists them",
		"ls --category dta":     "there is no category dta; did you mean data?",
		"ls --category nothing": "there is no category nothing; ssh HOST categories lists them",
		"ls --series queue":     "there is no series queue; did you mean queues?",
		"ls --lang fr":          "there is no post in fr",
	} {
		if a := askOf(t, lib, false, strings.Fields(line)...); a.out != "" || a.told != "sshblog: "+want+"\n" || a.status != statusNotFound {
			t.Errorf("%s: %+v, want %q", line, a, want)
		}
	}
	if a := askOf(t, lib, true, "ls", "--tag", "go"); a.out != strings.ReplaceAll(rows["locks"]+rows["queues"], "\n", "\r\n") {
		t.Errorf("on a terminal: %q", a.out)
	}
	if a := askOf(t, opened(t, fstest.MapFS{}), false, "ls"); a.out+a.told != "" || a.status != 0 {
		t.Errorf("without posts: %+v", a)
	}
}

// page is what ls --json and search --json print.
type page struct {
	Page, Pages, Total int
	Posts              []struct {
		Slug, Title, Category, Lang, Summary, URL, Excerpt string

		Date        *time.Time
		Tags        []string
		ReadingTime int `json:"reading_time"`
	}
}

func pageOf(t *testing.T, a answer) (p page) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(a.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || d.More() || strings.Contains(a.out, "\x1b") {
		t.Fatalf("%v in %s", err, a.out)
	}
	return p
}

func TestLsAsJSON(t *testing.T) {
	lib := groupedLibrary(t)
	const first = `{"slug":"locks","title":"Locks","date":"2026-05-01T10:00:00+02:00","category":"CI/CD","tags":["go","sql"],"lang":"en","reading_time":1,"summary":"Of <locks> & keys","url":"ssh://locks@blog"}`
	a := askOf(t, lib, false, "ls", "--json", "--tag", "go")
	if !strings.HasPrefix(a.out, "{\"page\":1,\"pages\":1,\"total\":2,\"posts\":[\n"+first+",\n") || !strings.HasSuffix(a.out, "\n]}\n") {
		t.Errorf("%s", a.out)
	}
	if p := pageOf(t, askOf(t, lib, false, "ls", "--json", "--page", "2")); p.Page != 2 || p.Pages != 2 || p.Total != 6 || len(p.Posts) != 3 ||
		p.Posts[2].Date != nil || p.Posts[2].Tags == nil || p.Posts[2].Title != "A heading" || p.Posts[1].Slug != "sub/deep" {
		t.Errorf("%+v", p)
	}
	if p := pageOf(t, askOf(t, lib, false, "ls", "--json", "--all")); p.Page != 1 || p.Pages != 1 || p.Total != 6 || len(p.Posts) != 6 {
		t.Errorf("%+v", p)
	}
	for _, line := range []string{"ls --json", "ls --json --all"} {
		if a := askOf(t, opened(t, fstest.MapFS{}), false, strings.Fields(line)...); a.out != "{\"page\":1,\"pages\":0,\"total\":0,\"posts\":[\n]}\n" || a.status != 0 {
			t.Errorf("without posts: %+v", a)
		}
	}
}

func TestSearch(t *testing.T) {
	lib := groupedLibrary(t)
	if a := askOf(t, lib, false, "search", "queue"); a.out != "2026-04-01\tqueues\tQueues[31m\n2026-05-01\tlocks\tLocks\n" && a.out != "2026-05-01\tlocks\tLocks\n2026-04-01\tqueues\tQueues[31m\n" || a.status != 0 {
		t.Errorf("%+v", a)
	}
	p := pageOf(t, askOf(t, lib, false, "search", "--json", "lock", "waits"))
	if p.Total != 1 || p.Pages != 1 || p.Posts[0].Slug != "locks" || p.Posts[0].Excerpt != "A lock waits in a queue." {
		t.Errorf("%+v", p)
	}
	if p := pageOf(t, askOf(t, lib, false, "find", "tag:go", "--json")); p.Total != 2 {
		t.Errorf("%+v", p)
	}
	a := askOf(t, lib, false, "search", "xyzzy\u009b2J")
	if a.out != "" || a.told != "sshblog: nothing found for xyzzy?2J\n" || a.status != statusNotFound {
		t.Errorf("%+v", a)
	}
	a = askOf(t, lib, false, "search", "xyzzy", "--json")
	if p := pageOf(t, a); p.Total != 0 || len(p.Posts) != 0 || a.status != statusNotFound || a.told == "" {
		t.Errorf("%+v", a)
	}
}

// Of many posts that are found the best are printed, and it is said how many there are.
func TestSearchFindsMany(t *testing.T) {
	posts := fstest.MapFS{}
	for i := range maxFound + 10 {
		posts[fmt.Sprintf("p%d.md", i)] = &fstest.MapFile{Data: []byte("Some words.")}
	}
	a := askOf(t, opened(t, posts), false, "search", "words")
	if strings.Count(a.out, "\n") != maxFound || a.told != "sshblog: these are the best 50 of 60 posts\n" || a.status != 0 {
		t.Errorf("%+v", a)
	}
}

func TestGroups(t *testing.T) {
	lib := groupedLibrary(t)
	for line, want := range map[string]string{
		"categories":        "2\tdata\tData\n1\tci-cd\tCI/CD\n",
		"tags":              "2\tgo\tgo\n2\tsql\tsql\n",
		"series":            "2\tqueues\tQueues\n",
		"series --json":     "{\"series\":[\n{\"slug\":\"queues\",\"name\":\"Queues\",\"description\":\"\",\"posts\":2}\n]}\n",
		"categories --json": "{\"categories\":[\n{\"slug\":\"data\",\"name\":\"Data\",\"description\":\"\",\"posts\":2},\n{\"slug\":\"ci-cd\",\"name\":\"CI/CD\",\"description\":\"\",\"posts\":1}\n]}\n",
	} {
		if a := askOf(t, lib, false, strings.Fields(line)...); a.out != want || a.told != "" || a.status != 0 {
			t.Errorf("%s: %+v", line, a)
		}
	}
	if a := askOf(t, opened(t, fstest.MapFS{}), false, "tags", "--json"); a.out != "{\"tags\":[\n]}\n" {
		t.Errorf("%+v", a)
	}
}

func TestReadWithoutATerminal(t *testing.T) {
	lib := groupedLibrary(t)
	for line, want := range map[string]string{
		"read locks":                                     "locks at 80, without colours: true",
		"read locks --width 40":                          "locks at 40, without colours: true",
		"show locks --color always":                      "locks at 80, without colours: false",
		"--no-color read locks --color=always":           "locks at 80, without colours: false",
		"read --width=120 --color never --theme x locks": "locks at 120, without colours: true",
	} {
		a := askOf(t, lib, false, strings.Fields(line)...)
		if strings.ReplaceAll(a.out, " \n", " ") != "Locks\nMay 1, 2026, CI/CD, 1 min read, tags: go, sql\n\n"+want+"\n" || a.told != "" || a.status != 0 || a.opened != "locks" || a.ended != "locks" {
			t.Errorf("%s: %+v", line, a)
		}
	}
	a := askOf(t, lib, true, "read", "locks", "--color", "auto")
	if a.out != "Locks\r\nMay 1, 2026, CI/CD, 1 min read, tags: go, sql\r\n\r\nlocks at 60, without colours: false\r\n" || a.reading != nil {
		t.Errorf("on a terminal: %+v", a)
	}
	if a := askOf(t, lib, false, "read", "lokcs"); a.told != "sshblog: there is no post lokcs; did you mean locks?\n" || a.status != statusNotFound {
		t.Errorf("%+v", a)
	}
}
