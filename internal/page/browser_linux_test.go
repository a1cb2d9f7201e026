package page_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is the program that looks at pages.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("SYNCD_TEST_BROWSER") == "required" {
		t.Fatal("no chromium in PATH, and SYNCD_TEST_BROWSER is \"required\"")
	}
	t.Skip("NOT TESTED: no chromium in PATH looks at the page (SYNCD_TEST_BROWSER=required makes this a failure)")
	return ""
}

// look lets the browser take a picture of a page, and returns its log. Every name
// is unknown to it: the page needs no network.
func look(t *testing.T, program, url, picture string, width, height int) (log string) {
	t.Helper()
	const patience = 90 * time.Second // on a machine that does much else
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	profile := t.TempDir()
	var diagnostics bytes.Buffer
	cmd := exec.CommandContext(ctx, program,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir="+profile,
		"--enable-logging=stderr", "--virtual-time-budget=1000", "--screenshot="+picture,
		fmt.Sprintf("--window-size=%d,%d", width, height), url)
	cmd.Stderr = &diagnostics
	cmd.Env = append(os.Environ(), "HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_CACHE_HOME="+profile)
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, diagnostics.String())
	}
	return diagnostics.String()
}

// frame shows a page as wide as a phone does and says on the console what it
// measures. It has the script that the page must not have.
const frame = `<!DOCTYPE html><meta charset="utf-8"><body style="margin:0"><iframe src="page.html" width="%d" height="%d" style="border:0;display:block"></iframe>
<script>
onload = () => {
  const doc = document.querySelector("iframe").contentDocument, view = doc.defaultView, found = [];
  found.push("wide " + doc.scrollingElement.scrollWidth + " of " + view.innerWidth);
  found.push("scripts " + doc.scripts.length, "loaded " + view.performance.getEntriesByType("resource").length);
  for (const e of doc.body.querySelectorAll("*")) {
    const box = e.getBoundingClientRect();
    if (!e.closest(".scroll table, svg, .cards thead") && box.width > 0 && box.right > view.innerWidth + 0.5)
      found.push("sticks out: " + e.tagName + " " + e.className);
  }
  console.log("MEASURED " + found.join(", ") + ".");
};
</script>`

// TestABrowserShowsThePage: at a phone's width nothing sticks out of it, nothing is
// loaded, its console stays empty, and a picture of it shows something.
func TestABrowserShowsThePage(t *testing.T) {
	t.Parallel()
	program := browser(t)
	dir := t.TempDir()
	const width, height = 360, 844
	for name, text := range map[string]string{"page.html": render(t, sample("ru")), "frame.html": fmt.Sprintf(frame, width, height)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	picture := filepath.Join(dir, "page.png")
	log := look(t, program, "file://"+filepath.Join(dir, "frame.html"), picture, width, height)
	var console []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, "CONSOLE") {
			console = append(console, line)
		}
	}
	want := fmt.Sprintf("MEASURED wide %d of %d, scripts 0, loaded 0.", width, width)
	if len(console) != 1 || !strings.Contains(console[0], want) {
		t.Errorf("the console says %q; want %q and nothing else\n%s", console, want, log)
	}
	if _, err := os.Stat(picture); err != nil {
		t.Fatalf("no picture: %v\n%s", err, log)
	}
	showsSomething(t, picture, width, height)
}

func showsSomething(t *testing.T, picture string, width, height int) {
	t.Helper()
	f, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(width, height) {
		t.Errorf("the picture is %v", size)
	}
	colours := map[color.Color]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			colours[color.RGBAModel.Convert(img.At(x, y))]++
		}
	}
	all := width * height
	background, text := colours[color.RGBA{0xf6, 0xf7, 0xf9, 0xff}], colours[color.RGBA{0x1b, 0x1f, 0x24, 0xff}]
	if len(colours) < 50 || background < all/10 || background > all*9/10 || text < 200 {
		t.Errorf("the picture has %d colours; of %d pixels %d are background, and %d text", len(colours), all, background, text)
	}
}
