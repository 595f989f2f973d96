//! A control group with limits, which is there for a moment.
//!
//! ```text
//! cargo run -p insula-cgroup --example limits
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::time::{Duration, Instant};

use insula_cgroup::{Cgroup, CgroupPath, Hierarchies, Limit, Memory, Resources};

fn main() -> Result<(), Box<dyn Error>> {
    let hierarchies = Hierarchies::find()?;
    // Relative: below the caller's own group, or in version 2 beside it.
    let path = CgroupPath::new(&format!("insula-example-{}", std::process::id()))?;
    let group = Cgroup::create(&hierarchies, &path)?;
    let memory = Memory { limit: Some(Limit::At(64 << 20)), ..Memory::default() };
    let limited = group.set(&Resources { memory, pids: Some(Limit::At(10)), ..Resources::default() });
    let usage = group.usage();
    group.remove(Instant::now() + Duration::from_secs(1))?;
    limited?;
    let usage = usage?;
    println!("{path}: tasks {:?}", usage.pids);
    println!("{path}: memory {:?}", usage.memory.map(|memory| memory.memory));
    Ok(())
}
