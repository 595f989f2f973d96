//! What the container is called, and how it is labelled.

use insula_ns::Kind;

use super::{Invalid, Problem, no_nul, refuse};
use crate::spec::Spec;

/// `__NEW_UTS_LEN` of `linux/utsname.h`.
const MOST: usize = 64;

pub(super) fn check(spec: &Spec) -> Result<(), Invalid> {
    for (key, name) in [("hostname", &spec.hostname), ("domainname", &spec.domainname)] {
        let Some(name) = name else { continue };
        no_nul(key, name)?;
        if name.len() > MOST {
            return refuse(key, Problem::TooLong { most: MOST });
        }
        if !spec.has_namespace(Kind::Uts) {
            return refuse(key, Problem::NeedsNamespace { kind: Kind::Uts });
        }
    }
    if spec.annotations.contains_key("") {
        return refuse("annotations", Problem::Form { example: "{\"key\":\"value\"}" });
    }
    Ok(())
}
