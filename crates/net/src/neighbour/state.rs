//! How sure it is where a neighbour is, and what else is known of it.

use std::ops::BitOr;

/// `NUD_*` in `linux/neighbour.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeighbourState(pub u16);

impl NeighbourState {
    /// Nothing is known.
    pub const NONE: Self = Self(0);
    /// It is being asked.
    pub const INCOMPLETE: Self = Self(libc::NUD_INCOMPLETE);
    /// It has answered lately.
    pub const REACHABLE: Self = Self(libc::NUD_REACHABLE);
    /// It has not answered lately.
    pub const STALE: Self = Self(libc::NUD_STALE);
    /// A packet was sent, an answer may come.
    pub const DELAY: Self = Self(libc::NUD_DELAY);
    /// It is being asked again.
    pub const PROBE: Self = Self(libc::NUD_PROBE);
    /// It has not answered.
    pub const FAILED: Self = Self(libc::NUD_FAILED);
    /// It is not to be asked.
    pub const NO_ARP: Self = Self(libc::NUD_NOARP);
    /// An administrator has said so.
    pub const PERMANENT: Self = Self(libc::NUD_PERMANENT);

    /// All of them with the words of `ip-neighbour(8)`, in its order.
    pub const NAMES: [(Self, &'static str); 8] = [
        (Self::INCOMPLETE, "incomplete"),
        (Self::REACHABLE, "reachable"),
        (Self::STALE, "stale"),
        (Self::DELAY, "delay"),
        (Self::PROBE, "probe"),
        (Self::FAILED, "failed"),
        (Self::NO_ARP, "noarp"),
        (Self::PERMANENT, "permanent"),
    ];

    /// Whether one of `other` is set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for NeighbourState {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `NTF_*`, and those of `NDA_FLAGS_EXT` in the upper 16 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeighbourFlags(pub u32);

impl NeighbourFlags {
    /// It is asked although nothing is sent to it.
    pub const USE: Self = Self(libc::NTF_USE as u32);
    /// This host answers for it.
    pub const PROXY: Self = Self(libc::NTF_PROXY as u32);
    /// A protocol outside the kernel has learned it: `NTF_EXT_LEARNED`.
    pub const EXTERNALLY_LEARNED: Self = Self(1 << 4);
    /// Hardware has it too: `NTF_OFFLOADED`.
    pub const OFFLOADED: Self = Self(1 << 5);
    /// It is a router.
    pub const ROUTER: Self = Self(libc::NTF_ROUTER as u32);
    /// The kernel keeps it fresh.
    pub const MANAGED: Self = Self(1 << 16);

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for NeighbourFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
