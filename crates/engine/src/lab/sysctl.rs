//! The settings of nodes' network namespaces.

use super::error::LabError;
use super::ground::{Ground, on_threads};
use super::topology::Node;

/// Writes what the nodes say. Settings are those of whoever opens them, so threads enter each namespace.
pub(super) fn write_all(nodes: &[&Node], grounds: &[Ground]) -> Result<(), LabError> {
    let wanted: Vec<usize> = (0..nodes.len()).filter(|index| !nodes[*index].sysctls.is_empty()).collect();
    let write = |at: usize| {
        let (node, ground) = (nodes[wanted[at]], &grounds[wanted[at]]);
        let entered = ground.net().enter();
        entered.map_err(|source| LabError::Namespace { node: node.name.clone(), source })?;
        for (setting, value) in &node.sysctls {
            let failed = |source| LabError::Sysctl { node: node.name.clone(), source };
            setting.write(&[], value).map_err(failed)?;
        }
        Ok(())
    };
    on_threads(wanted.len(), || Ok(()), |(), at| write(at)).map(drop)
}
