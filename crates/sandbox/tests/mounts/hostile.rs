//! Roots full of symbolic links that somebody made to lead us outside.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use insula_ns::Kind;
use insula_sandbox::mounts::{File, Mount, Root, Tmpfs};
use proptest::prelude::*;

use crate::world::{Scratch, kinds, shell};

/// A path of few names, so that links meet; some leave through the top, some name the outside.
fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("a"), Just("b"), Just("c"), Just(".."), Just("."), Just("outside")];
    (any::<bool>(), prop::collection::vec(name, 1..6))
        .prop_map(|(absolute, names)| format!("{}{}", if absolute { "/" } else { "" }, names.join("/")))
}

/// Everything below a directory, with what links point to.
fn listing(directory: &Path) -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            all.extend(listing(&path));
        }
        let to = path.read_link().ok();
        all.push((path, to));
    }
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_made_outside_of_the_root(
        links in prop::collection::vec((path(), path(), any::<bool>()), 1..8),
        targets in prop::collection::vec(path(), 1..4),
        cover in prop::collection::vec(path(), 0..3),
    ) {
        let scratch = Scratch::new();
        let root = scratch.path("outside/level/root");
        std::fs::create_dir_all(&root).unwrap();
        scratch.write("outside/a/file", "untouched");
        for (at, to, outside) in &links {
            // Only where they are plain names do they stay in the root while it is made.
            let at: PathBuf = Path::new(at).components().filter(|part| part.as_os_str().len() == 1).skip_while(|part| part.as_os_str() == "/").collect();
            let to = if *outside { scratch.path("outside").join(to.trim_start_matches('/')) } else { to.into() };
            if let Some(parent) = root.join(&at).parent().filter(|parent| parent.starts_with(&root))
                && parent.ancestors().take_while(|one| *one != root).all(|one| !one.is_symlink())
            {
                let _ = std::fs::create_dir_all(parent);
                let _ = symlink(to, root.join(&at));
            }
        }
        let outside = |all: Vec<(PathBuf, Option<PathBuf>)>| -> Vec<_> {
            all.into_iter().filter(|(path, _)| !path.starts_with(&root)).collect()
        };
        let before = outside(listing(&scratch.path("")));
        for target in &targets {
            for mount in [
                Mount::Dir { target: target.into(), mode: 0o755 },
                Mount::Symlink { target: target.into(), to: "made".into() },
                Mount::File(File::new(target, "made")),
                Mount::Tmpfs(Tmpfs::new(target)),
            ] {
                let mut sandbox = shell(kinds().without(Kind::Net | Kind::Ipc | Kind::Pid));
                sandbox.mounts.root = Root::Dir(root.clone());
                sandbox.mounts.mounts.push(mount);
                sandbox.mounts.masked = cover.iter().map(PathBuf::from).collect();
                sandbox.mounts.read_only.clone_from(&sandbox.mounts.masked);
                // There is no shell in the root, so it fails at last; what was made by then is what counts.
                prop_assert!(sandbox.status().is_err());
            }
        }
        prop_assert_eq!(outside(listing(&scratch.path(""))), before);
        prop_assert_eq!(scratch.read("outside/a/file"), "untouched");
    }
}
