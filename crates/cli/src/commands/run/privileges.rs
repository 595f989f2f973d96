//! What the command may do: capabilities, and what keeps mounts as they are.

use insula_ns::Kind;
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::mounts::{Attributes, Mount, Root};
use insula_sandbox::{Capabilities, Sandbox};
use rustix::thread::CapabilitySet as Bits;

use super::options::{Options, UserOptions};
use crate::report::Failure;

/// Turns what is added and dropped into the five sets.
///
/// # Errors
/// [`Failure`] if one is to be given that the caller does not have.
pub(super) fn capabilities(sandbox: &mut Sandbox, options: &UserOptions) -> Result<(), Failure> {
    let new_user = sandbox.namespaces.new.contains(Kind::User);
    let changes = options.cap_add != CapabilitySet::NONE || options.cap_drop != CapabilitySet::NONE;
    let root = changes && uid_inside(sandbox) == Some(0);
    let identity = &mut sandbox.identity;
    identity.no_new_privs = options.no_new_privs;
    identity.securebits = options.securebits;
    let mut sets = Capabilities {
        bounding: options.bounding,
        permitted: options.permitted,
        effective: options.effective,
        inheritable: options.inheritable,
        ambient: options.ambient,
    };
    if changes {
        // The first process of a user namespace has them all.
        let held = if new_user { CapabilitySet::ALL } else { held() };
        let lacking = options.cap_add.minus(held);
        if options.cap_add != CapabilitySet::ALL && lacking != CapabilitySet::NONE {
            return Err(Failure::new(format!("cannot give `{lacking}`"))
                .cause("this process does not have it itself")
                .hint("over what belongs to a new user namespace one has all capabilities: `--map root`"));
        }
        let left = held.minus(options.cap_drop).union(held.intersection(options.cap_add));
        // Root gets what is in the bounding set at exec; others only what is ambient.
        let kept = if root { left } else { options.cap_add.intersection(left) };
        sets.bounding = sets.bounding.or(Some(left));
        sets.permitted = sets.permitted.or(Some(kept));
        sets.effective = sets.effective.or(Some(kept));
        sets.inheritable = sets.inheritable.or(Some(if root { CapabilitySet::NONE } else { kept }));
        sets.ambient = sets.ambient.or(Some(if root { CapabilitySet::NONE } else { kept }));
    }
    identity.capabilities = sets;
    Ok(())
}

/// Who the command will be, in its user namespace.
fn uid_inside(sandbox: &Sandbox) -> Option<u32> {
    let own = rustix::process::geteuid().as_raw();
    match (sandbox.identity.uid, &sandbox.namespaces.ids) {
        (Some(uid), _) => Some(uid),
        (None, Some(maps)) => maps.uid.to_inside(own),
        (None, None) => Some(own),
    }
}

/// What is hidden stays hidden, and what is read-only stays so, unless the capability that can undo it is asked for.
pub(super) fn lock(sandbox: &mut Sandbox, options: &Options) {
    let own_root = !matches!(sandbox.mounts.root, Root::Unchanged);
    let protects = |mount: &Mount| match mount {
        Mount::Bind(bind) => !own_root || bind.attributes.contains(Attributes::READ_ONLY),
        Mount::Tmpfs(_) | Mount::Overlay(_) | Mount::File(_) => !own_root,
        _ => false,
    };
    let files = &options.files;
    let protected = files.read_only_root
        || !files.masked.is_empty()
        || !files.read_only.is_empty()
        || !files.groups.is_empty()
        || files.mounts.iter().any(protects);
    let admin = CapabilitySet::from_bits(Bits::SYS_ADMIN.bits());
    let user = &options.user;
    let asked = [user.permitted, user.effective, user.inheritable, user.ambient, Some(user.cap_add)];
    if !protected || asked.iter().flatten().any(|set| set.intersection(admin) == admin) {
        return;
    }
    sandbox.mounts.locked = true;
    let sets = &mut sandbox.identity.capabilities;
    for set in [&mut sets.permitted, &mut sets.effective, &mut sets.inheritable, &mut sets.ambient] {
        *set = set.map(|set| set.minus(admin));
    }
}

fn held() -> CapabilitySet {
    let permitted = rustix::thread::capabilities(None).map_or(Bits::empty(), |sets| sets.permitted);
    CapabilitySet::from_bits(permitted.bits())
}
