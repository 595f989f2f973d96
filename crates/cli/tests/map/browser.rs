//! The page in a headless Chromium, which is large and so not among what the tests install.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("page_works_in_a_browser_and_no_name_is_a_script", page),
        trial("page_zooms_folds_and_lights_up_what_is_pointed_at", hands),
    ]
}

fn trial(name: &'static str, test: fn(&Path) -> Result<(), Failed>) -> Trial {
    Trial::ignorable_test(name, move || match chromium() {
        Some(chromium) => test(&chromium).map(|()| Completion::Completed),
        None => Ok(Completion::ignored_with(
            "there is no chromium (about 300 MB; Debian's package is `chromium`)",
        )),
    })
}

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name))).find(|file| file.is_file())
}

/// The page of a world with a process whose name is a script, opened with a search for an address.
fn page(chromium: &Path) -> Result<(), Failed> {
    let dom = dump(chromium, "")?;
    has(&dom, "data-ready=\"yes\"")?;
    has(&dom, "<output id=\"found\">1 of 3</output>")?;
    has(&dom, "class=\"room namespaces net hit\"")?;
    // The script in the name is there as text, and did nothing.
    has(&dom, "dataset.owned=1")?;
    if dom.contains("data-owned") {
        return Err("a name was run as a script".into());
    }
    Ok(())
}

/// What somebody does with a mouse, and how the page answers.
const HANDS: &str = r#"<script>
const tell = (name, value) => { document.documentElement.dataset[name] = value; };
const width = () => document.querySelector("main svg").viewBox.baseVal.width;
const hidden = () => document.querySelectorAll("main svg g.room.hidden").length;
const at = (element, event) => element.dispatchEvent(new PointerEvent(event, { bubbles: true }));
const first = width();
document.getElementById("in").click();
tell("zoom", (width() / first).toFixed(2));
document.querySelector("main svg").dispatchEvent(new WheelEvent("wheel", { deltaY: 100, cancelable: true }));
tell("wheel", width() > 0.75 * first);
const title = document.querySelector("main .title.fold");
at(title, "click");
tell("fold", `${hidden()} hidden, ${document.querySelector(".folded").textContent}`);
at(title, "click");
tell("unfold", `${hidden()} hidden`);
const wire = document.querySelector("main path.wire");
at(wire, "pointerover");
tell("hover", document.querySelectorAll("path.wire.lit").length + " lit, " + (wire.classList.contains("lit") ? "this" : "another"));
at(document.querySelector("main svg"), "pointerleave");
tell("leave", document.querySelectorAll("path.wire.lit").length + " lit");
</script>"#;

fn hands(chromium: &Path) -> Result<(), Failed> {
    let dom = dump(chromium, HANDS)?;
    for answer in [
        "data-zoom=\"0.75\"",
        "data-wheel=\"true\"",
        "data-fold=\"3 hidden, 3 rooms inside\"",
        "data-unfold=\"0 hidden\"",
        "data-hover=\"1 lit, this\"",
        "data-leave=\"0 lit\"",
    ] {
        has(&dom, answer)?;
    }
    Ok(())
}

fn has(dom: &str, words: &str) -> Result<(), Failed> {
    if dom.contains(words) { Ok(()) } else { Err(Failed::from(format!("`{words}` is not in {dom}"))) }
}

/// What the page is, with `more` at its end, when it has been looked at.
fn dump(chromium: &Path, more: &str) -> Result<String, Failed> {
    let name = format!("insula-map-page-{}-{}", std::process::id(), more.len());
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir(&dir)?;
    let dom = dump_in(chromium, &dir, more);
    std::fs::remove_dir_all(&dir)?;
    dom
}

fn dump_in(chromium: &Path, dir: &Path, more: &str) -> Result<String, Failed> {
    let script = format!(
        "web sh -c 'echo > /run/ready; sleep 998; true' \
         '</script><script>document.documentElement.dataset.owned=1</script>' &\n\
         await test -e /run/ready\n\
         insula map -o '{}/map.html'",
        dir.display()
    );
    super::world::run(&script)?;
    std::fs::OpenOptions::new().append(true).open(dir.join("map.html"))?.write_all(more.as_bytes())?;
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .args(["--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("file://{}/map.html#10.1.0.2%2F24", dir.display()))
        .stderr(Stdio::null())
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
