//! Groups that systemd makes: a transient scope for each, asked for over D-Bus.
//!
//! systemd owns the groups of the machine it runs, and what it does not know of it may undo: so it is told of limits too, and the
//! files are written besides, for what it has no property for. A scope needs a process from the beginning. The order is:
//!
//! 1. start the process, and have it wait;
//! 2. [`Systemd::start_scope`] with its id, which tells where the group is;
//! 3. [`Cgroup::create`](crate::Cgroup::create) with that path takes it, makes what systemd does not make in version 1, and
//!    [`Cgroup::add`](crate::Cgroup::add) puts the process there too; [`Cgroup::set`](crate::Cgroup::set);
//! 4. at the end [`Systemd::stop`], and [`Cgroup::remove`](crate::Cgroup::remove) for what is left.
//!
//! See `org.freedesktop.systemd1(5)`, `systemd.resource-control(5)` and systemd's `CGROUP_DELEGATION.md`.

use std::time::Instant;

use rustix::process::Pid;

use crate::{CgroupPath, CgroupPathError, Hierarchies, Resources, SetError};

pub(crate) mod bus;
mod properties;
mod unit;

use bus::{Bus, Method, Route, address_of};

pub use bus::BusError;
pub use bus::wire::Value;
pub use unit::{Unit, UnitError};

/// A connection to a systemd.
#[derive(Debug)]
pub struct Systemd {
    bus: Bus,
    /// The slice of units that name none.
    slice: &'static str,
}

/// Why systemd did not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SystemdError {
    /// It was not reached.
    #[error("cannot reach systemd {whose}")]
    Connect {
        /// `of the machine` or `of this user`.
        whose: &'static str,
        /// Why not.
        source: BusError,
    },
    /// Nothing says where the systemd of this user listens.
    #[error("cannot reach systemd of this user: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set")]
    NoUserBus,
    /// A call failed.
    #[error("systemd cannot {verb} unit `{unit}`")]
    Call {
        /// `start`, `stop`, `change` or `find`.
        verb: &'static str,
        /// The unit.
        unit: Box<str>,
        /// Why not.
        source: BusError,
    },
    /// It tried, and came to another end than `done`.
    #[error("systemd did not {verb} unit `{unit}`: the job ended as `{}`", result.escape_debug())]
    Job {
        /// `start` or `stop`.
        verb: &'static str,
        /// The unit.
        unit: Box<str>,
        /// How the job ended: `failed`, `timeout`, `canceled`, `dependency` or `skipped`.
        result: Box<str>,
    },
    /// A limit cannot be told to it.
    #[error("cannot tell systemd the limits of unit `{unit}`")]
    Limit {
        /// The unit.
        unit: Box<str>,
        /// Why not.
        source: SetError,
    },
    /// The unit has no group, or an odd one.
    #[error("systemd tells no control group of unit `{unit}`")]
    Group {
        /// The unit.
        unit: Box<str>,
        /// What is odd.
        source: CgroupPathError,
    },
}

/// How the specification's names for errors begin.
const NO_SUCH_UNIT: &str = "org.freedesktop.systemd1.NoSuchUnit";
const UNIT_EXISTS: &str = "org.freedesktop.systemd1.UnitExists";

/// Whether systemd is what runs this machine: `sd_booted(3)`.
#[must_use]
pub fn is_booted() -> bool {
    let status = rustix::fs::lstat("/run/systemd/system");
    status.is_ok_and(|status| rustix::fs::FileType::from_raw_mode(status.st_mode).is_dir())
}

impl Systemd {
    /// Connects to the systemd of the machine, by the system bus, or directly where that is not there and the caller is root.
    ///
    /// # Errors
    /// [`SystemdError::Connect`].
    pub fn system() -> Result<Self, SystemdError> {
        let named = std::env::var("DBUS_SYSTEM_BUS_ADDRESS");
        let address = named.unwrap_or_else(|_| address_of("/run/dbus/system_bus_socket"));
        let bus = Bus::connect(&address, Route::Broker).or_else(|error| {
            Bus::connect(&address_of("/run/systemd/private"), Route::Direct).map_err(|_| error)
        });
        Self::subscribed(bus, "of the machine", "system.slice")
    }

    /// Connects to the systemd of the user, by the session bus, or directly where that is not there.
    ///
    /// # Errors
    /// [`SystemdError::NoUserBus`], [`SystemdError::Connect`].
    pub fn user() -> Result<Self, SystemdError> {
        let named = std::env::var("DBUS_SESSION_BUS_ADDRESS").ok();
        let runtime = std::env::var("XDG_RUNTIME_DIR").ok();
        let address = named.or_else(|| Some(address_of(&format!("{}/bus", runtime.as_deref()?))));
        let address = address.ok_or(SystemdError::NoUserBus)?;
        let bus = Bus::connect(&address, Route::Broker).or_else(|error| match &runtime {
            Some(runtime) => {
                let private = address_of(&format!("{runtime}/systemd/private"));
                Bus::connect(&private, Route::Direct).map_err(|_| error)
            }
            None => Err(error),
        });
        Self::subscribed(bus, "of this user", "user.slice")
    }

    /// Has the ends of jobs told.
    fn subscribed(
        bus: Result<Bus, BusError>,
        whose: &'static str,
        slice: &'static str,
    ) -> Result<Self, SystemdError> {
        let subscribe = || {
            let mut bus = bus?;
            bus.subscribe("type='signal',interface='org.freedesktop.systemd1.Manager',member='JobRemoved'")?;
            match bus.call(manager("Subscribe"), "", |_| {}) {
                // Another process of this connection's name did already.
                Err(BusError::Call { name, .. }) if name.ends_with(".AlreadySubscribed") => {}
                result => drop(result?),
            }
            Ok(bus)
        };
        let bus = subscribe().map_err(|source| SystemdError::Connect { whose, source })?;
        Ok(Self { bus, slice })
    }

    /// Starts a transient scope around `processes`, with what `resources` limits and systemd knows, delegated to whoever owns the
    /// processes. `properties` come last, so they count more. Returns its group, a path below the root of each hierarchy.
    ///
    /// A unit of that name that has failed is forgotten first.
    ///
    /// # Errors
    /// [`SystemdError`]; [`SystemdError::Call`] with `UnitExists` when there is one already.
    #[doc(alias = "StartTransientUnit")]
    pub fn start_scope(
        &mut self,
        unit: &Unit,
        processes: &[Pid],
        hierarchies: &Hierarchies,
        resources: &Resources,
        properties: &[(Box<str>, Value)],
    ) -> Result<CgroupPath, SystemdError> {
        let mut all =
            properties::of_scope(unit.slice().unwrap_or(self.slice), unit.name(), processes, hierarchies);
        all.extend(properties::of_resources(resources, hierarchies).map_err(|source| limit(unit, source))?);
        all.extend_from_slice(properties);
        let failed = |source| call_failed("start", unit, source);
        let job = match self.start(unit, &all) {
            Err(BusError::Call { name, .. }) if &*name == UNIT_EXISTS => {
                self.forget(unit);
                self.start(unit, &all)
            }
            result => result,
        };
        self.wait("start", unit, &job.map_err(failed)?)?;
        self.control_group(unit)
    }

    /// Tells new limits. The files are to be written too, for what systemd has no property for.
    ///
    /// # Errors
    /// [`SystemdError`].
    #[doc(alias = "SetUnitProperties")]
    pub fn set(
        &mut self,
        unit: &Unit,
        hierarchies: &Hierarchies,
        resources: &Resources,
    ) -> Result<(), SystemdError> {
        let all = properties::of_resources(resources, hierarchies).map_err(|source| limit(unit, source))?;
        if all.is_empty() {
            return Ok(());
        }
        let set = self.bus.call(manager("SetUnitProperties"), "sba(sv)", |body| {
            body.text(unit.name());
            // Until it is stopped: there is no file that could keep it.
            body.u32(1);
            bus::properties(body, &all);
        });
        set.map(drop).map_err(|source| call_failed("change", unit, source))
    }

    /// Stops a unit, which kills what is in it, and forgets it. One that is not there is no error.
    ///
    /// # Errors
    /// [`SystemdError`].
    #[doc(alias = "StopUnit")]
    pub fn stop(&mut self, unit: &Unit) -> Result<(), SystemdError> {
        let stopped = self.bus.call(manager("StopUnit"), "ss", |body| {
            body.text(unit.name());
            body.text("replace");
        });
        match stopped.and_then(|reply| reply.reader().text().map(Box::from).ok_or(BusError::Garbled)) {
            Ok(job) => self.wait("stop", unit, &job)?,
            Err(BusError::Call { name, .. }) if &*name == NO_SUCH_UNIT => {}
            Err(source) => return Err(call_failed("stop", unit, source)),
        }
        self.forget(unit);
        Ok(())
    }

    /// The group of a unit.
    ///
    /// # Errors
    /// [`SystemdError`].
    #[doc(alias = "ControlGroup")]
    pub fn control_group(&mut self, unit: &Unit) -> Result<CgroupPath, SystemdError> {
        let method = Method {
            destination: "org.freedesktop.systemd1",
            path: &unit.object(),
            interface: "org.freedesktop.DBus.Properties",
            member: "Get",
        };
        let reply = self.bus.call(method, "ss", |body| {
            body.text("org.freedesktop.systemd1.Scope");
            body.text("ControlGroup");
        });
        let path = reply.and_then(|reply| {
            let mut reader = reply.reader();
            let signature = reader.signature().ok_or(BusError::Garbled)?;
            let path = if signature == "s" { reader.text() } else { None };
            path.map(Box::<str>::from).ok_or(BusError::Garbled)
        });
        let path = path.map_err(|source| call_failed("find", unit, source))?;
        CgroupPath::new(&path).map_err(|source| SystemdError::Group { unit: unit.name().into(), source })
    }

    fn start(&mut self, unit: &Unit, properties: &[(Box<str>, Value)]) -> Result<Box<str>, BusError> {
        let reply = self.bus.call(manager("StartTransientUnit"), "ssa(sv)a(sa(sv))", |body| {
            body.text(unit.name());
            body.text("replace");
            bus::properties(body, properties);
            body.array(8, |_| {});
        })?;
        reply.reader().text().map(Box::from).ok_or(BusError::Garbled)
    }

    /// Waits for the end of a job.
    fn wait(&mut self, verb: &'static str, unit: &Unit, job: &str) -> Result<(), SystemdError> {
        let deadline = Instant::now() + bus::PATIENCE;
        loop {
            let signal = self.bus.signal(deadline).map_err(|source| call_failed(verb, unit, source))?;
            if &*signal.member != "JobRemoved" || &*signal.signature != "uoss" {
                continue;
            }
            let mut reader = signal.reader();
            let (Some(_), Some(which), Some(_), Some(result)) =
                (reader.u32(), reader.text(), reader.text(), reader.text())
            else {
                return Err(call_failed(verb, unit, BusError::Garbled));
            };
            if which == job {
                return match result {
                    "done" => Ok(()),
                    result => {
                        let result = result.into();
                        self.forget(unit);
                        Err(SystemdError::Job { verb, unit: unit.name().into(), result })
                    }
                };
            }
        }
    }

    /// Has a unit that has failed forgotten. That there is none, as after every success, is the usual answer.
    fn forget(&mut self, unit: &Unit) {
        let _ = self.bus.call(manager("ResetFailedUnit"), "s", |body| body.text(unit.name()));
    }
}

const fn manager(member: &'static str) -> Method<'static> {
    Method {
        destination: "org.freedesktop.systemd1",
        path: "/org/freedesktop/systemd1",
        interface: "org.freedesktop.systemd1.Manager",
        member,
    }
}

fn call_failed(verb: &'static str, unit: &Unit, source: BusError) -> SystemdError {
    SystemdError::Call { verb, unit: unit.name().into(), source }
}

fn limit(unit: &Unit, source: SetError) -> SystemdError {
    SystemdError::Limit { unit: unit.name().into(), source }
}

#[cfg(test)]
mod tests;
