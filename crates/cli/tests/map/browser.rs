//! The page in a headless Chromium, which is large and so not among what the tests install.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::ignorable_test("page_works_in_a_browser_and_no_name_is_a_script", || match chromium() {
        Some(chromium) => page(&chromium).map(|()| Completion::Completed),
        None => Ok(Completion::ignored_with(
            "there is no chromium (about 300 MB; Debian's package is `chromium`)",
        )),
    })]
}

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path).flat_map(|dir| names.map(|name| dir.join(name))).find(|file| file.is_file())
}

/// The page of a world with a process whose name is a script, opened with a search for an address.
fn page(chromium: &std::path::Path) -> Result<(), Failed> {
    let dir = std::env::temp_dir().join(format!("insula-map-page-{}", std::process::id()));
    std::fs::create_dir(&dir)?;
    let result = dump(chromium, &dir);
    std::fs::remove_dir_all(&dir)?;
    let dom = result?;
    let has = |words: &str| {
        if dom.contains(words) { Ok(()) } else { Err(Failed::from(format!("`{words}` is not in {dom}"))) }
    };
    has("data-ready=\"yes\"")?;
    has("<output id=\"found\">1 of 3</output>")?;
    has("class=\"room namespaces net hit\"")?;
    // The script in the name is there as text, and did nothing.
    has("dataset.owned=1")?;
    if dom.contains("data-owned") {
        return Err("a name was run as a script".into());
    }
    Ok(())
}

fn dump(chromium: &std::path::Path, dir: &std::path::Path) -> Result<String, Failed> {
    let script = format!(
        "web sh -c 'echo > /run/ready; sleep 998; true' \
         '</script><script>document.documentElement.dataset.owned=1</script>' &\n\
         await test -e /run/ready\n\
         insula map -o '{}/map.html'",
        dir.display()
    );
    super::world::run(&script)?;
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
