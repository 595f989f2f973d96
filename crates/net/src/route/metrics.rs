//! What a route says of the packets that take it: `RTA_METRICS`.

use std::fmt;

use crate::wire::{Attribute, Malformed, Message};

/// `RTAX_*` in `linux/rtnetlink.h`, in the units of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The largest packet, in bytes.
    Mtu = 2,
    /// The largest TCP window to advertise, in bytes.
    Window = 3,
    /// The first guess of the round trip time, in eighths of a millisecond.
    Rtt = 4,
    /// The first guess of its variance, in quarters of a millisecond.
    RttVariance = 5,
    /// The first guess of the slow start threshold.
    SlowStartThreshold = 6,
    /// The clamp of the congestion window.
    CongestionWindow = 7,
    /// The segment size to advertise, in bytes.
    AdvertisedMss = 8,
    /// How far packets may be reordered.
    Reordering = 9,
    /// The hop limit; 0 is the host's.
    HopLimit = 10,
    /// The first congestion window, in segments.
    InitialCongestionWindow = 11,
    /// `RTAX_FEATURE_*`.
    Features = 12,
    /// The least time before a retransmission, in milliseconds.
    RetransmissionTimeoutMin = 13,
    /// The first receive window, in segments.
    InitialReceiveWindow = 14,
    /// Whether acknowledgements are sent at once.
    QuickAck = 15,
    /// Whether TCP Fast Open works without a cookie.
    FastOpenNoCookie = 17,
}

impl Metric {
    /// All of them, by their numbers.
    pub const ALL: [Self; 15] = [
        Self::Mtu,
        Self::Window,
        Self::Rtt,
        Self::RttVariance,
        Self::SlowStartThreshold,
        Self::CongestionWindow,
        Self::AdvertisedMss,
        Self::Reordering,
        Self::HopLimit,
        Self::InitialCongestionWindow,
        Self::Features,
        Self::RetransmissionTimeoutMin,
        Self::InitialReceiveWindow,
        Self::QuickAck,
        Self::FastOpenNoCookie,
    ];

    /// `ip-route(8)`'s word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mtu => "mtu",
            Self::Window => "window",
            Self::Rtt => "rtt",
            Self::RttVariance => "rttvar",
            Self::SlowStartThreshold => "ssthresh",
            Self::CongestionWindow => "cwnd",
            Self::AdvertisedMss => "advmss",
            Self::Reordering => "reordering",
            Self::HopLimit => "hoplimit",
            Self::InitialCongestionWindow => "initcwnd",
            Self::Features => "features",
            Self::RetransmissionTimeoutMin => "rto_min",
            Self::InitialReceiveWindow => "initrwnd",
            Self::QuickAck => "quickack",
            Self::FastOpenNoCookie => "fastopen_no_cookie",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

const LOCK: u16 = 1;
const CONGESTION_CONTROL: u16 = 16;
const COUNT: usize = 18;

/// The metrics of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    values: [Option<u32>; COUNT],
    locked: u32,
    /// The TCP congestion control algorithm.
    pub congestion_control: Option<String>,
}

impl Metrics {
    /// The value of one.
    #[must_use]
    pub const fn get(&self, metric: Metric) -> Option<u32> {
        self.values[metric as usize]
    }

    /// Sets one.
    pub const fn set(&mut self, metric: Metric, value: u32) {
        self.values[metric as usize] = Some(value);
    }

    /// Whether what is learned on the way may not change it.
    #[must_use]
    pub const fn is_locked(&self, metric: Metric) -> bool {
        self.locked & (1 << metric as u32) != 0
    }

    /// Keeps what is learned on the way from changing it.
    pub const fn lock(&mut self, metric: Metric) {
        self.locked |= 1 << metric as u32;
    }

    /// Keeps the congestion control algorithm.
    pub const fn lock_congestion_control(&mut self) {
        self.locked |= 1 << CONGESTION_CONTROL;
    }

    /// Whether the congestion control algorithm is kept.
    #[must_use]
    pub const fn is_congestion_control_locked(&self) -> bool {
        self.locked & (1 << CONGESTION_CONTROL) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let mut metrics = Self::default();
        for metric in attribute.nested() {
            match metric.kind {
                LOCK => metrics.locked = metric.u32()?,
                CONGESTION_CONTROL => metrics.congestion_control = Some(metric.text().into_owned()),
                kind => {
                    if let Some(value) = metrics.values.get_mut(usize::from(kind)) {
                        *value = Some(metric.u32()?);
                    }
                }
            }
        }
        Ok(metrics)
    }

    pub(super) fn put(&self, message: &mut Message) {
        if self.is_empty() {
            return;
        }
        message.nest(libc::RTA_METRICS, |nest| {
            if self.locked != 0 {
                nest.put_u32(LOCK, self.locked);
            }
            for (kind, value) in (0..).zip(self.values) {
                if let Some(value) = value {
                    nest.put_u32(kind, value);
                }
            }
            if let Some(name) = &self.congestion_control {
                nest.put_str(CONGESTION_CONTROL, name);
            }
        });
    }
}
