//! Network namespaces without a name, for one command.

use insula_net::{ChangeLink, Netlink, Protocol};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sys::unshare::unshare;

use super::{NetworkError, Networks, Site};

impl Networks {
    /// Makes a network namespace with its loopback up. It lasts as long as this handle, or what is in it.
    ///
    /// # Errors
    /// [`NetworkError::Unshare`]: `EPERM` without `CAP_SYS_ADMIN`.
    pub fn nameless() -> Result<Namespace, NetworkError> {
        // A thread of its own goes there, and ends: none of ours is elsewhere afterwards.
        let make = || {
            unshare(Kinds::from(Kind::Net).clone_flags())
                .map_err(|source| NetworkError::Unshare { source })?;
            let failed = |source| NetworkError::Kernel { site: Site::Nameless, source };
            let mut route = Netlink::open(Protocol::Route).map_err(failed)?;
            route.perform(&ChangeLink::loopback().up()).map_err(failed)?;
            Ok(Namespace::of_self(Kind::Net)?)
        };
        std::thread::scope(|scope| scope.spawn(make).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
