//! Block devices.

use super::convert::io_weight;
use super::{SetError, Setting, Target};
use crate::{BlockIo, Controller, Throttle};

impl Setting<'_> {
    pub(super) fn set_block_io(&self, io: &BlockIo) -> Result<(), SetError> {
        if *io == BlockIo::default() {
            return Ok(());
        }
        let target = self.target(Controller::Io)?;
        if target.is_legacy() { target.legacy_io(io) } else { target.unified_io(io) }
    }
}

impl Target<'_> {
    /// `admin-guide/cgroup-v2.rst`, "IO", and `block/bfq-iosched.rst`, which has its own file and the old range.
    fn unified_io(self, io: &BlockIo) -> Result<(), SetError> {
        self.unsupported(io.leaf_weight, "blockIO.leafWeight")?;
        for weight in &io.weight_device {
            self.unsupported(weight.leaf_weight, "blockIO.weightDevice.leafWeight")?;
        }
        if let Some(weight) = io.weight
            && !self.write_if_there("io.bfq.weight", &in_range("blockIO.weight", weight)?.to_string())?
        {
            self.write("io.weight", &io_weight(weight).to_string())?;
        }
        for device in &io.weight_device {
            let Some(weight) = device.weight else { continue };
            let which = format!("{}:{}", device.major, device.minor);
            let value = format!("{which} {}", in_range("blockIO.weightDevice.weight", weight)?);
            if !self.write_if_there("io.bfq.weight", &value)? {
                self.write("io.weight", &format!("{which} {}", io_weight(weight)))?;
            }
        }
        let limits = [
            (&io.throttle_read_bps, "rbps"),
            (&io.throttle_write_bps, "wbps"),
            (&io.throttle_read_iops, "riops"),
            (&io.throttle_write_iops, "wiops"),
        ];
        for (throttles, key) in limits {
            for Throttle { major, minor, rate } in throttles {
                let rate = if *rate == 0 { "max".to_owned() } else { rate.to_string() };
                self.write("io.max", &format!("{major}:{minor} {key}={rate}"))?;
            }
        }
        Ok(())
    }

    /// `admin-guide/cgroup-v1/blkio-controller.rst`. The names with `bfq` are since Linux 5.0.
    fn legacy_io(self, io: &BlockIo) -> Result<(), SetError> {
        if let Some(weight) = io.weight {
            let value = in_range("blockIO.weight", weight)?.to_string();
            if !self.write_if_there("blkio.bfq.weight", &value)? {
                self.write("blkio.weight", &value)?;
            }
        }
        if let Some(weight) = io.leaf_weight {
            self.write("blkio.leaf_weight", &in_range("blockIO.leafWeight", weight)?.to_string())?;
        }
        for device in &io.weight_device {
            let which = format!("{}:{}", device.major, device.minor);
            if let Some(weight) = device.weight {
                let value = format!("{which} {}", in_range("blockIO.weightDevice.weight", weight)?);
                if !self.write_if_there("blkio.bfq.weight_device", &value)? {
                    self.write("blkio.weight_device", &value)?;
                }
            }
            if let Some(weight) = device.leaf_weight {
                let weight = in_range("blockIO.weightDevice.leafWeight", weight)?;
                self.write("blkio.leaf_weight_device", &format!("{which} {weight}"))?;
            }
        }
        let limits = [
            (&io.throttle_read_bps, "blkio.throttle.read_bps_device"),
            (&io.throttle_write_bps, "blkio.throttle.write_bps_device"),
            (&io.throttle_read_iops, "blkio.throttle.read_iops_device"),
            (&io.throttle_write_iops, "blkio.throttle.write_iops_device"),
        ];
        for (throttles, file) in limits {
            for Throttle { major, minor, rate } in throttles {
                self.write(file, &format!("{major}:{minor} {rate}"))?;
            }
        }
        Ok(())
    }
}

fn in_range(setting: &'static str, weight: u16) -> Result<u16, SetError> {
    if (10..=1000).contains(&weight) {
        Ok(weight)
    } else {
        Err(SetError::Range { setting, value: weight.into(), least: 10, most: 1000 })
    }
}
