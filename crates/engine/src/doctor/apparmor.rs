//! The AppArmor profile that lets one program use user namespaces, where only programs with one may: `apparmor.d(5)`.

use std::path::{Path, PathBuf};

/// Where it is kept.
pub const PROFILE: &str = "/etc/apparmor.d/insula";

/// Its first line.
const MARK: &str =
    "# Written by `insula doctor --install-apparmor-profile`; `--remove-apparmor-profile` removes it.";

/// Why there is no profile for a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It would say something else, or nothing, in a profile.
    #[error("a profile cannot name `{}`: its path is not absolute, or has a character that means something there", program.display())]
    Path {
        /// The program's path.
        program: PathBuf,
    },
}

/// The text of the profile for `program`, by its absolute path. It forbids nothing.
///
/// # Errors
/// [`ProfileError::Path`] for a relative path, one that is no UTF-8, and one with a pattern's, a variable's or a control
/// character.
pub fn profile(program: &Path) -> Result<String, ProfileError> {
    let plain = |text: &&str| {
        text.starts_with('/')
            && !text.chars().any(|char| char.is_control() || "*?[]{}^\"\\@#,$".contains(char))
    };
    let Some(path) = program.to_str().filter(plain) else {
        return Err(ProfileError::Path { program: program.to_owned() });
    };
    Ok(format!("{MARK}\nabi <abi/4.0>,\n\nprofile insula \"{path}\" flags=(unconfined) {{\n  userns,\n}}\n"))
}

/// Whether a file with this text is one that [`profile`] wrote, and so may be replaced and removed.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.lines().next() == Some(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn profile_names_the_program_and_gives_user_namespaces_alone() {
        let text = profile(Path::new("/opt/my tools/insula")).unwrap();
        assert!(is_ours(&text));
        let rest: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            rest,
            [
                "abi <abi/4.0>,",
                "",
                "profile insula \"/opt/my tools/insula\" flags=(unconfined) {",
                "  userns,",
                "}"
            ]
        );
    }

    #[test]
    fn path_that_is_a_pattern_is_refused() {
        for path in [
            "insula",
            "",
            "/home/*/insula",
            "/a\nprofile b /b {",
            "/a\" {",
            "/{a,b}",
            "/@{HOME}/insula",
            "/a\\",
        ] {
            let program = PathBuf::from(path);
            assert_eq!(profile(&program), Err(ProfileError::Path { program }), "{path:?}");
        }
    }

    #[test]
    fn what_others_wrote_is_not_ours() {
        for text in ["", "abi <abi/4.0>,\n", &format!("\n{MARK}\n")] {
            assert!(!is_ours(text));
        }
    }

    proptest! {
        #[test]
        fn a_path_stays_on_its_line(path in "/\\PC*") {
            if let Ok(text) = profile(Path::new(&path)) {
                prop_assert_eq!(text.lines().count(), 6);
                prop_assert_eq!(text.matches('"').count(), 2);
            }
        }
    }
}
