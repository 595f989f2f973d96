//! What is in the files: `resolv.conf(5)`, `hosts(5)`, `nsswitch.conf(5)`.

use std::fmt::Write as _;

use super::answers::Resolver;

/// A text that is no name of a host or domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no host name: letters, digits, `-`, `_` and dots, at most 253", name.escape_debug())]
pub struct InvalidHostName {
    /// The text.
    pub name: String,
}

/// A name of a host or domain, as `resolv.conf` and `hosts` can hold it.
///
/// # Errors
/// [`InvalidHostName`].
pub fn host_name(name: &str) -> Result<String, InvalidHostName> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let plain = name.strip_suffix('.').unwrap_or(name);
    if plain.len() <= 253 && plain.split('.').all(is_label) {
        Ok(name.to_owned())
    } else {
        Err(InvalidHostName { name: name.to_owned() })
    }
}

/// `resolv.conf`. Where no name server was named those of the host's are asked.
pub(super) fn resolv_conf(set: &str, resolver: &Resolver, of_host: &str) -> String {
    let mut text = format!("# Made by `insula net dns {set}`, which changes it.\n");
    for server in &resolver.servers {
        let _ = writeln!(text, "nameserver {server}");
    }
    if resolver.servers.is_empty() {
        for line in of_host.lines().filter(|line| line.starts_with("nameserver")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    if !resolver.search.is_empty() {
        let _ = writeln!(text, "search {}", resolver.search.join(" "));
    }
    text
}

/// `hosts`: ours, and then what the host has.
pub(super) fn hosts(set: &str, resolver: &Resolver, of_host: &str) -> String {
    let mut text = format!("# Made by `insula net dns {set}`, which changes it; below is the host's.\n");
    for (name, address) in &resolver.hosts {
        let _ = writeln!(text, "{address} {name}");
    }
    text + of_host
}

/// `nsswitch.conf` where hosts are asked of systemd-resolved and of nobody after it: it cannot be reached inside, so name servers
/// are asked instead. `None` where nothing need be changed.
pub(super) fn nsswitch(of_host: &str) -> Option<String> {
    let is_hosts = |line: &str| line.trim_start().starts_with("hosts:");
    let line = of_host.lines().find(|line| is_hosts(line))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    if !words.contains(&"resolve") || words.contains(&"dns") {
        return None;
    }
    let mut changed = String::new();
    for line in of_host.lines() {
        if is_hosts(line) {
            let words = line.split_whitespace().map(|word| if word == "resolve" { "dns" } else { word });
            changed.push_str(&words.collect::<Vec<_>>().join(" "));
        } else {
            changed.push_str(line);
        }
        changed.push('\n');
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_are_as_the_c_library_reads_them() {
        let resolver = Resolver {
            servers: vec!["10.1.0.1".parse().unwrap(), "fd00::1".parse().unwrap()],
            search: vec!["lan".to_owned(), "example.org".to_owned()],
            hosts: vec![("db".to_owned(), "10.1.0.3".parse().unwrap())],
        };
        let text = resolv_conf("web", &resolver, "nameserver 127.0.0.53\n");
        assert!(
            text.ends_with("nameserver 10.1.0.1\nnameserver fd00::1\nsearch lan example.org\n"),
            "{text}"
        );
        assert!(
            hosts("web", &resolver, "127.0.0.1 localhost\n")
                .ends_with("\n10.1.0.3 db\n127.0.0.1 localhost\n")
        );
        let search = Resolver { servers: Vec::new(), ..resolver };
        let text = resolv_conf("web", &search, "search host\nnameserver 192.0.2.53\n");
        assert!(text.ends_with("changes it.\nnameserver 192.0.2.53\nsearch lan example.org\n"), "{text}");
    }

    #[test]
    fn resolved_is_replaced_only_where_nobody_else_is_asked() {
        assert_eq!(nsswitch("passwd: files\nhosts: files resolve [!UNAVAIL=return] dns\n"), None);
        assert_eq!(nsswitch("hosts: files dns\n"), None);
        let changed = nsswitch("passwd: files\nhosts:  files resolve\n").unwrap();
        assert_eq!(changed, "passwd: files\nhosts: files dns\n");
    }

    #[test]
    fn what_would_be_another_line_is_no_name() {
        for name in ["", ".", "a b", "a\nb", "-a", "a..b", "a/b", &"a".repeat(64)] {
            assert!(host_name(name).is_err(), "{name:?}");
        }
        assert!(host_name("db.example.org.").is_ok());
    }

    proptest! {
        #[test]
        fn names_are_one_word(name: String) {
            if let Ok(name) = host_name(&name) {
                prop_assert_eq!(name.split_whitespace().count(), 1);
            }
        }

        #[test]
        fn nothing_panics(text: String) {
            let _ = nsswitch(&text);
        }
    }
}
