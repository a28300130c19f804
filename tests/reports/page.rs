//! The page as a browser shows it.

use serde_json::Value;

use crate::browser::Browser;
use crate::project::Project;
use crate::site::{failing, run_failing};

fn open(browser: &mut Browser, project: &Project) {
    browser.open(&project.path().join("r.html"));
}

/// Failing and succeeding runs alike: nothing is loaded, nothing sticks out, one can get everywhere.
#[test]
fn a_browser_shows_the_page_without_the_network_on_any_screen() {
    let failed = failing();
    run_failing(&failed, &["--report", "r.html"]);
    let done = Project::new();
    done.imgctl(&["bake", "--report", "r.html"]).succeeds();
    let Some(mut browser) = Browser::start() else { return };
    for project in [&failed, &done] {
        browser.size(1280, 900);
        browser.media("light", "");
        open(&mut browser, project);
        let widths =
            "[...document.querySelectorAll('.bar')].map(bar => bar.getBoundingClientRect().width)";
        let widths = browser.ask(widths);
        let widths = widths.as_array().unwrap();
        assert!(
            widths.len() > 3 && widths.iter().all(|width| width.as_f64() > Some(1.0)),
            "{widths:?}"
        );

        let colour = "getComputedStyle(document.body).backgroundColor";
        let light = browser.ask(colour);
        browser.media("dark", "");
        assert_ne!(browser.ask(colour), light);
        for scheme in ["light", "dark"] {
            browser.media(scheme, "");
            let poor = browser.ask(CONTRAST);
            assert_eq!(poor, Value::Array(Vec::new()), "{scheme}");
        }

        // Also with everything unfolded.
        browser.ask("document.querySelectorAll('details').forEach(one => one.open = true)");
        for width in [360, 768, 1280] {
            browser.size(width, 900);
            let shown = browser.ask("document.documentElement.scrollWidth");
            assert_eq!(shown, width, "{shown}");
        }
        browser.media("light", "print");
        let hidden = "[...document.querySelectorAll('button')].every(one => getComputedStyle(one).display == 'none')";
        assert_eq!(browser.ask(hidden), true);
    }
    // The pages themselves, and nothing else.
    assert!(
        browser.requests.iter().all(|url| url.ends_with("/r.html") || url == "data:,"),
        "{:?}",
        browser.requests
    );
    assert_eq!(browser.complaints, Vec::<String>::new());
}

/// Texts whose contrast to what is behind them is below 4.5 to 1.
pub const CONTRAST: &str = r#"(() => {
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const colour = text => (text.match(/[\d.]+/g) || []).map(Number);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length == 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim());
    if (!own || element.tagName == "SCRIPT" || element.closest("svg")) continue;
    const [a, b] = [colour(getComputedStyle(element).color), behind(element)].map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.className} ${element.textContent.slice(0, 30)} ${ratio}`);
  }
  return poor;
})()"#;

#[test]
fn the_keyboard_reaches_what_can_be_unfolded_and_copied() {
    let project = Project::new();
    project.imgctl(&["bake", "--report", "r.html"]).succeeds();
    let image = project.images().pop_first().unwrap();
    let Some(mut browser) = Browser::start() else { return };
    open(&mut browser, &project);
    let mut reached = Vec::new();
    for _ in 0..60 {
        browser.press_tab();
        let at = browser.ask(
            "(() => { const at = document.activeElement; return [at.tagName, at.dataset.copy || '', \
             getComputedStyle(at).outlineStyle].join(' ') })()",
        );
        let at = at.as_str().unwrap().to_owned();
        if at.starts_with("BODY") {
            break;
        }
        reached.push(at);
    }
    assert_eq!(reached[0], format!("BUTTON {image} solid"), "{reached:?}");
    assert!(reached.iter().any(|at| at.starts_with("SUMMARY  solid")), "{reached:?}");
    let headers = browser.ask("[...document.querySelectorAll('th')].every(cell => cell.scope)");
    assert_eq!(headers, true);
    let named = browser.ask("[...document.querySelectorAll('button')].every(one => one.ariaLabel && one.type == 'button')");
    assert_eq!(named, true);
    // Without the right to the clipboard the fallback copies, and says so.
    let said = "(async () => { const button = document.querySelector('button[data-copy]'); button.click(); \
                while (button.textContent == 'Copy') await new Promise(done => requestAnimationFrame(done)); \
                return button.textContent })()";
    assert_eq!(browser.ask(said), "Copied");
}
