//! Performs one step. Runs in a child that may share its parent's memory: nothing here allocates, locks or panics.

use core::ffi::CStr;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, ResolveFlags};
use rustix::io::{self, Errno};
use rustix::mount::{
    self, FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
};
use rustix::process;

use crate::raw::syscall;
use crate::step::{Fd, Make, MountAttributes, SLOTS, Slot, Step};

/// What the process that performs steps knows: the descriptors that it opened, and its line to the outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    slots: [RawFd; SLOTS],
    /// The socket on which [`Step::Outside`] asks and is answered, or -1.
    pub(crate) outside: RawFd,
    /// The writing end of the report pipe, whose reading end only our parent holds, or -1.
    pub(crate) report: RawFd,
    /// Our copy of its reading end, or -1.
    pub(crate) report_reader: RawFd,
}

impl Context {
    pub(crate) const fn new(report: RawFd, report_reader: RawFd, outside: RawFd) -> Self {
        Self { slots: [-1; SLOTS], outside, report, report_reader }
    }

    fn put(&mut self, slot: Slot, fd: OwnedFd) {
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)) {
            *place = fd.into_raw_fd();
        }
    }

    fn slot(&self, slot: Slot) -> Result<BorrowedFd<'_>, Errno> {
        self.fd(Fd::Slot(slot))
    }

    fn fd(&self, fd: Fd) -> Result<BorrowedFd<'_>, Errno> {
        let raw = match fd {
            Fd::Cwd => return Ok(CWD),
            Fd::Given(given) => given.0,
            Fd::Slot(slot) => self.slots.get(usize::from(slot.0)).copied().unwrap_or(-1),
        };
        borrow(raw)
    }
}

fn borrow<'a>(raw: RawFd) -> Result<BorrowedFd<'a>, Errno> {
    if raw < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: not -1; opened by an earlier step of this process, or held open by the program.
    Ok(unsafe { BorrowedFd::borrow_raw(raw) })
}

/// Performs `step`.
pub(crate) fn perform(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::DeathSignal(..)
        | Step::ParentAlive
        | Step::SignalMask(..)
        | Step::DefaultSignal(..)
        | Step::NewSession
        | Step::ControllingTerminal(..)
        | Step::Redirect { .. }
        | Step::CloseOnExecFrom(..)
        | Step::KeepOpen(..)
        | Step::Umask(..)
        | Step::Nice(..)
        | Step::Scheduler(..)
        | Step::Limit { .. } => process_attribute(step, context),
        Step::NoNewPrivs
        | Step::SecureBits(..)
        | Step::KeepCapabilities
        | Step::DropBounding(..)
        | Step::Capabilities(..)
        | Step::ClearAmbient
        | Step::RaiseAmbient(..)
        | Step::KeepAllCapabilities
        | Step::Groups(..)
        | Step::Gid(..)
        | Step::Uid(..) => credentials(step),
        Step::Hostname(name) => rustix::system::sethostname(name),
        Step::Domainname(name) => rustix::system::setdomainname(name),
        Step::Join { fd, kinds } => {
            let fd = context.fd(*fd)?;
            // SAFETY: no pointers.
            unsafe { syscall(libc::SYS_setns, [fd.as_raw_fd().cast_unsigned() as usize, *kinds as usize]) }
                .map(drop)
        }
        // SAFETY: no pointers; this process's descriptors, root and working directory are its own already.
        Step::Unshare(kinds) => unsafe { syscall(libc::SYS_unshare, [*kinds as usize]) }.map(drop),
        Step::LoopbackUp => loopback_up(),
        Step::Outside => ask_outside(context.outside),
        _ => files(step, context),
    }
}

fn process_attribute(step: &Step, context: &Context) -> Result<(), Errno> {
    match step {
        Step::DeathSignal(signal) => prctl(libc::PR_SET_PDEATHSIG, signal.cast_unsigned() as usize, 0),
        Step::ParentAlive => parent_alive(context),
        Step::SignalMask(mask) => crate::signal::set_mask(*mask).map(drop),
        Step::DefaultSignal(signal) => crate::signal::set_default(*signal),
        Step::NewSession => process::setsid().map(drop),
        Step::ControllingTerminal(terminal) => process::ioctl_tiocsctty(context.fd(*terminal)?),
        Step::Redirect { from, to } => redirect(context.fd(*from)?, *to),
        Step::CloseOnExecFrom(first) => {
            const CLOSE_RANGE_CLOEXEC: usize = 1 << 2;
            let range = [*first as usize, u32::MAX as usize, CLOSE_RANGE_CLOEXEC];
            // SAFETY: no pointers; marks only.
            unsafe { syscall(libc::SYS_close_range, range) }.map(drop)
        }
        Step::KeepOpen(raw) => io::fcntl_setfd(borrow(*raw)?, io::FdFlags::empty()),
        Step::Umask(mask) => {
            process::umask(Mode::from_raw_mode(*mask));
            Ok(())
        }
        Step::Nice(value) => process::setpriority_process(None, *value),
        Step::Scheduler(attributes) => scheduler(attributes),
        Step::Limit { resource, soft, hard } => {
            let limit = [*soft, *hard];
            // SAFETY: reads one `struct rlimit64`, which is two 64-bit numbers.
            unsafe { syscall(libc::SYS_prlimit64, [0, *resource as usize, limit.as_ptr() as usize, 0]) }
                .map(drop)
        }
        _ => Err(Errno::NOSYS),
    }
}

fn prctl(operation: i32, first: usize, second: usize) -> Result<(), Errno> {
    // SAFETY: the operations used here take numbers, no pointers.
    unsafe { syscall(libc::SYS_prctl, [operation.cast_unsigned() as usize, first, second, 0, 0]) }.map(drop)
}

/// The parent holds the only reading end of the report pipe, once we close ours: none left means it is gone.
fn parent_alive(context: &Context) -> Result<(), Errno> {
    let reader = borrow(context.report_reader)?;
    // SAFETY: this process's own copy, used nowhere else.
    drop(unsafe { OwnedFd::from_raw_fd(reader.as_raw_fd()) });
    let mut polled =
        [rustix::event::PollFd::from_borrowed_fd(borrow(context.report)?, rustix::event::PollFlags::empty())];
    rustix::event::poll(&mut polled, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    if polled[0].revents().contains(rustix::event::PollFlags::ERR) { Err(Errno::SRCH) } else { Ok(()) }
}

fn redirect(from: BorrowedFd<'_>, to: RawFd) -> Result<(), Errno> {
    if from.as_raw_fd() == to {
        return io::fcntl_setfd(from, io::FdFlags::empty());
    }
    let numbers = [from.as_raw_fd().cast_unsigned() as usize, to.cast_unsigned() as usize, 0];
    // SAFETY: no pointers; what was open at `to` is replaced, as asked, in this process only.
    unsafe { syscall(libc::SYS_dup3, numbers) }.map(drop)
}

fn scheduler(attributes: &crate::step::SchedulerAttributes) -> Result<(), Errno> {
    /// `struct sched_attr`, `SCHED_ATTR_SIZE_VER0`.
    #[repr(C)]
    struct Raw {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        runtime: u64,
        deadline: u64,
        period: u64,
    }
    let raw = Raw {
        size: 48,
        policy: attributes.policy,
        flags: attributes.flags,
        nice: attributes.nice,
        priority: attributes.priority,
        runtime: attributes.runtime,
        deadline: attributes.deadline,
        period: attributes.period,
    };
    // SAFETY: reads the 48 bytes that `size` says.
    unsafe { syscall(libc::SYS_sched_setattr, [0, (&raw const raw) as usize, 0]) }.map(drop)
}

fn credentials(step: &Step) -> Result<(), Errno> {
    match step {
        Step::NoNewPrivs => prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0),
        Step::SecureBits(bits) => prctl(libc::PR_SET_SECUREBITS, *bits as usize, 0),
        Step::KeepCapabilities => prctl(libc::PR_SET_KEEPCAPS, 1, 0),
        Step::DropBounding(capability) => prctl(libc::PR_CAPBSET_DROP, *capability as usize, 0),
        Step::Capabilities(bits) => capset(*bits),
        Step::ClearAmbient => prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as usize, 0),
        Step::RaiseAmbient(capability) => raise_ambient(*capability),
        Step::KeepAllCapabilities => keep_all_capabilities(),
        Step::Groups(groups) => {
            // SAFETY: reads `groups.len()` 32-bit numbers.
            unsafe { syscall(libc::SYS_setgroups, [groups.len(), groups.as_ptr() as usize]) }.map(drop)
        }
        // SAFETY: no pointers.
        Step::Gid(id) => unsafe { syscall(libc::SYS_setresgid, [*id as usize; 3]) }.map(drop),
        // SAFETY: no pointers.
        Step::Uid(id) => unsafe { syscall(libc::SYS_setresuid, [*id as usize; 3]) }.map(drop),
        _ => Err(Errno::NOSYS),
    }
}

fn raise_ambient(capability: u32) -> Result<(), Errno> {
    prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE as usize, capability as usize)
}

const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: i32,
}

fn capset(bits: crate::step::CapabilityBits) -> Result<(), Errno> {
    let halves =
        |shift: u32| [bits.effective, bits.permitted, bits.inheritable].map(|set| (set >> shift) as u32);
    let header = CapabilityHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let sets = [halves(0), halves(32)];
    // SAFETY: reads the header and two `struct __user_cap_data_struct` of three 32-bit numbers.
    unsafe { syscall(libc::SYS_capset, [(&raw const header) as usize, sets.as_ptr() as usize]) }.map(drop)
}

fn capget() -> Result<crate::step::CapabilityBits, Errno> {
    let header = CapabilityHeader { version: CAPABILITY_VERSION_3, pid: 0 };
    let mut sets = [[0_u32; 3]; 2];
    // SAFETY: reads the header and writes two `struct __user_cap_data_struct` of three 32-bit numbers.
    unsafe { syscall(libc::SYS_capget, [(&raw const header) as usize, sets.as_mut_ptr() as usize]) }?;
    let join = |which: usize| u64::from(sets[0][which]) | u64::from(sets[1][which]) << 32;
    Ok(crate::step::CapabilityBits { effective: join(0), permitted: join(1), inheritable: join(2) })
}

fn keep_all_capabilities() -> Result<(), Errno> {
    let mut bits = capget()?;
    bits.inheritable = bits.permitted;
    capset(bits)?;
    (0..64).filter(|n| bits.permitted >> n & 1 == 1).try_for_each(raise_ambient)
}

/// `SIOCSIFFLAGS` is answered by every kind of socket; a UNIX one is the cheapest and always there.
fn loopback_up() -> Result<(), Errno> {
    /// `struct ifreq` with `ifr_flags`: 40 bytes.
    #[repr(C)]
    struct InterfaceFlags {
        name: [u8; 16],
        flags: i16,
        rest: [u8; 22],
    }
    let socket = rustix::net::socket_with(
        rustix::net::AddressFamily::UNIX,
        rustix::net::SocketType::DGRAM,
        rustix::net::SocketFlags::CLOEXEC,
        None,
    )?;
    let mut name = [0; 16];
    name[0] = b'l';
    name[1] = b'o';
    let request = InterfaceFlags { name, flags: (libc::IFF_UP | libc::IFF_RUNNING) as i16, rest: [0; 22] };
    let number = socket.as_raw_fd().cast_unsigned() as usize;
    // SAFETY: reads one `struct ifreq`.
    unsafe { syscall(libc::SYS_ioctl, [number, libc::SIOCSIFFLAGS as usize, (&raw const request) as usize]) }
        .map(drop)
}

/// Sends one byte and waits for the answer: the error number of what failed outside, or 0.
fn ask_outside(socket: RawFd) -> Result<(), Errno> {
    let socket = borrow(socket)?;
    io::write(socket, b"?")?;
    let mut answer = [0; 4];
    match io::retry_on_intr(|| io::read(socket, &mut answer))? {
        4 => match i32::from_ne_bytes(answer) {
            0 => Ok(()),
            errno => Err(Errno::from_raw_os_error(errno)),
        },
        _ => Err(Errno::PIPE),
    }
}

fn files(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::Write { at, path, data } => {
            let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
            let flags = OFlags::WRONLY | OFlags::CLOEXEC;
            let file = fs::openat2(context.fd(*at)?, path.as_c_str(), flags, Mode::empty(), how)?;
            write_all(&file, data)
        }
        Step::Open { path, into } => {
            let file = fs::openat(CWD, path.as_c_str(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
            context.put(*into, file);
            Ok(())
        }
        Step::OpenIn { root, path, into } => {
            let file = open_in(context.fd(*root)?, path, OFlags::PATH)?;
            context.put(*into, file);
            Ok(())
        }
        Step::MakeIn { root, path, make, into } => {
            let file = make_in(context.fd(*root)?, path, *make)?;
            context.put(*into, file);
            Ok(())
        }
        Step::WriteNew { dir, name, mode, data } => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = fs::openat(context.fd(*dir)?, name.as_c_str(), flags, Mode::from_raw_mode(*mode))?;
            write_all(&file, data)
        }
        Step::Symlink { dir, name, target } => {
            fs::symlinkat(target.as_c_str(), context.fd(*dir)?, name.as_c_str())
        }
        Step::Node { dir, name, mode, device } => fs::mknodat(
            context.fd(*dir)?,
            name.as_c_str(),
            fs::FileType::from_raw_mode(*mode),
            Mode::from_raw_mode(*mode),
            *device,
        ),
        Step::Close(slot) => {
            if let Some(raw) = context.slots.get_mut(usize::from(slot.0)).filter(|raw| **raw >= 0) {
                // SAFETY: an earlier step put it there, and the slot is emptied.
                drop(unsafe { OwnedFd::from_raw_fd(*raw) });
                *raw = -1;
            }
            Ok(())
        }
        Step::Chdir(path) => process::chdir(path.as_c_str()),
        Step::Fchdir(dir) => process::fchdir(context.fd(*dir)?),
        Step::CwdInsideRoot => cwd_inside_root(),
        Step::ChrootHere => process::chroot(c"."),
        Step::PivotRootHere => {
            process::pivot_root(c".", c".")?;
            mount::unmount(c".", UnmountFlags::DETACH)?;
            process::chdir(c"/")
        }
        _ => mounts(step, context),
    }
}

fn mounts(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::Mount { source, target, fstype, flags, data } => {
            let pointer =
                |text: &Option<std::ffi::CString>| text.as_ref().map_or(0, |text| text.as_ptr() as usize);
            let flags = *flags as usize;
            let target = target.as_ptr() as usize;
            let arguments = [pointer(source), target, pointer(fstype), flags, pointer(data)];
            // SAFETY: each pointer is null, where `mount(2)` takes that, or a C string that the step owns.
            unsafe { syscall(libc::SYS_mount, arguments) }.map(drop)
        }
        Step::FsOpen { fstype, into } => {
            let opened = mount::fsopen(fstype.as_c_str(), FsOpenFlags::FSOPEN_CLOEXEC)?;
            context.put(*into, opened);
            Ok(())
        }
        Step::FsConfig { context: slot, key, value } => match value {
            Some(value) => mount::fsconfig_set_string(context.slot(*slot)?, key.as_c_str(), value.as_c_str()),
            None => mount::fsconfig_set_flag(context.slot(*slot)?, key.as_c_str()),
        },
        Step::FsCreate { context: slot } => mount::fsconfig_create(context.slot(*slot)?),
        Step::FsMount { context: slot, attributes, into } => {
            let attributes = MountAttrFlags::from_bits_retain(*attributes);
            let made = mount::fsmount(context.slot(*slot)?, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
            context.put(*into, made);
            Ok(())
        }
        Step::OpenTree { at, path, recursive, into } => {
            let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
            flags.set(OpenTreeFlags::AT_RECURSIVE, *recursive);
            flags.set(OpenTreeFlags::AT_EMPTY_PATH, path.is_empty());
            let tree = mount::open_tree(context.fd(*at)?, path.as_c_str(), flags)?;
            context.put(*into, tree);
            Ok(())
        }
        Step::SetMount { mount, recursive, attributes } => {
            set_mount(context.fd(*mount)?, *recursive, *attributes, 0)
        }
        Step::MoveMount { mount, target } => mount::move_mount(
            context.fd(*mount)?,
            c"",
            context.fd(*target)?,
            c"",
            MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH,
        ),
        _ => Err(Errno::NOSYS),
    }
}

/// `mount_setattr(2)`; `userns` is the descriptor that an id-mapped mount takes.
pub(crate) fn set_mount(
    mount: BorrowedFd<'_>,
    recursive: bool,
    attributes: MountAttributes,
    userns: u64,
) -> Result<(), Errno> {
    let at = if recursive { AtFlags::EMPTY_PATH.bits() | 0x8000 } else { AtFlags::EMPTY_PATH.bits() };
    let attr = [attributes.set, attributes.clear, attributes.propagation, userns];
    let number = mount.as_raw_fd().cast_unsigned() as usize;
    let arguments = [number, c"".as_ptr() as usize, at as usize, attr.as_ptr() as usize, size_of_val(&attr)];
    // SAFETY: an empty C string, and the `struct mount_attr` of four 64-bit numbers whose size is passed.
    unsafe { syscall(libc::SYS_mount_setattr, arguments) }.map(drop)
}

fn write_all(file: &OwnedFd, data: &[u8]) -> Result<(), Errno> {
    let mut rest = data;
    // An empty file is complete; anything else is one write for procfs, which never writes short.
    while !rest.is_empty() {
        let written = io::retry_on_intr(|| io::write(file, rest))?;
        rest = rest.get(written..).unwrap_or_default();
    }
    Ok(())
}

fn open_in(root: BorrowedFd<'_>, path: &CStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        // A rename elsewhere in the tree makes the kernel give up rather than guess: EAGAIN, try again.
        match fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), how) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
}

const PATH_MAX: usize = 4096;

/// Walks `path` from `root` and makes what is missing, each part below a handle on the one before it.
fn make_in(root: BorrowedFd<'_>, path: &CStr, make: Make) -> Result<OwnedFd, Errno> {
    match open_in(root, path, OFlags::PATH) {
        Err(Errno::NOENT) => {}
        other => return other,
    }
    let bytes = path.to_bytes();
    let mut buffer = [0; PATH_MAX];
    if bytes.len() >= PATH_MAX {
        return Err(Errno::NAMETOOLONG);
    }
    let mut parent = open_in(root, c"/", OFlags::PATH | OFlags::DIRECTORY)?;
    let mut start = 0;
    while start < bytes.len() {
        let end = bytes[start..].iter().position(|byte| *byte == b'/').map_or(bytes.len(), |at| start + at);
        if end > start {
            let last = bytes[end..].iter().all(|byte| *byte == b'/');
            let name = c_string(&mut buffer, &bytes[start..end])?;
            make_one(&parent, name, if last { make } else { Make::Dir(0o755) })?;
            // Looked up again from the root, so that a symbolic link that was there is followed inside it.
            let prefix = c_string(&mut buffer, &bytes[..end])?;
            parent = open_in(root, prefix, OFlags::PATH)?;
        }
        start = end + 1;
    }
    Ok(parent)
}

fn c_string<'a>(buffer: &'a mut [u8; PATH_MAX], bytes: &[u8]) -> Result<&'a CStr, Errno> {
    let room = buffer.get_mut(..=bytes.len()).ok_or(Errno::NAMETOOLONG)?;
    let (text, end) = room.split_at_mut(bytes.len());
    text.copy_from_slice(bytes);
    end.fill(0);
    CStr::from_bytes_with_nul(room).map_err(|_| Errno::INVAL)
}

fn make_one(parent: &OwnedFd, name: &CStr, make: Make) -> Result<(), Errno> {
    let outcome = match make {
        Make::Dir(mode) => fs::mkdirat(parent, name, Mode::from_raw_mode(mode)),
        Make::File(mode) => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            fs::openat(parent, name, flags, Mode::from_raw_mode(mode)).map(drop)
        }
    };
    match outcome {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}

/// `getcwd(2)` answers with a path that starts with `(unreachable)` when it is outside the root.
fn cwd_inside_root() -> Result<(), Errno> {
    let mut buffer = [0_u8; PATH_MAX];
    // SAFETY: writes at most the size that is passed.
    unsafe { syscall(libc::SYS_getcwd, [buffer.as_mut_ptr() as usize, buffer.len()]) }?;
    if buffer[0] == b'/' { Ok(()) } else { Err(Errno::NOENT) }
}
