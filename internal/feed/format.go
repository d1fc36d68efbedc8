package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"html"
	"strings"
	"time"
)

// head is what a feed says of itself.
type head struct {
	ID, URL, Title, Subtitle, Author string
	Updated                          time.Time
	Language                         string
	Generator, Version               string
}

// format is a way to write feeds.
type format struct {
	// around returns what stands before and after the entries.
	around  func(head) (before, after string, err error)
	between string // of the entries
	entry   func(*entry) (string, error)
}

func formats() map[string]format {
	return map[string]format{
		"atom": {around: atomAround, entry: atomOf},
		"rss":  {around: rssAround, entry: rssOf},
		"json": {around: jsonAround, between: ",\n", entry: jsonOf},
	}
}

// cut marshals a feed without entries, and cuts it before its end.
func cut(v any, end string) (before, after string, err error) {
	text, err := xml.MarshalIndent(v, "", "  ")
	before, ok := strings.CutSuffix(string(text), end)
	if err != nil || !ok {
		return "", "", errors.Join(err, errors.New("a feed does not end as it should"))
	}
	return xml.Header + strings.TrimRight(before, " \n") + "\n", end + "\n", nil
}

func marshalEntry(v any) (string, error) {
	text, err := xml.MarshalIndent(v, "  ", "  ")
	return string(text) + "\n", err
}

// atomFeed is one of Atom (RFC 4287 §4.1.1).
type atomFeed struct {
	XMLName   xml.Name      `xml:"feed"`
	Namespace string        `xml:"xmlns,attr"`
	Language  string        `xml:"xml:lang,attr,omitempty"`
	ID        string        `xml:"id"`
	Title     string        `xml:"title"`
	Subtitle  string        `xml:"subtitle,omitempty"`
	Updated   string        `xml:"updated"`
	Author    atomPerson    `xml:"author"`
	Link      atomLink      `xml:"link"`
	Generator atomGenerator `xml:"generator"`
}

type atomGenerator struct {
	Version string `xml:"version,attr,omitempty"`
	Name    string `xml:",chardata"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	HRef string `xml:"href,attr"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomEntry struct {
	XMLName    xml.Name       `xml:"entry"`
	Language   string         `xml:"xml:lang,attr,omitempty"`
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Link       atomLink       `xml:"link"`
	Published  string         `xml:"published,omitempty"`
	Updated    string         `xml:"updated"`
	Authors    []atomPerson   `xml:"author"`   //ledger:counted at most those of a post's front matter
	Categories []atomCategory `xml:"category"` //ledger:counted at most those of a post's front matter
	Summary    string         `xml:"summary,omitempty"`
	Content    *atomText      `xml:"content"`
}

// atomTime returns a time as Atom has to have it, of which there is no unknown one.
func atomTime(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0).UTC()
	}
	return t.Format(time.RFC3339)
}

func atomAround(h head) (before, after string, err error) {
	return cut(atomFeed{
		Namespace: "http://www.w3.org/2005/Atom", Language: h.Language, ID: h.ID, Title: h.Title, Subtitle: h.Subtitle, Updated: atomTime(h.Updated),
		Author: atomPerson{h.Author}, Link: atomLink{"alternate", h.URL}, Generator: atomGenerator{h.Version, h.Generator},
	}, "</feed>")
}

func atomOf(e *entry) (string, error) {
	a := atomEntry{
		Language: e.Language, ID: e.ID, Title: e.Title, Link: atomLink{"alternate", e.URL}, Updated: atomTime(e.Updated), Summary: e.Summary,
	}
	if !e.Published.IsZero() {
		a.Published = atomTime(e.Published)
	}
	for _, name := range e.Authors {
		a.Authors = append(a.Authors, atomPerson{name})
	}
	for _, name := range e.Labels {
		a.Categories = append(a.Categories, atomCategory{name})
	}
	if e.HTML != "" {
		a.Content = &atomText{"html", e.HTML}
	}
	return marshalEntry(a)
}

// rssFeed is one of RSS 2.0 (https://www.rssboard.org/rss-specification).
type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Content string     `xml:"xmlns:content,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       rssText `xml:"title"`
	Link        string  `xml:"link"`
	Description rssText `xml:"description"`
	Language    string  `xml:"language,omitempty"`
	Built       string  `xml:"lastBuildDate,omitempty"`
	Generator   string  `xml:"generator"`
}

type rssItem struct {
	XMLName     xml.Name `xml:"item"`
	Title       rssText  `xml:"title"`
	Link        string   `xml:"link"`
	GUID        rssGUID  `xml:"guid"`
	Published   string   `xml:"pubDate,omitempty"`
	Authors     []string `xml:"dc:creator"`
	Categories  []string `xml:"category"`
	Description string   `xml:"description,omitempty"`
	Content     string   `xml:"content:encoded,omitempty"`
}

type rssGUID struct {
	IsPermalink bool   `xml:"isPermaLink,attr"`
	ID          string `xml:",chardata"`
}

// rssText is plain text. Some programs take it for HTML unless what means something there is
// written by its number (https://www.rssboard.org/rss-profile#data-types-characterdata).
type rssText struct {
	XML string `xml:",innerxml"`
}

func plain(s string) (t rssText, err error) {
	var b bytes.Buffer
	err = xml.EscapeText(&b, []byte(s))
	return rssText{strings.NewReplacer("&amp;", "&#x26;", "&lt;", "&#x3C;").Replace(b.String())}, err
}

func rssTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC1123Z)
}

func rssAround(h head) (before, after string, err error) {
	description := h.Subtitle
	if description == "" { // it must have one
		description = h.Title
	}
	title, err := plain(h.Title)
	if err != nil {
		return "", "", err
	}
	about, err := plain(description)
	if err != nil {
		return "", "", err
	}
	return cut(rssFeed{
		Version: "2.0", Content: "http://purl.org/rss/1.0/modules/content/", DC: "http://purl.org/dc/elements/1.1/",
		Channel: rssChannel{title, h.URL, about, h.Language, rssTime(h.Updated), strings.TrimSpace(h.Generator + " " + h.Version)},
	}, "</channel>\n</rss>")
}

func rssOf(e *entry) (string, error) {
	title, err := plain(e.Title)
	if err != nil {
		return "", err
	}
	return marshalEntry(rssItem{
		Title: title, Link: e.URL, GUID: rssGUID{false, e.ID}, Published: rssTime(e.Published), Authors: e.Authors, Categories: e.Labels,
		Description: html.EscapeString(e.Summary), Content: e.HTML, // both are HTML
	})
}

// jsonFeed is one of JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).
type jsonFeed struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	Home        string       `json:"home_page_url"`
	Description string       `json:"description,omitempty"`
	Authors     []jsonAuthor `json:"authors"`
	Language    string       `json:"language,omitempty"`
	Items       []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html,omitempty"`
	Text      *string      `json:"content_text,omitempty"`
	Summary   string       `json:"summary,omitempty"`
	Published string       `json:"date_published,omitempty"`
	Modified  string       `json:"date_modified,omitempty"`
	Authors   []jsonAuthor `json:"authors,omitempty"` //ledger:counted at most those of a post's front matter
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language,omitempty"`
}

// marshalJSON is json.Marshal, with the signs of HTML as they are.
func marshalJSON(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func jsonAround(h head) (before, after string, err error) {
	text, err := marshalJSON(jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: h.Title, Home: h.URL, Description: h.Subtitle,
		Authors: []jsonAuthor{{h.Author}}, Language: h.Language, Items: []jsonItem{},
	})
	return strings.TrimSuffix(text, "]}") + "\n", "\n]}\n", err
}

func jsonOf(e *entry) (string, error) {
	i := jsonItem{ID: e.ID, URL: e.URL, Title: e.Title, HTML: e.HTML, Summary: e.Summary, Tags: e.Labels, Language: e.Language}
	if e.HTML == "" { // it must have one of both
		i.Text = &e.Summary
	}
	if !e.Published.IsZero() {
		i.Published = e.Published.Format(time.RFC3339)
	}
	if !e.Updated.IsZero() {
		i.Modified = e.Updated.Format(time.RFC3339)
	}
	for _, name := range e.Authors {
		i.Authors = append(i.Authors, jsonAuthor{name})
	}
	return marshalJSON(i)
}
