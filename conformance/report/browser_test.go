package report_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/twinbill/twinbill/conformance/report"
)

// browserEnvironment, set, makes a missing browser a failure.
const browserEnvironment = "TWINBILL_NEED_BROWSER"

// browser starts a headless Chromium that has never been used.
func browser(t *testing.T) context.Context {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		if os.Getenv(browserEnvironment) != "" {
			t.Fatal("no Chromium on the PATH")
		}
		t.Skip("needs Chromium on the PATH; .ci/browser installs it and runs this")
	}
	allocator, cancel := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the end, so that the directory can be removed
		cancel()
	})
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return ctx
}

// complaints collects what a page says on the console and asks for.
type complaints struct {
	sync.Mutex
	said, asked []string
}

func (c *complaints) listen(ctx context.Context) {
	chromedp.ListenTarget(ctx, func(event any) {
		c.Lock()
		defer c.Unlock()
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			c.said = append(c.said, fmt.Sprint(e.Type))
		case *runtime.EventExceptionThrown:
			c.said = append(c.said, e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			c.said = append(c.said, e.Entry.Text)
		case *page.EventJavascriptDialogOpening:
			c.said = append(c.said, "dialog: "+e.Message)
		case *network.EventRequestWillBeSent:
			c.asked = append(c.asked, e.Request.URL)
		}
	})
}

// unreadable lists the texts whose contrast with what is behind them is below 4.5 to 1.
const unreadable = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const over = (a, b) => a.slice(0, 3).map((v, i) => v * a[3] / 255 + b[i] * (1 - a[3] / 255));
  const behind = e => {
    const layers = [];
    for (; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const bad = new Set(), seen = new Set();
  for (const e of document.body.querySelectorAll("*")) {
    if (!e.checkVisibility() || e.closest("svg, script") || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), under = behind(e), key = style.color + under;
    if (seen.has(key)) continue;
    seen.add(key);
    const [a, b] = [light(over(rgba(style.color), under)), light(under)].sort((a, b) => b - a);
    if ((a + .05) / (b + .05) < 4.5) bad.add(e.tagName + "." + e.className + " " + ((a + .05) / (b + .05)).toFixed(2));
  }
  return [...bad];
})()`

// parted lists the words that end on another line than they begin on, but for those of
// commands and transcripts.
const parted = `(() => {
  const bad = new Set(), range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = texts.nextNode();) {
    const e = node.parentElement;
    if (!e.checkVisibility() || e.closest("svg, script, pre, code, .facts, .differs, .list")) continue;
    for (const word of node.data.matchAll(/[A-Za-z0-9]+/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(r => r.top)).size > 1) bad.add(e.tagName + "." + e.className + " " + word[0]);
    }
  }
  return [...bad];
})()`

// TestHTMLInBrowser opens pages in Chromium, wide and narrow, light and dark: nothing
// on the console, no request to anywhere, nothing to scroll sideways, every text
// readable, no word parted, one heading of each rank after another.
func TestHTMLInBrowser(t *testing.T) {
	ctx := browser(t)
	for name, d := range examples(t) {
		file := filepath.Join(t.TempDir(), name+".html")
		out, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := report.HTML(out, d); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		address := (&url.URL{Scheme: "file", Path: file}).String()
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				t.Run(fmt.Sprintf("%s-%s-%d", name, scheme, width), func(t *testing.T) { open(t, ctx, d, address, scheme, width) })
			}
		}
	}
}

func open(t *testing.T, ctx context.Context, d *report.Document, address, scheme string, width int64) {
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	heard := &complaints{}
	heard.listen(tab)
	var heading, title string
	var across, background float64
	var rows, links, unlabelled int
	var pale, broken, ranks, foreign []string
	actions := []chromedp.Action{
		network.Enable(), log.Enable(), runtime.Enable(),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.EmulateViewport(width, 1100),
		chromedp.Navigate(address),
		chromedp.Title(&title),
		chromedp.Text("h1", &heading),
		chromedp.Evaluate(`document.querySelectorAll("details").forEach(d => { d.open = true }); document.documentElement.scrollWidth`, &across),
		chromedp.Evaluate(`document.querySelectorAll(".clauses tbody tr:not([hidden])").length`, &rows),
		chromedp.Evaluate(`[...document.querySelectorAll("a")].map(a => a.getAttribute("href")).filter(h => h.startsWith("#") ? !document.querySelector(h) : !/^https:\/\/github\.com\/twinbill\/twinbill\/blob\/main\/docs\/ledger\.md#[a-z0-9.-]+$/.test(h)).length`, &links),
		chromedp.Evaluate(`[...document.querySelectorAll("section")].filter(s => !document.getElementById(s.getAttribute("aria-labelledby"))).length`, &unlabelled),
		chromedp.Evaluate(`[...document.querySelectorAll("h1, h2, h3, h4")].map(h => h.tagName)`, &ranks),
		chromedp.Evaluate(`[...document.querySelectorAll("img, iframe, object, embed, link, base, form[action], script[src], .evil")].map(e => e.outerHTML)`, &foreign),
		chromedp.Evaluate(`(() => { const c = getComputedStyle(document.body).backgroundColor.match(/\d+/g); return +c[0] })()`, &background),
		chromedp.Evaluate(unreadable, &pale),
		chromedp.Evaluate(parted, &broken),
	}
	if err := chromedp.Run(tab, actions...); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.Verdict(), heading) || heading == "" || !strings.HasPrefix(title, heading) {
		t.Errorf("the heading is %q, the title %q, the verdict %q", heading, title, d.Verdict())
	}
	if across > float64(width) {
		t.Errorf("%v pixels across at a width of %d", across, width)
	}
	if dark := background < 128; dark != (scheme == "dark") {
		t.Errorf("the background has %v of red", background)
	}
	if rows != len(d.Clauses) || links > 0 || unlabelled > 0 || len(foreign) > 0 {
		t.Errorf("%d of %d clauses shown, %d links to nowhere, %d sections without a heading, foreign elements %q", rows, len(d.Clauses), links, unlabelled, foreign)
	}
	if len(pale) > 0 {
		t.Errorf("hard to read: %q", pale)
	}
	if len(broken) > 0 {
		t.Errorf("parted words: %q", broken)
	}
	for i, rank := range ranks {
		if i == 0 && rank != "H1" || i > 0 && (rank == "H1" || rank > "H2" && ranks[i-1] < "H2") {
			t.Errorf("headings %v", ranks)
			break
		}
	}
	search(t, tab, d)
	heard.Lock()
	defer heard.Unlock()
	if len(heard.said) > 0 {
		t.Errorf("on the console: %q", heard.said)
	}
	if len(heard.asked) != 1 || heard.asked[0] != address {
		t.Errorf("requests: %q", heard.asked)
	}
}

// search uses the filter of the clauses.
func search(t *testing.T, tab context.Context, d *report.Document) {
	if len(d.Clauses) == 0 {
		return
	}
	wanted := d.Clauses[0]
	var rows []string
	var count string
	if err := chromedp.Run(tab,
		chromedp.SendKeys(`[name=words]`, strings.ToUpper(wanted.ID)),
		chromedp.SetValue(`[name=verdict]`, string(wanted.Verdict)),
		chromedp.Evaluate(`document.querySelector(".filter").dispatchEvent(new Event("input")); [...document.querySelectorAll(".clauses tbody tr:not([hidden])")].map(r => r.textContent)`, &rows),
		chromedp.Evaluate(`document.querySelector("[name=count]").value`, &count),
	); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 || len(rows) > 20 || !strings.Contains(rows[0], wanted.ID) || !strings.HasPrefix(count, fmt.Sprint(len(rows), " of ")) {
		t.Errorf("searching for %s shows %q and says %q", wanted.ID, rows, count)
	}
}
