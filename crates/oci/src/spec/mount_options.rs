//! The options of a mount, as runc and crun take them.

use super::Propagation;

/// What the options of a mount say: `config.md`, "Linux mount options".
///
/// Of options that contradict each other the last one counts, as in `mount(8)`.
///
/// ```
/// use insula_oci::spec::{Binding, MountOptions, attribute};
/// let options = ["rbind", "ro", "rnosuid", "size=1m"].map(String::from);
/// let options = MountOptions::parse(&options);
/// assert_eq!(options.binding, Some(Binding::Recursive));
/// assert_eq!(options.attributes.set, attribute::RDONLY);
/// assert_eq!(options.recursive.set, attribute::NOSUID);
/// assert_eq!(options.data, ["size=1m"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountOptions<'a> {
    /// Attributes of the mount itself.
    pub attributes: AttributeChange,
    /// Attributes of the mount and of all mounts below it: `rro`, `rnosuid` and the like.
    pub recursive: AttributeChange,
    /// Flags of the file system that the mount shows.
    pub file_system: FileSystemFlags,
    /// Propagation types, to be set in this order.
    pub propagation: Vec<Propagation>,
    /// Whether it is a bind mount, and of what.
    pub binding: Option<Binding>,
    /// Whether what is mounted there already is changed: `remount`.
    pub remount: bool,
    /// Whether ids are mapped, and on which mounts.
    pub id_mapped: Option<Mapped>,
    /// Whether a tmpfs begins with a copy of what is below it: `tmpcopyup`.
    pub copy_up: bool,
    /// All the rest, which the file system understands, or nobody.
    pub data: Vec<&'a str>,
}

/// A change of attributes: `attr_set` and `attr_clr` of `mount_setattr(2)`, whose rules it keeps: what is set in
/// [`attribute::ATIME`] is cleared as a whole first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttributeChange {
    /// `MOUNT_ATTR_*` to set.
    pub set: u64,
    /// `MOUNT_ATTR_*` to clear before that.
    pub clear: u64,
}

/// What a bind mount shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// The source without what is mounted below it: `bind`.
    Single,
    /// With all that is mounted below it: `rbind`.
    Recursive,
}

/// Which mounts are id-mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapped {
    /// The mount itself: `idmap`.
    Single,
    /// With all mounts below it: `ridmap`.
    Recursive,
}

/// Flags of a file system, of which those of `set` become options of `fsconfig(2)` and those of `clear` are its defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileSystemFlags {
    /// `MS_*` of `mount(2)`.
    pub set: u64,
    /// `MS_*` that were said not to be set.
    pub clear: u64,
}

/// The bits of `mount_setattr(2)`, `linux/mount.h`.
pub mod attribute {
    /// Nothing can be written.
    pub const RDONLY: u64 = 0x01;
    /// Set-user-id, set-group-id and file capabilities have no effect.
    pub const NOSUID: u64 = 0x02;
    /// Device nodes cannot be opened.
    pub const NODEV: u64 = 0x04;
    /// Nothing can be executed.
    pub const NOEXEC: u64 = 0x08;
    /// How access times are kept: a choice of three, of which relatime is 0.
    pub const ATIME: u64 = 0x70;
    /// Access times are never updated.
    pub const NOATIME: u64 = 0x10;
    /// Access times are always updated.
    pub const STRICTATIME: u64 = 0x20;
    /// Access times of directories are never updated.
    pub const NODIRATIME: u64 = 0x80;
    /// Symbolic links are not followed.
    pub const NOSYMFOLLOW: u64 = 0x20_0000;
}

/// What an option does to the attributes.
#[derive(Clone, Copy)]
enum Effect {
    Set(u64),
    Clear(u64),
    /// Access times are kept in this way, one of [`attribute::ATIME`].
    Atime(u64),
    /// They are not kept in this way, but as relatime has it.
    NotAtime(u64),
}

/// Options that concern attributes. Each has a recursive form, with `r` before its name.
const ATTRIBUTES: [(&str, Effect); 18] = {
    use Effect::{Atime, Clear, NotAtime, Set};
    [
        ("ro", Set(attribute::RDONLY)),
        ("rw", Clear(attribute::RDONLY)),
        ("nosuid", Set(attribute::NOSUID)),
        ("suid", Clear(attribute::NOSUID)),
        ("nodev", Set(attribute::NODEV)),
        ("dev", Clear(attribute::NODEV)),
        ("noexec", Set(attribute::NOEXEC)),
        ("exec", Clear(attribute::NOEXEC)),
        ("nodiratime", Set(attribute::NODIRATIME)),
        ("diratime", Clear(attribute::NODIRATIME)),
        ("nosymfollow", Set(attribute::NOSYMFOLLOW)),
        ("symfollow", Clear(attribute::NOSYMFOLLOW)),
        ("noatime", Atime(attribute::NOATIME)),
        ("atime", NotAtime(attribute::NOATIME)),
        ("strictatime", Atime(attribute::STRICTATIME)),
        ("nostrictatime", NotAtime(attribute::STRICTATIME)),
        ("relatime", Atime(0)),
        // There is no other choice to fall back on.
        ("norelatime", Clear(0)),
    ]
};

/// Options that concern the file system: whether they set or clear a flag of `mount(2)`.
const FILE_SYSTEM: [(&str, bool, u64); 11] = [
    ("sync", true, 1 << 4),
    ("async", false, 1 << 4),
    ("mand", true, 1 << 6),
    ("nomand", false, 1 << 6),
    ("dirsync", true, 1 << 7),
    ("silent", true, 1 << 15),
    ("loud", false, 1 << 15),
    ("iversion", true, 1 << 23),
    ("noiversion", false, 1 << 23),
    ("lazytime", true, 1 << 25),
    ("nolazytime", false, 1 << 25),
];

/// Options that say something else, save the propagation types.
const OTHERS: [&str; 7] = ["defaults", "bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup"];

impl<'a> MountOptions<'a> {
    /// Sorts out the options of a mount.
    #[must_use]
    pub fn parse(options: &'a [String]) -> Self {
        let mut parsed = Self::default();
        for option in options {
            parsed.add(option);
        }
        parsed
    }

    /// The options that are known, sorted, as `features` lists them.
    #[must_use]
    pub fn known() -> Vec<String> {
        let plain = ATTRIBUTES.iter().map(|(name, _)| (*name).to_owned());
        let recursive = ATTRIBUTES.iter().map(|(name, _)| format!("r{name}"));
        let file_system = FILE_SYSTEM.iter().map(|(name, ..)| (*name).to_owned());
        let others = OTHERS.iter().map(|name| (*name).to_owned());
        let propagation = Propagation::ALL.iter().map(|propagation| propagation.name().to_owned());
        let mut known: Vec<_> =
            plain.chain(recursive).chain(file_system).chain(others).chain(propagation).collect();
        known.sort_unstable();
        known
    }

    fn add(&mut self, option: &'a str) {
        if let Some(effect) = effect(option) {
            self.attributes.apply(effect);
        } else if let Some(effect) = option.strip_prefix('r').and_then(effect) {
            self.recursive.apply(effect);
        } else if let Some(propagation) = Propagation::from_name(option) {
            self.propagation.push(propagation);
        } else if let Some(&(_, set, flag)) = FILE_SYSTEM.iter().find(|(name, ..)| *name == option) {
            self.file_system.apply(set, flag);
        } else {
            match option {
                "defaults" => (),
                "bind" => self.binding = Some(Binding::Single),
                "rbind" => self.binding = Some(Binding::Recursive),
                "remount" => self.remount = true,
                "idmap" => self.id_mapped = Some(Mapped::Single),
                "ridmap" => self.id_mapped = Some(Mapped::Recursive),
                "tmpcopyup" => self.copy_up = true,
                _ => self.data.push(option),
            }
        }
    }
}

fn effect(name: &str) -> Option<Effect> {
    ATTRIBUTES.iter().find(|(known, _)| *known == name).map(|(_, effect)| *effect)
}

impl AttributeChange {
    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.set == 0 && self.clear == 0
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Set(bits) => {
                self.set |= bits;
                self.clear &= !bits;
            }
            Effect::Clear(bits) => {
                self.clear |= bits;
                self.set &= !bits;
            }
            Effect::Atime(choice) => {
                self.clear |= attribute::ATIME;
                self.set = self.set & !attribute::ATIME | choice;
            }
            Effect::NotAtime(choice) => {
                let chosen = self.set & attribute::ATIME;
                if chosen == 0 || chosen == choice {
                    self.apply(Effect::Atime(0));
                }
            }
        }
    }
}

impl FileSystemFlags {
    /// The flags of `set` that `fsconfig(2)` knows as options of any file system.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let known =
            FILE_SYSTEM.iter().filter(|(name, set, _)| *set && !matches!(*name, "silent" | "iversion"));
        known.filter(move |(.., flag)| self.set & flag != 0).map(|(name, ..)| *name)
    }

    fn apply(&mut self, set: bool, flag: u64) {
        let (to, from) =
            if set { (&mut self.set, &mut self.clear) } else { (&mut self.clear, &mut self.set) };
        *to |= flag;
        *from &= !flag;
    }
}

#[cfg(test)]
#[path = "mount_options_tests.rs"]
mod tests;
