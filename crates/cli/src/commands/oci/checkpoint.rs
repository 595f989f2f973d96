//! `insula oci checkpoint`: a container is written to files.

use std::path::Path;

use insula_oci::{CgroupMode, Checkpoint, Deletion, Extent, Imaging};

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Invalid, Order, flag};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) images: Images,
    parent: Option<Arg>,
    extent: Extent,
}

/// What `checkpoint` and `restore` are both told of the files.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of criu's")]
pub(super) struct Images {
    pub(super) path: Option<Arg>,
    pub(super) work: Option<Arg>,
    pub(super) tcp_established: bool,
    pub(super) external_sockets: bool,
    pub(super) shell_job: bool,
    pub(super) file_locks: bool,
    pub(super) deduplicated: bool,
    pub(super) cgroups: CgroupMode,
}

impl Images {
    /// The same for the runtime.
    pub(super) fn imaging(self) -> Imaging {
        Imaging {
            images: Path::new(self.path.unwrap_or("checkpoint".as_ref())).to_owned(),
            work: self.work.map(|path| Path::new(path).to_owned()),
            tcp_established: self.tcp_established,
            external_sockets: self.external_sockets,
            shell_job: self.shell_job,
            file_locks: self.file_locks,
            deduplicated: self.deduplicated,
            cgroups: self.cgroups,
        }
    }
}

/// A mode of `--manage-cgroups-mode`.
pub(super) fn cgroup_mode(word: Arg) -> Result<CgroupMode, Invalid> {
    Ok(match word.as_encoded_bytes() {
        b"soft" | b"" => CgroupMode::Soft,
        b"full" => CgroupMode::Full,
        b"strict" => CgroupMode::Strict,
        b"ignore" => CgroupMode::Ignore,
        _ => return Err(Invalid("expected soft, full, strict or ignore".to_owned())),
    })
}

/// The only kind that criu can leave empty.
pub(super) fn empty_namespace(word: Arg) -> Result<(), Invalid> {
    match word.as_encoded_bytes() {
        b"network" => Ok(()),
        _ => Err(Invalid("expected network".to_owned())),
    }
}

/// What would have memory come over a network.
pub(super) fn refuse_lazy() -> Result<(), Invalid> {
    Err(Invalid("this runtime has criu write memory to files, and read it from files, alone".to_owned()))
}

/// The flags of an options type with a field `images`.
macro_rules! flags {
    ($($more:expr,)*) => {
        &[
            $crate::args::flag("image-path", "the directory of the files; ./checkpoint, if it is not given")
                .required("DIR", |o, dir| {
                    o.images.path = Some(dir);
                    Ok(())
                }),
            $crate::args::flag("work-path", "the directory of criu's log; that of the files, if it is not given")
                .required("DIR", |o, dir| {
                    o.images.work = Some(dir);
                    Ok(())
                }),
            $crate::args::flag("tcp-established", "keep TCP connections that are established")
                .switch(|o| o.images.tcp_established = true),
            $crate::args::flag("ext-unix-sk", "keep UNIX sockets that others are connected to")
                .switch(|o| o.images.external_sockets = true),
            $crate::args::flag("shell-job", "its processes are of a session that others lead")
                .switch(|o| o.images.shell_job = true),
            $crate::args::flag("file-locks", "keep locks on files").switch(|o| o.images.file_locks = true),
            $crate::args::flag("auto-dedup", "keep each page of memory in the last file that has it alone")
                .switch(|o| o.images.deduplicated = true),
            $crate::args::flag("manage-cgroups-mode", "whether limits are kept, and of which groups; soft, if it is not given")
                .choices(&["soft", "full", "strict", "ignore"])
                .required("MODE", |o, mode| {
                    o.images.cgroups = $crate::commands::oci::checkpoint::cgroup_mode(mode)?;
                    Ok(())
                }),
            $crate::args::flag("empty-ns", "leave interfaces and addresses out: this is always so")
                .choices(&["network"])
                .required("KIND", |_, kind| $crate::commands::oci::checkpoint::empty_namespace(kind)),
            $crate::args::flag("lazy-pages", "refused: memory comes from files alone")
                .attempt(|_| $crate::commands::oci::checkpoint::refuse_lazy()),
            $($more,)*
        ]
    };
}
pub(super) use flags;

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci checkpoint",
    about: "Write a container to files",
    usage: &["[OPTIONS] CONTAINER"],
    details: "\
Has the program `criu` write the processes of a running container, with their memory and open files, to a directory, from which \
`restore` makes them again; then takes the container away. The files of its root file system are not among them.",
    order: Order::Anywhere,
    flags: flags![
        flag("leave-running", "let it go on").switch(|o| o.extent = Extent::Running),
        flag("pre-dump", "write its memory alone, in advance of a checkpoint, and let it go on")
            .switch(|o| o.extent = Extent::Memory),
        flag(
            "parent-path",
            "an earlier checkpoint, by its path from that of this one: write what has changed since"
        )
        .required("DIR", |o, dir| {
            o.parent = Some(dir);
            Ok(())
        }),
        flag("page-server", "refused: memory goes into files alone")
            .required("ADDRESS:PORT", |_, _| refuse_lazy()),
        flag("status-fd", "refused: it belongs to --lazy-pages").required("FD", |_, _| refuse_lazy()),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let container = container::find(context, &container::only_id(operands)?)?;
    let checkpoint = Checkpoint {
        imaging: options.images.imaging(),
        parent: options.parent.map(|path| Path::new(path).to_owned()),
        extent: options.extent,
    };
    container.checkpoint(&checkpoint).map_err(explain)?;
    if options.extent == Extent::Whole {
        let runtime = context.globals.runtime();
        for warning in container.delete(&runtime, Deletion::Forced).map_err(explain)? {
            context.log.warning_of(&warning);
        }
    }
    Ok(0)
}
