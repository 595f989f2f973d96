//! On a directory that looks like resctrl: what the kernel would put into a new directory of it, the tests do.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::*;

/// Goes with the value.
struct Made(PathBuf);

impl Made {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-resctrl-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join(GROUPS)).unwrap();
        fs::create_dir(path.join("info")).unwrap();
        fs::write(path.join("info/last_cmd_status"), "ok\n").unwrap();
        let made = Self(path);
        made.fill(Path::new(""), "MB:0=100\nL3:0=fffff\n");
        made
    }

    /// Puts the files into a class.
    fn fill(&self, class: &Path, schemata: &str) {
        fs::write(self.0.join(class).join(TASKS), "").unwrap();
        fs::write(self.0.join(class).join(SCHEMATA), schemata).unwrap();
    }

    fn resctrl(&self) -> Resctrl {
        Resctrl(openat(CWD, &self.0, OFlags::RDONLY | DIRECTORY, Mode::empty()).unwrap())
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// Takes the files away with which a directory of resctrl goes.
    fn empty(&self, class: &str) {
        for file in [TASKS, SCHEMATA] {
            fs::remove_file(self.0.join(class).join(file)).unwrap();
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn id() -> ContainerId {
    ContainerId::new("web").unwrap()
}

fn config(text: &str) -> IntelRdt {
    serde_json::from_str(text).unwrap()
}

#[test]
fn class_without_a_name_is_the_containers_and_goes_with_it() {
    let made = Made::new("own");
    let (id, config) =
        (id(), config(r#"{"l3CacheSchema":"L3:0=f","memBwSchema":"MB:0=20","schemata":["L3:0=3"]}"#));
    let class = made.resctrl().make(&id, &config).unwrap();
    made.fill(Path::new("web"), "");
    class.share().unwrap();
    assert_eq!(made.read("web/schemata"), "L3:0=f\nMB:0=20\nL3:0=3\n");
    assert_eq!(class.tasks().unwrap().len(), 1);
    class.keep();
    assert!(made.has("web"));
    made.empty("web");
    made.resctrl().remove(&id, &config).unwrap();
    assert!(!made.has("web"));
    made.resctrl().remove(&id, &config).unwrap();
}

#[test]
fn class_that_was_made_for_a_container_that_was_not_goes() {
    let made = Made::new("undone");
    let (id, config) = (id(), config(r#"{"closID":"shared","l3CacheSchema":"L3:0=f"}"#));
    let class = made.resctrl().make(&id, &config).unwrap();
    assert!(made.has("shared"));
    // There is no file `schemata`.
    assert!(class.share().is_err());
    drop(class);
    assert!(!made.has("shared"));
}

#[test]
fn class_of_the_containers_name_that_somebody_else_made_is_refused() {
    let made = Made::new("others");
    fs::create_dir(made.0.join("web")).unwrap();
    let error = made.resctrl().make(&id(), &config("{}")).unwrap_err();
    assert_eq!(error.to_string(), "cannot make `web` of resctrl");
    assert!(made.has("web"));
}

#[test]
fn shared_class_is_there_or_is_made_and_has_the_shares_that_are_asked_for() {
    let made = Made::new("shared");
    let id = id();
    let bare = config(r#"{"closID":"gold"}"#);
    let error = made.resctrl().make(&id, &bare).unwrap_err();
    assert_eq!(error.to_string(), "cannot open `gold` of resctrl");
    fs::create_dir(made.0.join("gold")).unwrap();
    made.fill(Path::new("gold"), "    MB:0= 70\n    L3:0=000ff\n");
    made.resctrl().make(&id, &bare).unwrap().share().unwrap();
    let same = config(r#"{"closID":"gold","l3CacheSchema":"L3:0=ff","memBwSchema":"MB:0=70"}"#);
    made.resctrl().make(&id, &same).unwrap().share().unwrap();
    let other = config(r#"{"closID":"gold","l3CacheSchema":"L3:0=f"}"#);
    let error = made.resctrl().make(&id, &other).unwrap().share().unwrap_err();
    assert_eq!(
        error.to_string(),
        "class of service `gold` of `linux.intelRdt` is there already, and has not `L3:0=f`"
    );
    assert_eq!(made.read("gold/schemata"), "    MB:0= 70\n    L3:0=000ff\n", "it is not written to");
    made.resctrl().remove(&id, &same).unwrap();
    assert!(made.has("gold"), "it is there for others as well");
}

#[test]
fn container_is_watched_in_its_class_also_in_the_root() {
    let made = Made::new("watched");
    let (id, config) = (id(), config(r#"{"closID":"/","enableMonitoring":true}"#));
    let class = made.resctrl().make(&id, &config).unwrap();
    class.share().unwrap();
    fs::write(made.0.join("mon_groups/web/tasks"), "").unwrap();
    let files = class.tasks().unwrap();
    for (number, file) in files.iter().enumerate() {
        write_all(file, number.to_string().as_bytes()).unwrap();
    }
    // A process is in the class before it is in a group of the class.
    assert_eq!((made.read("tasks").as_str(), made.read("mon_groups/web/tasks").as_str()), ("0", "1"));
    class.keep();
    fs::remove_file(made.0.join("mon_groups/web/tasks")).unwrap();
    made.resctrl().remove(&id, &config).unwrap();
    assert!(!made.has("mon_groups/web") && made.has("tasks"));
}

#[test]
fn failure_is_told_in_the_words_of_the_kernel() {
    let made = Made::new("words");
    fs::write(made.0.join("info/last_cmd_status"), "Too few CLOSIDs\n").unwrap();
    let error = made.resctrl().make(&id(), &config(r#"{"closID":"gold"}"#)).unwrap_err();
    assert_eq!(error.to_string(), "cannot open `gold` of resctrl: Too few CLOSIDs");
}

#[test]
fn interrupted_creation_leaves_what_somebody_else_uses() {
    let made = Made::new("interrupted");
    let (id, config) = (id(), config("{}"));
    made.resctrl().remove_empty(&id, &config).unwrap();
    fs::create_dir(made.0.join("web")).unwrap();
    fs::write(made.0.join("web/tasks"), "1\n").unwrap();
    made.resctrl().remove_empty(&id, &config).unwrap();
    let mut text = String::new();
    fs::File::open(made.0.join("web/tasks")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "1\n");
}
